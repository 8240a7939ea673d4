"""A chart by clicking: treated vessels, day and draft lines as fields of a form, and the request made of them.

Knows form fields, and how to write a chart so that every reader takes it the same way. The edited chart holds
Procedures and draft charges only: the notes and diagnoses of the chart it came from could contradict it.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from cards.claim_edits import CPT
from cds_service.coding.anatomy import Lesion, Side, Treatment, Vessel
from cds_service.fhir.elements import Json, obj, text
from cds_service.identifiers import CHARGE_MODIFIER
from cds_service.web.services import CHARGE_HOOK

MOST_ROWS = 24
SIDES = {"": "not recorded", **{s.value: s.value for s in Side}}
VESSELS = {"": "not recorded", **{v.value: v.value.replace("-", " ") for v in Vessel}}
LESIONS = {"": "not recorded", **{x.value: x.value for x in Lesion}}
TREATMENTS = {
    Treatment.ANGIOPLASTY.value: "balloon",
    Treatment.STENT.value: "stent",
    Treatment.ATHERECTOMY.value: "atherectomy",
    Treatment.STENT_ATHERECTOMY.value: "stent and atherectomy",
    "lithotripsy": "lithotripsy",
}
MODIFIERS = {"": "no modifier", "RT": "RT", "LT": "LT", "50": "50"}
_PHRASES = {
    "angioplasty": "Balloon angioplasty",
    "stent": "Stent placement",
    "atherectomy": "Atherectomy",
    "stent-atherectomy": "Atherectomy and stent placement",
    "lithotripsy": "Intravascular lithotripsy",
}
_KEPT = ("patient", "coverage")


class Fields(Protocol):
    """A posted form: lists of values by name."""

    def getlist(self, name: str) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TreatedRow:
    """One treated vessel as the form shows it; empty: not recorded."""

    side: str
    vessel: str
    treatment: str
    lesion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRow:
    """One draft line as the form shows it; `modifier` is RT, LT, 50 or empty."""

    code: str
    modifier: str
    units: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the form holds."""

    day: str
    vessels: tuple[TreatedRow, ...]
    charges: tuple[ChargeRow, ...]


def sheet_of(decision: Mapping[str, Any]) -> Sheet:
    """The form for a decided chart: its first session, as it was read."""
    session: Mapping[str, Any] = next(iter(decision["sessions"]), {"date": None, "treated": [], "draft": {"lines": []}})
    vessels = [
        TreatedRow(**{k: f[k] or "" for k in ("side", "vessel", "lesion")}, treatment=f["treatment"] or "angioplasty")
        for f in session["treated"][:MOST_ROWS]
    ]
    charges = [_charge(line) for line in session["draft"]["lines"][:MOST_ROWS]]
    return Sheet(day=session["date"] or "", vessels=tuple(vessels), charges=tuple(charges))


def posted(form: Fields, codes: Sequence[str]) -> Sheet:
    """The form as it was posted; what is no choice of its field is as if it had been left open."""
    day = next(iter(form.getlist("day")), "")
    rows = zip(*(form.getlist(n) for n in ("side", "vessel", "treatment", "lesion")), strict=False)
    lines = zip(*(form.getlist(n) for n in ("code", "modifier", "units")), strict=False)
    vessels = [
        TreatedRow(side=s * (s in SIDES), vessel=v * (v in VESSELS), treatment=t, lesion=x * (x in LESIONS))
        for s, v, t, x in list(rows)[:MOST_ROWS]
        if t in TREATMENTS
    ]
    charges = [
        ChargeRow(code=c, modifier=m * (m in MODIFIERS), units=u if u.isdecimal() and 0 < int(u[:3]) < 100 else "1")
        for c, m, u in list(lines)[:MOST_ROWS]
        if c in codes
    ]
    return Sheet(day=_day(day), vessels=tuple(vessels), charges=tuple(charges))


def written(sheet: Sheet, base: Json) -> Json:
    """The request that says what the form says, for the patient, coverage and encounter of another."""
    encounter = text(obj(obj(base.get("prefetch")).get("encounter")).get("id")) or "enc-1"
    context = {k: v for k, v in obj(base.get("context")).items() if k in ("userId", "patientId")}
    patient = text(context.get("patientId")) or "pat-1"
    about = {"subject": {"reference": f"Patient/{patient}"}}
    acts = [{**_act(row, n), **about, **_placed(sheet, encounter)} for n, row in enumerate(sheet.vessels, start=1)]
    drafts = [{**_draft(line, n), **about, "context": {"reference": f"Encounter/{encounter}"}}
              for n, line in enumerate(sheet.charges, start=1)]  # fmt: skip
    prefetch = {k: copy.deepcopy(v) for k, v in obj(base.get("prefetch")).items() if k in _KEPT}
    visit = {"resourceType": "Encounter", "id": encounter, "status": "finished", **about,
             "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}}  # fmt: skip
    return {
        "hook": CHARGE_HOOK,
        "hookInstance": text(base.get("hookInstance")) or "00000000-0000-4000-8000-000000000000",
        "context": {
            "userId": "Practitioner/coder", **context, "patientId": patient, "encounterId": encounter,
            "draftCharges": _bundle("collection", drafts),
        },
        "prefetch": {**prefetch, "encounter": visit, "procedures": _bundle("searchset", acts)},
    }  # fmt: skip


def _charge(line: Mapping[str, Any]) -> ChargeRow:
    modifier = next((m for m in line["modifiers"] if m in MODIFIERS), "")
    return ChargeRow(code=line["code"], modifier=modifier, units=str(line["units"]))


def _day(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return ""


def _placed(sheet: Sheet, encounter: str) -> Json:
    placed: Json = {"encounter": {"reference": f"Encounter/{encounter}"}}
    return {**placed, "performedDateTime": sheet.day} if sheet.day else placed


def _act(row: TreatedRow, number: int) -> Json:
    place = " ".join(p for p in (row.side, VESSELS[row.vessel] if row.vessel else "iliac", "artery") if p)
    act: Json = {
        "resourceType": "Procedure",
        "id": f"act-{number}",
        "status": "completed",
        "code": {"text": f"{_PHRASES[row.treatment]}, {place}"},
    }
    return {**act, "reasonCode": [{"text": f"{row.lesion.capitalize()} of {place}"}]} if row.lesion else act


def _draft(line: ChargeRow, number: int) -> Json:
    draft: Json = {
        "resourceType": "ChargeItem",
        "id": f"charge-{number}",
        "status": "planned",
        "code": {"coding": [{"system": CPT, "code": line.code}]},
        "quantity": {"value": int(line.units)},
    }
    return {**draft, "extension": [{"url": CHARGE_MODIFIER, "valueCode": line.modifier}]} if line.modifier else draft


def _bundle(kind: str, resources: Sequence[Json]) -> Json:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": r} for r in resources]}
