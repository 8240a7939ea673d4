"""Charge lines in words: code, modifiers and units of a ChargeItem, and of each item of a Claim.

Where modifiers stand is the reader's knowledge.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from cds_service.fhir.bundle import Entry
from cds_service.fhir.charges import extension_modifiers, modifier_of
from cds_service.fhir.elements import Json, obj, objects, words
from cds_service.web.items import Row, plain
from cds_service.web.tables import MOST_PARTS, cut

Coded = Callable[[Json], list[str]]


def charge_rows(entry: Entry, coded: Coded) -> Iterator[Row]:
    """The lines of a ChargeItem or a Claim; `coded` names the codes of a concept with their systems."""
    if entry.kind == "ChargeItem":
        yield _row("Charge", entry.raw, entry.raw.get("code"), modifiers=extension_modifiers(entry.raw), coded=coded)
    if entry.kind == "Claim":
        for number, item in enumerate(islice(objects(entry.raw.get("item")), MOST_PARTS), start=1):
            codes = [modifier_of(m) for m in objects(item.get("modifier"))]
            yield _row(f"Item {number}", item, item.get("productOrService"), modifiers=codes, coded=coded)


def _row(label: str, raw: Json, what: object, *, modifiers: list[str], coded: Coded) -> Row:
    value = obj(raw.get("quantity")).get("value")
    units = f"{value} unit{'s' if value != 1 else ''}" if isinstance(value, (int, float)) else ""
    codes = " / ".join(c for v in objects(what) for c in coded(v))
    said = (cut("-".join(p for p in (codes, *modifiers) if p)), cut(words(what)), cut(units))
    return Row(label=label, parts=tuple(plain(s) for s in said if s))
