"""Reads payers.toml: the policies of payers by name, what each governs, and how long that reading may be shown.

Knows the shape of an entry and which lines of business a payer's policy can hold for. Decides nothing about a session.
"""

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from cds_service.coding.anatomy import Treatment
from cds_service.coding.codes import PolicyNote, SourceRow
from cds_service.coding.facts import LineOfBusiness, PayerIdentity
from cds_service.knowledge.tables import read_toml

_NEEDED: Mapping[str, type] = {
    "id": str,
    "payer": str,
    "lines": list,
    "treatments": list,
    "policy": str,
    "number": str,
    "publisher": str,
    "text": str,
    "seen": date,
    "review_by": date,
    "effective_from": date,
    "source": str,
    "verified": bool,
}
_OPTIONAL: Mapping[str, type] = {"contractor": str, "effective_to": date}
_NAMES = {str: "a text", list: "a list", date: "a date such as 2026-01-01", bool: "true or false"}
_LONGEST = 220

_MEDICARE = frozenset(
    {
        LineOfBusiness.MEDICARE,
        LineOfBusiness.MEDICARE_ADVANTAGE,
        LineOfBusiness.MEDICARE_SUPPLEMENT,
        LineOfBusiness.DUAL,
    }
)
# A brand whose line of business is unknown may as well run a Medicare or Medicaid plan, so no note holds for unknown.
_BRAND = frozenset({LineOfBusiness.COMMERCIAL, LineOfBusiness.MEDICARE_ADVANTAGE})


def read_policies(text: str, sources: Mapping[str, SourceRow]) -> tuple[tuple[PolicyNote, ...], list[str]]:
    """The sound notes of payers.toml in the order of the file; the second part names the faults of each entry."""
    try:
        content = read_toml(text)
    except ValueError as error:
        return (), [f"payers.toml: {error}"]
    entries = content.get("note")
    if list(content) != ["note"] or not isinstance(entries, list):
        return (), ["payers.toml: must hold [[note]] entries and nothing else"]
    notes: list[PolicyNote] = []
    faults: list[str] = []
    for number, entry in enumerate(entries, start=1):
        wrong = _misshapen(entry) or _unsound(entry, sources, {n.id for n in notes})
        if wrong:
            faults += [f"payers.toml, note {number} ({_name(entry)}): {w}" for w in wrong]
        else:
            notes.append(_note(entry))
    return tuple(notes), faults


def _name(entry: Any) -> str:
    return str(entry.get("id", "without an id")) if isinstance(entry, dict) else "no table"


def _misshapen(entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return ["must be a table"]
    kinds = {**_NEEDED, **_OPTIONAL}
    missing = [key for key in _NEEDED if key not in entry]
    unknown = [key for key in entry if key not in kinds]
    faults = [f"lacks {', '.join(missing)}"] if missing else []
    faults += [f"has {', '.join(unknown)}, which no note has"] if unknown else []
    for key, value in entry.items():
        kind = kinds.get(key)
        # By exact type: a date and time is a date too, and says more than a note can keep.
        if kind and type(value) is not kind:
            faults.append(f"{key} is {value!r}; it must be {_NAMES[kind]}")
    return faults


def _unsound(entry: Mapping[str, Any], sources: Mapping[str, SourceRow], known: Collection[str]) -> list[str]:
    faults = [f"{key} is empty" for key in ("id", "policy", "publisher", "lines", "treatments") if not entry[key]]
    if entry["id"] in known:
        faults.append("an earlier note has this id")
    named = [p.value for p in PayerIdentity if p is not PayerIdentity.OTHER]
    if entry["payer"] not in named:
        faults.append(f"payer is {entry['payer']!r}; it must be one of {', '.join(named)}")
    allowed = _MEDICARE if entry["payer"] == PayerIdentity.MEDICARE else _BRAND
    faults += _strangers(entry, "lines", entry["lines"], [x for x in LineOfBusiness if x in allowed])
    faults += _strangers(entry, "treatments", entry["treatments"], list(Treatment))
    if entry.get("contractor") and entry["payer"] != PayerIdentity.MEDICARE:
        faults.append(f"contractor is {entry['contractor']!r}; only Medicare has contractors")
    source = sources.get(entry["source"])
    if source is None:
        faults.append(f"source is {entry['source']!r}, which sources.toml does not have")
    elif entry["verified"] and not source.url.startswith("https://"):
        faults.append(f"source {entry['source']!r} has no public page, so it verifies nothing")
    return faults + _untimely(entry) + _unreadable(entry["text"])


def _strangers(entry: Mapping[str, Any], key: str, values: list[Any], allowed: Collection[StrEnum]) -> list[str]:
    words = ", ".join(a.value for a in allowed)
    known = {a.value for a in allowed}
    return [f"{key} has {v!r}; for {entry['payer']} it may have {words}" for v in values if v not in known]


def _untimely(entry: Mapping[str, Any]) -> list[str]:
    start, end, review = entry["effective_from"], entry.get("effective_to"), entry["review_by"]
    faults = [f"effective_to {end} is before effective_from {start}"] if end and end < start else []
    return faults + [
        f"review_by {review} is before {k} {entry[k]}" for k in ("seen", "effective_from") if review < entry[k]
    ]


def _unreadable(text: str) -> list[str]:
    whole = text.strip() == text and text.endswith(".") and len(text.splitlines()) == 1
    if whole and len(text) <= _LONGEST and ". " not in text:
        return []
    return [f"text must be one sentence on one line, of at most {_LONGEST} characters, with a full stop"]


def _note(entry: Mapping[str, Any]) -> PolicyNote:
    return PolicyNote(
        id=entry["id"],
        payer=PayerIdentity(entry["payer"]),
        lines=frozenset(map(LineOfBusiness, entry["lines"])),
        treatments=frozenset(map(Treatment, entry["treatments"])),
        policy=entry["policy"],
        number=entry["number"],
        publisher=entry["publisher"],
        contractor=entry.get("contractor", ""),
        text=entry["text"],
        seen=entry["seen"],
        review_by=entry["review_by"],
        effective_from=entry["effective_from"],
        effective_to=entry.get("effective_to"),
        source=entry["source"],
        verified=entry["verified"],
    )
