"""The verdict types, and `decide`: a session and the knowledge in, everything the product says about it out.

Knows how the parts are put together; the rules themselves stand in `ranking`, `worlds`, `answer` and `draft`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from cds_service.coding.answer import Answer, argue
from cds_service.coding.codes import Knowledge
from cds_service.coding.draft import compare
from cds_service.coding.facts import Session
from cds_service.coding.findings import Finding
from cds_service.coding.folding import folded
from cds_service.coding.lines import Line, lines_of
from cds_service.coding.notes import Note, notes_on
from cds_service.coding.questions import Question, questions_of
from cds_service.coding.worlds import read_all


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDecision:
    """Everything said about one session."""

    session: Session
    lines: tuple[Line, ...]
    answer: Answer
    findings: tuple[Finding, ...]
    questions: tuple[Question, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A resource that could not be read, and why, without any of its content."""

    resource: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingDecision:
    """The decision on a whole request. `knowledge` is the version of the rules that gave it."""

    knowledge: str
    sessions: tuple[SessionDecision, ...]
    unread: tuple[Unread, ...] = ()


def decide(sessions: Iterable[Session], knowledge: Knowledge, unread: Iterable[Unread] = ()) -> CodingDecision:
    """Decide every session that has anything of the lower-extremity family in it, in order of date and encounter."""
    decided = [decide_session(s, knowledge) for s in sessions if s.treated or s.draft]
    decided.sort(key=lambda d: (d.session.date or date.max, d.session.encounter or "", d.session.timing))
    return CodingDecision(knowledge=knowledge.version, sessions=tuple(decided), unread=tuple(unread))


def decide_session(session: Session, knowledge: Knowledge) -> SessionDecision:
    """Decide one session: read it in every way its record allows, and say only what holds in all of them."""
    session = folded(session)
    readings = read_all(session, knowledge)
    lines = lines_of(session, readings, knowledge)
    return SessionDecision(
        session=session,
        lines=lines,
        answer=argue(session, lines, readings, knowledge),
        findings=compare(session, lines, readings, knowledge),
        questions=questions_of(session, readings),
        notes=notes_on(session, lines, knowledge),
    )
