"""Notes and reports that a resource only points to: which are worth fetching, and where their bytes go.

Knows DocumentReference, DiagnosticReport and Attachment. Changes nothing it is given: what gets data is a copy.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from cds_service.fhir.answers import FetchedFile, bare
from cds_service.fhir.elements import Json, objects, text

# By how surely and how cheaply they are read; a type nobody gave may be any of them.
_READABLE = ("text/plain", "text/html", "application/xhtml+xml", "text/rtf", "application/rtf", "application/pdf", "")
_PDF_IN_BASE64 = base64.b64encode(b"%PDF-")[:6].decode()
_WITHDRAWN = ("entered-in-error", "superseded", "cancelled")


def wanted_files(prefetch: Json, most_bytes: int) -> dict[str, str]:
    """The content type of each URL to fetch, in the order they came: one for each document that carries no data."""
    found: dict[str, str] = {}
    for value in prefetch.values():
        for resource in _documents(value):
            if chosen := _chosen(resource, most_bytes):
                found.setdefault(text(chosen.get("url")), bare(text(chosen.get("contentType"))))
    return found


def with_files(prefetch: Json, files: Mapping[str, FetchedFile]) -> Json:
    """The prefetch with the data of these URLs beside them."""
    return {key: _filled(value, files) for key, value in prefetch.items()}


def text_carried(value: Json) -> int:
    """About how many characters of text the documents of a value carry as data; PDFs are not counted."""
    forms = [f for resource in _documents(value) for f in _forms(resource)]
    data = [d for f in forms if isinstance(d := f.get("data"), str) and not d.startswith(_PDF_IN_BASE64)]
    return sum(len(d) for d in data) * 3 // 4


def is_pdf(file: FetchedFile) -> bool:
    """True for a file whose length tells little of its text; reading one has a limit of time of its own."""
    return file.raw.startswith(b"%PDF-")


def _documents(value: Any) -> Iterator[Json]:
    if isinstance(value, list):
        for item in value:
            yield from _documents(item)
    elif isinstance(value, dict) and value.get("resourceType") == "Bundle":
        yield from (r for e in objects(value.get("entry")) if isinstance(r := e.get("resource"), dict) and _forms(r))
    elif isinstance(value, dict) and _forms(value):
        yield value


def _forms(resource: Json) -> list[Json]:
    """The Attachments of a document: forms of one and the same content."""
    if resource.get("resourceType") == "DiagnosticReport":
        return objects(resource.get("presentedForm"))
    if resource.get("resourceType") == "DocumentReference":
        return [c["attachment"] for c in objects(resource.get("content")) if isinstance(c.get("attachment"), dict)]
    return []


def _chosen(resource: Json, most_bytes: int) -> Json | None:
    """The form that is read most surely; None when one came with its data or the document is withdrawn."""
    forms = _forms(resource)
    if any(f.get("data") for f in forms) or {resource.get("status"), resource.get("docStatus")} & {*_WITHDRAWN}:
        return None
    open_ = [f for f in forms if text(f.get("url")) and bare(text(f.get("contentType"))) in _READABLE]
    fitting = [f for f in open_ if not (isinstance(size := f.get("size"), int) and size > most_bytes)]
    return min(fitting, key=lambda f: _READABLE.index(bare(text(f.get("contentType")))), default=None)


def _filled(value: Any, files: Mapping[str, FetchedFile]) -> Any:
    if isinstance(value, list):
        return [_filled(item, files) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("resourceType") == "Bundle" and isinstance(value.get("entry"), list):
        return {**value, "entry": [_entry(e, files) for e in value["entry"]]}
    if value.get("resourceType") == "DiagnosticReport" and isinstance(value.get("presentedForm"), list):
        return {**value, "presentedForm": [_with_data(f, files) for f in value["presentedForm"]]}
    if value.get("resourceType") == "DocumentReference" and isinstance(value.get("content"), list):
        return {**value, "content": [_content(c, files) for c in value["content"]]}
    return value


def _entry(entry: Any, files: Mapping[str, FetchedFile]) -> Any:
    has_document = isinstance(entry, dict) and isinstance(entry.get("resource"), dict) and _forms(entry["resource"])
    return {**entry, "resource": _filled(entry["resource"], files)} if has_document else entry


def _content(content: Any, files: Mapping[str, FetchedFile]) -> Any:
    has_form = isinstance(content, dict) and "attachment" in content
    return {**content, "attachment": _with_data(content["attachment"], files)} if has_form else content


def _with_data(attachment: Any, files: Mapping[str, FetchedFile]) -> Any:
    if not isinstance(attachment, dict) or attachment.get("data"):
        return attachment
    file = files.get(text(attachment.get("url")))
    if file is None:
        return attachment
    told = {"contentType": file.kind} if bare(file.kind) in _READABLE[:-1] else {}
    return {**attachment, **told, "data": base64.b64encode(file.raw).decode("ascii")}
