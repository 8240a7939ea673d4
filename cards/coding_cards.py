"""The coding card: for coders and billing managers, may name codes.

Knows a decided session and the words of its table. Whoever may not see codes gets `clarification_cards`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cards.actions import Subject, actions_for, can_carry_out, describe, label
from cards.model import MOST_SUMMARY
from cards.names import TREATMENTS, coded, joined, line_places, place
from cards.text import render, words
from cds_service.coding.anatomy import Role, Side, Territory
from cds_service.coding.answer import Verdict
from cds_service.coding.codes import FAMILY, Knowledge
from cds_service.coding.decision import SessionDecision
from cds_service.coding.document import answer_document, finding_document, line_document
from cds_service.coding.facts import Evidence, TreatedVessel
from cds_service.coding.findings import Change, ChangeKind, Finding, FindingCode
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
    return bool(open_lines) or bool(iliac and not decided.session.drafted)


def _is_iliac(code: str, knowledge: Knowledge) -> bool:
    row = knowledge.codes.get(code)
    return row is not None and row.territory in (Territory.ILIAC, None)


def content(
    decided: Sequence[SessionDecision], knowledge: Knowledge, subject: Subject, *, notice: str, not_sent: Sequence[str]
) -> CodingContent:
    """One card for all sessions of a call."""
    changes = [(d, c) for d in decided for c in changes_of(d)]
    actions = tuple(a for d in decided for a in actions_for(changes_of(d), d.session, subject))
    findings = [f for d in decided for f in d.findings]
    contradicts = any(f.code is not FindingCode.MISSING_LINE or d.session.draft for d in decided for f in d.findings)
    return CodingContent(
        summary=_summary(decided),
        indicator="warning" if findings and contradicts else "info",
        detail=_detail(decided, knowledge, notice=notice, not_sent=not_sent),
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
        wanted = _one_per_draft(wanted)
    else:
        wanted = [
            Change(kind=ChangeKind.ADD, line=x, units=x.units, modifiers=x.modifiers)
            for x in decided.lines
            if x.status is Status.SUPPORTED
        ]
    kept = [c for c in wanted if c.line is None or _has_initial(c.line, decided)]
    return tuple(kept) if all(can_carry_out(c) for c in kept) else ()


def _one_per_draft(changes: list[Change]) -> list[Change]:
    """A draft line is edited once: of several changes to one line the first that names the record's line stands."""
    out: list[Change] = []
    for change in sorted(changes, key=lambda c: c.line is None and c.kind is ChangeKind.REMOVE):
        same = change.draft is not None and any(c.draft is change.draft for c in out)
        if not same:
            out.append(change)
    return sorted(out, key=changes.index)


def _has_initial(line: Line, decided: SessionDecision) -> bool:
    if line.role not in (Role.ADDITIONAL, Role.LITHOTRIPSY):
        return True
    leg = [x for x in decided.lines if (x.side, x.territory) == (line.side, line.territory)]
    return any(x.role is Role.INITIAL and x.status is Status.SUPPORTED for x in leg)


def _summary(decided: Sequence[SessionDecision]) -> str:
    """One sentence: what the record supports per leg, then what is wrong with the draft."""
    lines = [x for d in decided for x in d.lines]
    findings = [f for d in decided for f in d.findings]
    record = _record_words(lines)
    tail = _finding_words(findings)
    full = f"{record} {tail}".strip()
    if len(full) <= MOST_SUMMARY:
        return full
    short = f"Iliac arteries: the record and the draft differ in {len(findings)} points; see the lines below."
    return record if len(record) <= MOST_SUMMARY and not findings else short if findings else _counted(lines)


def _counted(lines: Sequence[Line]) -> str:
    supported = [x for x in lines if x.status is Status.SUPPORTED]
    if supported:
        return f"Iliac arteries: the record supports {len(supported)} lines; see the table below."
    return "Iliac arteries: the record leaves lines open; see the table below."


def _record_words(lines: Sequence[Line]) -> str:
    parts = []
    for side in (*Side, None):
        leg = [x for x in lines if x.side is side and x.territory is Territory.ILIAC]
        if not leg:
            continue
        name = f"{side.value} leg" if side else "side not recorded"
        supported = [_times(x) for x in leg if x.status is Status.SUPPORTED]
        unclear = [x for x in leg if x.status is Status.REVIEW]
        said = f"record supports {' + '.join(supported)}" if supported else ""
        if unclear:
            codes = " or ".join(sorted({c for x in unclear for c in (x.code, *x.alternatives)}))
            said = f"{said}{', ' if said else ''}{codes} is open"
        parts.append(f"{name}, iliac: {said}")
    if not parts:
        return "Iliac arteries: the record supports no line."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _times(line: Line) -> str:
    return line.code if line.units == 1 else f"{line.code} x{line.units}"


_SHORT = {
    FindingCode.MISSING_INITIAL: "Draft has {0} without its initial code.",
    FindingCode.INVALID_PAIR: "Draft pairs {all}, which is not valid.",
    FindingCode.WRONG_INITIAL: "Draft opens with {0}.",
    FindingCode.WRONG_LEG: "Draft has {0} on the other leg.",
    FindingCode.NOT_YET_EFFECTIVE: "Draft has {0} before its effective date.",
    FindingCode.RETIRED_CODE: "Draft has {0}, retired with 2025.",
    FindingCode.DUPLICATE_LINE: "Draft has {0} more than once.",
    FindingCode.WRONG_UNITS: "Draft has other units of {0}.",
    FindingCode.OVER_LIMIT: "Draft has more vessels than the leg.",
    FindingCode.UNSUPPORTED_LINE: "Draft has {0}, not supported.",
    FindingCode.OVER_MUE: "Draft has units of {0} above the edit value.",
    FindingCode.WRONG_MODIFIER: "Draft has another modifier on {0}.",
    FindingCode.INCLUDED_SERVICE: "Draft has {0}, part of the service.",
    FindingCode.MISSING_LINE: "Draft lacks {0}.",
}


def _finding_words(findings: Sequence[Finding]) -> str:
    if not findings:
        return ""
    order = list(_SHORT)
    first = min(findings, key=lambda f: order.index(f.code))
    if {f.code for f in findings} == {FindingCode.MISSING_LINE}:
        return f"Draft lacks {' + '.join(dict.fromkeys(f.codes[0] for f in findings))}."
    return _SHORT[first.code].format(first.codes[0], all=" + ".join(first.codes))


def _detail(decided: Sequence[SessionDecision], knowledge: Knowledge, *, notice: str, not_sent: Sequence[str]) -> str:
    """The detail within its word limit: evidence is shortened first, then findings."""
    quotes = _quotes(decided)
    findings = [f.text for d in decided for f in d.findings]
    base: dict[str, Any] = {
        "rows": _rows(decided, knowledge),
        "notes": " ".join(dict.fromkeys(n.text for d in decided for n in d.notes)),
        "charge_line": "; ".join(_charge_lines(decided)),
        "rules": _rules(decided, knowledge),
        "checked": _not_checked(not_sent),
        "notice": notice,
        "knowledge": knowledge.version,
    }
    for most_quotes, most_findings, short in _SIZES:
        shown = findings[:most_findings]
        rest = len(findings) - len(shown)
        text = render(
            "coding.md.j2",
            **{**base, "notes": "" if short else base["notes"]},
            why=_why(decided, short=short),
            quotes=quotes[:most_quotes],
            findings=" ".join([*shown, *([f"{rest} more in the decision."] if rest else [])]),
        )
        if words(text) <= MOST_WORDS:
            return text
    return text


_SIZES = (
    (8, 6, False),
    (6, 4, False),
    (4, 3, False),
    (3, 2, True),
    (2, 2, True),
    (1, 1, True),
    (0, 1, True),
    (0, 0, True),
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
    return "on the draft" if drafted else "missing from the draft"


def _why(decided: Sequence[SessionDecision], *, short: bool) -> str:
    steps = [w for d in decided for w in d.answer.why]
    verdicts = {d.answer.verdict for d in decided}
    lead = {
        Verdict.YES: "37257 applies.",
        Verdict.REVIEW: "Whether 37257 applies is open.",
        Verdict.NO: "37257 does not apply.",
    }
    first = next(v for v in (Verdict.YES, Verdict.REVIEW, Verdict.NO) if v in verdicts)
    texts = list(dict.fromkeys(f"{w.text} ({w.rule})" for w in steps))
    kept = texts[:2] if short else texts[:4]
    return " ".join((lead[first], *kept))


def _quotes(decided: Sequence[SessionDecision]) -> list[dict[str, str]]:
    """One line of evidence per vessel first, then a second one for each."""
    first: list[dict[str, str]] = []
    second: list[dict[str, str]] = []
    for d in decided:
        for fact in (f for f in d.session.treated if f.done):
            shown = _best(fact)
            for target, evidence in zip((first, second), shown, strict=False):
                target.append(_quote_row(fact, evidence, d.session.date))
    return first + second


def _best(fact: TreatedVessel) -> list[Evidence]:
    """The most telling evidence: words before bare numbers, the lesion's statement before the place."""
    spoken = [e for e in fact.evidence if any(c.isalpha() for c in e.quote)]
    lesion = [e for e in spoken if "reason" in e.path or e.resource.startswith("Condition")]
    act = [e for e in spoken if "code" in e.path and e not in lesion]
    ranked = [*act[:1], *lesion[:1], *spoken, *fact.evidence]
    return list(dict.fromkeys(ranked))[:2]


def _quote_row(fact: TreatedVessel, evidence: Evidence, day: Any) -> dict[str, str]:
    done = TREATMENTS[fact.treatment] if fact.treatment else "treatment open"
    lesion = fact.lesion.value if fact.lesion else "lesion open"
    return {
        "what": f"{place(fact.side, fact.vessel, fact.territory)}, {done}, {lesion}",
        "resource": evidence.resource,
        "path": evidence.path.split(".", 1)[-1],
        "date": evidence.date or (day.isoformat() if day else ""),
        "quote": evidence.quote,
    }


def _charge_lines(decided: Sequence[SessionDecision]) -> list[str]:
    return [coded(x.code, x.modifiers, x.units) for d in decided for x in d.lines if x.status is Status.SUPPORTED]


def _rules(decided: Sequence[SessionDecision], knowledge: Knowledge) -> str:
    used = [r for d in decided for r in [w.rule for w in d.answer.why] + [f.rule for f in d.findings]]
    used += [r for d in decided for x in d.lines for r in x.rules]
    rules = list(dict.fromkeys(used))
    source = knowledge.cite("R-PAIR")
    start = knowledge.family_from.isoformat()
    return f"{', '.join(rules)} ({source}; effective {start})" if rules else f"{source}; effective {start}"


def _not_checked(not_sent: Sequence[str]) -> str:
    missing = [k for k in not_sent if k in ("conditions", "charges", "reports")]
    text = "Not checked: payer edits, medical necessity."
    return f"{text} Not sent: {joined(missing)}." if missing else text


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
