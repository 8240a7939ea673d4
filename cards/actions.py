"""Changes of a draft as CDS Hooks actions: the smallest valid ChargeItem to create, the sender's own JSON to update.

Knows ChargeItem and Claim as written, not as read. A client's resource is copied and edited, never rebuilt.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cards.claim_edits import CPT, ClaimEdit, claims_of, edited_claim, originals, quantity
from cards.identity import name_of
from cards.model import Action
from cards.names import coded, joined, line_place
from cds_service.coding.anatomy import Side, Vessel
from cds_service.coding.facts import DraftLine, Session
from cds_service.coding.findings import Change, ChangeKind
from cds_service.coding.lines import Line
from cds_service.identifiers import CHARGE_MODIFIER, CHARGE_SUGGESTION

SNOMED = "http://snomed.info/sct"
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
    """True when the draft line and what stands for it elsewhere can be addressed; a billed one is a person's."""
    return change.draft is None or all(map(_can_be_edited, (change.draft, *change.draft.twins)))


def _can_be_edited(draft: DraftLine) -> bool:
    """True where the resource has an id, and one of FHIR's form, and has not left the house."""
    return bool(_ID.fullmatch(str(draft.original.get("id", "")))) and draft.original.get("status") != "billed"


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


def actions_for(wanted: Sequence[tuple[Sequence[Change], Session]], subject: Subject) -> tuple[Action, ...]:
    """The actions that carry out the changes of all sessions together: deletes, then updates, then creates.

    A Claim that several sessions change is updated once. What stands for a draft line elsewhere is changed with it.
    """
    deletes: list[Action] = []
    updates: list[Action] = []
    creates: list[Action] = []
    edits: dict[str, list[ClaimEdit]] = {}
    sessions = [session for _, session in wanted]
    for asked, session in wanted:
        new_in = claims_of(asked, [session] if session.draft else sessions)
        for change in [*asked, *(replace(c, draft=twin) for c in asked if c.draft for twin in c.draft.twins)]:
            draft = change.draft
            claims = new_in if draft is None else [draft.resource] if draft.item is not None else []
            for claim in claims:
                edits.setdefault(claim, []).append(ClaimEdit(change=change, session=session))
            if claims:
                continue
            if change.kind in (ChangeKind.RE_UNIT, ChangeKind.RE_MODIFY) and draft is not None:
                updates.append(_update_item(change, draft))
                continue
            if draft is not None:
                deletes.append(Action(type="delete", description=_sentence(change), resource_id=draft.resource))
            if change.line is not None:
                line = replace(change.line, modifiers=change.modifiers or change.line.modifiers)
                creates += _creates(line, change.units, session, subject)
    sent = originals(sessions)
    updates += [_update_claim(sent[claim], mine) for claim, mine in edits.items()]
    return (*deletes, *updates, *creates)


def _update_claim(sent: Mapping[str, Any], edits: Sequence[ClaimEdit]) -> Action:
    text = joined([describe(e.change) for e in edits])
    return Action(type="update", description=f"{text[0].upper()}{text[1:]}", resource=edited_claim(sent, edits))


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
        "identifier": [{"system": CHARGE_SUGGESTION, "value": name_of(key)}],
        "status": "planned",
        "code": {"coding": [{"system": CPT, "version": "2026", "code": line.code}], "text": _own_words(line, where)},
        "subject": {"reference": _reference("Patient", subject.patient)},
        "quantity": {"value": 1},
        "bodysite": sites,
    }
    if line.modifiers:
        out["extension"] = [{"url": CHARGE_MODIFIER, "valueCode": m} for m in line.modifiers]
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
    resource["quantity"] = quantity(resource, change.units)
    if change.kind is not ChangeKind.RE_UNIT:
        written = resource.get("extension")
        kept = [e for e in written if not _holds_modifier(e)] if isinstance(written, list) else []
        resource["extension"] = kept + [{"url": CHARGE_MODIFIER, "valueCode": m} for m in change.modifiers]
        if not resource["extension"]:
            del resource["extension"]
    return Action(type="update", description=_sentence(change), resource=resource)


def _holds_modifier(extension: Any) -> bool:
    url = str(extension.get("url", "")) if isinstance(extension, dict) else ""
    return url.endswith(("modifier", "modifier-code"))
