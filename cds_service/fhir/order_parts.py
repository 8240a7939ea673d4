"""Where an order says more than its code: its details, and the billing codes that may come of it.

Knows orderDetail of R4 and R5 and Da Vinci CRD's billing options. What they mean is read elsewhere.
"""

from collections.abc import Iterator
from typing import Any

from cds_service.fhir.elements import Coding, Json, codings, concept, obj, objects, text

_BILLING = "ext-billing-options"


def is_withheld(raw: Json) -> bool:
    """True for an order not to do something, or one whose meaning an extension changes."""
    return raw.get("doNotPerform") in (True, "true") or bool(raw.get("modifierExtension"))


def ordered_details(raw: Json) -> Iterator[tuple[str, Any]]:
    """The details of an order as concepts with their paths: R4 has concepts, R5 parameters with values."""
    for index, item in enumerate(objects(raw.get("orderDetail"))):
        path = f"orderDetail[{index}]"
        if "parameter" not in item:
            yield path, item
        for number, part in enumerate(objects(item.get("parameter"))):
            where = f"{path}.parameter[{number}]"
            if part.get("valueBoolean") is True:
                yield f"{where}.code", part.get("code")
            yield f"{where}.valueCodeableConcept", part.get("valueCodeableConcept")
            yield f"{where}.valueString", {"text": text(part.get("valueString"))}


def billing_options(raw: Json) -> Iterator[Coding]:
    """The codes an order may be billed under, from the order, its code or the concept inside, plain or nested."""
    code = obj(raw.get("code"))
    inner = concept(code) if "concept" in code else {}
    for holder in (part for place in (raw, code, inner) for part in objects(place.get("extension"))):
        if text(holder.get("url")).endswith(_BILLING):
            for part in (holder, *objects(holder.get("extension"))):
                yield from codings(part.get("valueCodeableConcept")) or codings(part.get("valueCoding"))
