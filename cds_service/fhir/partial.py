"""A hook request out of its bytes, without decoding the Procedures that cannot matter.

Knows where a request keeps Bundles, and what of JSON the quick decoder passes over unseen. Whatever is out of the
ordinary it leaves to a decoder of everything, which also knows how to say what is wrong.
"""

import codecs
import re
import sys
from typing import Any, Literal

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder

from cds_service.fhir.elements import Json, depth_of
from cds_service.fhir.entry import left_of, value_of
from cds_service.fhir.nets import PlaceNet

# What is smaller is decoded as quickly in one piece, and so are entries that are smaller on average.
_SMALL, _SMALL_ENTRY = 8192, 200
_MOST_MEMBERS = 100
_PROCEDURE = b'"Procedure"'
# Levels of JSON above the entry of a prefetched Bundle: request, prefetch, Bundle and list.
_ABOVE = 4
# So many are looked at together, one by one where something is found: NUL, which no JSON holds, stands between them.
_TOGETHER = 8
_NO_BRACKETS = bytes(set(range(256)) - set(b"{}[]\0"))
_CHUNK = 1 << 16
_MANY_DIGITS = re.compile(rb"[0-9]{8}")
_SAMPLES = 10
_ABSENT = Raw(b"")


class _Request(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    prefetch: dict[str, Raw]
    hook: Raw = _ABSENT
    hook_instance: Raw = _ABSENT
    fhir_server: Raw = _ABSENT
    fhir_authorization: Raw = _ABSENT
    context: Raw = _ABSENT
    extension: Raw = _ABSENT


class _Bundle(Struct, gc=False, rename="camel", forbid_unknown_fields=True):
    resource_type: Literal["Bundle"]
    entry: list[Raw]
    id: Raw = _ABSENT
    meta: Raw = _ABSENT
    implicit_rules: Raw = _ABSENT
    language: Raw = _ABSENT
    identifier: Raw = _ABSENT
    type: Raw = _ABSENT
    timestamp: Raw = _ABSENT
    total: Raw = _ABSENT
    link: Raw = _ABSENT
    signature: Raw = _ABSENT
    issues: Raw = _ABSENT


_request, _members, _bundle = Decoder(_Request).decode, Decoder(dict[str, Raw]).decode, Decoder(_Bundle).decode


class PartialDecoder:
    """Decodes hook requests; `places` is the net for what may name an artery of a leg."""

    def __init__(self, places: PlaceNet) -> None:
        self._places = places

    def request(self, body: bytes, most_depth: int) -> Json | None:
        """A request in which some entries of prefetched Bundles are `Left`; None where all of it is to be decoded.

        None, too, for a body that is not UTF-8, not JSON, or nests deeper than `most_depth`.
        """
        if len(body) <= 2 * _SMALL or _PROCEDURE not in body or _holds_long_number(body):
            return None
        try:
            _check_signs(body)
            rest, prefetch = _parts(body)
            if max(len(rest), len(prefetch)) > _MOST_MEMBERS:
                return None
            found = {name: value_of(written) for name, written in rest.items()}
            found["prefetch"] = {key: self._prefetched(written, most_depth) for key, written in prefetch.items()}
        except (DecodeError, ValueError, RecursionError):
            return None
        return found if depth_of(found, most_depth) else None

    def _prefetched(self, written: Raw, most_depth: int) -> Any:
        if memoryview(written).nbytes <= _SMALL:
            return value_of(written)
        try:
            bundle = _bundle(written)
        except ValidationError:
            return value_of(written)
        if len(bundle.entry) * _SMALL_ENTRY > memoryview(written).nbytes:
            return value_of(written)
        entries: list[Any] = []
        for start in range(0, len(bundle.entry), _TOGETHER):
            entries += self._sifted(bundle.entry[start : start + _TOGETHER], most_depth + 1 - _ABOVE)
        others = {name: value_of(other) for name, other in _named(bundle)}
        return {"resourceType": bundle.resource_type, **others, "entry": entries}

    def _sifted(self, written: list[Raw], levels: int) -> list[Any]:
        """Entries, those left as they are which are Procedures that cannot matter and surely have no more levels."""
        joined = b"\0".join(written)
        brackets = joined.translate(None, _NO_BRACKETS).split(b"\0")
        if max(map(len, brackets)) <= 2 * levels and not self._places.catches_json(joined):
            return [left_of(one) or value_of(one) for one in written]
        if len(written) == 1:
            return [value_of(written[0])]
        return [entry for one in written for entry in self._sifted([one], levels)]


def _parts(body: bytes) -> tuple[dict[str, Raw], dict[str, Raw]]:
    """The members of a request but the prefetch, and those of the prefetch.

    Raises:
        DecodeError: it is not JSON, or has no prefetch.
    """
    try:
        request = _request(body)
    except ValidationError:
        rest = _members(body)
        return rest, _members(rest.pop("prefetch", _ABSENT))
    return dict(_named(request)), request.prefetch


def _named(parts: Struct) -> list[tuple[str, Raw]]:
    """The members that are there and are still JSON, by their names in it."""
    names = zip(parts.__struct_encode_fields__, parts.__struct_fields__, strict=True)
    return [(name, part) for name, field in names if isinstance(part := getattr(parts, field), Raw) and part]


def _holds_long_number(body: bytes) -> bool:
    """True when a number may have more digits than Python takes, which the quick decoder would pass over."""
    most = sys.get_int_max_str_digits()
    return bool(most) and _MANY_DIGITS.search(body[:: most // _SAMPLES]) is not None


def _check_signs(body: bytes) -> None:
    """Nothing for UTF-8; a piece at a time, which stays in the processor's cache.

    Raises:
        UnicodeDecodeError: it is something else.
    """
    if not body.isascii():
        decode, view = codecs.getincrementaldecoder("utf-8")().decode, memoryview(body)
        for start in range(0, len(body), _CHUNK):
            decode(view[start : start + _CHUNK])
        decode(b"", True)
