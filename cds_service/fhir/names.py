"""The names a resource goes by in references: its identifiers, and its id where that is a UUID.

Knows identifiers and URLs. What a name leads to is for the chart's index.
"""

from collections.abc import Iterator

from cds_service.fhir.elements import IS_UUID, LOGICAL, Json, last_id, logical, objects, text

BY_UUID = "urn:uuid:"


def uuid_name(key: str) -> str:
    """The urn reference to a resource whose id is a UUID; empty for any other id."""
    return f"{BY_UUID}{key.lower()}" if IS_UUID.fullmatch(key) else ""


def names_of(kind: str, raw: Json) -> Iterator[str]:
    """The names of logical references to a resource, by its identifiers in `raw`."""
    for number in numbers_of(raw):
        yield f"{LOGICAL}{kind}:{number}"
        yield f"{LOGICAL}:{number}"


def numbers_of(raw: Json) -> Iterator[str]:
    """The identifiers of a resource as they stand in the name of a logical reference."""
    for number in objects(raw.get("identifier")):
        if text(number.get("value")):
            name = logical("", text(number.get("system")), text(number.get("value")))
            yield name.removeprefix(f"{LOGICAL}:")


def id_in(url: str, kind: str) -> str:
    """The id in a full URL of that type."""
    return last_id(url) if f"/{kind}/" in url else ""
