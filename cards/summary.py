"""The one sentence of a coding card: what the record supports per leg, then what is wrong with the draft.

Knows lines and findings, and how long a summary may be. It stands alone where the detail is not shown.
"""

from collections.abc import Sequence

from cards.model import MOST_SUMMARY
from cards.names import joined
from cds_service.coding.anatomy import Side, Territory
from cds_service.coding.decision import SessionDecision
from cds_service.coding.findings import Finding, FindingCode
from cds_service.coding.lines import Line, Status


def summary_of(decided: Sequence[SessionDecision]) -> str:
    """One sentence: what the record supports per leg, then what is wrong with the draft."""
    lines = [x for d in decided for x in d.lines]
    findings = [f for d in decided for f in d.findings]
    record = _record_words(lines)
    early = [d for d in decided if FindingCode.NOT_YET_EFFECTIVE in {f.code for f in d.findings}]
    if early and len(early) == len(decided):
        record = f"Service date {early[0].session.date}: the family retired with 2025 applies."
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
    """Per leg and territory: what is supported, and what is open."""
    parts = []
    for side in (*Side, None):
        leg = [x for x in lines if x.side is side]
        if leg:
            name = f"{side.value} leg" if side else "leg not recorded"
            said = [_territory_words(t, [x for x in leg if x.territory is t]) for t in Territory]
            parts.append(f"{name}, {'; '.join(s for s in said if s)}")
    if not parts:
        return "Iliac arteries: the record supports no line."
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _territory_words(territory: Territory, lines: Sequence[Line]) -> str:
    supported = [_times(x) for x in lines if x.status is Status.SUPPORTED]
    unclear = [" or ".join(sorted({x.code, *x.alternatives})) for x in lines if x.status is Status.REVIEW]
    said = [f"record supports {' + '.join(supported)}"] if supported else []
    said += [f"{joined(unclear)} {'is' if len(unclear) == 1 else 'are'} open"] if unclear else []
    return f"{territory.value}: {', '.join(said)}" if said else ""


def _times(line: Line) -> str:
    return line.code if line.units == 1 else f"{line.code} x{line.units}"


_SHORT = {
    FindingCode.NOT_YET_EFFECTIVE: "Draft has {codes} before the effective date.",
    FindingCode.RETIRED_CODE: "Draft has {codes}, retired with 2025.",
    FindingCode.INVALID_PAIR: "Draft pairs {codes}, which is not valid.",
    FindingCode.WRONG_INITIAL: "Draft opens with {codes}.",
    FindingCode.WRONG_LEG: "Draft has {codes} on the other leg.",
    FindingCode.UNSUPPORTED_LINE: "Draft has {codes}, not supported.",
    FindingCode.MISSING_INITIAL: "Draft has {codes} without its initial code.",
    FindingCode.DUPLICATE_LINE: "Draft has {codes} more than once.",
    FindingCode.WRONG_UNITS: "Draft has other units of {codes}.",
    FindingCode.OVER_LIMIT: "Draft has more vessels than the leg: {codes}.",
    FindingCode.OVER_MUE: "Draft has units of {codes} above the edit value.",
    FindingCode.WRONG_MODIFIER: "Draft has another modifier on {codes}.",
    FindingCode.INCLUDED_SERVICE: "Draft has {codes}, part of the service.",
    FindingCode.MISSING_LINE: "Draft lacks {codes}.",
}


def _finding_words(findings: Sequence[Finding]) -> str:
    """The gravest kind of finding with all its codes."""
    if not findings:
        return ""
    order = list(_SHORT)
    kind = min((f.code for f in findings), key=order.index)
    codes = dict.fromkeys(c for f in findings if f.code is kind for c in f.codes)
    return _SHORT[kind].format(codes=" + ".join(codes))
