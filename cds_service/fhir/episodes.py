"""Operative episodes of one session: acts and texts that nothing sets apart share one.

Knows parents, times, hands and words of a return. What several episodes mean for the codes is the core's business.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from cds_service.coding.facts import TreatedVessel
from cds_service.fhir.accounts import Account
from cds_service.fhir.disagreement import is_one_place
from cds_service.fhir.elements import When
from cds_service.fhir.procedures import NAMED, Treated

LONG_GAP = timedelta(hours=3)


def numbered(members: Sequence[Treated]) -> tuple[TreatedVessel, ...]:
    """The vessels of coded acts, each with the number of its episode."""
    episode = list(range(len(members)))
    for i, first in enumerate(members):
        for j in range(i):
            if _together(first, members[j]):
                old, new = episode[i], episode[j]
                episode = [new if e == old else e for e in episode]
    order = {e: n for n, e in enumerate(dict.fromkeys(episode))}
    return tuple(replace(v, episode=order[e]) for act, e in zip(members, episode, strict=True) for v in act.vessels)


def with_episodes(
    facts: Sequence[TreatedVessel], members: Sequence[Treated], accounts: Sequence[Account]
) -> list[Account]:
    """The accounts with the episode of what they tell: that of their act or of the vessels they share, else by time."""
    acts = [*members]
    known = list(facts)
    out = []
    for account in accounts:
        episode = _episode(account, acts, known)
        again = account.source.again
        fresh = max((f.episode for f in (*known, *account.vessels)), default=0) + 1
        vessels = tuple(
            replace(v, episode=fresh if again is not None and _is_after(v, again) else episode) for v in account.vessels
        )
        out.append(replace(account, vessels=vessels))
        known += [v for v in vessels if not any(is_one_place(v, k) for k in known)]
        acts.append(_as_act(account, vessels))
    return out


def _is_after(vessel: TreatedVessel, place: int) -> bool:
    return (vessel.evidence[0].offset or 0) >= place


def _episode(account: Account, acts: Sequence[Treated], known: Sequence[TreatedVessel]) -> int:
    own = [a for a in acts if a.entry.ref in account.source.of]
    names = {a.entry.ref for a in own}
    shared = [k.episode for k in known if any(is_one_place(k, v) for v in account.vessels)]
    linked = [k.episode for k in known if k.evidence[0].resource in names]
    if linked or shared:
        return (linked or shared)[0]
    mine = _as_act(account, account.vessels)
    beside = [a for a in acts if a.vessels and _together(mine, a)]
    joined = [k.episode for a in beside for k in known if k.evidence[0].resource == a.entry.ref]
    if not known or (joined and len({k.episode for k in known}) == 1):
        return joined[0] if joined else 0
    return max(k.episode for k in known) + 1


def _as_act(account: Account, vessels: tuple[TreatedVessel, ...]) -> Treated:
    when = replace(account.when, start=account.source.when.start, end=account.source.when.end)
    return Treated(
        entry=account.source.entry,
        vessels=vessels,
        encounter=account.encounter,
        when=when if account.source.when.day == account.when.day else account.when,
        performers=account.source.authors,
    )


def _together(first: Treated, second: Treated) -> bool:
    if first.parent and second.parent:
        return first.parent == second.parent
    if second.entry.ref == first.parent or first.entry.ref == second.parent:
        return True
    if first.when.day is None or second.when.day is None:
        return False
    return not _other_hands(first, second) and not far_apart(first.when, second.when)


def _other_hands(first: Treated, second: Treated) -> bool:
    """True where two acts have no performer in common; names and references cannot be compared with each other."""
    named = {any(p.startswith(NAMED) for p in act.performers) for act in (first, second)}
    known = first.performers and second.performers and len(named) == 1
    return bool(known and not first.performers & second.performers)


def far_apart(first: When, second: When) -> bool:
    """True for acts with hours between them; without times nothing says so."""
    if first.start is None or second.start is None:
        return False
    times = [first.start, first.end or first.start, second.start, second.end or second.start]
    if any(t.tzinfo is None for t in times):
        times = [t.replace(tzinfo=None) for t in times]
    begin, end, other_begin, other_end = times
    return max(other_begin - end, begin - other_end) > LONG_GAP


def is_later(text: When, acts: Sequence[Treated]) -> bool:
    """True for what was surely seen after all of these acts, so that it tells nothing of what they treated."""
    ends = [a.when.end or a.when.start for a in acts]
    start = text.start
    if start is None or not ends:
        return False
    return all(e is not None and (e.tzinfo is None) == (start.tzinfo is None) and e < start for e in ends)
