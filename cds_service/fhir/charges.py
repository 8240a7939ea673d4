"""Draft charge lines out of ChargeItems and Claims, with their legs, units and modifiers.

Knows where vendors put modifiers. What is right or wrong about a line is the coding core's business.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cds_service.coding.anatomy import Side
from cds_service.coding.codes import Knowledge
from cds_service.coding.facts import DraftLine
from cds_service.fhir.bundle import Chart, Entry
from cds_service.fhir.charge_sites import Whereabouts, encounter_id, of_charge, of_item
from cds_service.fhir.elements import Json, codings, concept, moment, number, obj, objects, text, when
from cds_service.fhir.resources import faults
from cds_service.fhir.vocabulary import Vocabulary
from cds_service.identifiers import CHARGE_SUGGESTION

_VOID = ("entered-in-error", "aborted", "not-billable", "cancelled")
_MOST_UNITS = 1_000_000
_MODIFIER = re.compile(r"[A-Z0-9]{2}", re.ASCII)
_WRITTEN = re.compile(r"^(\d{4}[\dT])(?:[-\s]*([A-Z0-9]{2}))?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A draft line with what places it in a session: the encounter's id and the day, where the line says so.

    `billed`: it has left the house; on another day than any session it is history. `biller` is the kind of Claim the
    line is of (professional, institutional), empty for a charge item and where the Claim does not say.
    """

    line: DraftLine
    encounter: str
    day: date | None
    billed: bool = False
    biller: str = ""


def read_drafts(
    entries: Iterable[Entry], knowledge: Knowledge, vocabulary: Vocabulary, chart: Chart | None = None
) -> list[Drafted]:
    """The draft lines with a code this product knows; a charge sent as ChargeItem and as Claim item counts once."""
    chart = chart or Chart()
    items: list[Drafted] = []
    claims: list[Drafted] = []
    for entry in entries:
        if text(entry.raw.get("status")) in _VOID:
            continue
        if entry.kind == "ChargeItem":
            items += _charge_item(entry, knowledge, vocabulary, chart)
        elif entry.kind == "Claim" and text(entry.raw.get("use")) in ("", "claim"):
            claims += _claim(entry, knowledge, vocabulary, chart)
    return _joined(_as_they_can(items), claims)


def _as_they_can(items: list[Drafted]) -> list[Drafted]:
    """The charge items, which FHIR gives no element for modifiers: a sender who writes them on one can on all.

    What was taken over from a card has them by our hand, and says nothing of the sender.
    """
    can = any(item.line.modifiers and not _is_ours(item.line.original) for item in items)
    return [replace(item, line=replace(item.line, can_carry_modifiers=True)) for item in items] if can else items


def _is_ours(raw: Mapping[str, Any]) -> bool:
    return any(text(i.get("system")) == CHARGE_SUGGESTION for i in objects(raw.get("identifier")))


def _joined(items: list[Drafted], claims: list[Drafted]) -> list[Drafted]:
    """The charge items and the claim lines none of them stands for; what says the same goes with it as its twin.

    A charge item stands for one line of each kind of Claim, and a line of one kind for one of another: who performs
    a service and who owns the room bill it apart.
    """
    out = [*items]
    for kind in dict.fromkeys(c.biller for c in claims):
        left = list(range(len(out)))
        alone = []
        for claim in (c for c in claims if c.biller == kind):
            same = next((i for i in left if _is_same_charge(out[i], claim)), None)
            if same is None:
                alone.append(claim)
                continue
            left.remove(same)
            line = out[same].line
            out[same] = replace(out[same], line=replace(line, twins=(*line.twins, claim.line)))
        out += alone
    return out


def _is_same_charge(first: Drafted, second: Drafted) -> bool:
    legs = {s for s in (first.line.side, second.line.side) if s is not None}
    days = {d for d in (first.day, second.day) if d is not None}
    said = (first.line.code, first.line.units, first.line.both_legs)
    return said == (second.line.code, second.line.units, second.line.both_legs) and len(legs) < 2 and len(days) < 2


def unreadable(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """The charges that cannot be read, with the reason."""
    for entry in entries:
        if entry.kind in ("ChargeItem", "Claim"):
            found = faults(entry.raw)
            if found:
                yield entry.ref, found[0]


def _charge_item(entry: Entry, knowledge: Knowledge, vocabulary: Vocabulary, chart: Chart) -> Iterator[Drafted]:
    raw = entry.raw
    found = _code(raw.get("code"), knowledge, vocabulary)
    if found is None:
        for part in objects(raw.get("extension")):
            if text(part.get("url")).endswith("procedure-code"):
                found = found or _code(part.get("valueCodeableConcept"), knowledge, vocabulary)
    if found is None:
        return
    modifiers = (*found[1], *extension_modifiers(raw))
    where = of_charge(raw, vocabulary, chart)
    yield Drafted(
        line=_line(found[0], _units(raw.get("quantity")), modifiers, where=where, entry=entry),
        encounter=encounter_id(raw.get("context") or raw.get("encounter"), raw, chart),
        day=when(raw, "occurrence").day,
        billed=text(raw.get("status")) == "billed",
    )


def _claim(entry: Entry, knowledge: Knowledge, vocabulary: Vocabulary, chart: Chart) -> Iterator[Drafted]:
    raw = entry.raw
    encounters = [encounter_id(e, raw, chart) for e in objects(raw.get("encounter"))]
    biller = next((c.code.lower() for c in codings(raw.get("type"))), "")
    for index, item in enumerate(raw["item"] if isinstance(raw.get("item"), list) else []):
        found = _code(obj(item).get("productOrService"), knowledge, vocabulary)
        if found is None:
            continue
        modifiers = (*found[1], *(m for value in objects(item.get("modifier")) if (m := modifier_of(value))))
        where = of_item(item, raw, vocabulary, chart)
        line = _line(found[0], _units(item.get("quantity")), modifiers, where=where, entry=entry, item=index)
        own = [encounter_id(e, raw, chart) for e in objects(item.get("encounter"))]
        day = when(item, "serviced").day or _only_day(raw)
        yield Drafted(line=line, encounter=next(iter(own + encounters), ""), day=day, biller=biller)


def _only_day(claim: Json) -> date | None:
    """The day of a Claim whose period is one day."""
    period = obj(claim.get("billablePeriod"))
    first, last = (moment(text(period.get(name))).day for name in ("start", "end"))
    return first if last in (None, first) else None


def _line(
    code: str, units: int, modifiers: Iterable[str], *, where: Whereabouts, entry: Entry, item: int | None = None
) -> DraftLine:
    kept = tuple(dict.fromkeys(m for m in modifiers if _MODIFIER.fullmatch(m)))
    legs = [s for s, name in ((Side.RIGHT, "RT"), (Side.LEFT, "LT")) if name in kept]
    sides = legs or list(where.sides)
    return DraftLine(
        code=code,
        units=units,
        modifiers=kept,
        side=sides[0] if len(sides) == 1 and "50" not in kept else None,
        both_legs="50" in kept or len(sides) == 2,
        resource=entry.ref,
        can_carry_modifiers=item is not None,
        vessels=where.vessels,
        original=entry.raw,
        item=item,
    )


def _code(value: Any, knowledge: Knowledge, vocabulary: Vocabulary) -> tuple[str, tuple[str, ...]] | None:
    """A code of the knowledge with the modifiers written behind it ("37257-RT") or beside it as codings."""
    found: str | None = None
    modifiers: list[str] = []
    for coding in codings(value):
        match = _WRITTEN.match(coding.code.upper())
        system = vocabulary.terminology.system(coding.system, match.group(1) if match else coding.code)
        if match and match.group(1) in knowledge.codes and system in ("cpt", "hcpcs") and found is None:
            found = match.group(1)
            modifiers += [match.group(2)] if match.group(2) else []
        elif coding.code.upper() in ("RT", "LT", "50"):
            modifiers.append(coding.code.upper())
    written = _WRITTEN.match(text(concept(value).get("text")).upper()) if found is None else None
    if written and written.group(1) in knowledge.codes:
        found, modifiers = written.group(1), [m for m in (written.group(2),) if m]
    return (found, tuple(modifiers)) if found else None


def modifier_of(value: Any) -> str:
    """A modifier as two characters, from whichever coding or words hold it."""
    said = [c.code.upper() for c in codings(value)] + [text(concept(value).get("text")).upper()]
    return next((s for s in said if _MODIFIER.fullmatch(s)), "")


def extension_modifiers(raw: Json) -> list[str]:
    """Modifiers of a ChargeItem, which FHIR gives no element: our own extension, or a vendor's."""
    out: list[str] = []
    for part in objects(raw.get("extension")):
        url = text(part.get("url"))
        if not url.endswith(("charge-modifier", "modifier-code", "modifier")):
            continue
        holders = [part, *objects(part.get("extension"))]
        for holder in holders:
            values = codings(holder.get("valueCodeableConcept")) or codings(holder.get("valueCoding"))
            out += [c.code.upper() for c in values[:1] if c.code]
            out += [text(holder.get("valueCode")).upper()] if text(holder.get("valueCode")) else []
    return out


def _units(quantity: Any) -> int:
    """Units of service; a line without a quantity is one unit, and more than anybody charges stays that."""
    written = obj(quantity).get("value")
    value = number(written)
    if value is None:
        return _MOST_UNITS if isinstance(written, (int, float)) and written > 1 else 1
    return min(int(value), _MOST_UNITS) if value >= 0 and value == int(value) else 1
