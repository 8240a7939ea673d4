"""The override reasons this service offers, and knows again in feedback.

Knows `overrides.toml` and which reason speaks for its reader alone.
"""

import tomllib
from functools import cache
from importlib.resources import files

from cards.model import OverrideReason

# Whoever says that a card is not for them has not answered it for the colleague it is for.
_OF_THE_READER = "inappropriate-recipient"


@cache
def _by_audience() -> dict[str, tuple[OverrideReason, ...]]:
    audiences = tomllib.loads((files("cards") / "overrides.toml").read_text("utf-8"))
    return {
        audience: tuple(OverrideReason(code=r["code"], system=r["system"], display=r["display"]) for r in rows)
        for audience, rows in audiences.items()
    }


def reasons_for(audience: str) -> tuple[OverrideReason, ...]:
    """The reasons offered to an audience, coding or clarification, in their order."""
    return _by_audience()[audience]


def offered_reasons() -> tuple[OverrideReason, ...]:
    """Every reason of every audience; one that both are offered stands there in the words of each."""
    return tuple(reason for reasons in _by_audience().values() for reason in reasons)


def words_of(code: str, system: str, audience: str) -> str:
    """A reason as it was offered to an audience, or to any; empty where it is none of ours."""
    mine = (*_by_audience().get(audience, ()), *reversed(offered_reasons()))
    return next((r.display for r in mine if (r.code, r.system) == (code, system)), "")


def speaks_for_its_reader_alone(code: str) -> bool:
    """True for a reason that leaves the card open for other readers."""
    return code == _OF_THE_READER
