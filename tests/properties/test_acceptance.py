"""What the quick check of a resource accepts, its FHIR model accepts: resources as sent, and with one thing spoiled."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from cds_service.fhir.resources import CHECKED, SILENT, accepts, model_of, release
from tests.bench import sent
from tests.contract.generated import CHARTS, CROWDED
from tests.scenarios.golden import loaded, names

ODD: list[Any] = [
    None, "", " ", "a  b", "\u0000", "x" * 300, 7, -1, 1.5, True, [], {}, [None], [[]], [{}], {"value": 1}, ["a"],
    "2026-02-31", "2026", "2026-03-04T10:00", "2026-03-04T10:00:00Z", "http://example.org", "urn:uuid:1", "NaN",
    {"coding": []}, {"coding": [{"code": "1"}]}, {"reference": "Patient/p"}, {"extension": [{"url": "u"}]}, {"odd": 1},
]  # fmt: skip
ALSO = (
    "performedDateTime", "performedPeriod", "performedString", "occurrenceDateTime", "onsetAge", "abatementDateTime",
    "quantity", "note", "authorString", "_status", "status", "class", "period", "extension", "identifier", "odd", "type",
)  # fmt: skip


def _within(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _within(item)


def _resources() -> list[dict[str, Any]]:
    requests = [loaded(name, "request.json") for name in names()]
    requests += [*CHARTS[:30], *CROWDED[:20], *(sent.request(3, f"accepted {n}") for n in range(5))]
    found = [r for request in requests for r in _within(request) if r.get("resourceType") in CHECKED]
    return [{k: v for k, v in r.items() if k not in SILENT} for r in found]


RESOURCES = _resources()


def _spoiled(resource: dict[str, Any], pick: random.Random) -> dict[str, Any]:
    """A copy with an element replaced, dropped, added, or put into a list or out of one."""
    out = copy.deepcopy(resource)
    held = pick.choice(list(_within(out)))
    key = pick.choice([*held, *ALSO])
    match pick.randrange(5):
        case 0:
            held.pop(key, None)
        case 1 if key in held:
            held[key] = [held[key]]
        case 2 if isinstance(held.get(key), list) and held[key]:
            held[key] = pick.choice(held[key])
        case 3 if isinstance(held.get(key), list):
            held[key] = [*held[key], pick.choice(ODD)]
        case _:
            held[key] = pick.choice(ODD)
    return out


def _is_valid(resource: dict[str, Any], version: str) -> bool:
    try:
        model_of(resource["resourceType"], version).model_validate(copy.deepcopy(resource))
    except (ValidationError, KeyError, TypeError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("version", ["R4", "R5"])
def test_what_is_accepted_quickly_the_model_accepts(version: str) -> None:
    pick = random.Random(37257)
    accepted = refused = 0
    for _ in range(3000):
        resource = _spoiled(pick.choice(RESOURCES), pick)
        resource = _spoiled(resource, pick) if pick.random() < 0.3 else resource
        if resource.get("resourceType") not in CHECKED:
            continue
        if accepts(resource, resource["resourceType"], version):
            accepted += 1
            assert _is_valid(resource, version), resource
        else:
            refused += 1
    assert min(accepted, refused) > 100, "both were tried"


def test_most_resources_of_sound_charts_are_accepted_quickly() -> None:
    sound = [r for r in RESOURCES if _is_valid(r, release(r))]
    quick = [r for r in sound if accepts(r, r["resourceType"], release(r))]
    assert len(quick) > 0.95 * len(sound) > 100
