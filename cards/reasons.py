"""The override reasons this service offers, to know them again in feedback.

Knows `overrides.toml` and which reason speaks for its reader alone.
"""

import tomllib
from functools import cache
from importlib.resources import files

from cards.model import OverrideReason

# Whoever says that a card is not for them has not answered it for the colleague it is for.
_OF_THE_READER = "inappropriate-recipient"


@cache
def offered_reasons() -> tuple[OverrideReason, ...]:
    """Every reason of every audience, each once for each wording."""
    audiences = tomllib.loads((files("cards") / "overrides.toml").read_text("utf-8"))
    rows = (r for rows in audiences.values() for r in rows)
    found = (OverrideReason(code=r["code"], system=r["system"], display=r["display"]) for r in rows)
    return tuple(dict.fromkeys(found))


def speaks_for_its_reader_alone(code: str) -> bool:
    """True for a reason that leaves the card open for other readers."""
    return code == _OF_THE_READER
