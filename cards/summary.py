"""The one sentence of a coding card: what the record supports per leg, then what is wrong with the draft.

Knows lines and findings, and how long a summary may be. It stands alone where the detail is not shown.
"""

from collections.abc import Callable, Iterator, Sequence

from cards.model import MOST_SUMMARY
from cards.names import joined
from cards.wording import say, wordings
from cds_service.coding.anatomy import Side, Territory
from cds_service.coding.decision import SessionDecision
from cds_service.coding.findings import Finding, FindingCode
from cds_service.coding.lines import Line, Status


def summary_of(decided: Sequence[SessionDecision]) -> str:
    """One sentence: what the record supports per leg, then what is wrong with the draft; the fullest form that fits."""
    form = ""
    for form in _forms(decided):
        if len(form) <= MOST_SUMMARY:
            break
    return form


def _forms(decided: Sequence[SessionDecision]) -> Iterator[str]:
    """The sentence, the fullest form first."""
    findings = [f for d in decided for f in d.findings]
    tails = [_gravest(findings), _number_of(findings)] if findings else [""]
    for record in _records(decided):
        yield from (f"{record} {tail}".strip() for tail in tails)


def _records(decided: Sequence[SessionDecision]) -> Iterator[str]:
    """What the record supports, the fullest form first."""
    early = [d for d in decided if FindingCode.NOT_YET_EFFECTIVE in {f.code for f in d.findings}]
    if early and len(early) == len(decided):
        yield say("coding", "say", "too-early", date=early[0].session.date)
        return
    lines = [x for d in decided for x in d.lines]
    yield _record(lines, _in_full)
    yield _record(lines, _in_short)
    yield _counted(lines)


def _counted(lines: Sequence[Line]) -> str:
    supported = sum(x.status is Status.SUPPORTED for x in lines)
    return say("coding", "say", "counted", supported=supported, open=len(lines) - supported)


def _record(lines: Sequence[Line], told: Callable[[str, Sequence[Line]], str]) -> str:
    """Per leg and territory: what is supported, and what is open."""
    legs = {
        "both legs": [x for x in lines if x.both_legs],
        **{f"{side.value} leg": [x for x in lines if x.side is side] for side in Side},
        "leg not recorded": [x for x in lines if x.side is None and not x.both_legs],
    }
    text = "; ".join(told(name, found) for name, found in legs.items() if found)
    return f"{text[0].upper()}{text[1:]}." if text else say("coding", "say", "no-line")


def _in_full(leg: str, lines: Sequence[Line]) -> str:
    said = []
    for territory in Territory:
        mine = [x for x in lines if x.territory is territory]
        if mine:
            said.append(f"{territory.value}: {', '.join(_parts(mine))}")
    return f"{leg}, {'; '.join(said)}"


def _in_short(leg: str, lines: Sequence[Line]) -> str:
    """Codes only: supported ones joined by +, open ones with a question mark."""
    codes = [_times(x) if x.status is Status.SUPPORTED else f"{_times(x)}?" for x in lines]
    return f"{leg} {' + '.join(codes)}"


def _parts(lines: Sequence[Line]) -> list[str]:
    supported = [_times(x) for x in lines if x.status is Status.SUPPORTED]
    unclear = [" or ".join(sorted({x.code, *x.alternatives})) for x in lines if x.status is Status.REVIEW]
    if len(unclear) > 1:
        unclear = [f"({codes})" if " or " in codes else codes for codes in unclear]
    said = [say("coding", "say", "supports", codes=" + ".join(supported))] if supported else []
    key = "is-open" if len(unclear) == 1 else "are-open"
    return [*said, say("coding", "say", key, codes=joined(unclear))] if unclear else said


def _times(line: Line) -> str:
    code = f"{line.code}-50" if line.both_legs else line.code
    return code if line.units == 1 else f"{code} x{line.units}"


def _gravest(findings: Sequence[Finding]) -> str:
    """The gravest kind of finding with all its codes; words.toml lists the kinds in that order."""
    order = list(wordings()["coding"]["draft"])
    kind = min((f.code for f in findings), key=order.index)
    codes = dict.fromkeys(c for f in findings if f.code is kind for c in f.codes)
    return say("coding", "draft", kind.value, codes=" + ".join(codes))


def _number_of(findings: Sequence[Finding]) -> str:
    return say("coding", "say", "many-findings", count=len(findings))
