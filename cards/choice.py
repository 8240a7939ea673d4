"""What of a decision the cards tell: sessions worth a coding card, questions for a clinician now, and of a plan.

Knows decisions. What the cards say and what they rest on both start from this choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cds_service.coding.anatomy import Territory
from cds_service.coding.codes import FAMILY, Knowledge
from cds_service.coding.decision import CodingDecision, SessionDecision
from cds_service.coding.facts import Timing
from cds_service.coding.lines import Status
from cds_service.coding.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The sessions of a coding card; the questions of a query, of what was done or of what is planned, by session."""

    coding: tuple[SessionDecision, ...]
    asked: tuple[tuple[SessionDecision, Question], ...]
    planned: tuple[tuple[SessionDecision, Question], ...]


def choice_of(decision: CodingDecision, knowledge: Knowledge) -> Choice:
    """What there is to say of the sessions in scope; a plan is asked about where nothing that was done is."""
    scope = [d for d in decision.sessions if d.session.in_scope]
    performed = [d for d in scope if d.session.timing is Timing.PERFORMED]
    asked = _questions(performed)
    return Choice(
        coding=tuple(d for d in performed if _is_worth_showing(d, knowledge)),
        asked=asked,
        planned=() if asked else _questions([d for d in scope if d.session.timing is Timing.ANTICIPATED]),
    )


def rules_of(decided: Sequence[SessionDecision]) -> list[str]:
    """The rules that sessions rest on, each once: those of the argument, of the findings and of the lines."""
    used = [r for d in decided for r in [w.rule for w in d.answer.why] + [f.rule for f in d.findings]]
    used += [r for d in decided for line in d.lines for r in line.rules]
    return list(dict.fromkeys(used))


def _is_worth_showing(decided: SessionDecision, knowledge: Knowledge) -> bool:
    """True when there is something about iliac charges to say: lines nobody drafted, a finding, or an open line."""
    if decided.findings:
        return any(_is_iliac(c, knowledge) for f in decided.findings for c in f.codes)
    iliac = [x for x in decided.lines if x.territory is Territory.ILIAC and knowledge.codes[x.code].family == FAMILY]
    open_lines = [x for x in iliac if x.status is Status.REVIEW]
    unjudged = not decided.session.drafted or decided.session.draft_cut
    return bool(open_lines) or bool(iliac and unjudged)


def _is_iliac(code: str, knowledge: Knowledge) -> bool:
    row = knowledge.codes.get(code)
    return row is not None and row.territory in (Territory.ILIAC, None)


def _questions(decided: Sequence[SessionDecision]) -> tuple[tuple[SessionDecision, Question], ...]:
    """The questions about iliac arteries, and about the session when it holds any, each with its session."""
    out = []
    for d in decided:
        iliac = any(f.territory is Territory.ILIAC for f in d.session.treated)
        for question in d.questions:
            if question.territory is Territory.ILIAC or (question.territory is None and iliac):
                out.append((d, question))
    return tuple(out)
