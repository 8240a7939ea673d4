"""Attachments and narratives to plain text: bytes in, text out, or a named reason why not.

Knows content types, their marks in the first bytes, character sets and limits. Fetches nothing: what an Attachment
only points to must have been put beside its `url` before.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from cds_service.fhir.characters import decoded, is_text, plain_lines
from cds_service.fhir.documents import text_of_pdf, text_of_rtf
from cds_service.fhir.elements import Json, text
from cds_service.fhir.limits import OutOfTime, Unreadable
from cds_service.fhir.markup import lines_of_markup

MOST_BYTES = 8 * 1024 * 1024
MOST_CHARACTERS = 400_000

PLAIN, HTML, XHTML, RTF, PDF = "text/plain", "text/html", "application/xhtml+xml", "application/rtf", "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What an attachment says: lines of plain text, and the kind it was read as (a content type)."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """Why an attachment says nothing; the reason holds none of its content."""

    reason: str


_READ_AS = {PLAIN: PLAIN, HTML: HTML, XHTML: HTML, RTF: RTF, "text/rtf": RTF, PDF: PDF}
_UNTOLD = ("", "application/octet-stream", "binary/octet-stream")
_TYPE = re.compile(r"(?:application|audio|font|image|message|model|multipart|text|video)/[a-z0-9][a-z0-9.+-]{0,60}")
_MARKS = (
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
    (b"\x1f\x8b", "application/gzip"),
)
_MARKUP = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,1000}?-->\s*)?<(?:!doctype\s+)?([a-z][a-z0-9]*)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML_STARTS = frozenset(("html", "head", "body", "div", "p", "table", "span", "h1", "h2", "h3", "pre", "ul", "ol"))


def read_attachment(attachment: Json) -> Text | NotRead:
    """The text of a FHIR Attachment or Binary that carries its `data`."""
    declared = text(attachment.get("contentType"))
    data = attachment.get("data")
    if not isinstance(data, str) or not data.strip():
        return NotRead(reason=f"{_named(declared)} came without its data")
    if len(data) > MOST_BYTES * 2:
        return _too_large(declared)
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return NotRead(reason=f"{_named(declared)} is not valid base64")
    return read_bytes(raw, declared)


def read_bytes(raw: bytes, declared: str = "") -> Text | NotRead:
    """The text of a file. Its first bytes tell what it is; the declared content type decides where they do not."""
    if not raw.strip():
        return NotRead(reason=f"{_named(declared)} is empty")
    if len(raw) > MOST_BYTES:
        return _too_large(declared)
    kind = _kind(raw, declared)
    try:
        found = plain_lines(_text_as(kind, raw, declared))
    except Unreadable as refusal:
        return NotRead(reason=f"{_named(kind)}: {refusal}")
    except OutOfTime:
        return NotRead(reason=f"{_named(kind)} takes too long to read")
    except Exception:  # parsers raise whatever a broken file makes them stumble over
        return NotRead(reason=f"{_named(kind)} is damaged and cannot be read")
    if len(found) > MOST_CHARACTERS:
        return _too_large(kind)
    return Text(text=found, kind=kind) if found else NotRead(reason=f"{_named(kind)} has no text")


def read_narrative(narrative: Json) -> Text | NotRead:
    """The text of a FHIR Narrative's div."""
    div = narrative.get("div")
    if not isinstance(div, str):
        return NotRead(reason="a narrative without a div is not read")
    return read_bytes(div.encode("utf-8", "replace"), f"{XHTML}; charset=utf-8")


def _text_as(kind: str, raw: bytes, declared: str) -> str:
    if kind == PDF:
        return text_of_pdf(raw)
    if kind == RTF:
        return text_of_rtf(raw)
    if kind not in (HTML, PLAIN):
        raise Unreadable("this type is not read")
    found = decoded(raw, declared, is_markup=kind == HTML)
    if not is_text(found):
        raise Unreadable("it holds no text")
    return lines_of_markup(found) if kind == HTML else found


def _kind(raw: bytes, declared: str) -> str:
    """What the file is: one of the kinds that are read, or the name of another type."""
    said = _bare(declared)
    if b"%PDF-" in raw[:1024]:
        return PDF
    start = raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:2048]
    for mark, kind in _MARKS:
        if start.startswith(mark):
            return kind
    if raw[128:132] == b"DICM":
        return "application/dicom"
    wide = raw[:2].startswith((b"\xff\xfe", b"\xfe\xff"))
    tag = _MARKUP.match(raw[:4096].decode("utf-16", "ignore") if wide else start.decode("latin-1"))
    if tag and tag[1].lower() in ("html", "body"):
        return HTML
    if said in (HTML, XHTML):
        return HTML
    if tag and b"ClinicalDocument" in start:
        return "application/xml"
    if said in (*_UNTOLD, PLAIN) and tag:
        return HTML if tag[1].lower() in _HTML_STARTS else "application/xml" if start.startswith(b"<?xml") else PLAIN
    return PLAIN if said in _READ_AS or said in _UNTOLD else said


def _bare(declared: str) -> str:
    return declared.split(";")[0].strip().lower()


def _named(declared: str) -> str:
    """An attachment by its type; a type of no known form is not repeated."""
    kind = _bare(declared)
    return f"attachment of type {kind}" if _TYPE.fullmatch(kind) else "attachment of an unnamed type"


def _too_large(declared: str) -> NotRead:
    return NotRead(reason=f"{_named(declared)} is larger than what is read")
