"""The content rules of cards as code: what every card keeps, and what a clinician's card must never say.

Knows the finished card and the words that are ours in it. Raises nothing: it returns what is wrong.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cards.claim_edits import CPT
from cards.text import MOST_WORDS, words

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
_UNSPOKEN = re.compile("[\u2190-\u21ff\u2600-\u27bf\U0001f300-\U0001faff]|->|=>|!!")
_DONE = re.compile(r"\b(?:was|were|has been|had been|performed|underwent)\b", re.IGNORECASE)
_PARTS = (
    "| Code | Units |",
    "**Why.**",
    "**Rules:**",
    "Not checked:",
    "For review by a qualified coder.",
    "Knowledge ",
)
IMPERATIVES = ("Add ", "Remove ", "Replace ", "Set ", "Write ")


def faults(card: Mapping[str, Any], marks: Iterable[str] = ()) -> list[str]:
    """What breaks a rule on a card as sent; clarification cards are told by their topic.

    `marks` are the patient's names and numbers: none may stand in what a person reads.
    """
    topic = card.get("source", {}).get("topic", {}).get("code")
    own = _of_clinician(card) if topic != "coding" else _of_coder(card)
    return [*_of_every(card), *own, *_identifiers(card, marks)]


def _of_every(card: Mapping[str, Any]) -> list[str]:
    out = []
    summary, detail = str(card.get("summary", "")), str(card.get("detail", ""))
    if not 0 < len(summary) < 140:
        out.append(f"the summary has {len(summary)} characters")
    if not summary.endswith((".", ")")) and not summary[-1:].isalnum():
        out.append("the summary does not end as a sentence or a title does")
    if words(detail) > MOST_WORDS:
        out.append(f"the detail has {words(detail)} words")
    if _HTML.search(detail):
        out.append("the detail holds raw HTML")
    if _UNSPOKEN.search(_QUOTED.sub("", f"{summary} {detail}")):
        out.append("the card uses signs that cannot be read aloud")
    if card.get("indicator") not in ("info", "warning"):
        out.append(f"the indicator is {card.get('indicator')}")
    if not 3 <= len(card.get("overrideReasons", ())) <= 5:
        out.append("there must be three to five override reasons")
    if not card.get("uuid"):
        out.append("the card has no uuid, so no feedback can be sent")
    return out + _displays(card)


def _identifiers(card: Mapping[str, Any], marks: Iterable[str]) -> list[str]:
    read = f"{card.get('summary', '')} {card.get('detail', '')}".casefold()
    read += " ".join(str(s.get("label", "")) for s in card.get("suggestions", ())).casefold()
    found = [m for m in marks if re.search(rf"(?<!\w){re.escape(m.casefold())}(?!\w)", read)]
    return ["the card shows a name or number of the patient"] if found else []


def _displays(value: Any) -> list[str]:
    """No `display` on a CPT coding we wrote; an update carries the sender's own resource as it is."""
    if isinstance(value, Mapping):
        if value.get("type") == "update" and "resource" in value:
            return []
        mine = value.get("system") == CPT and "display" in value
        found = ["a CPT coding carries a display"] if mine else []
        return found + [f for v in value.values() for f in _displays(v)]
    if isinstance(value, (list, tuple)):
        return [f for v in value for f in _displays(v)]
    return []


def _of_coder(card: Mapping[str, Any]) -> list[str]:
    detail = str(card.get("detail", ""))
    text = f"{card.get('summary', '')} {_QUOTED.sub('', detail)}".lower()
    out = [f"a coding card says {w!r}" for w in MONEY if w in text]
    out += [f"a coding card lacks {part!r}" for part in _PARTS if part not in detail]
    body = card.get("extension", {}).get("org.iliac-cds.coding")
    if not body:
        out.append("a coding card lacks its machine-readable part")
    for line in (body or {}).get("lines", ()):
        if line["code"] not in detail:
            out.append(f"the detail does not show {line['code']}")
    if card.get("indicator") == "warning" and not (body or {}).get("findings"):
        out.append("a coding card warns without a finding")
    for suggestion in card.get("suggestions", ()):
        out += _of_suggestion(suggestion)
    if card.get("suggestions") and card.get("selectionBehavior") not in ("at-most-one", "any"):
        out.append("suggestions without a selection behaviour")
    return out


def _of_suggestion(suggestion: Mapping[str, Any]) -> list[str]:
    label = str(suggestion.get("label", ""))
    out = []
    if not label.startswith(IMPERATIVES):
        out.append(f"the label {label!r} does not say what to do")
    if not _NUMBER.search(label):
        out.append(f"the label {label!r} names no code")
    if not suggestion.get("uuid"):
        out.append("a suggestion has no uuid")
    if any(not a.get("description") for a in suggestion.get("actions", ())):
        out.append("an action has no description")
    return out


def _of_clinician(card: Mapping[str, Any]) -> list[str]:
    out = []
    summary, detail = str(card.get("summary", "")), _QUOTED.sub("", str(card.get("detail", "")))
    ours = f"{summary}\n{detail}"
    ours += "\n" + "\n".join(str(o.get("display", "")) for o in card.get("overrideReasons", ()))
    out += [f"a clinician's card says {m.group()!r}" for m in _BANNED.finditer(ours)]
    out += [f"a clinician's card names {m.group()!r}" for m in _NUMBER.finditer(ours)]
    out += [f"a clinician's card has {part}" for part in ("suggestions", "extension", "links") if part in card]
    if card.get("indicator") != "info":
        out.append("a clinician's card is not info")
    if summary.startswith("Planned"):
        return out + [f"a forecast says {m.group()!r}, as if it were done" for m in _DONE.finditer(detail)]
    if not summary.startswith("Documentation clarification: "):
        out.append("a query's title is not its topic")
    if any(answer in summary.lower() for answer in ("occlusion", "stenosis", "stent", "balloon", "angioplasty")):
        out.append("a query's title names an answer")
    if "note or as an addendum" not in detail:
        out.append("a query does not say where to answer")
    return out + _of_options(detail)


def _of_options(detail: str) -> list[str]:
    """Options stand in alphabetical order and end with the two that leave the answer open."""
    out = []
    for block in re.findall(r":\n+((?:- [^\n]+(?:\n|$))+)", detail):
        shown = [line.removeprefix("- ") for line in block.strip().splitlines()]
        if any(not line or ": " in line or line.endswith(":") for line in shown):
            continue
        if shown[-2:] != ["Other (please specify)", "Unable to determine"]:
            out.append("the options do not end with Other and Unable to determine")
        if shown[:-2] != sorted(shown[:-2]) or len(shown) < 4:
            out.append("the options are not in alphabetical order, or fewer than two")
    return out
