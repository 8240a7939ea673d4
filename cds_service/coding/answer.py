"""The one answer argued in full: does 37257 apply, how often, and why or why not.

Knows the argument in terms of vessels and rules; every reason names its rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cds_service.coding.anatomy import Lesion, Role, Territory, Treatment, Vessel
from cds_service.coding.codes import ARGUED, Knowledge
from cds_service.coding.facts import Session, Timing, TreatedVessel
from cds_service.coding.lines import Line, Status, family_applies
from cds_service.coding.worlds import Readings, doubts_of


class Verdict(StrEnum):
    """The answer; of several the first of these stands for all."""

    YES = "yes"
    REVIEW = "review"
    NO = "no"


def foremost(verdicts: Iterable[Verdict]) -> Verdict | None:
    """The verdict that stands for several sessions; None without any."""
    return min(verdicts, key=_ORDER.index, default=None)


_ORDER = tuple(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One step of the argument: the rule, what it says here, and the rule's source."""

    rule: str
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdict on 37257; `units` counts both legs of the session and is 0 unless the verdict is yes."""

    verdict: Verdict
    units: int
    why: tuple[Why, ...]


def argue(session: Session, lines: tuple[Line, ...], readings: Readings, knowledge: Knowledge) -> Answer:
    """Yes when a supported line says so, review when some reading of the record has it, no otherwise."""
    supported = [x for x in lines if x.code == ARGUED and x.status is Status.SUPPORTED]
    if supported:
        steps = [step for line in supported for step in _for(line, lines, knowledge)]
        return _answer(Verdict.YES, sum(x.units for x in supported), steps, knowledge)
    if not family_applies(session, knowledge):
        return _answer(Verdict.NO, 0, [too_early(session, lines, knowledge)], knowledge)
    if _iliac(session) and (session.cut or readings.possible(ARGUED)):
        return _answer(Verdict.REVIEW, 0, _unclear(session), knowledge)
    return _answer(Verdict.NO, 0, _against(session, lines), knowledge)


def vessel_name(vessel: Vessel | None, territory: Territory) -> str:
    """A vessel in words: "external iliac"; the territory where the vessel is not recorded."""
    return (vessel.value if vessel else f"{territory.value} artery (segment not recorded)").replace("-", " ")


def _answer(verdict: Verdict, units: int, steps: Iterable[tuple[str, str]], knowledge: Knowledge) -> Answer:
    why = tuple(Why(rule=r, text=t, source=knowledge.cite(r)) for r, t in dict.fromkeys(steps))
    return Answer(verdict=verdict, units=units, why=why)


def _iliac(session: Session) -> list[TreatedVessel]:
    """The iliac services that were done, or may have been."""
    iliac = [f for f in session.treated if f.territory is Territory.ILIAC]
    return [f for f in iliac if f.done or any(d.about == "done" for d in f.doubts)]


def _names(line: Line) -> str:
    return " and ".join(vessel_name(v, line.territory) for v in line.vessels) or "iliac artery"


def _for(line: Line, lines: tuple[Line, ...], knowledge: Knowledge) -> list[tuple[str, str]]:
    leg = [x for x in lines if (x.side, x.territory) == (line.side, line.territory)]
    initial = next((x for x in leg if x.role is Role.INITIAL), None)
    side, names = line.side, _names(line)
    verb = "was" if len(line.vessels) == 1 else "were"
    steps = [
        ("R-LESION", f"The record calls the lesion of the {side} {names} an occlusion."),
        ("R-VESSEL", f"The {side} {names} {verb} treated by balloon; no stent is recorded there."),
    ]
    if initial is not None:
        allowed = ", ".join(sorted(knowledge.initials_for(ARGUED)))
        steps.append(("R-RANK", _why_initial(initial)))
        steps.append(("R-PAIR", _pair_text(initial, allowed)))
        steps.append(("R-LEG", f"All these vessels belong to the {side} leg and to one session."))
    return steps


def _pair_text(initial: Line, allowed: str) -> str:
    if initial.alternatives:
        either = " or ".join(sorted({initial.code, *initial.alternatives}))
        return f"{ARGUED} rides with one of {allowed}; the initial code here is {either}, still to be settled."
    return f"{ARGUED} rides with one of {allowed}; the initial code of this leg is {initial.code}."


def _why_initial(initial: Line) -> str:
    if initial.tie:
        return f"The {_names(initial)} ranks equal and lies proximal, so it takes the initial code {initial.code}."
    return f"The {_names(initial)} has the higher-ranked service, so it takes the initial code {initial.code}."


def too_early(session: Session, lines: tuple[Line, ...], knowledge: Knowledge, code: str = ARGUED) -> tuple[str, str]:
    """R-DATE: a code of the family does not exist on the day of service."""
    text = (
        f"The service date {session.date or session.year} is before {knowledge.family_from}, when {code} took effect."
    )
    retired = sorted({x.code for x in lines if x.code in knowledge.retired})
    named = retired or [c for c in sorted(knowledge.retired) if knowledge.codes[c].territory is Territory.ILIAC]
    return "R-DATE", f"{text} The family retired with 2025 applies: {', '.join(named)}."


def open_points(session: Session, facts: Iterable[TreatedVessel], code: str) -> list[tuple[str, str]]:
    """Why a code is open: steps of rule and text, from the session and from what is doubted about these facts of it."""
    steps = []
    if session.timing is Timing.ANTICIPATED:
        steps.append(("R-DONE", f"The services are planned, not done: {code} can be judged only afterwards."))
    if session.cut:
        steps.append(("R-SESSION", "Only a part of the procedures was sent; what else was done is not known."))
    if not session.dated:
        steps.append(("R-DATE", "The date of service is not recorded, so the code family cannot be told."))
    if session.companions or len({f.episode for f in session.treated if f.done}) > 1:
        steps.append(("R-SESSION", "Whether the services belong to one operative session is not clear."))
    for fact in facts:
        where = f"{fact.side or 'side not recorded'}, {vessel_name(fact.vessel, fact.territory)}"
        steps += [(_RULE_OF.get(d.about, "R-DONE"), f"{where}: {_gap(d.about, d.reason)}") for d in doubts_of(fact)]
    return steps


def _unclear(session: Session) -> list[tuple[str, str]]:
    return open_points(session, _iliac(session), ARGUED) or [SEVERAL_LESIONS]


SEVERAL_LESIONS = ("R-VESSEL", "One vessel holds several lesions whose common code no source settles.")
"""Why a code is open when nothing is doubted: the rules themselves leave it so."""

_RULE_OF = {
    "lesion": "R-LESION",
    "side": "R-LEG",
    "vessel": "R-VESSEL",
    "treatment": "R-VESSEL",
    "done": "R-DONE",
}
_GAPS = {
    ("lesion", "not-recorded"): "the record does not say whether the lesion was a stenosis or an occlusion.",
    ("lesion", "subtotal"): "a subtotal lesion is no occlusion by definition; check the wording.",
    ("lesion", "in-stent"): "an occlusion inside an earlier stent is read as an occlusion by inference; check.",
    ("lesion", "acute"): "an acute occlusion is read as an occlusion by inference; check.",
    ("lesion", "unplaced-occlusion"): "a diagnosis of chronic total occlusion names no vessel; check which was meant.",
    ("lesion", "billing-code"): "nothing but a CPT code says which lesion it was; the record must bear it out.",
    ("lesion", "diagnosis-code"): "nothing but a diagnosis code says which lesion it was; the record must bear it out.",
    ("side", "not-recorded"): "the leg is not recorded.",
    ("vessel", "not-recorded"): "which iliac segment was treated is not recorded.",
    ("treatment", "not-recorded"): "what was done in the vessel is not clear.",
}
_DISPUTED = {"side": "the leg", "done": "whether the vessel was treated"}


def _gap(about: str, reason: str) -> str:
    if reason == "conflict":
        return f"the record contradicts itself on {_DISPUTED.get(about, f'the {about}')}."
    if about == "done":
        return "the record does not show the service as completed."
    return _GAPS.get((about, reason), f"the {about} is uncertain in the record.")


def _against(session: Session, lines: tuple[Line, ...]) -> list[tuple[str, str]]:
    iliac = [f for f in _iliac(session) if f.done]
    if not iliac:
        return [("R-DONE", "No completed treatment of an iliac artery is recorded.")]
    occluded = [f for f in iliac if f.lesion is Lesion.OCCLUSION and f.treatment is Treatment.ANGIOPLASTY]
    if not occluded:
        return [("R-LESION", "No iliac artery treated by balloon alone is recorded as occluded.")]
    steps = []
    for fact in occluded:
        steps.append(_why_not(fact, session, lines))
    return steps


def _why_not(fact: TreatedVessel, session: Session, lines: tuple[Line, ...]) -> tuple[str, str]:
    name = f"{fact.side} {vessel_name(fact.vessel, fact.territory)}"
    taken = next((x for x in lines if x.side is fact.side and fact.vessel in x.vessels), None)
    if taken is not None and taken.role is Role.INITIAL and fact.treatment is Treatment.ANGIOPLASTY:
        if "stent" in _done_there(fact, session):
            return "R-VESSEL", f"The {name} was also stented; the stent's code covers the vessel."
        others = [x for x in session.treated if x.done and x.territory is Territory.ILIAC]
        if any(x.side is not fact.side for x in others) and not any(
            x.side is fact.side and x.vessel is not fact.vessel for x in others
        ):
            return "R-LEG", f"The {name} is the only iliac artery treated in its leg, so it takes {taken.code}."
        return "R-RANK", f"The {name} has the leg's highest-ranked service, so it takes the initial code {taken.code}."
    return "R-VESSEL", f"The {name} was also stented; the stent's code covers the vessel."


def _done_there(fact: TreatedVessel, session: Session) -> set[str]:
    same = [f for f in session.treated if (f.side, f.vessel) == (fact.side, fact.vessel) and f.done and f.treatment]
    return {"stent" for f in same if f.treatment in (Treatment.STENT, Treatment.STENT_ATHERECTOMY)}
