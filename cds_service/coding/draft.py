"""Draft charge lines matched with the lines the record calls for: what is wrong, and the smallest mend.

Knows the order in which lines are matched: same code and leg, other leg, other code of the leg, nothing. The rules
on the draft as such stand in `draft_rules`.
"""

from dataclasses import replace

from cds_service.coding.anatomy import Role
from cds_service.coding.codes import Knowledge
from cds_service.coding.comparison import Comparison, Entry, entries_of, in_words
from cds_service.coding.draft_rules import (
    check_edit_values,
    check_effective,
    check_included,
    check_limits,
    check_modifiers,
    check_pairs,
    check_retired,
    kept_modifiers,
)
from cds_service.coding.facts import Session
from cds_service.coding.findings import Change, ChangeKind, Finding, FindingCode, settled
from cds_service.coding.lines import Line, Status, family_applies
from cds_service.coding.worlds import Readings, doubts_of


def compare(session: Session, lines: tuple[Line, ...], readings: Readings, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Every finding on the draft of a session; none when the draft agrees with the lines or nobody sent one."""
    if not session.draft and not session.drafted:
        return ()
    entries = entries_of(session, lines, readings, knowledge)
    shown = lines if family_applies(session, knowledge) else ()
    work = Comparison(entries=entries, lines=shown, readings=readings, knowledge=knowledge)
    check_effective(work, session)
    _same_code(work)
    check_retired(work, session)
    _left_open(work, session)
    _other_leg(work)
    _replaced(work)
    check_pairs(work)
    _left_over(work)
    check_limits(work)
    check_edit_values(work)
    check_modifiers(work)
    check_included(work, session)
    return settled(work.findings) if not (session.cut or session.draft_cut) else _cautious(work.findings, session)


def _cautious(findings: list[Finding], session: Session) -> tuple[Finding, ...]:
    """Findings on lists of which only a part was sent: nothing is changed, and part of a draft lacks nothing."""
    lacking = (FindingCode.MISSING_LINE, FindingCode.MISSING_INITIAL) if session.draft_cut else ()
    return tuple(replace(f, changes=()) for f in findings if f.code not in lacking)


def _same_code(work: Comparison) -> None:
    """Draft lines whose code and leg the record calls for, or might: their number and units."""
    for line in work.lines:
        same = [e for e in work.entries if not e.settled and e.code == line.code and line.side in (e.side, None)]
        for entry in same:
            entry.settled = True
        alike = [i for i, x in enumerate(work.lines) if (x.code, x.side) == (line.code, line.side)]
        if same:
            work.covered.update(alike)
            _count(work, [work.lines[i] for i in alike], same)


def _count(work: Comparison, lines: list[Line], same: list[Entry]) -> None:
    """Units of one code and leg: at least what is settled, at most what is settled and open together."""
    line, total = lines[0], sum(e.units for e in same)
    least = sum(x.units for x in lines if x.status is Status.SUPPORTED)
    most = sum(x.units for x in lines)
    if least <= total <= most:
        return
    expected = most if total > most else least
    name = in_words(line.code, line.side)
    extra = same[expected:]
    if total > expected and extra and all(e.units == 1 for e in same):
        text = f"{name} stands {len(same)} times on the draft; the record supports {expected}."
        changes = tuple(_less(e, work) for e in extra)
        work.say(FindingCode.DUPLICATE_LINE, "R-VESSEL", [line.code], text, side=line.side, changes=changes)
        return
    text = f"{name} is drafted with {total} units; the record supports {expected}, one per vessel."
    changes = _recounted(line, same, expected, settled=expected <= least)
    work.say(FindingCode.WRONG_UNITS, "R-VESSEL", [line.code], text, side=line.side, changes=changes)


def _less(entry: Entry, work: Comparison) -> Change:
    """A draft line taken off one leg: away, or written for the other leg only, where that needs it."""
    other = next((e for e in work.entries if e.draft is entry.draft and e is not entry), None)
    needed = other is not None and any((x.code, x.side) == (other.code, other.side) for x in work.lines)
    if other is None or other.side is None or not needed:
        return Change(kind=ChangeKind.REMOVE, draft=entry.draft)
    modifiers = (other.side.modifier, *kept_modifiers(entry.draft, work.knowledge))
    return Change(kind=ChangeKind.RE_MODIFY, draft=entry.draft, units=other.units, modifiers=modifiers)


def _recounted(line: Line, same: list[Entry], expected: int, *, settled: bool) -> tuple[Change, ...]:
    """One draft line with the units expected, the others taken away; units that are still open are added to none."""
    kept = same[0] if settled else next((e for e in same if e.units >= expected), None)
    if kept is None:
        return ()
    keep = Change(kind=ChangeKind.RE_UNIT, draft=kept.draft, line=line, units=expected)
    drop = (Change(kind=ChangeKind.REMOVE, draft=e.draft) for e in same if e is not kept)
    return (*((keep,) if kept.units != expected else ()), *drop)


def _other_leg(work: Comparison) -> None:
    """R-LEG: the right code on the wrong leg."""
    for entry in work.entries:
        if entry.settled or entry.side is None:
            continue
        for index, line in work.open_lines():
            if line.code == entry.code and line.side is entry.side.other:
                entry.settled, entry.side = True, line.side
                work.covered.add(index)
                text = f"{entry.code} is drafted for the {entry.side.other} leg; the record shows the {line.side} leg."
                modifiers = (*line.modifiers, *kept_modifiers(entry.draft, work.knowledge))
                mend = Change(
                    kind=ChangeKind.RE_SIDE, draft=entry.draft, line=line, units=line.units, modifiers=modifiers
                )
                work.say(FindingCode.WRONG_LEG, "R-LEG", [entry.code], text, side=line.side, changes=(mend,))
                break


def _replaced(work: Comparison) -> None:
    """A draft line whose leg calls for another code: initial for initial (R-RANK), then add-on for what is left."""
    for entry in (e for e in work.entries if not e.settled and e.role is Role.INITIAL):
        match = _open_in_leg(work, entry, (Role.INITIAL,))
        if match is not None:
            line = match[1]
            text = (
                f"{in_words(entry.code, entry.side)} is drafted as the initial code; "
                f"the highest-ranked service of this leg is {line.code}."
            )
            _take(work, entry, match)
            mend = Change(kind=ChangeKind.REPLACE, draft=entry.draft, line=line, units=line.units)
            work.say(FindingCode.WRONG_INITIAL, "R-RANK", [entry.code], text, side=line.side, changes=(mend,))
    for entry in (e for e in work.entries if not e.settled and e.role in (Role.INITIAL, Role.ADDITIONAL)):
        match = _open_in_leg(work, entry, (Role.ADDITIONAL, Role.INITIAL))
        if match is not None:
            _swap(work, entry, match)


def _swap(work: Comparison, entry: Entry, match: tuple[int, Line]) -> None:
    line = match[1]
    _take(work, entry, match)
    mend = Change(kind=ChangeKind.REPLACE, draft=entry.draft, line=line, units=line.units)
    name = in_words(entry.code, entry.side)
    text = f"{name} is drafted; the record of this leg supports {line.code} in its place."
    work.say(FindingCode.UNSUPPORTED_LINE, _rule_for(line), [entry.code], text, side=line.side, changes=(mend,))
    text = f"The record supports {in_words(line.code, line.side)}, which is not on the draft."
    work.say(FindingCode.MISSING_LINE, _rule_for(line), [line.code], text, side=line.side, changes=(mend,))


def _rule_for(line: Line) -> str:
    return "R-RANK" if line.role is Role.INITIAL else "R-LESION" if line.role is Role.ADDITIONAL else "R-SEPARATE"


def _open_in_leg(work: Comparison, entry: Entry, roles: tuple[Role, ...]) -> tuple[int, Line] | None:
    for role in roles:
        for index, line in work.open_lines():
            same_leg = (line.side, line.territory) == (entry.side, entry.territory)
            if line.role is role and same_leg:
                return index, line
    return None


def _take(work: Comparison, entry: Entry, match: tuple[int, Line]) -> None:
    entry.settled = True
    work.covered.add(match[0])


def _left_open(work: Comparison, session: Session) -> None:
    """Draft lines that stand in some reading of the record, but not in the one the lines are taken from."""
    for entry in (e for e in work.entries if not e.settled and e.code in work.knowledge.family):
        possible = work.lines and work.readings.possible_on(entry.code, entry.side, entry.territory)
        if not (possible or session.cut):
            continue
        entry.settled = True
        name = in_words(entry.code, entry.side)
        text = f"The record does not settle {name}. Ask before it is charged."
        work.say(FindingCode.UNSUPPORTED_LINE, _rule_of_doubt(entry, session), [entry.code], text, side=entry.side)


def _rule_of_doubt(entry: Entry, session: Session) -> str:
    """The rule that cannot be applied while the record is open."""
    facts = [f for f in session.treated if f.territory is entry.territory]
    if session.companions or len({f.episode for f in facts}) > 1:
        return "R-SESSION"
    open_fields = {d.about for f in facts for d in doubts_of(f)}
    by_field = {"side": "R-LEG", "vessel": "R-VESSEL", "treatment": "R-VESSEL", "done": "R-DONE"}
    return next((rule for field, rule in by_field.items() if field in open_fields), "R-LESION")


def _left_over(work: Comparison) -> None:
    """Draft lines the record does not carry, and lines the draft lacks."""
    for entry in (e for e in work.entries if not e.settled):
        text = f"The record sent does not support {in_words(entry.code, entry.side)}."
        change = Change(kind=ChangeKind.REMOVE, draft=entry.draft)
        work.say(FindingCode.UNSUPPORTED_LINE, "R-VESSEL", [entry.code], text, side=entry.side, changes=(change,))
    for _, line in work.open_lines():
        text = f"The record supports {in_words(line.code, line.side)}, which is not on the draft."
        add = Change(kind=ChangeKind.ADD, line=line, units=line.units, modifiers=line.modifiers)
        changes = (add,) if work.initial_is_settled(line) else ()
        if not changes:
            text += " Its initial code is still open."
        work.say(FindingCode.MISSING_LINE, _rule_for(line), [line.code], text, side=line.side, changes=changes)
