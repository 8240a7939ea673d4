"""The coding card: for coders and billing managers, may name codes.

Knows when there is something to say and what goes on the card; its long text is `coding_detail`'s. Whoever may not
see codes gets `clarification_cards`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cards.actions import Subject, actions_for, label
from cards.changes import changes_of
from cards.charge_requests import LINK, charge_requests
from cards.coding_detail import Reader, coding_detail
from cards.model import Action, Link
from cards.summary import summary_of
from cds_service.coding.anatomy import Territory
from cds_service.coding.codes import FAMILY, Knowledge
from cds_service.coding.decision import SessionDecision
from cds_service.coding.document import answer_document, finding_document, line_document
from cds_service.coding.findings import ChangeKind, FindingCode
from cds_service.coding.lines import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingContent:
    """What a coding card says and offers; `actions` are carried out together. `extension` is for machines."""

    summary: str
    indicator: str
    detail: str
    label: str
    actions: tuple[Action, ...]
    links: tuple[Link, ...]
    extension: dict[str, Any]


def is_worth_showing(decided: SessionDecision, knowledge: Knowledge) -> bool:
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


def content(decided: Sequence[SessionDecision], knowledge: Knowledge, reader: Reader) -> CodingContent:
    """One card for all sessions of a call."""
    changes = [c for d in decided for c in changes_of(d)]
    actions = tuple(a for d in decided for a in actions_for(changes_of(d), d.session, reader.subject))
    requests = _requests(decided, reader.subject) if reader.profile.posts_charges else []
    findings = [f for d in decided for f in d.findings]
    contradicts = any(f.code is not FindingCode.MISSING_LINE or d.session.draft for d in decided for f in d.findings)
    return CodingContent(
        summary=summary_of(decided),
        indicator="warning" if findings and contradicts else "info",
        detail=coding_detail(decided, knowledge, reader, posted=bool(requests)),
        label=label(changes) if changes else "",
        actions=actions,
        links=(LINK,) if requests else (),
        extension={
            "org.iliac-cds.coding": _machine_part(decided, knowledge),
            **({"org.iliac-cds.charge-requests": requests} if requests else {}),
        },
    )


def _requests(decided: Sequence[SessionDecision], subject: Subject) -> list[dict[str, Any]]:
    """Requests for charges that are only added; what takes the place of another charge is left to a person."""
    added = [(d, [c for c in changes_of(d) if c.kind is ChangeKind.ADD]) for d in decided]
    return charge_requests([a for d, cs in added for a in actions_for(cs, d.session, subject)], subject.tenant)


def _machine_part(decided: Sequence[SessionDecision], knowledge: Knowledge) -> dict[str, Any]:
    """Lines, answer and findings as in the decision document."""
    answers = [answer_document(d) for d in decided]
    order = ("yes", "review", "no")
    first = min(answers, key=lambda a: order.index(a["verdict"]))
    return {
        "knowledge": knowledge.version,
        "lines": [line_document(x) for d in decided for x in d.lines],
        "answer37257": {**first, "units": sum(a["units"] for a in answers)},
        "findings": [finding_document(f) for d in decided for f in d.findings],
    }
