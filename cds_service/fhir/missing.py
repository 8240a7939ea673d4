"""What a client did not send, fetched from its FHIR server: missing keys, further pages, notes by URL.

Knows the templates and what makes a prefetch whole. What the client sent is never changed: the request that comes out
is a copy where anything was added.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from cds_service.fhir.answers import Fetched, FetchedFile, Limits, NotFetched, next_link
from cds_service.fhir.client import FhirClient, FhirServers
from cds_service.fhir.elements import Json, last_id, obj, text
from cds_service.fhir.entry import entries_of
from cds_service.fhir.files import is_pdf, text_carried, wanted_files, with_files
from cds_service.fhir.prefetch import MISSING, SEARCHES, State, incomplete, is_missing, state_of, unavailable
from cds_service.fhir.reading_time import ReadingTime

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
        lost = {k: client.reason for k, _ in wanted if is_missing(prefetch, k)}
        return Completed(request={**request, "prefetch": _with_lost(prefetch, lost)}, lost=lost)
    reading = ReadingTime(client.answer_by)
    found, lost = _fetched(client, prefetch, wanted, reading)
    # What came in place of something else is kept beside what was fetched: it may still say something.
    wrong = {f"{k} as sent": prefetch[k] for k in found if state_of(prefetch, k) is State.WRONG}
    whole = _with_notes(client, {**_with_lost(prefetch, lost), **found, **wrong}, servers.limits, reading)
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
        elif state_of(prefetch, key) in (*MISSING, State.PARTIAL):
            templates = [t for t in SEARCHES.get(key, ()) if all(f in known for f in _FIELD.findall(t))]
            wanted += [(key, _FIELD.sub(lambda m: known[m[1]], t)) for t in templates]
    return wanted


def _with_lost(prefetch: Json, lost: dict[str, str]) -> Json:
    """The prefetch that says of the keys that were not sent why they could not be had."""
    return {**prefetch, **{k: unavailable(reason) for k, reason in lost.items() if k not in prefetch}}


def _fetched(
    client: FhirClient, prefetch: Json, wanted: Sequence[tuple[str, str | Json]], reading: ReadingTime
) -> tuple[Json, dict[str, str]]:
    """New values by key, and why keys that were not sent could not be had, or not in full."""
    answers = client.gather([w for _, w in wanted])
    parts: dict[str, list[Json]] = {}
    lost: dict[str, str] = {}
    for (key, _), answer in zip(wanted, answers, strict=True):
        if isinstance(answer, Fetched) and not _is_readable(answer.resource, reading):
            answer = NotFetched(reason="there is more than can be read in time")
        if isinstance(answer, Fetched):
            parts.setdefault(key, []).append(answer.resource)
        elif is_missing(prefetch, key):
            lost.setdefault(key, answer.reason)
    found = {key: _value(came, lost.get(key, "")) for key, came in parts.items()}
    for key in [k for k in found if is_missing(found, k)]:
        lost.setdefault(key, _AMISS[state_of(found, key)])
    return found, lost


def _is_readable(resource: Json, reading: ReadingTime) -> bool:
    entries = len(entries_of(resource))
    return reading.takes_list(entries) and reading.takes_text(text_carried(resource))


_AMISS = {
    State.FAILED: "the server answered with an error in place of data",
    State.WRONG: "the server answered with another resource",
}


def _value(came: list[Json], reason: str) -> Json:
    """The value of a key: what came, as one Bundle where it is several; a part that is lost is said within it."""
    if len(came) == 1 and not reason:
        return came[0]
    entries = [e for part in came for e in entries_of(part)]
    entries += [incomplete(reason)] if reason else []
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _with_notes(client: FhirClient, prefetch: Json, limits: Limits, reading: ReadingTime) -> Json:
    wanted = list(wanted_files(prefetch, limits.bytes).items())[: limits.files]
    answers = client.files(wanted)
    had = {
        url: a
        for (url, _), a in zip(wanted, answers, strict=True)
        if isinstance(a, FetchedFile) and (is_pdf(a) or reading.takes_text(len(a.raw)))
    }
    return with_files(prefetch, had) if had else prefetch
