"""What an answer says, for counting: the audience, the verdict and the rules of each card.

Knows the machine-readable part of a card's JSON; takes nothing from its text.
"""

from typing import Any

from cds_service.course import Shown
from cds_service.fhir.elements import Json, obj, objects, text


def shown_in(answer: dict[str, Any]) -> tuple[Shown, ...]:
    """The cards of a CDS Hooks response."""
    return tuple(_shown(card) for card in objects(answer.get("cards")))


def _shown(card: Json) -> Shown:
    coding = obj(obj(card.get("extension")).get("org.iliac-cds.coding"))
    if not coding:
        return Shown(audience="clinician")
    answer = obj(coding.get("answer37257"))
    rules = [w.get("rule") for w in objects(answer.get("why")) + objects(coding.get("findings"))]
    rules += [r for line in objects(coding.get("lines")) for r in line.get("rules") or []]
    return Shown(
        audience="coder",
        verdict=text(answer.get("verdict")),
        rules=tuple(dict.fromkeys(str(r) for r in rules if r)),
    )
