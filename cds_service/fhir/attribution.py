"""Which session a text tells of: that of its act, its day and encounter; what tells of an earlier day is only a hint.

Knows keys of sessions and dates. Reads nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from cds_service.coding.anatomy import Lesion
from cds_service.coding.facts import Doubt, QuestionCode, TreatedVessel
from cds_service.fhir.accounts import Account
from cds_service.fhir.binding import names_vessel, settled, with_stents_of_the_day
from cds_service.fhir.contradictions import conflict
from cds_service.fhir.denials import Denied, with_denials
from cds_service.fhir.disagreement import reconciled, with_seen_open, with_undated
from cds_service.fhir.elements import When
from cds_service.fhir.episodes import (
    far_apart,
    is_hours_before,
    is_later,
    is_parted,
    numbered,
    with_episodes,
    with_hours_of_acts,
)
from cds_service.fhir.lesions import LesionStatement
from cds_service.fhir.merging import merged, of_same_vessel, same_vessel, with_diagnoses
from cds_service.fhir.procedures import Treated

Key = tuple[str, date | None, int | None, str]


def attributed(
    groups: Mapping[Key, Sequence[Treated]], accounts: Sequence[tuple[Key, Account]]
) -> tuple[dict[Key, list[Account]], list[tuple[Key, Account]]]:
    """The accounts of each session by its key, and those that fit none."""
    mine: dict[Key, list[Account]] = {}
    rest: list[tuple[Key, Account]] = []
    for key, account in accounts:
        found = _session(key, account, groups)
        if found is None:
            rest.append((key, account))
        else:
            mine.setdefault(found, []).append(account)
    return mine, rest


def _session(key: Key, account: Account, groups: Mapping[Key, Sequence[Treated]]) -> Key | None:
    for known, members in groups.items():
        if any(m.entry.ref in account.source.of and m.when.day == account.when.day for m in members):
            return known
    if key in groups:
        return key
    near = [k for k in groups if k[0] == key[0] and k[3] == key[3] and k[1] is None]
    fits = [k for k in near if None in (key[2], k[2]) or k[2] == key[2]]
    return fits[0] if len(fits) == 1 else None


def treated_in(
    members: Sequence[Treated],
    accounts: Sequence[Account],
    conditions: Sequence[LesionStatement],
    denied: Sequence[Denied],
) -> tuple[TreatedVessel, ...]:
    """The facts of a session: what its acts say with what its texts tell."""
    works = [m.when for m in members]
    works += [a.when for a in accounts if a.vessels and _is_note_beside(a, members)]
    other = {id(a) for a in accounts if not a.vessels and _is_of_other_hours(a, members, works)}
    heard = with_hours_of_acts(members, [_of_bridging(a) if id(a) in other else a for a in accounts])
    parted = is_parted(members, heard)
    facts: Sequence[TreatedVessel] = numbered(members, parted=parted)
    weighed = [_weighed(a, facts, conditions, denied) for a in heard]
    facts, weighed = reconciled(facts, weighed)
    facts = with_undated(merged(facts, with_episodes(facts, members, weighed, parted=parted)))
    facts = with_stents_of_the_day(facts)
    return with_seen_open(facts, [a for a in accounts if id(a) in other])


def _is_note_beside(account: Account, members: Sequence[Treated]) -> bool:
    """True for the note of a Procedure that names no treatment itself, done within hours of some of these acts."""
    near = any(m.when.start is not None and not far_apart(account.when, m.when) for m in members)
    return account.source.entry.kind == "Procedure" and account.when.start is not None and near


def _of_bridging(account: Account) -> Account:
    """Of an account of other hours only that a lesion lay in two vessels, asked about whoever opened it."""
    bridging = (f for f in account.findings if f.bridging is not None)
    return replace(account, findings=tuple(replace(f, statements=(), failed=None, left_alone=None) for f in bridging))


def _is_of_other_hours(account: Account, members: Sequence[Treated], works: Sequence[When]) -> bool:
    """True for an account of work of hours before these acts, and for anything else surely seen after all work."""
    source = account.source
    return is_hours_before(source.when, members) if source.of_work else is_later(source.when, works)


def _weighed(
    account: Account, coded: Sequence[TreatedVessel], conditions: Sequence[LesionStatement], denied: Sequence[Denied]
) -> Account:
    """An account with what diagnoses and denials say of the vessels that no act is coded for."""
    day, stay = account.when.day, account.encounter.rsplit("/", 1)[-1]
    rows = []
    for told in account.vessels:
        if not any(same_vessel(f, told) for f in coded):
            named = [s for s in conditions if names_vessel(s, told.vessel, told.side) and s.is_of(day, stay)]
            told = with_denials(
                with_diagnoses(told, named), [d for d in denied if d.is_of(account.encounter, account.when)]
            )
        rows.append(told)
    return replace(account, vessels=tuple(rows))


def with_earlier(
    facts: tuple[TreatedVessel, ...],
    day: date | None,
    accounts: Sequence[Account],
    reasons: Mapping[str, frozenset[str]],
    *,
    members: Sequence[Treated],
) -> tuple[TreatedVessel, ...]:
    """The facts with what earlier texts said of their vessels: against them a conflict, alone a question.

    Earlier are texts of days before, and accounts of work of hours before the acts of the session, its `members`.

    A text of the last half year that an act points at as its reason, as `reasons` has it by act, is no hint but says
    what was treated. One from before contradicts nothing: disease goes on.
    """
    if day is None:
        return facts
    dated = [(a, a.when.day or a.source.written.day) for a in accounts if not a.vessels]
    earlier = [
        (a, day - d <= _STILL_SO)
        for a, d in dated
        if d is not None and (d < day or (d == day and a.source.of_work and is_hours_before(a.source.when, members)))
    ]
    return tuple(_hinted(fact, earlier, reasons) for fact in facts)


_STILL_SO = timedelta(days=183)


def _hinted(
    fact: TreatedVessel, earlier: Sequence[tuple[Account, bool]], reasons: Mapping[str, frozenset[str]]
) -> TreatedVessel:
    mine = {ref for e in fact.evidence for ref in reasons.get(e.resource, ())}
    said = [
        (s, recent and a.source.entry.ref in mine, recent)
        for a, recent in earlier
        for f in a.findings
        if of_same_vessel(fact, f.vessel, f.side)
        for s in f.statements
    ]
    firm = [s for s, _, _ in said if s.lesion is not None]
    if not firm or fact.treatment is None or any(d.about == "lesion" for d in fact.doubts):
        return fact
    quotes = tuple(dict.fromkeys(s.evidence for s in firm))
    both = tuple(dict.fromkeys((*fact.evidence, *quotes)))
    given = [s for s, own, _ in said if own]
    if fact.lesion is None and given and fact.side is not None:
        lesion, doubts = settled([s for s, _, _ in said])
        if lesion is not None and any(s.lesion is lesion for s in given):
            return replace(fact, lesion=lesion, evidence=both, doubts=(*fact.doubts, *doubts))
    if fact.lesion is None:
        doubt = Doubt(
            question=QuestionCode.LESION_TYPE, about="lesion", reason="earlier", values=tuple(Lesion), indicators=quotes
        )
        return replace(fact, doubts=(*fact.doubts, doubt))
    if any(s.lesion not in (None, fact.lesion) and recent for s, _, recent in said):
        return replace(fact, doubts=(*fact.doubts, conflict("lesion", tuple(Lesion), both)))
    return fact
