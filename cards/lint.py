"""The content rules of cards as code: what every card keeps, and what a clinician's card must never say.

Knows the finished card and the words that are ours in it. Raises nothing: it returns what is wrong.
"""

import re
from collections.abc import Mapping
from typing import Any

from cards.text import words

MOST_WORDS = 200
BANNED = (
    "reimburs",
    "pay",
    "paid",
    "bill",
    "charge",
    "claim",
    "denial",
    "revenue",
    "rvu",
    "drg",
    "apc",
    "code",
    "cpt",
    "modifier",
    "unit",
    "add-on",
    "initial vessel",
    "complex",
    "straightforward",
    "to support",
    "in order to",
    "please confirm that",
    "would you agree",
    "should be documented as",
    "upgrade",
    "optimi",
    "quality score",
    "profile",
)
MONEY = ("$", "rvu", "upcod", "optimis", "optimiz", "lost revenue", "capture")
_BANNED = re.compile("|".join(rf"(?<![a-z]){re.escape(w)}" for w in BANNED), re.IGNORECASE)
_NUMBER = re.compile(r"\b\d{5}\b|\b\d{4}T\b")
_QUOTED = re.compile(r"\u201c[^\u201d]*\u201d")
_HTML = re.compile(r"<[A-Za-z/!]")


def faults(card: Mapping[str, Any]) -> list[str]:
    """What breaks a rule on a card as sent; clarification cards are told by their topic."""
    topic = card.get("source", {}).get("topic", {}).get("code")
    return [*_of_every(card), *(_of_clinician(card) if topic != "coding" else _of_coder(card))]


def _of_every(card: Mapping[str, Any]) -> list[str]:
    out = []
    summary, detail = str(card.get("summary", "")), str(card.get("detail", ""))
    if not 0 < len(summary) < 140:
        out.append(f"the summary has {len(summary)} characters")
    if words(detail) > MOST_WORDS:
        out.append(f"the detail has {words(detail)} words")
    if _HTML.search(detail):
        out.append("the detail holds raw HTML")
    if card.get("indicator") not in ("info", "warning"):
        out.append(f"the indicator is {card.get('indicator')}")
    if not 3 <= len(card.get("overrideReasons", ())) <= 5:
        out.append("there must be three to five override reasons")
    if not card.get("uuid"):
        out.append("the card has no uuid, so no feedback can be sent")
    return out + _displays(card)


def _displays(value: Any) -> list[str]:
    """No `display` on a CPT coding we wrote; an update carries the sender's own resource as it is."""
    if isinstance(value, Mapping):
        if value.get("type") == "update" and "resource" in value:
            return []
        mine = value.get("system") == "http://www.ama-assn.org/go/cpt" and "display" in value
        found = ["a CPT coding carries a display"] if mine else []
        return found + [f for v in value.values() for f in _displays(v)]
    if isinstance(value, (list, tuple)):
        return [f for v in value for f in _displays(v)]
    return []


def _of_coder(card: Mapping[str, Any]) -> list[str]:
    text = f"{card.get('summary', '')} {_QUOTED.sub('', str(card.get('detail', '')))}".lower()
    return [f"a coding card says {w!r}" for w in MONEY if w in text]


def _of_clinician(card: Mapping[str, Any]) -> list[str]:
    out = []
    ours = f"{card.get('summary', '')}\n{_QUOTED.sub('', str(card.get('detail', '')))}"
    ours += "\n" + "\n".join(str(o.get("display", "")) for o in card.get("overrideReasons", ()))
    out += [f"a clinician's card says {m.group()!r}" for m in _BANNED.finditer(ours)]
    out += [f"a clinician's card names {m.group()!r}" for m in _NUMBER.finditer(ours)]
    if card.get("indicator") != "info":
        out.append("a clinician's card is not info")
    if "suggestions" in card:
        out.append("a clinician's card offers a suggestion")
    if "extension" in card:
        out.append("a clinician's card carries an extension")
    return out
