"""Texts for tests: reports, documents and notes of Procedures in few words, and what a chart with them answers."""

import base64
from typing import Any

from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    OCCLUSION,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    bundle,
    coding,
    condition,
    encounter,
    explained,
    procedure,
    request,
    snomed,
    treated,
)

CIA = "The right common iliac artery had an 80% stenosis and was stented."
EIA = "The right external iliac artery was occluded; it was crossed and treated with balloon angioplasty."
EIA_STENOSED = "The right external iliac artery had a 90% stenosis and was treated with balloon angioplasty."
EIA_SILENT = "The right external iliac artery was treated with balloon angioplasty."
BOTH = f"{CIA} {EIA}"
LEFT = BOTH.replace("right", "left")
DIFFERING, NOT_SAID = f"{CIA} {EIA_STENOSED}", f"{CIA} {EIA_SILENT}"
OCCLUDED = "The right external iliac artery is occluded."
STENOSED = "The right external iliac artery shows a 70% stenosis."
BRIEF = "Stent of the right common iliac artery, balloon angioplasty of the right external iliac artery."
NO_LEG = BOTH.replace("right ", "")
TYPES = {
    "text/plain": "{}",
    "text/html": "<html><body><p>{}</p></body></html>",
    "application/rtf": "{{\\rtf1\\ansi {}}}",
}

YES = ["03-04 yes"]


def attachment(text: str, kind: str = "text/plain") -> dict[str, Any]:
    data = TYPES[kind].format(text).encode()
    return {"contentType": kind, "data": base64.b64encode(data).decode()}


def ref(name: str) -> dict[str, Any]:
    return {"reference": name}


def _kept(found: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in found.items() if v is not None}


def document(text: str, key: str = "d1", *, day: str | None = "2026-03-04", **more: Any) -> dict[str, Any]:
    """A signed operative note of encounter e1, by the day of its service; `more` replaces or, when None, removes."""
    context: dict[str, Any] = {"encounter": [ref("Encounter/e1")]}
    if day:
        context["period"] = {"start": day}
    found = {
        "resourceType": "DocumentReference",
        "id": key,
        "status": "current",
        "docStatus": "final",
        "type": {"text": "Operative note"},
        "subject": ref("Patient/p"),
        "content": [{"attachment": attachment(text)}],
        "context": context,
        **more,
    }
    return _kept(found)


def written(text: str, key: str = "d1", *, on: str = "2026-03-04", **more: Any) -> dict[str, Any]:
    """A signed operative note that has only the day it was written on."""
    return document(text, key, day=None, date=f"{on}T18:00:00Z" if len(on) == 10 else on, **more)


def report(text: str, key: str = "r1", *, day: str | None = "2026-03-04", **more: Any) -> dict[str, Any]:
    """A final report of encounter e1 on that day."""
    found = {
        "resourceType": "DiagnosticReport",
        "id": key,
        "status": "final",
        "code": {"text": "Interventional radiology report"},
        "subject": ref("Patient/p"),
        "encounter": ref("Encounter/e1"),
        "effectiveDateTime": day,
        "conclusion": text,
        **more,
    }
    return _kept(found)


def chart(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A request with Procedures, Conditions and texts, each under its prefetch key."""
    acts = [r for r in resources if r["resourceType"] == "Procedure"]
    texts = [r for r in resources if r["resourceType"] in ("DiagnosticReport", "DocumentReference")]
    rest = [r for r in resources if r not in acts and r not in texts]
    return request(*acts, reports=bundle(*texts), others=bundle(*rest), **more)


def answers(sent: dict[str, Any]) -> list[str]:
    """The answer on 37257 of each session as "03-04 yes", with the units where several; "?" where no day is known."""
    out = []
    for found in explained(sent)["sessions"]:
        answer = found["answer37257"]
        day = (found["date"] or "?")[5:] or "?"
        if (found["date"] or "2026")[:4] != "2026":
            day = found["date"]
        units = f" x{answer['units']}" if answer["units"] > 1 else ""
        out.append(f"{day} {answer['verdict']}{units}")
    return out


def questions(sent: dict[str, Any]) -> set[str]:
    """The questions asked as "code" or "code vessel", over all sessions."""
    found = [q for s in explained(sent)["sessions"] for q in s["questions"]]
    return {f"{q['code']} {(q['vessel'] or '').removesuffix('-iliac')}".strip() for q in found}


UNCODED = procedure("p1", code={"text": "Endovascular procedure"})
ILIAC = "10293006"
OTHER_VISIT = {"encounter": [ref("Encounter/e2")], "period": {"start": "2026-03-04"}}


def stent(key: str = "stent", **more: Any) -> dict[str, Any]:
    """The coded stent of a stenosed right common iliac."""
    return treated(key, STENT, COMMON, RIGHT, STENOSIS, **more)


def balloon(key: str = "balloon", **more: Any) -> dict[str, Any]:
    """The coded balloon of an occluded right external iliac."""
    return treated(key, BALLOON, EXTERNAL, RIGHT, OCCLUSION, **more)


def silent(key: str = "balloon", **more: Any) -> dict[str, Any]:
    """The coded balloon of a right external iliac, without a word on its lesion."""
    return treated(key, BALLOON, EXTERNAL, RIGHT, **more)


def unnamed(key: str, treatment: str, side: str = RIGHT, **more: Any) -> dict[str, Any]:
    """A coded act in an iliac artery that names no segment."""
    return treated(key, treatment, ILIAC, side, **more)


def visit(first: str, last: str) -> dict[str, Any]:
    """Encounter e1 of these days."""
    return encounter(period={"start": first, "end": last})


def cta(text: str, day: str | None = "2026-02-01", **more: Any) -> dict[str, Any]:
    """A CT angiography, of weeks before unless said otherwise."""
    return report(text, "cta", day=day, code={"text": "CT angiography"}, **more)


def diagnosis(code: str, *, side: str = RIGHT, **more: Any) -> dict[str, Any]:
    """A Condition of the external iliac."""
    return condition("c", coding(SNOMED, code), bodySite=[snomed(EXTERNAL), snomed(side)], **more)


def in_visit(**more: Any) -> dict[str, Any]:
    """The context of a document of encounter e1."""
    return {"encounter": [ref("Encounter/e1")], **more}


def replacing(name: str, code: Any = "replaces") -> list[dict[str, Any]]:
    return [{"code": code, "target": ref(name)}]


def by(*names: str) -> list[dict[str, Any]]:
    """Performers of a Procedure."""
    return [{"actor": ref(f"Practitioner/{n}")} for n in names]


def check_row(sent: dict[str, Any], answered: list[str], asking: set[str], why: str) -> None:
    """A row of the tables of texts: its answers, the questions it must ask, and none where a yes is all it says."""
    assert answers(sent) == answered, why
    assert asking <= questions(sent), why
    if set(answered) <= set(YES) and not asking:
        assert questions(sent) == set(), why
