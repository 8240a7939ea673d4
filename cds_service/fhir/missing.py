"""What a client did not send, fetched from its FHIR server: missing keys, further pages, notes by URL.

Knows the templates and what makes a prefetch whole. What the client sent is never changed: the request that comes out
is a copy where anything was added.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cds_service.fhir.answers import Fetched, FetchedFile, Limits, NotFetched, next_link
from cds_service.fhir.client import FhirClient, FhirServers
from cds_service.fhir.elements import Json, last_id, obj, objects, text
from cds_service.fhir.files import wanted_files, with_files
from cds_service.fhir.prefetch import SEARCHES, State, incomplete, state_of

_FIELD = re.compile(r"\{\{context\.(\w+)\}\}")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A request with what could be had; `lost` says by prefetch key why the rest could not."""

    request: Json
    lost: dict[str, str] = field(default_factory=dict)


def complete(request: Json, servers: FhirServers, start: float | None = None) -> Completed:
    """Fetch what a request lacks, until the deadline that counts from `start` (monotonic seconds, default now).

    Without an allow-list, and without anything to fetch, the request comes back as it is.
    """
    if not servers.servers or "fhirServer" not in request:
        return Completed(request=request)
    prefetch = obj(request.get("prefetch"))
    wanted = _missing(request, prefetch)
    if not wanted and not wanted_files(prefetch, servers.limits.bytes):
        return Completed(request=request)
    client = servers.client(request, start)
    if isinstance(client, NotFetched):
        return Completed(request=request, lost={k: client.reason for k, _ in wanted if _is_missing(prefetch, k)})
    found, lost = _fetched(client, prefetch, wanted)
    whole = _with_notes(client, {**prefetch, **found}, servers.limits)
    return Completed(request={**request, "prefetch": whole}, lost=lost)


def _missing(request: Json, prefetch: Json) -> list[tuple[str, str | Json]]:
    """What to ask the server for, by key: queries, or a Bundle whose further pages are wanted.

    A query that needs a field the context does not have is left out.
    """
    context = obj(request.get("context"))
    ids = {name: last_id(text(context.get(name))) for name in ("patientId", "encounterId")}
    known = {name: key for name, key in ids.items() if _ID.fullmatch(key)}
    wanted: list[tuple[str, str | Json]] = []
    for key in dict.fromkeys([*SEARCHES, *prefetch]):
        sent = prefetch.get(key)
        if isinstance(sent, dict) and next_link(sent):
            wanted.append((key, sent))
        elif _is_missing(prefetch, key) or state_of(prefetch, key) is State.PARTIAL:
            templates = [t for t in SEARCHES.get(key, ()) if all(f in known for f in _FIELD.findall(t))]
            wanted += [(key, _FIELD.sub(lambda m: known[m[1]], t)) for t in templates]
    return wanted


def _is_missing(prefetch: Json, key: str) -> bool:
    return state_of(prefetch, key) in (State.ABSENT, State.FAILED)


def _fetched(
    client: FhirClient, prefetch: Json, wanted: Sequence[tuple[str, str | Json]]
) -> tuple[Json, dict[str, str]]:
    """New values by key, and why keys that were not sent could not be had, or not in full."""
    answers = client.gather([w for _, w in wanted])
    parts: dict[str, list[Json]] = {}
    lost: dict[str, str] = {}
    for (key, _), answer in zip(wanted, answers, strict=True):
        if isinstance(answer, Fetched):
            parts.setdefault(key, []).append(answer.resource)
        elif _is_missing(prefetch, key):
            lost.setdefault(key, answer.reason)
    return {key: _value(came, lost.get(key, "")) for key, came in parts.items()}, lost


def _value(came: list[Json], reason: str) -> Json:
    """The value of a key: what came, as one Bundle where it is several; a part that is lost is said within it."""
    if len(came) == 1 and not reason:
        return came[0]
    entries = [e for part in came for e in objects(part.get("entry"))]
    entries += [incomplete(reason)] if reason else []
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _with_notes(client: FhirClient, prefetch: Json, limits: Limits) -> Json:
    wanted = list(wanted_files(prefetch, limits.bytes).items())[: limits.files]
    answers = client.files(wanted)
    had = {url: a for (url, _), a in zip(wanted, answers, strict=True) if isinstance(a, FetchedFile)}
    return with_files(prefetch, had) if had else prefetch
