"""Changes of a draft as CDS Hooks actions: the smallest valid ChargeItem to create, the sender's own JSON to update.

Knows ChargeItem and Claim as written, not as read. A client's resource is copied and edited, never rebuilt.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cards.identity import name_of
from cards.model import Action
from cards.names import coded, joined, line_place
from cds_service.coding.anatomy import Side, Vessel
from cds_service.coding.facts import DraftLine, Session
from cds_service.coding.findings import Change, ChangeKind
from cds_service.coding.lines import Line

CPT = "http://www.ama-assn.org/go/cpt"
SNOMED = "http://snomed.info/sct"
KEY_SYSTEM = "https://iliac-cds.org/fhir/sid/charge-suggestion"
MODIFIER = "https://iliac-cds.org/fhir/StructureDefinition/charge-modifier"
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_SIDES = {Side.RIGHT: "24028007", Side.LEFT: "7771000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom and what a new charge is about. `r5` writes ChargeItem.encounter instead of context.

    `tenant` is the id in an Oracle Millennium base address, which its code systems carry; empty elsewhere.
    """

    patient: str
    encounter: str
    r5: bool = False
    tenant: str = ""


def can_carry_out(change: Change) -> bool:
    """True when the draft line can be addressed: its resource has an id, and one of FHIR's form."""
    return change.draft is None or _ID.fullmatch(str(change.draft.original.get("id", ""))) is not None


def describe(change: Change) -> str:
    """A change as an imperative phrase with code, side and units."""
    target = coded(change.line.code, change.line.modifiers, change.units) if change.line else ""
    old = coded(change.draft.code, change.draft.modifiers) if change.draft else ""
    match change.kind:
        case ChangeKind.ADD:
            return f"add {target}"
        case ChangeKind.REMOVE:
            return f"remove {old}"
        case ChangeKind.REPLACE | ChangeKind.RE_SIDE:
            return f"replace {old} with {target}"
        case ChangeKind.RE_UNIT:
            return f"set {old} to {change.units} unit{'s' if change.units != 1 else ''}"
        case ChangeKind.RE_MODIFY:
            return f"write {old} as {coded(_code(change), change.modifiers, change.units)}"


def label(changes: Sequence[Change]) -> str:
    """The words on the button: one complete imperative phrase."""
    text = joined([describe(c) for c in changes])
    where = "to the draft charge" if all(c.kind is ChangeKind.ADD for c in changes) else "on the draft charge"
    return f"{text[0].upper()}{text[1:]} {where}"


def actions_for(changes: Sequence[Change], session: Session, subject: Subject) -> tuple[Action, ...]:
    """The actions that carry out all changes together: deletes, then updates, then creates."""
    claims = _claims(changes, session)
    deletes: list[Action] = []
    updates: list[Action] = []
    creates: list[Action] = []
    for change in changes:
        draft = change.draft
        if draft is not None and draft.item is not None:
            continue
        if change.kind in (ChangeKind.RE_UNIT, ChangeKind.RE_MODIFY) and draft is not None:
            updates.append(_update_item(change, draft))
            continue
        if draft is not None:
            deletes.append(Action(type="delete", description=_sentence(change), resource_id=draft.resource))
        if change.line is not None and not (claims and draft is None):
            line = replace(change.line, modifiers=change.modifiers or change.line.modifiers)
            creates += _creates(line, change.units, session, subject)
    for position, claim in enumerate(claims):
        edits = [c for c in changes if _is_of(c, claim) or (position == 0 and c.draft is None)]
        updates += [_update_claim(claim, edits, session)] if edits else []
    return (*deletes, *updates, *creates)


def _code(change: Change) -> str:
    return change.draft.code if change.draft else change.line.code if change.line else ""


def _sentence(change: Change) -> str:
    text = describe(change)
    return f"{text[0].upper()}{text[1:]}"


def _creates(line: Line, units: int, session: Session, subject: Subject) -> list[Action]:
    """One ChargeItem per vessel, so that side and vessel stay with their line."""
    vessels: list[Vessel | None] = list(line.vessels) if len(line.vessels) == units else [None] * units
    if units == 1:
        vessels = [line.vessels[0] if line.vessels else None]
    out = []
    for number, vessel in enumerate(vessels):
        resource = charge_item(line, vessel, session, subject, number=number)
        where = line_place(line, vessel)
        text = f"Add {coded(line.code, line.modifiers, 1)}, {where}, to the draft charge"
        out.append(Action(type="create", description=text, resource=resource))
    return out


def charge_item(
    line: Line, vessel: Vessel | None, session: Session, subject: Subject, *, number: int = 0
) -> dict[str, Any]:
    """The smallest planned ChargeItem for one vessel; its identifier is the same for the same suggestion."""
    where = line_place(line, vessel)
    key = "|".join((subject.encounter, str(session.date), line.code, str(line.side), str(vessel), str(number)))
    sites: list[dict[str, Any]] = [{"text": where}]
    for side in tuple(Side) if line.both_legs else (line.side,) if line.side else ():
        sites.append({"coding": [{"system": SNOMED, "code": _SIDES[side]}], "text": side.value})
    out: dict[str, Any] = {
        "resourceType": "ChargeItem",
        "identifier": [{"system": KEY_SYSTEM, "value": name_of(key)}],
        "status": "planned",
        "code": {"coding": [{"system": CPT, "version": "2026", "code": line.code}], "text": _own_words(line, where)},
        "subject": {"reference": _reference("Patient", subject.patient)},
        "quantity": {"value": 1},
        "bodysite": sites,
    }
    if line.modifiers:
        out["extension"] = [{"url": MODIFIER, "valueCode": m} for m in line.modifiers]
    if subject.encounter:
        out["encounter" if subject.r5 else "context"] = {"reference": subject.encounter}
    if session.date is not None:
        out["occurrenceDateTime"] = session.date.isoformat()
    services = _services(line, session)
    if services:
        out["service"] = [{"reference": {"reference": s}} if subject.r5 else {"reference": s} for s in services]
    return out


def _own_words(line: Line, where: str) -> str:
    role = {"initial": "first vessel", "additional": "further vessel"}.get(line.role.value, line.role.value)
    return f"{where}, {role} of {'each' if line.both_legs else 'its'} leg, suggested for review"


def _services(line: Line, session: Session) -> list[str]:
    refs = [e.resource for i in sorted(line.facts) if i < len(session.treated) for e in session.treated[i].evidence]
    return list(dict.fromkeys(r for r in refs if r.startswith("Procedure/") and "without-id" not in r))


def _reference(kind: str, value: str) -> str:
    return value if "/" in value else f"{kind}/{value}"


def _update_item(change: Change, draft: DraftLine) -> Action:
    """A ChargeItem with its quantity or its modifiers changed and everything else as the sender wrote it."""
    resource = copy.deepcopy(dict(draft.original))
    resource["quantity"] = _quantity(resource, change.units)
    if change.kind is not ChangeKind.RE_UNIT:
        written = resource.get("extension")
        kept = [e for e in written if not _holds_modifier(e)] if isinstance(written, list) else []
        resource["extension"] = kept + [{"url": MODIFIER, "valueCode": m} for m in change.modifiers]
        if not resource["extension"]:
            del resource["extension"]
    return Action(type="update", description=_sentence(change), resource=resource)


def _quantity(raw: Mapping[str, Any], units: int) -> dict[str, Any]:
    """The quantity of a line with another number; of a quantity that is none nothing is kept."""
    written = raw.get("quantity")
    return {**(written if isinstance(written, dict) else {}), "value": units}


def _holds_modifier(extension: Any) -> bool:
    url = str(extension.get("url", "")) if isinstance(extension, dict) else ""
    return url.endswith(("modifier", "modifier-code"))


def _claims(changes: Sequence[Change], session: Session) -> list[str]:
    """The Claims to edit: those whose items change, else the one the draft stands on."""
    touched = [c.draft.resource for c in changes if c.draft is not None and c.draft.item is not None]
    standing = [d.resource for d in session.draft if d.item is not None and d.original.get("id")]
    only_items = all(d.item is not None for d in session.draft)
    return list(dict.fromkeys(touched or (standing if only_items else [])))


def _is_of(change: Change, claim: str) -> bool:
    return change.draft is not None and change.draft.item is not None and change.draft.resource == claim


def _update_claim(claim: str, changes: Sequence[Change], session: Session) -> Action:
    """The sender's Claim with its items edited; items keep their sequence numbers."""
    lines = [*(c.draft for c in changes if c.draft is not None), *session.draft]
    original = next(d.original for d in lines if d.resource == claim)
    resource: dict[str, Any] = copy.deepcopy(dict(original))
    items: list[Any] = list(resource.get("item") or [])
    for change in changes:
        if change.draft is None or change.draft.item is None:
            items += _new_items(change, items)
        elif change.kind is ChangeKind.REMOVE:
            items[change.draft.item] = None
        else:
            items[change.draft.item] = _edited(items[change.draft.item] or {}, change)
    resource["item"] = [i for i in items if i is not None]
    if not resource["item"]:
        del resource["item"]
    text = joined([describe(c) for c in changes])
    return Action(type="update", description=f"{text[0].upper()}{text[1:]}", resource=resource)


def _new_items(change: Change, items: Sequence[Any]) -> list[dict[str, Any]]:
    line = change.line
    if line is None:
        return []
    known = [i for i in items if isinstance(i, dict)]
    used = [i.get("sequence") for i in known]
    following = max((n for n in used if isinstance(n, int)), default=0) + 1
    blank: dict[str, Any] = {"sequence": following}
    day = next((i.get("servicedDate") for i in known if i.get("servicedDate")), None)
    return [_edited({**blank, **({"servicedDate": day} if day else {})}, change)]


def _edited(item: dict[str, Any], change: Change) -> dict[str, Any]:
    line = change.line
    out = dict(item)
    if change.kind is ChangeKind.RE_MODIFY:
        out["modifier"] = [_modifier(m) for m in change.modifiers]
        out["quantity"] = _quantity(out, change.units)
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
    return {"coding": [{"system": "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "code": code}]}
