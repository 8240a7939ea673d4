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
    paths = _missing(request, prefetch)
    paged = [k for k, v in prefetch.items() if isinstance(v, dict) and next_link(v)]
    if not (paths or paged or wanted_files(prefetch, servers.limits.bytes)):
        return Completed(request=request)
    client = servers.client(request, start)
    if isinstance(client, NotFetched):
        return Completed(request=request, lost=dict.fromkeys([*paths, *paged], client.reason))
    found, lost = _fetched(client, prefetch, paths, paged)
    whole = _with_notes(client, {**prefetch, **found}, servers.limits)
    return Completed(request={**request, "prefetch": whole}, lost=lost)


def _missing(request: Json, prefetch: Json) -> dict[str, list[str]]:
    """What to ask the server for each key that was not sent or failed; a key that lacks a context field is left out."""
    context = obj(request.get("context"))
    ids = {name: last_id(text(context.get(name))) for name in ("patientId", "encounterId")}
    known = {name: key for name, key in ids.items() if _ID.fullmatch(key)}
    wanted = {}
    for key, templates in SEARCHES.items():
        absent = state_of(prefetch, key) in (State.ABSENT, State.FAILED)
        if absent and all(f in known for t in templates for f in _FIELD.findall(t)):
            wanted[key] = [_FIELD.sub(lambda m: known[m[1]], t) for t in templates]
    return wanted


def _fetched(
    client: FhirClient, prefetch: Json, paths: dict[str, list[str]], paged: Sequence[str]
) -> tuple[Json, dict[str, str]]:
    """New values by key, and why others could not be had, or not in full."""
    asked: list[tuple[str, str | Json]] = [(k, p) for k, several in paths.items() for p in several]
    asked += [(k, prefetch[k]) for k in paged]
    answers = client.gather([a for _, a in asked])
    by_key: dict[str, list[Json]] = {}
    lost: dict[str, str] = {}
    for (key, wanted), answer in zip(asked, answers, strict=True):
        if isinstance(answer, Fetched):
            by_key.setdefault(key, []).append(answer.resource)
        else:
            lost.setdefault(key, answer.reason)
            if isinstance(wanted, dict):
                by_key.setdefault(key, []).append({k: v for k, v in wanted.items() if k != "link"})
    return {key: _value(parts, lost.get(key, "")) for key, parts in by_key.items()}, lost


def _value(parts: list[Json], reason: str) -> Json:
    """The value of a key: what came, as one Bundle where it is several; a part that is lost is said within it."""
    if len(parts) == 1 and not reason:
        return parts[0]
    entries = [e for part in parts for e in objects(part.get("entry"))]
    return {**parts[0], "entry": [*entries, *([incomplete(reason)] if reason else [])]}


def _with_notes(client: FhirClient, prefetch: Json, limits: Limits) -> Json:
    """The prefetch with the notes and reports it points to; a key some of which could not be had says so."""
    wanted = list(wanted_files(prefetch, limits.bytes).items())[: limits.files]
    answers = client.files(wanted)
    had = {url: a for (url, _), a in zip(wanted, answers, strict=True) if isinstance(a, FetchedFile)}
    found = with_files(prefetch, had)
    for key, value in found.items():
        if wanted_files({key: value}, limits.bytes) and isinstance(value, dict) and "entry" in value:
            found[key] = _value([value], "not every note and report could be fetched")
    return found
