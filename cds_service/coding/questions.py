"""Gaps in the documentation as neutral, typed questions. No prose: the cards find the words.

A question is asked because a fact is missing or contradicted, whichever way its answer would move the codes.
"""

from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.coding.facts import Doubt, Evidence, QuestionCode, Session, Timing, TreatedVessel
from cds_service.coding.worlds import Readings, doubts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One gap. `about` is the field that is open, `codes` what the vessel could take, `evidence` every side."""

    code: QuestionCode
    side: Side | None
    vessel: Vessel | None
    territory: Territory | None
    reason: str
    about: str = ""
    codes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def questions_of(session: Session, readings: Readings) -> tuple[Question, ...]:
    """The questions of a session, each once, in the order of its facts; what several facts raise is joined."""
    found: dict[tuple[object, ...], Question] = {}
    for index, fact in enumerate(session.treated):
        for doubt in _asked(index, fact, readings):
            question = _question(index, fact, doubt, readings)
            key = (question.code, question.side, question.vessel, question.territory, doubt.about)
            found[key] = _joined(found[key], question) if key in found else question
    for question in _session_questions(session):
        found.setdefault((question.code, question.reason), question)
    return tuple(found.values())


def _joined(first: Question, second: Question) -> Question:
    return replace(
        first,
        reason=min(first.reason, second.reason),
        codes=tuple(sorted({*first.codes, *second.codes})),
        evidence=tuple(dict.fromkeys((*first.evidence, *second.evidence))),
    )


def _asked(index: int, fact: TreatedVessel, readings: Readings) -> tuple[Doubt, ...]:
    doubts = doubts_of(fact)
    if not fact.done and all(d.about != "done" for d in doubts):
        return ()
    if readings.asks_about(index) and all(d.about != "lesion" for d in doubts):
        unsettled = Doubt(question=QuestionCode.LESION_TYPE, about="lesion", reason="several-lesions", values=())
        return (*doubts, unsettled)
    return doubts


def _question(index: int, fact: TreatedVessel, doubt: Doubt, readings: Readings) -> Question:
    return Question(
        code=doubt.question,
        side=fact.side,
        vessel=fact.vessel,
        territory=fact.territory,
        reason=doubt.reason,
        about=doubt.about,
        codes=tuple(sorted(readings.codes_of(frozenset({index})))),
        evidence=tuple(dict.fromkeys((*doubt.indicators, *fact.evidence))),
    )


def _session_questions(session: Session) -> list[Question]:
    if session.timing is Timing.ANTICIPATED or not session.treated:
        return []
    reasons = []
    if not session.dated:
        reasons.append("date-unknown")
    if len({f.episode for f in session.treated if f.done}) > 1:
        reasons.append("several-episodes")
    if session.companions:
        reasons.append("other-encounter")
    evidence = tuple(dict.fromkeys(f.evidence[0] for f in (*session.treated, *session.companions)))
    return [
        Question(code=QuestionCode.SESSION, side=None, vessel=None, territory=None, reason=reason, evidence=evidence)
        for reason in reasons
    ]
