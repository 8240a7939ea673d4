"""What a card's advice does not rest on: lists nobody sent, and lists of which only a part came.

Knows the names of prefetched lists, which a client may choose: they enter a card as quotes only.
"""

from dataclasses import dataclass

from cards.names import joined
from cards.text import quote
from cards.wording import say

_NAMED = ("conditions", "charges", "reports")
_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The prefetch keys that were not sent, and those that came in part."""

    not_sent: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()


def not_checked(gaps: Gaps) -> str:
    """The sentence that closes a coding card: what was not checked, not sent, not complete."""
    parts = [say("coding", "say", "not-checked")]
    missing = [k for k in gaps.not_sent if k in _NAMED]
    parts += [say("coding", "say", "not-sent", keys=joined(missing))] if missing else []
    cut = [quote(k, 40) for k in gaps.incomplete[:_MOST]]
    cut += [f"{len(gaps.incomplete) - _MOST} more"] if gaps.incomplete[_MOST:] else []
    parts += [say("coding", "say", "incomplete", keys=joined(cut))] if cut else []
    return " ".join(parts)
