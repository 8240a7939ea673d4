"""The coding card: for coders and billing managers, may name codes.

Knows what goes on the card; its long text is `coding_detail`'s. Whoever may not see codes gets `clarification_cards`.
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
from cds_service.coding.answer import foremost
from cds_service.coding.codes import Knowledge
from cds_service.coding.decision import SessionDecision
from cds_service.coding.document import answer_document, finding_document, line_document
from cds_service.coding.findings import Change, ChangeKind, FindingCode


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


def content(decided: Sequence[SessionDecision], knowledge: Knowledge, reader: Reader) -> CodingContent:
    """One card for all sessions of a call."""
    wanted = [(d, changes_of(d)) for d in decided]
    changes = [c for _, mine in wanted for c in mine]
    actions = actions_for([(mine, d.session) for d, mine in wanted], reader.subject)
    requests = _requests(wanted, reader.subject) if reader.profile.posts_charges else []
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


def _requests(wanted: Sequence[tuple[SessionDecision, Sequence[Change]]], subject: Subject) -> list[dict[str, Any]]:
    """Requests for charges that are only added; what takes the place of another charge is left to a person."""
    added = [([c for c in mine if c.kind is ChangeKind.ADD], d.session) for d, mine in wanted]
    return charge_requests(actions_for(added, subject), subject.tenant)


def _machine_part(decided: Sequence[SessionDecision], knowledge: Knowledge) -> dict[str, Any]:
    """Lines, answer and findings as in the decision document."""
    answers = [answer_document(d) for d in decided]
    verdict = foremost(d.answer.verdict for d in decided)
    first = next(a for a in answers if a["verdict"] == verdict)
    return {
        "knowledge": knowledge.version,
        "lines": [line_document(x) for d in decided for x in d.lines],
        "answer37257": {**first, "units": sum(a["units"] for a in answers)},
        "findings": [finding_document(f) for d in decided for f in d.findings],
    }
