"""Changes of Claims: the sender's own Claim with its items edited, removed and added.

Knows Claim as written, not as read. A Claim is copied and edited, never rebuilt; its items keep their numbers.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds_service.coding.facts import Session
from cds_service.coding.findings import Change, ChangeKind

CPT = "http://www.ama-assn.org/go/cpt"
_HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEdit:
    """A change of one Claim, and the session whose services it charges."""

    change: Change
    session: Session


def claims_of(changes: Sequence[Change], sessions: Sequence[Session]) -> list[str]:
    """The Claims that new lines go to: the first whose items change, else the one the drafts of all sessions stand on.

    With it go those that say the same for another biller.
    """
    drafts = [d for s in sessions for d in s.draft]
    touched = [c.draft.resource for c in changes if c.draft is not None and c.draft.item is not None]
    standing = [d.resource for d in drafts if d.item is not None and d.original.get("id")]
    only_items = all(d.item is not None for d in drafts)
    found = touched or (standing if only_items else [])
    twins = [t.resource for d in drafts if d.resource in found[:1] for t in d.twins if t.item is not None]
    return list(dict.fromkeys([*found[:1], *twins]))


def originals(sessions: Iterable[Session]) -> dict[str, Mapping[str, Any]]:
    """The Claims as they were sent, by their references: every draft line, and what stands for it, carries its own."""
    return {x.resource: x.original for s in sessions for d in s.draft for x in (d, *d.twins) if x.item is not None}


def edited_claim(original: Mapping[str, Any], edits: Sequence[ClaimEdit]) -> dict[str, Any]:
    """The sender's Claim with its items edited; new items have the day of their own session."""
    resource: dict[str, Any] = copy.deepcopy(dict(original))
    items: list[Any] = list(resource.get("item") or [])
    for edit in edits:
        draft = edit.change.draft
        if draft is None or draft.item is None:
            items += _new_items(edit, items, resource)
        elif edit.change.kind is ChangeKind.REMOVE:
            items[draft.item] = None
        else:
            items[draft.item] = _edited(items[draft.item] or {}, edit.change)
    resource["item"] = [i for i in items if i is not None]
    if not resource["item"]:
        del resource["item"]
    return resource


def quantity(raw: Mapping[str, Any], units: int) -> dict[str, Any]:
    """The quantity of a line with another number; of a quantity that is none nothing is kept."""
    written = raw.get("quantity")
    return {**(written if isinstance(written, dict) else {}), "value": units}


def _new_items(edit: ClaimEdit, items: Sequence[Any], claim: Mapping[str, Any]) -> list[dict[str, Any]]:
    if edit.change.line is None:
        return []
    known = [i for i in items if isinstance(i, dict)]
    used = [i.get("sequence") for i in known]
    blank: dict[str, Any] = {"sequence": max((n for n in used if isinstance(n, int)), default=0) + 1}
    day = _day_of(edit.session, claim)
    return [_edited({**blank, **({"servicedDate": day} if day else {})}, edit.change)]


def _day_of(session: Session, claim: Mapping[str, Any]) -> str:
    """The day to write on a new item: its session's, where the Claim's own period does not say it already."""
    items = [i for i in claim.get("item") or [] if isinstance(i, dict)]
    dated = [i["servicedDate"] for i in items if i.get("servicedDate")]
    if session.date is None:
        return str(dated[0]) if dated else ""
    period = claim.get("billablePeriod")
    bounds = [period.get("start"), period.get("end") or period.get("start")] if isinstance(period, dict) else []
    said = bounds != [] and all(str(b)[:10] == session.date.isoformat() for b in bounds)
    told = any(i.get("servicedDate") or i.get("servicedPeriod") for i in items)
    return session.date.isoformat() if told or (bounds and not said) else ""


def _edited(item: dict[str, Any], change: Change) -> dict[str, Any]:
    line = change.line
    out = dict(item)
    if change.kind is ChangeKind.RE_MODIFY:
        out["modifier"] = [_modifier(m) for m in change.modifiers]
        out["quantity"] = quantity(out, change.units)
        return {k: v for k, v in out.items() if v != []}
    if line is None:
        return out
    if change.kind is not ChangeKind.RE_UNIT:
        out["productOrService"] = {"coding": [{"system": CPT, "version": "2026", "code": line.code}]}
        out["modifier"] = [_modifier(m) for m in change.modifiers or line.modifiers]
        out.pop("bodySite", None)
    out["quantity"] = {"value": change.units}
    return {k: v for k, v in out.items() if v != []}


def _modifier(code: str) -> dict[str, Any]:
    return {"coding": [{"system": _HCPCS, "code": code}]}
