"""What a card rests on, comparable between calls: the facts and what follows from them, not how anybody worded it.

Knows decisions and which of their parts a card tells. Knows no key and no store: what comes out is for a digest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.json import Encoder

from cards.choice import choice_of, rules_of
from cards.model import Card
from cds_service.coding.answer import foremost
from cds_service.coding.codes import Knowledge
from cds_service.coding.decision import CodingDecision, SessionDecision
from cds_service.coding.facts import DraftLine, TreatedVessel
from cds_service.coding.findings import Finding
from cds_service.coding.lines import Line
from cds_service.coding.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Substance:
    """What a card rests on. It says nothing new once every one of its `parts` was answered.

    A coding card has one part, everything it weighs; a query has one for each of its questions, so that a question
    answered in the record does not bring back the one beside it. `audience` is coding, clarification or forecast;
    `topics` are the codes of findings or of questions; `verdict` is empty on a query.
    """

    audience: str
    parts: tuple[str, ...]
    topics: tuple[str, ...]
    rules: tuple[str, ...] = ()
    verdict: str = ""


def substance_of(card: Card, decision: CodingDecision, knowledge: Knowledge) -> Substance:
    """The substance of a card that was made of this decision.

    Left out on purpose: quotes and where they stand, ids of resources, lists not sent, payers and places that moved no
    line, and the version of the knowledge. None of them is a reason to show a card again.
    """
    choice = choice_of(decision, knowledge)
    if card.source.topic["code"] == "coding":
        return _of_coding(choice.coding)
    return _of_query("clarification", choice.asked) if choice.asked else _of_query("forecast", choice.planned)


def _of_coding(decided: Sequence[SessionDecision]) -> Substance:
    return Substance(
        audience="coding",
        parts=(_plain([_session(d) for d in decided]),),
        topics=tuple(dict.fromkeys(f.code.value for d in decided for f in d.findings)),
        rules=tuple(rules_of(decided)),
        verdict=foremost(d.answer.verdict for d in decided) or "",
    )


def _of_query(audience: str, asked: Sequence[tuple[SessionDecision, Question]]) -> Substance:
    parts = (_plain([_day(d), _question(q), _set(_about(q, d))]) for d, q in asked)
    topics = dict.fromkeys(q.code.value for _, q in asked)
    return Substance(audience=audience, parts=tuple(dict.fromkeys(parts)), topics=tuple(topics))


def _about(question: Question, decided: SessionDecision) -> Iterable[Any]:
    """The facts a question is about: those of its vessel, or all where it is about the session."""
    where = (question.side, question.vessel, question.territory)
    whole = question.territory is None
    told = (f for f in decided.session.treated if whole or (f.side, f.vessel, f.territory) == where)
    return ([*row, f.done] for f in told for row in _rows(f))


def _session(decided: SessionDecision) -> list[Any]:
    session = decided.session
    return [
        _day(decided),
        [decided.answer.verdict, decided.answer.units],
        _set(row for f in session.treated if f.done for row in _rows(f)),
        sorted(_plain(_line(x)) for x in decided.lines),
        sorted(_plain(_draft(x)) for x in session.draft),
        _set(_finding(f) for f in decided.findings),
        _set([*_question(q), q.codes] for q in decided.questions),
        _set([n.rule, n.codes] for n in decided.notes),
    ]


def _day(decided: SessionDecision) -> list[Any]:
    session = decided.session
    return [session.date.isoformat() if session.date else session.year, session.timing]


def _rows(fact: TreatedVessel) -> list[list[Any]]:
    """One row for each service in the vessel: lithotripsy is one of its own, as in the decision document."""
    services: list[str | None] = [fact.treatment] if fact.treatment or not fact.lithotripsy else []
    services += ["lithotripsy"] if fact.lithotripsy else []
    return [[fact.territory, fact.side, fact.vessel, service, fact.lesion] for service in services]


def _line(line: Line) -> list[Any]:
    return [line.code, line.units, line.modifiers, line.side, sorted(line.vessels), line.status, line.alternatives]


def _draft(draft: DraftLine) -> list[Any]:
    return [draft.code, draft.units, sorted(draft.modifiers), draft.side, draft.both_legs, sorted(draft.vessels)]


def _finding(finding: Finding) -> list[Any]:
    changes = sorted(_plain([c.kind, c.line.code if c.line else "", c.units, c.modifiers]) for c in finding.changes)
    return [finding.code, finding.rule, finding.codes, finding.side, changes]


def _question(question: Question) -> list[Any]:
    return [question.code, question.side, question.vessel, question.territory, question.about, question.reason]


def _set(values: Iterable[Any]) -> list[str]:
    """Values in an order of their own, each once: what a record says twice, or the other way round, it says once."""
    return sorted({_plain(v) for v in values})


def _plain(value: Any) -> str:
    return _encoded(value).decode()


_encoded = Encoder().encode
