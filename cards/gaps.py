"""What a card's advice does not rest on: lists nobody sent, that could not be had, or of which only a part came.

Knows the names of prefetched lists, which a client may choose: they enter a card as quotes only.
"""

from dataclasses import dataclass

from cards.names import joined
from cards.text import quote
from cards.wording import say

_NAMED = ("conditions", "charges", "coverage", "reports")
_CLINICAL = ("patient", "encounter", "procedures", "conditions", "reports")
_OF_THE_ACCOUNT = ("charges", "coverage")
_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """The prefetch keys that were not sent, those that could not be had, and those that came in part."""

    not_sent: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()


def clinical(gaps: Gaps) -> Gaps:
    """The gaps that a clinician is told of: those of the record, none of the account, and no name of a client's own."""
    return Gaps(not_sent=_clinical(gaps.not_sent), lost=_clinical(gaps.lost), incomplete=_clinical(gaps.incomplete))


def _clinical(keys: tuple[str, ...]) -> tuple[str, ...]:
    told = (k if k in _CLINICAL else "other data" for k in keys if k not in _OF_THE_ACCOUNT)
    return tuple(dict.fromkeys(told))


def not_checked(gaps: Gaps) -> str:
    """The sentences that close a coding card: what was not checked, not sent, not to be had, not complete."""
    missing = [k for k in gaps.not_sent if k in _NAMED]
    unsent = say("coding", "say", "not-sent", keys=joined(missing)) if missing else ""
    return " ".join(s for s in (say("coding", "say", "not-checked"), unsent, not_had(gaps)) if s)


def not_had(gaps: Gaps) -> str:
    """The sentences on what was asked for in vain, or came in part; empty when there is nothing of the kind."""
    parts = [say("coding", "say", "lost", keys=joined(list(gaps.lost)))] if gaps.lost else []
    cut = [quote(k, 40) for k in gaps.incomplete[:_MOST]]
    cut += [f"{len(gaps.incomplete) - _MOST} more"] if gaps.incomplete[_MOST:] else []
    parts += [say("coding", "say", "incomplete", keys=joined(cut))] if cut else []
    return " ".join(parts)
