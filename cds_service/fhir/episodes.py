"""Operative episodes of one session: acts and texts that nothing sets apart share one.

Knows parents, times, hands and words of a return. What several episodes mean for the codes is the core's business.
"""

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, product

from cds_service.coding.facts import TreatedVessel
from cds_service.fhir.accounts import Account
from cds_service.fhir.disagreement import is_one_place
from cds_service.fhir.elements import When, performed
from cds_service.fhir.procedures import NAMED, Treated

LONG_GAP = timedelta(hours=3)


def with_hours_of_acts(members: Sequence[Treated], accounts: Sequence[Account]) -> list[Account]:
    """The accounts, with the hours of the acts where a text tells, whole, of exactly what the only sitting did.

    The hours of a text are those of its visit, or of its filing, rather than those of the work. A text that tells more
    than the acts, less, or something else may be of another sitting, and keeps its own.
    """
    acts = [m for m in members if m.vessels]
    if (
        not acts
        or any(a.when.start is None for a in acts)
        or any(far_apart(a.when, b.when) for a, b in combinations(acts, 2))
    ):
        return [*accounts]
    first = acts[0].when
    done = [v for a in acts for v in a.vessels]
    told = [a for a in accounts if a.vessels]
    near = [t for t in (_as_act(a, a.vessels) for a in told) if not far_apart(t.when, first)]
    return [_with_hours(a, first) if _tells_exactly(a, done) and _is_the_one(a, first, near) else a for a in accounts]


def _is_the_one(account: Account, hours: When, near: Sequence[Treated]) -> bool:
    """False for a text hours from the acts where one at their hours tells of another vessel: that one is theirs."""
    own = _as_act(account, account.vessels)
    return not far_apart(own.when, hours) or all(_share(own, other) for other in near)


def _with_hours(account: Account, hours: When) -> Account:
    when = replace(account.when, start=hours.start, end=hours.end)
    return replace(account, when=when, source=replace(account.source, when=when))


def _tells_exactly(account: Account, done: Sequence[TreatedVessel]) -> bool:
    """True for a text of each act's work and of no other, which needs no word of the acts on any lesion."""
    if (
        account.source.again is not None
        or account.source.entry.kind == "Procedure"
        or len(account.vessels) != len(done)
    ):
        return False
    open_ = list(account.vessels)
    for fact in sorted(done, key=lambda f: f.vessel is None):
        told = next((t for t in open_ if is_one_place(fact, t) and t.treatment is fact.treatment is not None), None)
        if told is None or told.vessel is None or told.side is None or told.lesion is None:
            return False
        open_.remove(told)
    return True


def is_parted(members: Sequence[Treated], accounts: Sequence[Account]) -> bool:
    """True when acts or texts of other vessels stand hours apart: what has no time may then belong to either."""
    coded = [m for m in members if m.when.start is not None]
    told = [t for t in (_as_act(a, a.vessels) for a in accounts if a.vessels) if t.when.start is not None]
    if any(far_apart(a.when, b.when) for a, b in combinations(coded, 2)):
        return True
    pairs = [*product(coded, told), *combinations(told, 2)]
    return any(far_apart(a.when, b.when) and not _share(a, b) for a, b in pairs)


def _share(first: Treated, second: Treated) -> bool:
    return any(is_one_place(v, w) for v in first.vessels for w in second.vessels)


def numbered(members: Sequence[Treated], *, parted: bool) -> tuple[TreatedVessel, ...]:
    """The vessels of coded acts, each with the number of its episode; `parted` as `is_parted` has it."""
    episode = list(range(len(members)))
    for i, first in enumerate(members):
        for j in range(i):
            if _together(first, members[j], parted=parted):
                old, new = episode[i], episode[j]
                episode = [new if e == old else e for e in episode]
    order = {e: n for n, e in enumerate(dict.fromkeys(episode))}
    return tuple(_in(v, order[e]) for act, e in zip(members, episode, strict=True) for v in act.vessels)


def _in(vessel: TreatedVessel, episode: int) -> TreatedVessel:
    return vessel if vessel.episode == episode else replace(vessel, episode=episode)


def with_episodes(
    facts: Sequence[TreatedVessel], members: Sequence[Treated], accounts: Sequence[Account], *, parted: bool
) -> list[Account]:
    """The accounts with the episode of what they tell: that of their act or of the vessels they share, else by time."""
    acts = [*members]
    known = list(facts)
    out = []
    for account in accounts:
        episode = _episode(account, acts, known, parted=parted)
        again = account.source.again
        fresh = max((f.episode for f in (*known, *account.vessels)), default=0) + 1
        vessels = tuple(
            _in(v, fresh if again is not None and _is_after(v, again) else e)
            for v, e in zip(account.vessels, _each(account, acts, known, episode), strict=True)
        )
        out.append(replace(account, vessels=vessels))
        known += [v for v in vessels if parted or not any(is_one_place(v, k) for k in known)]
        acts.append(_as_act(account, vessels))
    return _joined(out, acts[len(members) :], {f.episode for f in facts})


def _joined(accounts: list[Account], told: Sequence[Treated], of_acts: Container[int]) -> list[Account]:
    """The accounts; an episode of texts alone that shares hours and a vessel with another text's is that one.

    A text that tells of a return has two sittings of its own, and joins none.
    """
    timed = [t for a, t in zip(accounts, told, strict=True) if a.source.again is None and t.when.start is not None]
    lower: dict[int, int] = {}
    for first, second in combinations(timed, 2):
        for v, w in product(first.vessels, second.vessels):
            low, high = sorted((v.episode, w.episode))
            if low < high and high not in of_acts and is_one_place(v, w) and not far_apart(first.when, second.when):
                lower[high] = min(low, lower.get(high, low))
    for high in sorted(lower):
        lower[high] = lower.get(lower[high], lower[high])
    if not lower:
        return accounts
    return [replace(a, vessels=tuple(_in(v, lower.get(v.episode, v.episode)) for v in a.vessels)) for a in accounts]


def _each(account: Account, acts: Sequence[Treated], known: Sequence[TreatedVessel], episode: int) -> list[int]:
    """The episode of each vessel of a text: hours from all acts, one that tells of more than they is of another.

    An act without a leg stands for one vessel of the text at most.
    """
    mine = _as_act(account, account.vessels)
    timed = [a for a in acts if a.vessels and a.when.start is not None]
    if not timed or not all(far_apart(mine.when, a.when) for a in timed):
        return [episode] * len(account.vessels)
    fresh = max((k.episode for k in known), default=-1) + 1
    if account.source.entry.kind == "Procedure" or all(_is_hours_before(mine.when, a.when) for a in timed):
        return [fresh] * len(account.vessels)
    single = [k for k in known if k.vessel and sum(is_one_place(k, v) for v in account.vessels) == 1]
    same = [next((k.episode for k in single if is_one_place(k, v)), fresh) for v in account.vessels]
    return [fresh if fresh in same else episode] * len(same)


def _is_after(vessel: TreatedVessel, place: int) -> bool:
    """True for words that do not end before the place: "taken back that evening: the external was ballooned"."""
    first = vessel.evidence[0]
    return (first.offset or 0) + len(first.quote) > place


def _episode(account: Account, acts: Sequence[Treated], known: Sequence[TreatedVessel], *, parted: bool) -> int:
    own = [a for a in acts if a.entry.ref in account.source.of]
    names = {a.entry.ref for a in own}
    mine = _as_act(account, account.vessels)
    later = {a.entry.ref for a in acts if _is_hours_before(mine.when, a.when)} - names
    sure = [k for k in known if (k.vessel or not parted) and k.evidence[0].resource not in later]
    alike = [k for k in sure if any(is_one_place(k, v) for v in account.vessels if v.vessel or not parted)]
    apart = {a.entry.ref for a in acts if far_apart(mine.when, a.when)}
    if account.source.entry.kind == "Procedure":
        alike = [k for k in alike if k.evidence[0].resource not in apart]
    shared = [k.episode for k in sorted(alike, key=lambda k: k.evidence[0].resource in apart)]
    linked = [k.episode for k in known if k.evidence[0].resource in names]
    if linked or shared:
        return (linked or shared)[0]
    beside = [a for a in acts if a.vessels and _together(mine, a, parted=parted)]
    joined = [k.episode for a in beside for k in known if k.evidence[0].resource == a.entry.ref]
    rivals = joined if parted and mine.when.start is not None else [k.episode for k in known]
    if not known or (joined and len({*rivals}) == 1):
        return joined[0] if joined else 0
    return max(k.episode for k in known) + 1


def _as_act(account: Account, vessels: tuple[TreatedVessel, ...]) -> Treated:
    when, own = account.when, account.source.when
    if own.start is None and account.source.entry.kind == "Procedure":
        own = performed(account.source.entry.raw)
    if own.day == when.day and (own.start, own.end) != (when.start, when.end):
        when = replace(when, start=own.start, end=own.end)
    return Treated(
        entry=account.source.entry,
        vessels=vessels,
        encounter=account.encounter,
        when=when,
        performers=account.source.authors,
    )


def _together(first: Treated, second: Treated, *, parted: bool) -> bool:
    if first.parent and second.parent:
        return first.parent == second.parent
    if second.entry.ref == first.parent or first.entry.ref == second.parent:
        return True
    if first.when.day is None or second.when.day is None:
        return False
    if parted and None in (first.when.start, second.when.start):
        return False
    return not _other_hands(first, second) and not far_apart(first.when, second.when)


def _other_hands(first: Treated, second: Treated) -> bool:
    """True where two acts have no performer in common; names and references cannot be compared with each other."""
    named = {any(p.startswith(NAMED) for p in act.performers) for act in (first, second)}
    known = first.performers and second.performers and len(named) == 1
    return bool(known and not first.performers & second.performers)


def _is_hours_before(first: When, second: When) -> bool:
    """True for what was told hours before an act began: it cannot tell of it."""
    if first.start is None or second.start is None or not far_apart(first, second):
        return False
    return first.start.replace(tzinfo=None) < second.start.replace(tzinfo=None)


def far_apart(first: When, second: When) -> bool:
    """True for acts with hours between them; without times nothing says so."""
    if first.start is None or second.start is None:
        return False
    times = [first.start, first.end or first.start, second.start, second.end or second.start]
    if any(t.tzinfo is None for t in times):
        times = [t.replace(tzinfo=None) for t in times]
    begin, end, other_begin, other_end = times
    return max(other_begin - end, begin - other_end) > LONG_GAP


def is_hours_before(text: When, acts: Sequence[Treated]) -> bool:
    """True for what was seen hours before the first of these acts, as a text of a day before is."""
    return bool(acts) and all(_is_hours_before(text, a.when) for a in acts)


def is_later(text: When, works: Sequence[When]) -> bool:
    """True for what was surely seen after all of this work, so that it tells nothing of what was treated."""
    ends = [w.end or w.start for w in works]
    start = text.start
    if start is None or not ends:
        return False
    return all(e is not None and (e.tzinfo is None) == (start.tzinfo is None) and e < start for e in ends)
