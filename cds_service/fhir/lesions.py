"""What the record says about lesions: reasons, Conditions and words, each with its place in the body if it has one.

Knows which statements count as today's lesion and which only point at one. Binding to a vessel is `binding.py`'s.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cds_service.coding.anatomy import Lesion, Side, Territory, Vessel
from cds_service.coding.facts import Evidence
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.elements import Json, codings, concept, moment, objects, reference, text, words
from cds_service.fhir.phrases import Clause, read_clauses
from cds_service.fhir.places import read_sites
from cds_service.fhir.vocabulary import Vocabulary

_GONE = ("inactive", "resolved", "remission")
_DENIED = ("refuted", "entered-in-error")
_UNSURE = ("unconfirmed", "provisional", "differential")


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionStatement:
    """One statement about a lesion. `doubt` is empty, or why it is not taken at its word.

    `own` is True for the statement of the act itself (its reason, its words), which needs to name no vessel.
    """

    lesion: Lesion | None
    territory: Territory | None
    vessel: Vessel | None
    sides: tuple[Side, ...]
    evidence: Evidence
    own: bool
    doubt: str = ""


def of_clause(clause: Clause, evidence: Evidence, *, own: bool) -> Iterator[LesionStatement]:
    """The lesion a clause states, for each vessel it names; several vessels share none."""
    lesion, doubt = _in_words(clause)
    if lesion is None and not doubt:
        return
    places = clause.places or ((None, None, clause.sides),)
    if len(places) > 1:
        return
    territory, vessel, sides = places[0]
    yield LesionStatement(
        lesion=lesion, territory=territory, vessel=vessel, sides=sides, evidence=evidence, own=own, doubt=doubt
    )


def _in_words(clause: Clause) -> tuple[Lesion | None, str]:
    said = clause.lesions & {"stenosis", "occlusion", "subtotal"}
    if not said:
        return None, ""
    if clause.scopes & {"uncertain"}:
        return None, "uncertain"
    if "subtotal" in said and "occlusion" not in said:
        return Lesion.STENOSIS, "subtotal"
    if len(said) > 1:
        return None, "conflict"
    if said == {"stenosis"}:
        return Lesion.STENOSIS, ""
    qualifier = "in-stent" if "in-stent" in clause.lesions else "acute" if "acute" in clause.lesions else ""
    return Lesion.OCCLUSION, qualifier


def reasons_of(act: Entry, chart: Chart, vocabulary: Vocabulary) -> list[LesionStatement]:
    """The lesions an act gives as its reason: reasonCode, reasonReference, and R5's reason."""
    out: list[LesionStatement] = []
    for name in ("reasonCode", "reason"):
        for index, item in enumerate(objects(act.raw.get(name))):
            if concept(item):
                out += _of_concept(item, f"{act.kind}.{name}[{index}]", act.ref, vocabulary)
    for target in _reason_targets(act, chart):
        if target.kind in ("Condition", "Observation", "DiagnosticReport"):
            out += _of_finding(target, vocabulary, own=True)
    return out


def points_away(act: Entry, chart: Chart, vocabulary: Vocabulary) -> bool:
    """R-OUT: True when an act's own reason is an aneurysm."""
    values: list[Any] = [v for name in ("reasonCode", "reason") for v in objects(act.raw.get(name))]
    values += [t.raw.get("code") for t in _reason_targets(act, chart) if t.kind == "Condition"]
    for value in values:
        known = [vocabulary.concept(c) for c in codings(value)]
        if any(k is not None and k.excludes == "aneurysm" for k in known):
            return True
        phrases = [text(concept(value).get("text")), *(c.display for c in codings(value))]
        if any("aneurysm" in c.away for p in phrases if p for c in read_clauses(p, vocabulary.lexicon)):
            return True
    return False


def conditions_of(chart: Chart, vocabulary: Vocabulary) -> list[LesionStatement]:
    """The lesions of the chart's Conditions, for acts that do not point at them."""
    return [s for e in chart.of("Condition") for s in _of_finding(e, vocabulary, own=False)]


def cited_by(act: Entry, chart: Chart) -> frozenset[str]:
    """The Conditions an act gives as its own reason."""
    return frozenset(e.ref for e in _reason_targets(act, chart))


def _reason_targets(act: Entry, chart: Chart) -> Iterator[Entry]:
    for name in ("reasonReference", "reason"):
        for item in objects(act.raw.get(name)):
            target = chart.resolve(reference(item), act.raw)
            if target is not None:
                yield target


def _of_finding(entry: Entry, vocabulary: Vocabulary, *, own: bool) -> list[LesionStatement]:
    raw = entry.raw
    clinical = {c.code for c in codings(raw.get("clinicalStatus"))}
    verified = {c.code for c in codings(raw.get("verificationStatus"))}
    if clinical & set(_GONE) or verified & set(_DENIED) or raw.get("status") in ("entered-in-error", "cancelled"):
        return []
    statements = _of_concept(raw.get("code"), f"{entry.kind}.code", entry.ref, vocabulary, own=own)
    statements += _of_text(text(raw.get("conclusion")), f"{entry.kind}.conclusion", entry.ref, vocabulary, own=own)
    sites = read_sites(raw.get("bodySite"), vocabulary)
    out = []
    for s in statements:
        vessel, territory, sides = s.vessel, s.territory, s.sides
        if len(sites.places) == 1:
            place = sites.places[0]
            territory, vessel, sides = place.territory, place.vessel or vessel, place.sides or sides
        elif sites.sides and not sides:
            sides = sites.sides
        doubt = "uncertain" if verified & set(_UNSURE) else s.doubt
        lesion = None if doubt == "uncertain" else s.lesion
        said_on = _said_on(raw)
        evidence = Evidence(resource=entry.ref, path=s.evidence.path, quote=s.evidence.quote, date=said_on)
        out.append(
            LesionStatement(
                lesion=lesion, territory=territory, vessel=vessel, sides=sides, evidence=evidence, own=own, doubt=doubt
            )
        )
    return out


def _said_on(raw: Json) -> str:
    for name in ("onsetDateTime", "recordedDate", "effectiveDateTime", "issued"):
        day = moment(text(raw.get(name))).day
        if day is not None:
            return day.isoformat()
    return ""


def _of_concept(value: Any, path: str, ref: str, vocabulary: Vocabulary, *, own: bool = True) -> list[LesionStatement]:
    """A CodeableConcept's lesion by its codes; by its words where the codes say nothing of a lesion."""
    out: list[LesionStatement] = []
    for index, coding in enumerate(codings(value)):
        known = vocabulary.concept(coding)
        if known is None or not known.lesion or known.excludes:
            continue
        quote = coding.display or words(value) or coding.code
        evidence = Evidence(resource=ref, path=f"{path}.coding[{index}]", quote=quote)
        lesion, doubt = _BY_CODE[known.lesion]
        statement = LesionStatement(
            lesion=lesion,
            territory=known.territory,
            vessel=known.vessel,
            sides=known.sides,
            evidence=evidence,
            own=own,
            doubt=doubt,
        )
        out.append(statement)
    texts = [(text(concept(value).get("text")), f"{path}.text")]
    texts += [(c.display, f"{path}.coding[{i}].display") for i, c in enumerate(codings(value)) if c.display]
    for phrase, where in dict.fromkeys(texts):
        said = _of_text(phrase, where, ref, vocabulary, own=own)
        out += [s for s in said if not _says_again(s, out)]
    return out


_BY_CODE: dict[str, tuple[Lesion | None, str]] = {
    "stenosis": (Lesion.STENOSIS, ""),
    "occlusion": (Lesion.OCCLUSION, ""),
    "acute-occlusion": (Lesion.OCCLUSION, "acute"),
    "occlusion-unplaced": (None, "unplaced-occlusion"),
    "obstruction": (None, "uncertain"),
}


def _says_again(statement: LesionStatement, before: list[LesionStatement]) -> bool:
    """True for words that only repeat a code: a display beside the code it belongs to."""
    if any(b.doubt == "unplaced-occlusion" for b in before) and statement.vessel is None:
        return True
    same = [b for b in before if b.lesion is statement.lesion]
    return bool(same) and statement.vessel in (None, *(b.vessel for b in same))


def _of_text(phrase: str, path: str, ref: str, vocabulary: Vocabulary, *, own: bool) -> list[LesionStatement]:
    out: list[LesionStatement] = []
    for clause in read_clauses(phrase, vocabulary.lexicon) if phrase else []:
        if not clause.away - {"access"} and not clause.scopes & {"planned"}:
            out += of_clause(clause, Evidence(resource=ref, path=path, quote=clause.quote), own=own)
    return out
