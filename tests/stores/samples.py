"""Records for tests: a shown card and an answer to it, in few words."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cds_service.stores.place import Place
from cds_service.stores.records import Feedback, ShownCard

NOW = datetime(2026, 3, 5, 12, 0, 0, 123456, tzinfo=UTC)


def written(place: Place) -> str:
    """A place as an expression for another process; its own form leaves out the URL, which may hold a password."""
    return f"Place(url={place.url!r}, directory={place.directory!r})"


def card_id(number: int) -> str:
    return str(UUID(int=number))


def shown(number: int = 1, *fingerprints: bytes, **more: Any) -> ShownCard:
    known: dict[str, Any] = {
        "card": card_id(number),
        "fingerprints": fingerprints or (b"f" * 32,),
        "reader": b"r" * 32,
        "service": "iliac-charge-review",
        "hook": "org.iliac-cds.charge-review",
        "audience": "coding",
        "rules": ("R-LESION", "R-PAIR"),
        "topics": ("missing-line",),
        "verdict": "yes",
        "suggestions": (card_id(900),),
        "knowledge": "2026.2",
        "issuer": "https://ehr.example.org",
        "at": NOW,
    }
    return ShownCard(**{**known, **more})


def item(number: int = 1, **more: Any) -> Feedback:
    known: dict[str, Any] = {
        "card": card_id(number),
        "service": "iliac-charge-review",
        "issuer": "https://ehr.example.org",
        "outcome": "overridden",
        "at": NOW,
        "received": NOW,
    }
    return Feedback(**{**known, **more})
