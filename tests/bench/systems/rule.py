"""The simple rule of all systems beside this service: a stent or a balloon in two iliac arteries of one leg.

It looks at status, encounter, code and body sites, and at nothing else. Knows no FHIR library: it must run in each
environment.
"""

from collections.abc import Iterable

TREATMENTS = {"103716009", "68457009"}
VESSELS = {"73634005", "113269004", "90024005"}
SIDES = {"24028007": "Right", "7771000": "Left"}

Act = tuple[str | None, str | None, list[str | None], list[str | None]]


def cards(acts: Iterable[Act], encounter: str) -> list[dict[str, object]]:
    """A card for each leg; an act is status, reference of its encounter, codes of what was done, codes of where."""
    treated: dict[str, set[str | None]] = {}
    for status, stay, codes, sites in acts:
        if status == "completed" and stay == encounter and not TREATMENTS.isdisjoint(codes):
            for side in SIDES.keys() & sites:
                treated.setdefault(SIDES[side], set()).update(VESSELS & set(sites))
    return [card(f"{leg} leg, two iliac arteries: check 37257.") for leg, found in treated.items() if len(found) > 1]


def card(summary: str) -> dict[str, object]:
    return {"summary": summary, "indicator": "info", "source": {"label": "Simple rule"}}


def act_of_json(procedure: dict) -> Act:  # type: ignore[type-arg]
    """An act out of a Procedure as JSON."""
    codes = [c.get("code") for c in procedure.get("code", {}).get("coding", ())]
    sites = [c.get("code") for site in procedure.get("bodySite", ()) for c in site.get("coding", ())]
    return procedure.get("status"), procedure.get("encounter", {}).get("reference"), codes, sites


def act_of_model(procedure) -> Act:  # type: ignore[no-untyped-def]
    """An act out of a Procedure of fhir.resources."""
    codes = [c.code for c in (procedure.code and procedure.code.coding) or ()]
    sites = [c.code for site in procedure.bodySite or () for c in site.coding or ()]
    return procedure.status, procedure.encounter and procedure.encounter.reference, codes, sites
