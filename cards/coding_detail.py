"""The long text of a coding card: the table of lines, why, the record's words, rules and limits, within its word limit.

Knows a decided session and how much of each part fits. The sentences stand in words.toml, their order in the template.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cards.actions import Subject, describe
from cards.changes import changes_of, wanted_of
from cards.choice import rules_of
from cards.evidence_rows import evidence_of
from cards.gaps import Gaps, not_checked
from cards.names import coded, joined, line_places
from cards.profiles import Profile
from cards.quoting import Quoting
from cards.text import MOST_WORDS, render, words
from cards.wording import say
from cds_service.coding.answer import Verdict, foremost
from cds_service.coding.codes import Knowledge, PolicyNote
from cds_service.coding.decision import SessionDecision
from cds_service.coding.facts import DraftLine
from cds_service.coding.findings import ChangeKind, FindingCode
from cds_service.coding.lines import Line, Status
from cds_service.coding.policy_notes import policies_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom a coding card is written for: the client's abilities, how the chart is quoted, and what it did not send."""

    subject: Subject
    profile: Profile
    quoting: Quoting
    gaps: Gaps
    notice: str


def coding_detail(decided: Sequence[SessionDecision], knowledge: Knowledge, reader: Reader, *, posted: bool) -> str:
    """The detail within its word limit: quotes are shortened first, then the argument, then findings.

    `posted`: the card carries ready requests for the charges to be added.
    """
    findings = [f.text for d in decided for f in d.findings if f.code is not FindingCode.MISSING_LINE]
    base: dict[str, Any] = {
        "charge_line": "; ".join(_charge_lines(decided)),
        "to_do": _to_do(decided, reader.profile, posted=posted),
        "checked": not_checked(reader.gaps),
        "notice": reader.notice,
        "knowledge": knowledge.version,
    }
    notes = list(dict.fromkeys(n.text for d in decided for n in d.notes))
    lines, gone = _rows(decided, knowledge), _removed(decided)
    policies = list(dict.fromkeys(n for d in decided for n in policies_for(d.session, knowledge)))
    evidence = evidence_of(decided, reader.quoting)
    for size in _SIZES:
        rest = len(findings) - size.findings
        more = [say("coding", "say", "more-findings", count=rest)] if rest > 0 else []
        text = render(
            "coding.md.j2",
            **base,
            rows=[*lines, *_removals(gone, in_one=not size.findings)],
            why=_why(decided, size.steps),
            rules=_rules(decided, knowledge, size.sources),
            notes=" ".join(notes[: size.notes]),
            policies=" ".join(_policies(policies, in_full=size.policies)),
            quotes=[e.row(size.quotes, size.letters) for e in evidence[: size.vessels]],
            unshown=len(evidence[size.vessels :]),
            findings=" ".join([*findings[: size.findings], *more]),
        )
        if words(text) <= MOST_WORDS:
            return text
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    """How much of each part is told; `letters` is the length of a quote."""

    vessels: int = 6
    quotes: int = 1
    letters: int = 90
    findings: int = 6
    steps: int = 5
    notes: int = 4
    sources: bool = True
    policies: bool = False


_SIZES = (
    _Size(quotes=2, policies=True),
    _Size(policies=True),
    _Size(quotes=2),
    _Size(),
    _Size(letters=70, findings=4, steps=4),
    _Size(letters=70, findings=3, steps=2, notes=2),
    _Size(letters=60, findings=2, steps=1, notes=1),
    _Size(letters=60, findings=2, steps=0, notes=1),
    _Size(letters=50, findings=1, steps=0, notes=1),
    _Size(letters=50, findings=1, steps=0, notes=1, sources=False),
    _Size(letters=40, findings=1, steps=0, notes=0, sources=False),
    _Size(vessels=4, letters=40, findings=1, steps=0, notes=0, sources=False),
    _Size(vessels=3, letters=40, findings=1, steps=0, notes=0, sources=False),
    _Size(vessels=2, letters=40, findings=1, steps=0, notes=0, sources=False),
    _Size(vessels=1, letters=40, findings=0, steps=0, notes=0, sources=False),
    _Size(vessels=0, quotes=0, findings=0, steps=0, notes=0, sources=False),
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
    return rows


def _removed(decided: Sequence[SessionDecision]) -> list[DraftLine]:
    return [c.draft for d in decided for c in wanted_of(d) if c.kind is ChangeKind.REMOVE and c.draft is not None]


def _removals(gone: Sequence[DraftLine], *, in_one: bool) -> list[dict[str, Any]]:
    """The draft's lines that go, each in a row of its own or all in one."""
    status = {"vessel": say("coding", "status", "drafted"), "status": say("coding", "status", "remove")}
    if in_one and len(gone) > 1:
        codes = ", ".join(coded(x.code, x.modifiers) for x in gone)
        return [{"code": codes, "units": sum(x.units for x in gone), "side": "", **status}]
    return [{"code": x.code, "units": x.units, "side": ", ".join(x.modifiers) or "none", **status} for x in gone]


def _status(line: Line, decided: SessionDecision, knowledge: Knowledge) -> str:
    return say("coding", "status", _status_key(line, decided, knowledge))


def _status_key(line: Line, decided: SessionDecision, knowledge: Knowledge) -> str:
    if line.status is Status.REVIEW:
        return "reference" if line.code in knowledge.retired else "open"
    if not decided.session.drafted:
        return "documented"
    same = [x for x in decided.session.draft if x.code == line.code]
    if any(line.both_legs or x.both_legs or x.side in (line.side, None) for x in same):
        return "drafted"
    return "documented" if decided.session.draft_cut else "missing"


def _why(decided: Sequence[SessionDecision], most: int) -> str:
    steps = [w for d in decided for w in d.answer.why]
    lead = {Verdict.YES: "applies", Verdict.REVIEW: "open", Verdict.NO: "does-not-apply"}
    first = foremost(d.answer.verdict for d in decided) or Verdict.NO
    texts = list(dict.fromkeys(f"{w.text[0].upper()}{w.text[1:]} ({w.rule})" for w in steps))
    return " ".join((say("coding", "say", lead[first]), *texts[:most]))


def _policies(notes: Sequence[PolicyNote], *, in_full: bool) -> list[str]:
    """The payers' policies by name and the date seen; what each governs only where there is room."""
    key = "policy" if in_full else "policy-short"
    said = []
    for note in notes:
        name = f"{note.number}, {note.policy}" if note.number and in_full else note.number or note.policy
        text = f"{note.text[0].upper()}{note.text[1:]}"
        said.append(say("coding", "say", key, name=name, publisher=note.publisher, seen=note.seen, text=text))
    return said


def _charge_lines(decided: Sequence[SessionDecision]) -> list[str]:
    return [coded(x.code, x.modifiers, x.units) for d in decided for x in d.lines if x.status is Status.SUPPORTED]


def _to_do(decided: Sequence[SessionDecision], profile: Profile, *, posted: bool) -> str:
    """What a person does where the client cannot: the changes in words, and which of them it can post itself."""
    changes = [c for d in decided for c in wanted_of(d)]
    offered = [c for d in decided for c in changes_of(d)]
    if not changes or (profile.carries_out is None and offered):
        return ""
    by_hand = [c for c in changes if not (posted and c.kind is ChangeKind.ADD)]
    added = [c.line for c in changes if posted and c.kind is ChangeKind.ADD and c.line is not None]
    lines = "; ".join(coded(x.code, x.modifiers, x.units) for x in added)
    said = [say("coding", "say", "by-request", lines=lines)] if added else []
    said += [say("coding", "say", "by-hand", changes=joined([describe(c) for c in by_hand]))] if by_hand else []
    return " ".join(said)


def _rules(decided: Sequence[SessionDecision], knowledge: Knowledge, sources: bool) -> str:
    """The rules in use by their source, each with the day it took effect where that is not the family's."""
    used = [*rules_of(decided), *(n.rule for d in decided for n in d.notes)]
    start = knowledge.family_from
    groups: dict[str, list[str]] = {}
    for rule in dict.fromkeys(used):
        row = knowledge.rules[rule]
        since = "" if row.effective_from == start else f" from {row.effective_from}"
        groups.setdefault(knowledge.sources[row.source].short if sources else "", []).append(f"{rule}{since}")
    said = [f"{', '.join(rules)} ({source})" if source else ", ".join(rules) for source, rules in groups.items()]
    return f"{'; '.join(said)}; effective {start}"
