"""One act of the record (a Procedure, or an order) as services in vessels, before any lesion is bound to them.

Knows how code, words, body sites and devices add up; strongest word first, contradiction as doubt. Knows nothing of
sessions or of other resources.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from cds_service.coding.anatomy import Side, Treatment
from cds_service.coding.facts import Doubt, Evidence, QuestionCode
from cds_service.fhir.act import Act, Coded, Place, Service, spoken_sides
from cds_service.fhir.act_words import leg_alone, noted_places, without_vaguer
from cds_service.fhir.bundle import Chart
from cds_service.fhir.contradictions import (
    STENTS,
    codings_apart,
    conflict,
    contradictions,
    named_elsewhere,
    quotes_of,
    take_outside,
    weaker,
)
from cds_service.fhir.elements import Json, codings, concept, text
from cds_service.fhir.implants import read_devices
from cds_service.fhir.order_parts import ordered_details
from cds_service.fhir.phrases import read_clauses
from cds_service.fhir.reasons import reasoned_places
from cds_service.fhir.structures import locate
from cds_service.fhir.vocabulary import Vocabulary

Places = list[Place]


def read_act(raw: Json, ref: str, vocabulary: Vocabulary, chart: Chart | None = None) -> Act:
    """Read the elements of a Procedure or ServiceRequest that say what is done and where."""
    act = Act(ref=ref, kind=text(raw.get("resourceType")))
    _concept(act, raw.get("code"), "code", vocabulary)
    for path, value in ordered_details(raw):
        _concept(act, value, path, vocabulary)
    act.against += codings_apart(act)
    located = locate(raw, vocabulary, chart)
    act.sites = located.sites
    if located.apart or (act.sites.away and act.sites.places):
        act.against += [act.evidence(p.path, p.quote) for p in act.sites.places]
    elif act.sites.away and (whole := [c.evidence for c in act.coded if c.is_whole]):
        act.against += [*whole, act.evidence(act.sites.away_path, act.sites.away_quote)]
    elif act.sites.away:
        act.away |= act.sites.away
    if not act.names_vessel:
        act.sites.places += noted_places(raw, vocabulary)
    if act.tells_treatment and not act.names_place:
        act.reasoned = reasoned_places(raw, vocabulary, chart)
        act.sites.places += act.reasoned
    _words_against(act)
    read_devices(act, raw, vocabulary, chart)
    return act


def services_of(act: Act) -> list[Service]:
    """The services of an act; none when it points out of the family or names no place of a leg."""
    if act.away or not _family_treatments(act) or _says_too_little(act):
        return []
    spoken = without_vaguer([(c, e) for c, e in act.told if c.places and c.treatments])
    named = {v for c, _ in spoken for _, v, _ in c.places}
    sited = {p.vessel for p in act.sites.places if p.vessel is not None}
    if len(spoken) > 1 and sited <= named:
        return [s for c, e in spoken for s in _at_places(act, c.places, c.treatments, e)]
    if len({place for place, _ in act.wholes}) > 1 and not act.sites.places:
        wholes = act.wholes.items()
        return [s for (p, t), e in wholes for s in _at_places(act, [p], frozenset({t}), e, alone=True)]
    places, evidence = _places(act)
    strays = named_elsewhere(act, places)
    against = quotes_of(act) if strays else ()
    return _at_places(act, [*places, *strays], _family_treatments(act), evidence, against=against)


def _words_against(act: Act) -> None:
    """Words that take an act out of the family decide where no code speaks, and contradict where one does.

    A remark beside a clause that tells of treatment carried out is about something else.
    """
    told = [p for c, _ in act.told if c.treatments for p in c.places]
    if told:
        failed = [(c, e) for c, e in act.clauses if "failed" in c.scopes]
        act.against += [e for c, e in failed if not c.places or set(c.places) & set(told)]
        return
    for clause, evidence in act.clauses:
        reasons = set(clause.away if clause.is_elsewhere else ()) | (
            clause.scopes & {"failed", "planned", "doubtful-treatment"}
        )
        if reasons and act.treatments:
            act.against.append(evidence)
        elif reasons:
            act.away |= reasons


def _concept(act: Act, value: Any, path: str, vocabulary: Vocabulary) -> None:
    """What a code, or a detail of an order, says by its codings and its words."""
    silent: list[str] = []
    outside: list[tuple[str, Evidence, bool]] = []
    for index, coding in enumerate(codings(value)):
        known = vocabulary.concept(coding)
        if known is None:
            silent.append(coding.display)
            side = {"RT": (Side.RIGHT,), "LT": (Side.LEFT,), "50": tuple(Side)}.get(coding.code.upper(), ())
            act.sides = act.sides or side
            continue
        quote = coding.display or text(concept(value).get("text")) or coding.code
        evidence = act.evidence(f"{path}.coding[{index}]", quote)
        if known.excludes:
            billed = vocabulary.terminology.system(coding.system, coding.code) == "cpt"
            outside.append((known.excludes, evidence, billed))
        if known.treatment:
            act.treatments.setdefault(known.treatment, evidence)
        if known.territory:
            place = (known.territory, known.vessel, known.sides)
            system = vocabulary.terminology.system(coding.system, coding.code) or coding.system
            act.coded.append(Coded(place=place, treatment=known.treatment, system=system, evidence=evidence))
        act.sides = act.sides or known.sides
    act.sides = act.sides or next((s for d in silent if (s := leg_alone(d, vocabulary))), ())
    spoken = [(f"{path}.text", text(concept(value).get("text"))), *((f"{path}.coding.display", d) for d in silent)]
    for where, phrase in spoken:
        for clause in read_clauses(phrase, vocabulary.lexicon) if phrase else []:
            act.hear(clause, act.evidence(where, clause.quote))
    take_outside(act, outside)


def _says_too_little(act: Act) -> bool:
    """True for words such as "iliac intervention", which name no treatment and no vessel: a title of other acts."""
    if act.treatments or _family_treatments(act) != {"unclear"}:
        return False
    return all(vessel is None for _, vessel, _ in _places(act)[0])


def _family_treatments(act: Act) -> frozenset[str]:
    return frozenset({*_said_treatments(act), *act.devices})


def _places(act: Act) -> tuple[Places, Evidence | None]:
    """Where: body sites first, then the code's own vessel, then its words."""
    whole = [p for c, _ in act.told if c.treatments for p in c.places]
    spoken = whole or [p for c, _ in act.told for p in c.places]
    if act.sites.places:
        named = [s for s in act.sites.places if s.vessel is not None] or act.sites.places
        first = named[0]
        sited: Places = [(s.territory, s.vessel, s.sides) for s in named]
        return _with_sides(sited, spoken), act.evidence(first.path, first.quote)
    coded: Places = [c.place for c in act.coded if c.vessel is not None]
    if coded:
        sided = {(t, v) for t, v, s in coded if s}
        return _with_sides([p for p in coded if p[2] or p[:2] not in sided], spoken), None
    named_spoken = [p for p in spoken if p[1] is not None]
    loose = [c.place for c in act.coded]
    return named_spoken or spoken or loose, None


def _with_sides(coded: Places, spoken: Places) -> Places:
    """The sides a code lacks, from the words that name the same vessel."""
    out = []
    for territory, vessel, sides in coded:
        said = next((s for t, v, s in spoken if (t, v) == (territory, vessel) and s), ())
        out.append((territory, vessel, sides or said))
    return list(dict.fromkeys(out))


def _at_places(
    act: Act,
    places: Iterable[Place],
    treatments: frozenset[str],
    where: Evidence | None,
    *,
    alone: bool = False,
    against: Sequence[Evidence] = (),
) -> list[Service]:
    targets = list(dict.fromkeys(places))
    several = len({v for _, v, _ in targets}) > 1
    here = [(t, v, side) for t, v, sides in targets for side in _sides(act, sides)]
    device_only = "stent" in act.devices and not _said_treatments(act) & STENTS
    out = []
    for territory, vessel, sides in targets:
        for side in _sides(act, sides):
            for treatment, doubts in _treatments(act, treatments, several=several or (device_only and len(here) > 1)):
                service = Service(
                    territory=territory,
                    vessel=vessel,
                    side=side,
                    treatment=treatment,
                    lithotripsy="lithotripsy" in treatments,
                    evidence=_evidence(act, where),
                    doubts=(*doubts, *contradictions(act, vessel, side, alone=alone, against=against)),
                )
                out.append(service)
    return out


def _sides(act: Act, named: tuple[Side, ...]) -> tuple[Side | None, ...]:
    return named or act.sites.sides or act.sides or spoken_sides(act) or (None,)


def _said_treatments(act: Act) -> set[str]:
    """The treatments that codes and words name, devices aside."""
    return {*act.treatments, *(t for c, _ in act.told for t in c.treatments)}


def _evidence(act: Act, where: Evidence | None) -> tuple[Evidence, ...]:
    """What was done, where, with what: each element that says so, once."""
    found = [*act.treatments.values(), *act.devices.values()]
    found += [e for c, e in act.clauses if c.treatments or c.places]
    found += [where] if where else [c.evidence for c in act.coded]
    if act.sites.sides:
        found.append(act.evidence(act.sites.side_path, act.sites.side_quote))
    return tuple(dict.fromkeys(found))


Found = tuple[Treatment | None, tuple[Doubt, ...]]


def _treatments(act: Act, treatments: frozenset[str], *, several: bool) -> list[Found]:
    """The strongest treatment named, with what speaks against it; a balloon beside an atherectomy is one of its own."""
    stent = bool(treatments & STENTS) or "stent" in act.devices
    atherectomy = bool(treatments & {"atherectomy", "stent-atherectomy"})
    balloon = "angioplasty" in treatments
    mixed = any(c.mixed for c, _ in act.told)
    device_only = stent and not _said_treatments(act) & STENTS
    if stent and ((balloon and (mixed or several)) or (device_only and several)):
        values = (Treatment.ANGIOPLASTY, Treatment.STENT)
        quotes = tuple(act.treatments.values()) + tuple(e for _, e in act.told)
        return [(None, (_unclear("several-vessels", values, quotes),))]
    if stent:
        return [(Treatment.STENT_ATHERECTOMY if atherectomy else Treatment.STENT, weaker(act, treatments))]
    hinted = (conflict("treatment", (Treatment.STENT,), tuple(act.hints)),) if act.hints else ()
    if atherectomy:
        found: list[Found] = [(Treatment.ATHERECTOMY, hinted)]
        return [*found, (Treatment.ANGIOPLASTY, hinted)] if balloon else found
    if balloon:
        return [(Treatment.ANGIOPLASTY, hinted)]
    matter_only = "extirpation" in treatments and treatments <= {"extirpation", "lithotripsy"}
    return [(None, (_unclear("extirpation", (Treatment.ATHERECTOMY, None), ()),) if matter_only else ())]


def _unclear(reason: str, values: tuple[Any, ...], quotes: tuple[Evidence, ...]) -> Doubt:
    return Doubt(question=QuestionCode.TREATMENT, about="treatment", reason=reason, values=values, indicators=quotes)
