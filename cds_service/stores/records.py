"""What is kept about a card and its feedback, as plain values.

Knows no database. Whoever makes a record leaves out patient data; ids that a client chose are sealed by the store.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """One card as it was answered. `card` and `suggestions` are UUIDs of ours, `at` has a time zone.

    `fingerprints` are the keyed digests of what the card rests on, `reader` that of the user it was shown to.
    `audience` is coding, clarification or forecast; `topics` are codes of findings or, for a query, of questions.
    """

    card: str
    fingerprints: tuple[bytes, ...]
    reader: bytes
    service: str
    hook: str
    audience: str
    rules: tuple[str, ...]
    topics: tuple[str, ...]
    verdict: str
    suggestions: tuple[str, ...]
    knowledge: str
    issuer: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideReason:
    """Why a card was overridden: a coding of ours, or the code alone of another's (then `system` is empty)."""

    code: str
    system: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One item of feedback. `card` and `suggestions` are ids as the client sent them, `outcome` accepted or overridden.

    `at` is when the user acted, `received` when it reached the service; both have a time zone. `commented`: the user
    wrote something, which is not kept. `once_per_reader`: the answer speaks for the reader alone, not for the
    encounter.
    """

    card: str
    service: str
    issuer: str
    outcome: str
    at: datetime
    received: datetime
    suggestions: tuple[str, ...] = ()
    reason: OverrideReason | None = None
    commented: bool = False
    once_per_reader: bool = False
