"""RTF and PDF to plain lines, with limits that hold for hostile files.

Knows the two libraries, what they cannot be trusted with, and how to name what is not read. Nothing of a file's
content is logged or stands in a reason.
"""

import io
import logging
import re

from pypdf import Configuration, PdfReader
from pypdf import apply_configuration as configured
from pypdf.errors import LimitReachedError
from striprtf.striprtf import rtf_to_text

from cds_service.fhir.limits import Unreadable, at_most

MOST_PAGES = 60
MOST_RTF = 1_000_000
MOST_FONTS = 1000
SECONDS = 1.0
_LIMITS = Configuration(
    maximum_declared_stream_length=16_000_000,
    array_based_stream_maximum_output_length=4_000_000,
    zlib_maximum_output_length=4_000_000,
    lzw_maximum_output_length=1_000_000,
    run_length_maximum_output_length=1_000_000,
    zlib_maximum_recovery_input_length=100_000,
    stream_filters_maximum_length=4,
    stream_decoding_work_maximum_length=16_000_000,
    stream_parsing_work_maximum_count=400_000,
    page_tree_maximum_entries=10_000,
    xform_maximum_invocations_per_extraction=200,
    jbig2dec_binary=None,
    disable_legacy_handling=True,
)
# pypdf logs what it stumbles over, content and all.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)

# Pictures and embedded objects are written as hexadecimal digits.
_PICTURE = re.compile(r"[0-9a-fA-F\s]{1000,}")
_BARS = re.compile(r"(?:(?<! ) ++)?\| *")
_WORD_END = r"(?![a-zA-Z])"
_FIELD = re.compile(r"\{\\field" + _WORD_END, re.IGNORECASE)
_CELL = re.compile(r"(?<!\\)\\(?:nest)?cell" + _WORD_END)
_TAKEN_BACK = re.compile(r"(?<!\\)\\(v|deleted|strike)(?![a-zA-Z0-9])[^{}]*?(?=(?<!\\)\\\1 ?0|[{}]|\Z)")
_FONT_TABLE = re.compile(r"\{[^{}]*\\fonttbl" + _WORD_END)
_BRACE = re.compile(r"[{}]")
_FONT = re.compile(r"\\f(\d{1,5})(?!\d)")
_CHARSET = re.compile(r"\\fcharset(\d{1,3})(?!\d)")


def text_of_pdf(raw: bytes) -> str:
    """The text layer of a PDF, page by page.

    Raises:
        Unreadable: it is encrypted, too long, or has no text (a scan).
        OutOfTime: it is made to take long.
        Exception: whatever the library raises on a file that is none.
    """
    with configured(_LIMITS), at_most(SECONDS, "pypdf"):
        try:
            found = _pages(PdfReader(io.BytesIO(raw)))
        except LimitReachedError:
            raise Unreadable("it is larger than what is read") from None
    if not found.strip():
        raise Unreadable("a PDF without text, such as a scan, is not read")
    return found


def _pages(reader: PdfReader) -> str:
    if reader.is_encrypted:
        raise Unreadable("an encrypted PDF is not read")
    if len(reader.pages) > MOST_PAGES:
        raise Unreadable(f"a PDF of more than {MOST_PAGES} pages is not read")
    return "\n".join(page.extract_text() for page in reader.pages)


def text_of_rtf(raw: bytes) -> str:
    """The visible text of an RTF file; a table row is one line, its cells joined by " | ".

    Raises:
        Unreadable: it is too long, its pictures left out.
        Exception: whatever the library raises on a file that is none.
    """
    source = _PICTURE.sub("", raw.decode("latin-1"))
    if len(source) > MOST_RTF:
        raise Unreadable("it is larger than what is read")
    source = _CELL.sub(" | ", _FIELD.sub("{", _with_plain_fonts(_TAKEN_BACK.sub("", source))))
    found: str = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    whole = found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "\n".join(_BARS.sub(" | ", line).removesuffix(" | ") for line in whole.split("\n"))


def _with_plain_fonts(source: str) -> str:
    """The source with a font table of one short entry a line.

    The library looks for fonts, and for the addresses of links (`\\field`), by patterns that take cubic time on text
    made to hurt; on entries of this form they are quick.
    """
    start = _FONT_TABLE.search(source)
    if start is None:
        return source
    end, depth = len(source), 1
    for brace in _BRACE.finditer(source, start.end()):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            end = brace.end()
            break
    fonts = []
    for part in source[start.start() : end].split(";")[:MOST_FONTS]:
        number, charset = _FONT.search(part), _CHARSET.search(part)
        if number and charset:
            fonts.append(f"{{\\f{number[1]}\\fcharset{charset[1]} x;}}")
    return source[: start.start()] + "{\\fonttbl\n" + "\n".join(fonts) + "}" + source[end:]
