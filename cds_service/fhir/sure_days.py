"""Acts and texts of the family's first day, whose own day universal time may not tell.

Knows clocks. What becomes of what has no day is `sessions`' business.
"""

from dataclasses import replace
from datetime import date, timedelta

from cds_service.fhir.accounts import Account
from cds_service.fhir.elements import When
from cds_service.fhir.procedures import Treated
from cds_service.fhir.site_time import is_known


def of_sure_day(act: Treated, family_from: date) -> Treated:
    """An act without its day where that is not sure."""
    return act if is_sure_day(act.when, family_from) else replace(act, when=When())


def told_of_sure_day(account: Account, family_from: date) -> Account:
    """An account without its day where that is not sure."""
    if is_sure_day(account.when, family_from):
        return account
    return replace(account, when=When(), source=replace(account.source, when=When()))


def is_sure_day(when: When, family_from: date) -> bool:
    """False for the morning of the family's first day in universal time: it may be the day before where it was done."""
    start = when.start
    if is_known() or start is None or start.utcoffset() != timedelta(0) or when.day != family_from:
        return True
    return start.hour >= _WESTERNMOST


_WESTERNMOST = 12
"""Hours by which the clocks of places that bill by CPT are behind universal time, at most."""
