"""Which session a text tells of: that of its act, its day and encounter; what tells of an earlier day is only a hint.

Knows keys of sessions and dates. Reads nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from cds_service.coding.anatomy import Lesion
from cds_service.coding.facts import Doubt, QuestionCode, TreatedVessel
from cds_service.fhir.accounts import Account, Finding
from cds_service.fhir.merging import conflict, merged, of_same_vessel
from cds_service.fhir.procedures import Treated

Key = tuple[str, date | None, int | None, str]


def attributed(
    keys: Sequence[Key], accounts: Sequence[tuple[Key, Account]]
) -> tuple[dict[Key, list[Account]], list[tuple[Key, Account]]]:
    """The accounts of each session by its key, and those that fit none."""
    mine: dict[Key, list[Account]] = {}
    rest: list[tuple[Key, Account]] = []
    for key, account in accounts:
        found = _session(key, keys)
        if found is None:
            rest.append((key, account))
        else:
            mine.setdefault(found, []).append(account)
    return mine, rest


def _session(key: Key, keys: Sequence[Key]) -> Key | None:
    if key in keys:
        return key
    near = [k for k in keys if k[0] == key[0] and k[3] == key[3]]
    if key[1] is None:
        fits = [k for k in near if key[2] in (None, k[2])]
    else:
        fits = [k for k in near if k[1] is None and k[2] in (None, key[2])]
    return fits[0] if len(fits) == 1 else None


def with_accounts(
    facts: Sequence[TreatedVessel], members: Sequence[Treated], accounts: Sequence[Account]
) -> tuple[TreatedVessel, ...]:
    """The facts of a session with what its texts tell; a vessel only told belongs to the episode of its act."""
    last = max((f.episode for f in facts), default=0)
    of = {a.entry.ref: a for a in members}
    placed = []
    for account in accounts:
        act = of.get(account.source.of)
        episode = next((f.episode for f in facts if act and f.evidence[0].resource == act.entry.ref), None)
        episode = episode if episode is not None else 0 if last == 0 else last + 1
        placed.append(replace(account, vessels=tuple(replace(v, episode=episode) for v in account.vessels)))
    return tuple(merged(facts, placed))


def with_earlier(
    facts: tuple[TreatedVessel, ...], day: date | None, accounts: Sequence[Account]
) -> tuple[TreatedVessel, ...]:
    """The facts with what texts of earlier days said of their vessels: against them a conflict, alone a question."""
    if day is None:
        return facts
    earlier = [
        f for a in accounts if not a.vessels and (d := a.when.day or a.source.authored) and d <= day for f in a.findings
    ]
    return tuple(_hinted(fact, earlier) for fact in facts)


def _hinted(fact: TreatedVessel, findings: Sequence[Finding]) -> TreatedVessel:
    said = [s for f in findings if of_same_vessel(fact, f.vessel, f.side) for s in f.statements]
    firm = [s for s in said if s.lesion is not None]
    if not firm or fact.treatment is None or any(d.about == "lesion" for d in fact.doubts):
        return fact
    quotes = tuple(dict.fromkeys(s.evidence for s in firm))
    if fact.lesion is None:
        doubt = Doubt(
            question=QuestionCode.LESION_TYPE, about="lesion", reason="earlier", values=tuple(Lesion), indicators=quotes
        )
        return replace(fact, doubts=(*fact.doubts, doubt))
    if any(s.lesion is not fact.lesion for s in firm):
        both = tuple(dict.fromkeys((*fact.evidence, *quotes)))
        return replace(fact, doubts=(*fact.doubts, conflict("lesion", tuple(Lesion), both)))
    return fact
