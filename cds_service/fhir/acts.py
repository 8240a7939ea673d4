"""One act of the record (a Procedure, or an order) as services in vessels, before any lesion is bound to them.

Knows how code, words, body sites and devices add up; strongest word first, contradiction as doubt. Knows nothing of
sessions or of other resources.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cds_service.coding.anatomy import Side, Territory, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence, QuestionCode
from cds_service.fhir.elements import Json, codings, concept, objects, text
from cds_service.fhir.phrases import Clause, read_clauses
from cds_service.fhir.places import Sites, read_sites
from cds_service.fhir.vocabulary import Vocabulary

Place = tuple[Territory, Vessel | None, tuple[Side, ...]]
Places = list[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A treatment at a place as one act states it."""

    territory: Territory
    vessel: Vessel | None
    side: Side | None
    treatment: Treatment | None
    lithotripsy: bool
    evidence: tuple[Evidence, ...]
    doubts: tuple[Doubt, ...] = ()


@dataclass(slots=True, kw_only=True)
class Act:
    """What an act's own elements say: treatments, coded and spoken places, clauses, exclusions."""

    ref: str
    kind: str
    treatments: dict[str, Evidence] = field(default_factory=dict)
    coded: list[tuple[Territory, Vessel | None, tuple[Side, ...], Evidence]] = field(default_factory=list)
    clauses: list[tuple[Clause, Evidence]] = field(default_factory=list)
    devices: dict[str, Evidence] = field(default_factory=dict)
    sides: tuple[Side, ...] = ()
    sites: Sites = field(default_factory=Sites)
    away: set[str] = field(default_factory=set)

    def evidence(self, path: str, quote: str) -> Evidence:
        return Evidence(resource=self.ref, path=f"{self.kind}.{path}", quote=quote)


def read_act(raw: Json, ref: str, vocabulary: Vocabulary) -> Act:
    """Read the elements of a Procedure or ServiceRequest that say what is done and where."""
    act = Act(ref=ref, kind=text(raw.get("resourceType")))
    _code(act, raw, vocabulary)
    act.sites = read_sites(raw.get("bodySite"), vocabulary)
    act.away |= act.sites.away if not act.sites.places else set()
    _devices(act, raw, vocabulary)
    return act


def services_of(act: Act) -> list[Service]:
    """The services of an act; none when it points out of the family or names no place of a leg."""
    if act.away or not _family_treatments(act):
        return []
    spoken = [(c, e) for c, e in act.clauses if c.places and c.treatments]
    if not act.sites.places and len(spoken) > 1:
        return [s for c, e in spoken for s in _at_places(act, c.places, c.treatments, e)]
    places, evidence = _places(act)
    return _at_places(act, places, _family_treatments(act), evidence)


def _code(act: Act, raw: Json, vocabulary: Vocabulary) -> None:
    value = raw.get("code")
    silent: list[str] = []
    for index, coding in enumerate(codings(value)):
        known = vocabulary.concept(coding)
        if known is None:
            silent.append(coding.display)
            side = {"RT": (Side.RIGHT,), "LT": (Side.LEFT,), "50": tuple(Side)}.get(coding.code.upper(), ())
            act.sides = act.sides or side
            continue
        quote = coding.display or text(concept(value).get("text")) or coding.code
        evidence = act.evidence(f"code.coding[{index}]", quote)
        if known.excludes:
            act.away.add(known.excludes)
        if known.treatment:
            act.treatments.setdefault(known.treatment, evidence)
        if known.territory:
            act.coded.append((known.territory, known.vessel, known.sides, evidence))
        act.sides = act.sides or known.sides
    for path, phrase in [
        ("code.text", text(concept(value).get("text"))),
        *(("code.coding.display", d) for d in silent),
    ]:
        _phrase(act, path, phrase, vocabulary)


def _phrase(act: Act, path: str, phrase: str, vocabulary: Vocabulary) -> None:
    """Words of the code: what they exclude counts only where no code has named a treatment of the family."""
    for clause in read_clauses(phrase, vocabulary.lexicon) if phrase else []:
        evidence = act.evidence(path, clause.quote)
        if clause.away - {"other-artery"} and not act.treatments:
            act.away |= clause.away
        if "failed" in clause.scopes:
            act.away.add("failed")
        act.clauses.append((clause, evidence))
        act.sides = act.sides or clause.sides


def _devices(act: Act, raw: Json, vocabulary: Vocabulary) -> None:
    """Implants: focalDevice, usedCode and R5's used. A stent that was used outranks words that say balloon only."""
    used: list[tuple[str, Any]] = [(f"usedCode[{i}]", v) for i, v in enumerate(objects(raw.get("usedCode")))]
    used += [(f"used[{i}]", v) for i, v in enumerate(objects(raw.get("used")))]
    for path, value in used:
        for coding in codings(value):
            known = vocabulary.concept(coding)
            if known is not None and known.aspect == "device" and known.treatment == "stent":
                act.devices.setdefault("stent", act.evidence(path, coding.display or coding.code))
        phrase = text(concept(value).get("text")) or next((c.display for c in codings(value) if c.display), "")
        for clause in read_clauses(phrase, vocabulary.lexicon) if phrase else []:
            if "stent" in clause.treatments:
                act.devices.setdefault("stent", act.evidence(path, clause.quote))


def _family_treatments(act: Act) -> frozenset[str]:
    spoken = {t for c, _ in act.clauses if not c.scopes & {"planned", "uncertain"} for t in c.treatments}
    return frozenset({*act.treatments, *spoken, *act.devices})


def _places(act: Act) -> tuple[Places, Evidence | None]:
    """Where: body sites first, then the code's own vessel, then its words."""
    if act.sites.places:
        named = [s for s in act.sites.places if s.vessel is not None] or act.sites.places
        first = named[0]
        return [(s.territory, s.vessel, s.sides) for s in named], act.evidence(f"bodySite[{first.index}]", first.quote)
    coded: Places = [(t, v, s) for t, v, s, _ in act.coded if v is not None]
    spoken = [p for c, _ in act.clauses for p in c.places]
    if coded:
        return _with_sides(coded, spoken), None
    named_spoken = [p for p in spoken if p[1] is not None]
    loose = [(t, v, s) for t, v, s, _ in act.coded]
    return named_spoken or spoken or loose, None


def _with_sides(coded: Places, spoken: Places) -> Places:
    """The sides a code lacks, from the words that name the same vessel."""
    out = []
    for territory, vessel, sides in coded:
        said = next((s for t, v, s in spoken if (t, v) == (territory, vessel) and s), ())
        out.append((territory, vessel, sides or said))
    return list(dict.fromkeys(out))


def _at_places(act: Act, places: Iterable[Place], treatments: frozenset[str], where: Evidence | None) -> list[Service]:
    treatment, doubt = _treatment(act, treatments)
    out = []
    for territory, vessel, sides in dict.fromkeys(places):
        named = sides or act.sites.sides or act.sides
        for side in named or (None,):
            service = Service(
                territory=territory,
                vessel=vessel,
                side=side,
                treatment=treatment,
                lithotripsy="lithotripsy" in treatments,
                evidence=_evidence(act, where),
                doubts=(*doubt, *_contradictions(act, vessel, side)),
            )
            out.append(service)
    return out


def _evidence(act: Act, where: Evidence | None) -> tuple[Evidence, ...]:
    """What was done, where, with what: each element that says so, once."""
    found = [*act.treatments.values(), *act.devices.values()]
    found += [e for c, e in act.clauses if c.treatments or c.places]
    found += [where] if where else [e for *_, e in act.coded]
    if act.sites.sides:
        found.append(act.evidence(f"bodySite[{act.sites.side_index}]", act.sites.side_quote))
    return tuple(dict.fromkeys(found))


def _treatment(act: Act, treatments: frozenset[str]) -> tuple[Treatment | None, tuple[Doubt, ...]]:
    """The strongest treatment named; words against a code raise a doubt, an implanted stent settles it."""
    stent = bool(treatments & {"stent", "stent-atherectomy"}) or "stent" in act.devices
    atherectomy = bool(treatments & {"atherectomy", "stent-atherectomy"})
    coded = set(act.treatments)
    doubts: tuple[Doubt, ...] = ()
    if stent and coded and not coded & {"stent", "stent-atherectomy"} and "stent" not in act.devices:
        against = tuple(act.treatments.values()) + tuple(e for c, e in act.clauses if "stent" in c.treatments)
        weaker = Treatment.ANGIOPLASTY if "angioplasty" in coded else Treatment.ATHERECTOMY
        doubts = (_conflict("treatment", (weaker,), against),)
    if stent:
        return (Treatment.STENT_ATHERECTOMY if atherectomy else Treatment.STENT), doubts
    if atherectomy:
        return Treatment.ATHERECTOMY, ()
    if "angioplasty" in treatments:
        return Treatment.ANGIOPLASTY, ()
    return None, _EXTIRPATION if treatments <= {"extirpation", "lithotripsy"} and "extirpation" in treatments else ()


_EXTIRPATION = (
    Doubt(
        question=QuestionCode.TREATMENT, about="treatment", reason="extirpation", values=(Treatment.ATHERECTOMY, None)
    ),
)


def _contradictions(act: Act, vessel: Vessel | None, side: Side | None) -> tuple[Doubt, ...]:
    """Elements of one act that name another vessel or another leg than the one it is read for."""
    quotes = tuple(dict.fromkeys((*(e for *_, e in act.coded), *(e for _, e in act.clauses), *_site_quotes(act))))
    spoken = [p for c, _ in act.clauses for p in c.places]
    vessels: list[set[Vessel]] = [{v for _, v, _, _ in act.coded if v}, {v for _, v, _ in spoken if v}]
    vessels.append({s.vessel for s in act.sites.places if s.vessel})
    other_vessels = {v for said in vessels if vessel and said and vessel not in said for v in said}
    sides: list[set[Side]] = [{s for *_, found, _ in act.coded for s in found}, set(act.sites.sides)]
    sides += [{s for _, v, found in spoken if v in (vessel, None) for s in found}]
    sides += [{s for p in act.sites.places if p.vessel in (vessel, None) for s in p.sides}, set(act.sides)]
    other_sides = {s for said in sides if side and said and side not in said for s in said}
    out = []
    if other_vessels:
        out.append(_conflict("vessel", tuple(sorted(other_vessels)), quotes))
    if other_sides:
        out.append(_conflict("side", tuple(sorted(other_sides)), quotes))
    return tuple(out)


def _site_quotes(act: Act) -> list[Evidence]:
    found = [act.evidence(f"bodySite[{p.index}]", p.quote) for p in act.sites.places]
    lone = [act.evidence(f"bodySite[{act.sites.side_index}]", act.sites.side_quote)] if act.sites.sides else []
    return found + lone


def _conflict(about: str, values: tuple[Any, ...], quotes: tuple[Evidence, ...]) -> Doubt:
    return Doubt(question=QuestionCode.CONFLICT, about=about, reason="conflict", values=values, indicators=quotes)
