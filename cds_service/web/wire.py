"""From bytes to a checked hook request: content type, size, depth, and the fields a call must have.

Knows the wire format and its errors. Ignores what it does not know: extensions, extra context, later fields.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from msgspec import MsgspecError
from msgspec.json import Decoder

from cds_service.fhir.elements import Json, depth_of
from cds_service.fhir.missing import Completed
from cds_service.fhir.partial import PartialDecoder
from cds_service.fhir.prefetch import State, is_missing, state_of
from cds_service.problems import Issue, Problem, refused
from cds_service.web.services import Service

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def parse(
    body: bytes, content_type: str, *, most_bytes: int, most_depth: int, partial: PartialDecoder | None = None
) -> Json:
    """A request body as a JSON object, in which `partial` may have left entries of Bundles undecoded.

    Raises:
        Problem: 415 for another content type, 413 for too large a body, 400 for what is no JSON object.
    """
    kind = content_type.split(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise refused("The Content-Type must be application/json.", "Content-Type", code="not-supported", status=415)
    if len(body) > most_bytes:
        raise too_large(most_bytes)
    found = partial.request(body, most_depth) if partial is not None else None
    return _object(_json(body), most_depth) if found is None else found


def too_large(most_bytes: int) -> Problem:
    """The answer to a body over the limit."""
    return refused(f"The body may have at most {most_bytes} bytes.", code="too-long", status=413)


def _json(body: bytes) -> Any:
    try:
        return _quickly(body)
    except (MsgspecError, ValueError, RecursionError):
        return _carefully(body)


_quickly = Decoder().decode


def _carefully(body: bytes) -> Any:
    """What the quick decoder does not take: Python's own takes a little more, and says what is wrong with the rest."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        if _SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return value
    except UnicodeDecodeError as error:
        raise refused(f"The body is not UTF-8 (byte {error.start}).", code="structure") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise refused(f"The body is not JSON ({where}).", code="structure") from None
    except UnicodeEncodeError:
        raise refused("The body holds half of a surrogate pair.", code="structure") from None
    except (ValueError, RecursionError):
        raise refused("The body nests too deeply or holds a number JSON does not have.", code="structure") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _object(value: Any, most_depth: int) -> Json:
    if not isinstance(value, dict):
        raise refused("The body must be a JSON object: a CDS Hooks request.", code="structure")
    if not depth_of(value, most_depth):
        raise refused(f"The body nests deeper than {most_depth} levels.", code="structure")
    return value


def service_for(request: Json, services: Sequence[Service], service_id: str) -> Service:
    """The service a call is for, by its id and hook.

    Raises:
        Problem: 404 for an unknown id, 400 for a hook this id does not serve.
    """
    mine = [s for s in services if s.id == service_id]
    if not mine:
        raise unknown_service(services)
    hook = _required(request, "hook")
    for service in mine:
        if service.hook == hook:
            return service
    hooks = ", ".join(s.hook for s in mine)
    raise refused(f"This service is for the hook {hooks}.", "hook")


def unknown_service(services: Sequence[Service]) -> Problem:
    """The answer to a service id nobody knows."""
    known = ", ".join(dict.fromkeys(s.id for s in services))
    return refused(f"There is no such service. Services: {known}.", code="not-found", status=404)


def check_envelope(request: Json, service: Service) -> None:
    """The fields every call of a service has.

    Raises:
        Problem: 400 with every fault of the envelope.
    """
    _required(request, "hookInstance")
    context = request.get("context")
    if not isinstance(context, dict):
        raise refused("context is missing; it must be an object.", "context", code="required")
    issues = [i for name in service.required if (i := _context_fault(context, name, service)) is not None]
    issues += [i for name in service.bundles if (i := _bundle_fault(context.get(name), f"context.{name}"))]
    issues += _prefetch_faults(request.get("prefetch"))
    if "fhirAuthorization" in request and not isinstance(request.get("fhirServer"), str):
        issues.append(Issue(code="required", text="fhirAuthorization needs fhirServer beside it.", where="fhirServer"))
    if issues:
        raise Problem(400, issues)


def _required(request: Json, name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str) or not value.strip():
        raise refused(f"{name} is missing; it must be a string that is not empty.", name, code="required")
    return value


def _context_fault(context: Json, name: str, service: Service) -> Issue | None:
    where = f"context.{name}"
    if name in service.bundles:
        missing = name not in context
        return Issue(code="required", text=f"{where} is missing.", where=where) if missing else None
    value = context.get(name)
    if isinstance(value, str) and value.strip():
        return None
    return Issue(code="required", text=f"{where} is missing; it must be a string that is not empty.", where=where)


def _bundle_fault(value: Any, where: str) -> Issue | None:
    """A Bundle is judged by its name and its list; what its entries hold is judged one by one later."""
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
        return Issue(code="structure", text=f"{where} must be a Bundle.", where=where)
    if value.get("entry") is not None and not isinstance(value["entry"], list):
        return Issue(code="structure", text=f"{where}.entry must be a list.", where=f"{where}.entry")
    return None


def _prefetch_faults(prefetch: Any) -> list[Issue]:
    if prefetch is None:
        return []
    if not isinstance(prefetch, dict):
        return [Issue(code="structure", text="prefetch must be an object of key and resource.", where="prefetch")]
    out = []
    for key, value in prefetch.items():
        is_bundle = isinstance(value, dict) and value.get("resourceType") == "Bundle"
        fault = _bundle_fault(value, f"prefetch.{key}") if is_bundle else None
        if fault is not None:
            out.append(fault)
    return out


def check_needed(sent: Json, service: Service, completed: Completed | None = None) -> None:
    """The data without which nothing is said, in a request as it was sent and, where it was, completed.

    Raises:
        Problem: 412 with every key that did not come and could not be fetched; each with how it was sent and why.
    """
    completed = completed or Completed(request=sent)
    lost, prefetch = completed.lost, completed.request.get("prefetch")
    missing = [k for k in service.needed if k in lost or is_missing(prefetch, k)]
    if missing:
        raise Problem(412, [_missing(k, state_of(sent.get("prefetch"), k), lost.get(k, "")) for k in missing])


_AMISS = {State.FAILED: "came as an error", State.WRONG: "came as another resource than is asked for"}


def _missing(key: str, state: State, reason: str) -> Issue:
    said = f"The prefetch key {key} is needed and {_AMISS.get(state, 'was not sent')}"
    return Issue(
        code="required",
        text=f"{said}; it could not be fetched: {reason}." if reason else f"{said}.",
        where=f"prefetch.{key}",
    )
