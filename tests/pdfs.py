"""PDF files for tests, written by hand: real enough for any reader, and as hostile as asked."""

import zlib
from collections.abc import Sequence


def stream(content: bytes, *, words: bytes = b"") -> bytes:
    packed = zlib.compress(content, 9)
    return b"<< /Length %d /Filter /FlateDecode %b>>\nstream\n%b\nendstream" % (len(packed), words, packed)


def written(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF file of these objects, numbered from 1; the first is the catalog."""
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R %b>>\n" % (len(objects) + 1, trailer)
    return out + b"startxref\n%d\n%%%%EOF\n" % start


def shown(text: str) -> bytes:
    """The content of a page that shows these lines."""
    rows = [line.encode("cp1252") for line in text.split("\n")]
    for plain, escaped in ((b"\\", b"\\\\"), (b"(", b"\\("), (b")", b"\\)")):
        rows = [row.replace(plain, escaped) for row in rows]
    return b"BT /F1 11 Tf 14 TL 50 740 Td\n" + b"".join(b"(%b) Tj T*\n" % row for row in rows) + b"ET"


def pdf(*pages: str, fonts: bytes = b"/F1 3 0 R", more: Sequence[bytes] = (), trailer: bytes = b"") -> bytes:
    """A PDF with one page for each text; `more` objects follow the pages."""
    contents = [shown(page) for page in pages]
    return pdf_of(contents, fonts=fonts, more=more, trailer=trailer)


def pdf_of(contents: Sequence[bytes], *, fonts: bytes, more: Sequence[bytes] = (), trailer: bytes = b"") -> bytes:
    kids = b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(len(contents)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(contents)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for i, content in enumerate(contents):
        page = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R /Resources << /Font << %b >> >> >>"
        )
        objects += [page % (5 + 2 * i, fonts), stream(content)]
    return written([*objects, *more], trailer)
