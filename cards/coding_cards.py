"""The coding card: for coders and billing managers, may name codes.

Knows a decided session and the words of its table. Whoever may not see codes gets `clarification_cards`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cards.actions import Subject, actions_for, can_carry_out, describe, label
from cards.gaps import Gaps, not_checked
from cards.names import TREATMENTS, coded, line_places, place
from cards.summary import summary_of
from cards.text import render, words
from cds_service.coding.anatomy import Role, Territory
from cds_service.coding.answer import Verdict
from cds_service.coding.codes import FAMILY, Knowledge
from cds_service.coding.decision import SessionDecision
from cds_service.coding.document import answer_document, finding_document, line_document
from cds_service.coding.facts import Evidence, TreatedVessel
from cds_service.coding.findings import Change, ChangeKind, FindingCode
from cds_service.coding.lines import Line, Status

MOST_WORDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CodingContent:
    """What a coding card says and offers; `changes` are carried out together."""

    summary: str
    indicator: str
    detail: str
    label: str
    actions: tuple[Any, ...]
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


def content(
    decided: Sequence[SessionDecision], knowledge: Knowledge, subject: Subject, *, notice: str, gaps: Gaps
) -> CodingContent:
    """One card for all sessions of a call."""
    changes = [(d, c) for d in decided for c in changes_of(d)]
    actions = tuple(a for d in decided for a in actions_for(changes_of(d), d.session, subject))
    findings = [f for d in decided for f in d.findings]
    contradicts = any(f.code is not FindingCode.MISSING_LINE or d.session.draft for d in decided for f in d.findings)
    return CodingContent(
        summary=summary_of(decided),
        indicator="warning" if findings and contradicts else "info",
        detail=_detail(decided, knowledge, notice=notice, gaps=gaps),
        label=label([c for _, c in changes]) if changes else "",
        actions=actions,
        extension=_extension(decided, knowledge),
    )


def changes_of(decided: SessionDecision) -> tuple[Change, ...]:
    """Every change that makes the draft right, each once, as far as the record settles it and the draft can be edited.

    An add-on is never added without its initial code being on the draft or added with it.
    """
    if decided.session.drafted:
        wanted: list[Change] = []
        for finding in decided.findings:
            wanted += [c for c in finding.changes if c not in wanted]
    else:
        wanted = [
            Change(kind=ChangeKind.ADD, line=x, units=x.units, modifiers=x.modifiers)
            for x in decided.lines
            if x.status is Status.SUPPORTED
        ]
    kept = [c for c in wanted if c.line is None or _has_initial(c.line, decided)]
    return tuple(kept) if all(can_carry_out(c) for c in kept) else ()


def _has_initial(line: Line, decided: SessionDecision) -> bool:
    if line.role not in (Role.ADDITIONAL, Role.LITHOTRIPSY):
        return True
    leg = [x for x in decided.lines if (x.side, x.territory) == (line.side, line.territory)]
    return any(x.role is Role.INITIAL and x.status is Status.SUPPORTED for x in leg)


def _detail(decided: Sequence[SessionDecision], knowledge: Knowledge, *, notice: str, gaps: Gaps) -> str:
    """The detail within its word limit: evidence is shortened first, then findings."""
    findings = [f.text for d in decided for f in d.findings if f.code is not FindingCode.MISSING_LINE]
    base: dict[str, Any] = {
        "rows": _rows(decided, knowledge),
        "notes": " ".join(dict.fromkeys(n.text for d in decided for n in d.notes)),
        "charge_line": "; ".join(_charge_lines(decided)),
        "rules": _rules(decided, knowledge),
        "checked": not_checked(gaps),
        "notice": notice,
        "knowledge": knowledge.version,
    }
    for vessels, each, most_findings, steps in _SIZES:
        quotes = _quotes(decided, each)
        rest = len(findings) - most_findings
        more = [f"{rest} more in the decision."] if rest > 0 else []
        text = render(
            "coding.md.j2",
            **base,
            why=_why(decided, steps),
            quotes=quotes[:vessels],
            unshown=len(quotes[vessels:]),
            findings=" ".join([*findings[:most_findings], *more]),
        )
        if words(text) <= MOST_WORDS:
            return text
    return text


# Vessels quoted, quotes for each, findings told, steps of the argument told: the fullest that fits is taken.
_SIZES = (
    (6, 2, 6, 5),
    (6, 1, 6, 5),
    (6, 1, 4, 4),
    (6, 1, 3, 2),
    (6, 1, 2, 1),
    (4, 1, 2, 1),
    (3, 1, 1, 1),
    (2, 1, 1, 1),
    (1, 1, 1, 0),
    (0, 0, 1, 0),
    (0, 0, 0, 0),
)


def _rows(decided: Sequence[SessionDecision], knowledge: Knowledge) -> list[dict[str, Any]]:
    rows = []
    for d in decided:
        for line in d.lines:
            rows.append(
                {
                    "code": " or ".join(sorted({line.code, *line.alternatives})) if line.alternatives else line.code,
                    "units": line.units,
                    "side": ", ".join(line.modifiers) or "open",
                    "vessel": line_places(line),
                    "status": _status(line, d, knowledge),
                }
            )
        removed = [c for c in changes_of(d) if c.kind is ChangeKind.REMOVE and c.draft is not None]
        for change in removed:
            draft = change.draft
            assert draft is not None
            side = ", ".join(draft.modifiers) or "none"
            row = {
                "code": draft.code,
                "units": draft.units,
                "side": side,
                "vessel": "on the draft",
                "status": "to remove",
            }
            rows.append(row)
    return rows


def _status(line: Line, decided: SessionDecision, knowledge: Knowledge) -> str:
    if line.status is Status.REVIEW:
        return "named for reference" if line.code in knowledge.retired else "open, ask first"
    if not decided.session.drafted:
        return "documented"
    drafted = any(x.code == line.code and x.side in (line.side, None) for x in decided.session.draft)
    lacking = "documented" if decided.session.draft_cut else "missing from the draft"
    return "on the draft" if drafted else lacking


def _why(decided: Sequence[SessionDecision], most: int) -> str:
    steps = [w for d in decided for w in d.answer.why]
    verdicts = {d.answer.verdict for d in decided}
    lead = {
        Verdict.YES: "37257 applies.",
        Verdict.REVIEW: "Whether 37257 applies is open.",
        Verdict.NO: "37257 does not apply.",
    }
    first = next(v for v in (Verdict.YES, Verdict.REVIEW, Verdict.NO) if v in verdicts)
    texts = list(dict.fromkeys(f"{w.text[0].upper()}{w.text[1:]} ({w.rule})" for w in steps))
    return " ".join((lead[first], *texts[:most]))


def _quotes(decided: Sequence[SessionDecision], each: int) -> list[dict[str, Any]]:
    """One row of evidence per treated vessel: what was done, and what the lesion was called."""
    return [_quote_row(f, d.session.date, each) for d in decided for f in d.session.treated if f.done]


def _quote_row(fact: TreatedVessel, day: Any, each: int) -> dict[str, Any]:
    done = TREATMENTS[fact.treatment] if fact.treatment else "treatment open"
    lesion = fact.lesion.value if fact.lesion else "lesion open"
    shown = [
        {
            "resource": e.resource,
            "path": e.path.split(".", 1)[-1],
            "date": e.date or (day.isoformat() if day else ""),
            "quote": e.quote,
        }
        for e in _best(fact)[-each:]
    ]
    return {"what": f"{place(fact.side, fact.vessel, fact.territory)}, {done}, {lesion}", "shown": shown}


def _best(fact: TreatedVessel) -> list[Evidence]:
    """The act in words first, then the lesion's statement; bare code numbers only where nothing else is said."""
    spoken = [e for e in fact.evidence if any(c.isalpha() for c in e.quote)]
    lesion = [e for e in spoken if "reason" in e.path or not e.resource.startswith("Procedure/")]
    act = [e for e in spoken if e not in lesion]
    place_said = [e for e in fact.evidence if "bodySite" in e.path]
    ranked = [*act[:1], *lesion[-1:], *act, *lesion, *fact.evidence[:1], *place_said]
    return list(dict.fromkeys(ranked))[:2]


def _charge_lines(decided: Sequence[SessionDecision]) -> list[str]:
    return [coded(x.code, x.modifiers, x.units) for d in decided for x in d.lines if x.status is Status.SUPPORTED]


def _rules(decided: Sequence[SessionDecision], knowledge: Knowledge) -> str:
    used = [r for d in decided for r in [w.rule for w in d.answer.why] + [f.rule for f in d.findings]]
    used += [r for d in decided for x in d.lines for r in x.rules]
    rules = list(dict.fromkeys(used))
    source = knowledge.cite("R-PAIR")
    start = knowledge.family_from.isoformat()
    return f"{', '.join(rules)} ({source}; effective {start})" if rules else f"{source}; effective {start}"


def _extension(decided: Sequence[SessionDecision], knowledge: Knowledge) -> dict[str, Any]:
    """The machine-readable part: lines, answer and findings as in the decision document."""
    lines = [line_document(x) for d in decided for x in d.lines]
    findings = [finding_document(f) for d in decided for f in d.findings]
    answers = [answer_document(d) for d in decided]
    order = ("yes", "review", "no")
    first = min(answers, key=lambda a: order.index(a["verdict"]))
    answer = {**first, "units": sum(a["units"] for a in answers)}
    body = {"knowledge": knowledge.version, "lines": lines, "answer37257": answer, "findings": findings}
    return {"org.iliac-cds.coding": body}


__all__ = ["CodingContent", "changes_of", "content", "describe", "is_worth_showing"]
