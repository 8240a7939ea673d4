"""The rules a draft must keep whatever the record says: dates, pairs, limits, edit values, modifiers, inclusion.

One function per rule, its id in the docstring. Matching with the record is `draft`'s.
"""

from cds_service.coding.anatomy import Role, Side
from cds_service.coding.codes import Knowledge
from cds_service.coding.comparison import Comparison, Entry, in_words
from cds_service.coding.facts import DraftLine, Session
from cds_service.coding.findings import Change, ChangeKind, FindingCode


def check_effective(work: Comparison, session: Session) -> None:
    """R-DATE: before the family took effect none of its codes can be charged.

    Without a service of that day nothing of that time is borne out either.
    """
    if session.date is None or session.date >= work.knowledge.family_from:
        return
    for entry in work.entries:
        entry.settled = entry.code in work.knowledge.family or bool(session.treated)
        if entry.code in work.knowledge.family:
            old = work.knowledge.codes[entry.code].replaces
            hint = f" The code of that time was {old}." if old else ""
            text = (
                f"{entry.code} took effect on {work.knowledge.family_from}; the service date is {session.date}.{hint}"
            )
            change = Change(kind=ChangeKind.REMOVE, draft=entry.draft)
            work.say(FindingCode.NOT_YET_EFFECTIVE, "R-DATE", [entry.code], text, side=entry.side, changes=(change,))


def check_retired(work: Comparison, session: Session) -> None:
    """R-DATE: from the family's first day the codes it replaced are retired."""
    if session.date is None or session.date < work.knowledge.family_from:
        return
    for entry in work.entries:
        if entry.code in work.knowledge.retired:
            entry.settled = True
            _retired(work, entry, session)


def _retired(work: Comparison, entry: Entry, session: Session) -> None:
    successors = work.knowledge.successors(entry.code)
    fits = [(i, x) for i, x in work.open_lines() if x.code in successors and entry.side in (None, x.side)]
    text = f"{entry.code} was retired with 2025; the service date is {session.date}."
    if fits:
        index, line = fits[0]
        work.covered.add(index)
        text += f" The record supports {in_words(line.code, line.side)}."
        changes: tuple[Change, ...] = (Change(kind=ChangeKind.REPLACE, draft=entry.draft, line=line, units=line.units),)
    else:
        text += f" The lesion type decides between {' and '.join(successors)}." if successors else ""
        removal = Change(kind=ChangeKind.REMOVE, draft=entry.draft)
        changes = (removal,) if work.lines else ()
    work.say(FindingCode.RETIRED_CODE, "R-DATE", [entry.code], text, side=entry.side, changes=changes)


def check_pairs(work: Comparison) -> None:
    """R-PAIR on the draft itself: every add-on needs a valid initial code of its own leg and territory."""
    legs = {(e.side, e.territory) for e in work.entries if e.code in work.knowledge.family}
    for side, territory in sorted(legs, key=str):
        here = [e for e in work.entries if e.territory is territory and _touches(e, side)]
        codes = {e.code for e in here if e.code in work.knowledge.family}
        for entry in [e for e in here if e.side is side and work.knowledge.codes[e.code].is_addon]:
            partners = work.knowledge.codes[entry.code].pairs_with
            if partners & codes or not _effective(entry, work):
                continue
            initials = sorted(c for c in codes if work.knowledge.codes[c].role is Role.INITIAL)
            _pair_finding(work, entry, initials)


def _effective(entry: Entry, work: Comparison) -> bool:
    return not any(entry.draft in [c.draft for c in f.changes] and f.rule == "R-DATE" for f in work.findings)


def _touches(entry: Entry, side: Side | None) -> bool:
    return entry.side is side or entry.side is None or side is None


def _pair_finding(work: Comparison, entry: Entry, initials: list[str]) -> None:
    allowed = ", ".join(sorted(work.knowledge.initials_for(entry.code) or work.knowledge.codes[entry.code].pairs_with))
    name = in_words(entry.code, entry.side)
    if initials:
        text = f"{name} is not valid with {' or '.join(initials)}; it rides with one of {allowed} in the same leg."
        changes = _mends(work, entry)
        work.say(FindingCode.INVALID_PAIR, "R-PAIR", [*initials, entry.code], text, side=entry.side, changes=changes)
        return
    text = f"{name} has no initial code in its leg on the draft; it rides with one of {allowed}."
    changes = _mends(work, entry)
    for index, line in work.open_lines():
        if line.role is Role.INITIAL and (line.side, line.territory) == (entry.side, entry.territory):
            work.covered.add(index)
            text += f" The record supports {line.code}."
            changes = (Change(kind=ChangeKind.ADD, line=line, units=line.units, modifiers=line.modifiers),)
    work.say(FindingCode.MISSING_INITIAL, "R-PAIR", [entry.code], text, side=entry.side, changes=changes)


def _mends(work: Comparison, entry: Entry) -> tuple[Change, ...]:
    """The changes already found for this leg and territory: they make the pair right too."""
    found: list[Change] = []
    for finding in work.findings:
        row = work.knowledge.codes[finding.codes[0]]
        if finding.side is entry.side and row.territory is entry.territory:
            found += [c for c in finding.changes if c.kind is ChangeKind.REPLACE and c not in found]
    return tuple(found)


def check_limits(work: Comparison) -> None:
    """R-LIMIT: no more additional vessels than a leg's territory has left."""
    for territory, limit in work.knowledge.limits.items():
        for side in (*Side, None):
            here = [e for e in work.entries if e.side is side and e.territory is territory]
            for role, most in ((Role.ADDITIONAL, limit), (Role.LITHOTRIPSY, limit + 1)) if here else ():
                members = [e for e in here if e.role is role and e.code in work.knowledge.family]
                total = sum(e.units for e in members)
                if total > most:
                    text = f"{total} additional {territory} units are drafted for one leg; it has at most {most}."
                    if role is Role.LITHOTRIPSY:
                        text = (
                            f"{total} lithotripsy units are drafted for one leg's {territory} vessels; at most {most}."
                        )
                    codes = sorted({e.code for e in members})
                    work.say(FindingCode.OVER_LIMIT, "R-LIMIT", codes, text, side=side)


def check_edit_values(work: Comparison) -> None:
    """R-MUE: more units than the edit value that the record does not bear out."""
    for code in sorted({e.code for e in work.entries}):
        mue = work.knowledge.codes[code].mue
        total = sum(e.units for e in work.entries if e.code == code)
        if mue is None or total <= mue or total <= sum(x.units for x in work.lines if x.code == code):
            continue
        text = f"{total} units of {code} on one date exceed its medically unlikely edit value of {mue}."
        work.say(FindingCode.OVER_MUE, "R-MUE", [code], text)


_LEGS = ("RT", "LT", "50")
_HOME = {"25": " It belongs on a separately identifiable evaluation and management service."}
_NEVER = {"25", "57", "26", "TC", "62", "66"}


def kept_modifiers(draft: DraftLine, knowledge: Knowledge) -> tuple[str, ...]:
    """The modifiers of a draft line that name no leg and may stay."""
    return tuple(m for m in draft.modifiers if m not in _LEGS and not _is_wrong(m, draft.code, knowledge))


def _is_wrong(modifier: str, code: str, knowledge: Knowledge) -> bool:
    return modifier in _NEVER or (modifier == "51" and knowledge.codes[code].is_addon)


def check_modifiers(work: Comparison) -> None:
    """R-MOD, R-25: modifiers that never belong on these lines, and a leg that is named wrongly or not at all."""
    seen: list[int] = []
    for entry in work.entries:
        draft = entry.draft
        if id(draft) in seen or entry.code not in work.knowledge.family:
            continue
        seen.append(id(draft))
        wrong = [m for m in draft.modifiers if _is_wrong(m, draft.code, work.knowledge)]
        texts = [f"Modifier {m} does not belong on {entry.code}.{_HOME.get(m, '')}" for m in wrong]
        texts += _leg_texts(work, entry)
        if texts:
            legs = [m for m in draft.modifiers if m in _LEGS]
            if len(texts) > len(wrong):
                legs = [entry.side.modifier] if entry.side else []
            modifiers = (*legs, *kept_modifiers(draft, work.knowledge))
            change = Change(kind=ChangeKind.RE_MODIFY, draft=draft, units=entry.units, modifiers=modifiers)
            rule = "R-25" if wrong == ["25"] and len(texts) == 1 else "R-MOD"
            changes = (change, *_on_other_leg(work, entry))
            work.say(FindingCode.WRONG_MODIFIER, rule, [entry.code], " ".join(texts), side=entry.side, changes=changes)


def _on_other_leg(work: Comparison, entry: Entry) -> list[Change]:
    """A line of its own for the other leg, where a draft line that names no leg stands for both."""
    if entry.draft.both_legs:
        return []
    sides = [e.side for e in work.entries if e.draft is entry.draft and e is not entry]
    lines = [x for x in work.lines if x.code == entry.code and x.side in sides]
    return [Change(kind=ChangeKind.ADD, line=x, units=x.units, modifiers=x.modifiers) for x in lines]


def _leg_texts(work: Comparison, entry: Entry) -> list[str]:
    draft = entry.draft
    legs = [e for e in work.entries if e.draft is draft]
    if draft.both_legs and len(legs) == 1 and entry.side is not None:
        says = "Modifier 50 says" if "50" in draft.modifiers else "RT with LT say"
        return [f"{says} both legs; the record shows {entry.code} on the {entry.side} leg only."]
    unnamed = draft.side is None and not draft.both_legs and draft.can_carry_modifiers
    if unnamed and entry.side is not None:
        both = {x.side for x in work.lines if x.code == entry.code} == {*Side}
        return [f"{entry.code} names no leg; the record shows {'both legs' if both else f'the {entry.side} leg'}."]
    return []


def check_included(work: Comparison, session: Session) -> None:
    """R-INCLUDED: services that are part of the treatment."""
    if not any(x.code in work.knowledge.family for x in work.lines):
        return
    for draft in session.draft:
        row = work.knowledge.codes.get(draft.code)
        if row is not None and row.role is Role.INCLUDED:
            text = (
                f"{draft.code} is part of the treatment when it served only the intervention; "
                "check whether it was for something else."
            )
            change = Change(kind=ChangeKind.REMOVE, draft=draft)
            work.say(FindingCode.INCLUDED_SERVICE, "R-INCLUDED", [draft.code], text, side=draft.side, changes=(change,))
