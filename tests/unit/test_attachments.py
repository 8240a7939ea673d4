"""Attachments: what is read as which text, what is named as not read, and that no bytes ever raise or hang."""

import base64
import gc
import json
import logging
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.fhir.attachments import NotRead, Text, read_attachment, read_bytes, read_narrative
from tests.pdfs import pdf, pdf_of, stream

NOTE = "Right external iliac artery: CTO crossed.\nBalloon 7 \u00d7 40 mm, no stent."
FONTS = rb"{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\froman\fcharset238{\*\falt Times;}Times New Roman CE;}}"
ENCRYPTED = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (%b) /U (%b) /P -4 >> /ID [(a)(b)] " % (b"o" * 32, b"u" * 32)


def attachment(raw: bytes, kind: str | None = None, **more: Any) -> dict[str, Any]:
    found = {"data": base64.b64encode(raw).decode(), **more}
    return {**found, "contentType": kind} if kind is not None else found


def rtf(body: bytes) -> bytes:
    return b"{\\rtf1\\ansi\\ansicpg1252\\deff0" + FONTS + body + b"}"


@pytest.mark.parametrize(
    ("raw", "declared", "kind"),
    [
        (NOTE.encode(), "text/plain", "text/plain"),
        (NOTE.encode(), "text/plain; charset=utf-8", "text/plain"),
        (NOTE.encode("latin-1"), "text/plain; charset=ISO-8859-1", "text/plain"),
        (NOTE.encode("cp1252"), 'text/plain;charset="windows-1252"', "text/plain"),
        (NOTE.encode("cp1252"), "text/plain; charset=utf-8", "text/plain"),
        (NOTE.encode("cp1252"), "text/plain; charset=rot13", "text/plain"),
        (NOTE.encode("utf-16"), "text/plain", "text/plain"),
        (NOTE.encode("utf-16-be"), "text/plain; charset=UTF-16BE", "text/plain"),
        (NOTE.encode("utf-8-sig"), "TEXT/PLAIN", "text/plain"),
        (NOTE.replace("\n", "\r\n").encode(), "text/plain", "text/plain"),
        (NOTE.replace("\n", "  \f").encode(), "text/plain", "text/plain"),
        (NOTE.encode(), "", "text/plain"),
        (NOTE.encode(), "application/octet-stream", "text/plain"),
        (NOTE.encode(), "application/pdf", "text/plain"),
        (NOTE.encode(), "text/rtf", "text/plain"),
        (pdf(NOTE), "application/pdf", "application/pdf"),
        (pdf(NOTE), "text/plain", "application/pdf"),
        (b"\r\n" + pdf(NOTE), "", "application/pdf"),
        (rtf(NOTE.replace("\n", "\\par ").encode("cp1252")), "text/rtf", "application/rtf"),
        (rtf(NOTE.replace("\n", "\\par ").replace("\u00d7", "\\'d7").encode()), "text/plain", "application/rtf"),
        (rtf(NOTE.replace("\n", "\\line ").replace("\u00d7", "\\u215?").encode()), "", "application/rtf"),
        (f"<p>{NOTE}</p>".replace("\n", "<br>").encode(), "text/html", "text/html"),
        (f"<html><body>{NOTE}".replace("\n", "<br/>").replace("\u00d7", "&times;").encode(), "text/plain", "text/html"),
        (f"<!DOCTYPE html>\n<html>{NOTE}".replace("\n", "<br/>", 2).encode("utf-16"), "", "text/html"),
        (f"<meta charset='cp1252'><div>{NOTE}".replace("\n", "<p>").encode("cp1252"), "text/html", "text/html"),
        (f"<div>{NOTE}</div>".replace("\n", "<br />").encode(), "application/xhtml+xml", "text/html"),
    ],
)  # fmt: skip
def test_the_same_note_is_read_from_every_form(raw: bytes, declared: str, kind: str) -> None:
    assert read_attachment(attachment(raw, declared)) == Text(text=NOTE, kind=kind)


@pytest.mark.parametrize(
    ("raw", "declared", "reason"),
    [
        (b"II*\x00" + bytes(50), "image/tiff", "attachment of type image/tiff: this type is not read"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "text/plain", "attachment of type image/png: this type is not read"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "", "attachment of type image/jpeg: this type is not read"),
        (b"PK\x03\x04" + bytes(50), "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         "attachment of type application/zip: this type is not read"),
        (bytes(128) + b"DICM", "application/dicom", "attachment of type application/dicom: this type is not read"),
        (b"<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'/>", "text/xml", "attachment of type application/xml: this type is not read"),
        (b"<?xml version='1.0'?>\n<ClinicalDocument xmlns='urn:hl7-org:v3'/>", "", "attachment of type application/xml: this type is not read"),
        (b"words", "Mrs. Jane Doe", "attachment of an unnamed type: this type is not read"),
        (pdf(NOTE, trailer=ENCRYPTED), "application/pdf", "attachment of type application/pdf: an encrypted PDF is not read"),
        (pdf(""), "application/pdf", "attachment of type application/pdf: a PDF without text, such as a scan, is not read"),
        (pdf(*["page"] * 61), "application/pdf", "attachment of type application/pdf: a PDF of more than 60 pages is not read"),
        (pdf(NOTE)[:300], "application/pdf", "attachment of type application/pdf is damaged and cannot be read"),
        (b"\x00\x01\x02\x03" * 20, "text/plain", "attachment of type text/plain: it holds no text"),
        (b"<html><script>alert(1)</script></html>", "", "attachment of type text/html has no text"),
        (rb"{\rtf1 }", "", "attachment of type application/rtf has no text"),
        (rb"{\rtf1 \u99999999999 }", "", "attachment of type application/rtf is damaged and cannot be read"),
        (b" \n ", "text/plain", "attachment of type text/plain is empty"),
        (b"x " * 5_000_000, "text/plain", "attachment of type text/plain is larger than what is read"),
        (b"x " * 500_000, "text/plain", "attachment of type text/plain is larger than what is read"),
        (b"<p>" + b"x " * 600_000, "text/html", "attachment of type text/html: it is larger than what is read"),
        (rtf(b"xyz " * 300_000), "text/rtf", "attachment of type application/rtf: it is larger than what is read"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_named_without_its_content(raw: bytes, declared: str, reason: str) -> None:
    assert read_bytes(raw, declared) == NotRead(reason=reason)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ({}, "attachment of an unnamed type came without its data"),
        ({"contentType": "text/plain", "url": "Binary/1"}, "attachment of type text/plain came without its data"),
        ({"contentType": "text/plain", "data": ""}, "attachment of type text/plain came without its data"),
        ({"contentType": 7, "data": ["x"]}, "attachment of an unnamed type came without its data"),
        ({"contentType": "text/plain", "data": "no base64!"}, "attachment of type text/plain is not valid base64"),
        ({"contentType": "text/plain", "data": "é"}, "attachment of type text/plain is not valid base64"),
        ({"contentType": "text/plain", "data": "QQ"}, "attachment of type text/plain is not valid base64"),
    ],
)
def test_an_attachment_without_usable_data_is_named(found: dict[str, Any], reason: str) -> None:
    assert read_attachment(found) == NotRead(reason=reason)


def test_base64_may_be_broken_into_lines() -> None:
    data = base64.encodebytes(NOTE.encode()).decode()
    assert read_attachment({"contentType": "text/plain", "data": data}) == Text(text=NOTE, kind="text/plain")


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<h1>Procedure</h1><p>Right <b>EIA</b> stent</p>after", "Procedure\nRight EIA stent\nafter"),
        ("one\n  two&nbsp;three&#8203;", "one two three"),
        ("a<br><br><br>b", "a\n\nb"),
        ("<table><tr><th>Vessel</th> <th>Side</th></tr>\n<tr><td>CIA</td><td>R</td></tr></table>", "Vessel | Side\nCIA | R"),
        ("<table><tbody><tr> <td><p>CIA</p><p>stent</p></td><td/><td>R<br/>occluded</td></tr></table>", "CIA stent | | R occluded"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a | b\nc | d"),
        ("<table><tr><td></td><td></td></tr><tr><td>x</td></tr></table>", "x"),
        ("<table><tr><td><table><tr><td>in</td><td>ner</td></tr></table></td><td>out</td></tr></table>", "in ner | out"),
        ("<ul><li>one<li>two</ul><ol><li><p>three</p></li></ol>", "one\ntwo\nthree"),
        ("<dl><dt>Indication<dd>stenosis</dl>", "Indication\nstenosis"),
        ("<pre>FINDINGS:\n  CIA 80%\r\n\nEIA</pre>end", "FINDINGS:\nCIA 80%\n\nEIA\nend"),
        ("<div style='white-space: pre-wrap'>a\nb</div>", "a\nb"),
        ("a&lt;b &amp; c &#x2265; 50 %", "a<b & c ≥ 50 %"),
        ("<head><title>t</title><style>p{}</style></head><body>x", "x"),
        ("<script>if (a<b) document.write('<p>no</p>')</script>x<style>y</style>", "x"),
        ("<p hidden>no<p>yes", "yes"),
        ("<div hidden=''>no<p>no</div>yes", "yes"),
        ("<div><span style='color:red; display : NONE'>no</div>yes", "yes"),
        ("<span style=visibility:hidden>no</span>yes", "yes"),
        ("<del>occlusion</del> stenosis <s>x</s><span style='text-decoration: line-through'>y</span>", "stenosis"),
        ("<!-- no --><![CDATA[ no ]]>yes<?xml no?>", "yes"),
        ("<![if !supportLists]>- <![endif]>item", "- item"),
        ("x</p></div>y<br/>z</nothing>", "xy\nz"),
        ("st&shy;ent", "stent"),
    ],
)  # fmt: skip
def test_markup_becomes_the_lines_a_reader_sees(markup: str, lines: str) -> None:
    assert read_bytes(markup.encode(), "text/html") == Text(text=lines, kind="text/html")


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (rb"\trowd\cellx100\cellx200 CIA\cell R\cell\row\pard after", "CIA | R\nafter"),
        (rb'see {\field{\*\fldinst{HYPERLINK "http://x.example"}}{\fldrslt the link}}', "see the link"),
        (rb"{\strike occlusion} stenosis \v hidden\v0 seen {\deleted gone}", " stenosis seen"),
        (rb"{\*\generator no;}{\info{\title no}}{\header no}yes", "yes"),
        (rb"\u-10179?\u-8704? \emdash  \{x\} C:\\v", "\U0001f600 — {x} C:\\v"),
        (rb"{\pict\pngblip " + b"89504e470d0a\n" * 5000 + b"}picture", "picture"),
        (rb"{\f1 \'b9\'e6}", "ąć"),
    ],
)
def test_rtf_becomes_the_lines_a_reader_sees(body: bytes, lines: str) -> None:
    assert read_bytes(rtf(body)) == Text(text=lines, kind="application/rtf")


def test_the_pages_of_a_pdf_follow_each_other() -> None:
    assert read_bytes(pdf("one (1)", "two")) == Text(text="one (1)\n\ntwo", kind="application/pdf")


@pytest.mark.parametrize(
    ("narrative", "found"),
    [
        ({"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</p><p>b é</p></div>'},
         Text(text="a\nb é", kind="text/html")),
        ({"div": "\ud800<div>x</div>"}, Text(text="?\nx", kind="text/html")),
        ({"status": "empty"}, NotRead(reason="a narrative without a div is not read")),
        ({"div": ["x"]}, NotRead(reason="a narrative without a div is not read")),
    ],
)  # fmt: skip
def test_a_narrative_is_read_as_its_markup(narrative: dict[str, Any], found: Text | NotRead) -> None:
    assert read_narrative(narrative) == found


_MAPS = stream(b"beginbfrange\n<0000> <FFFF> <0041>\nendbfrange\n")
_FONTS = b" ".join(b"/G%d << /Type /Font /Subtype /Type0 /ToUnicode 6 0 R >>" % i for i in range(2000))
_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X%d %d 0 R >> >> "
_FORMS = [stream(b"/X%d Do\n" % (n + 1) * 10, words=_FORM % (n + 1, n + 1)) for n in range(6, 30)]
HOSTILE = {
    "a pdf that unpacks to 50 MB": pdf_of([b" " * 50_000_000], fonts=b"/F1 3 0 R"),
    "a pdf of half a million operators": pdf_of([b"BT /F1 1 Tf (a) Tj ET\n" * 90_000], fonts=b"/F1 3 0 R"),
    "a pdf with two thousand large fonts": pdf("x", fonts=_FONTS, more=[_MAPS]),
    "a pdf of forms within forms": pdf_of([b"/X6 Do"], fonts=b"/F1 3 0 R >> /XObject << /X6 6 0 R", more=_FORMS),
    "a pdf of brackets": pdf_of([b"[" * 1_000_000], fonts=b"/F1 3 0 R"),
    "a pdf of objects without a table": b"%PDF-1.4\n" + b"1 0 obj <<>> endobj " * 400_000,
    "rtf of links without end": b"{\\rtf1" + b'{\\field{\\*\\fldinst{HYPERLINK "" ' * 30_000,
    "rtf of fonts without end": b"{\\rtf1{\\fonttbl" + b"\\f1\\fcharset1" * 70_000,
    "rtf of open groups": b"{\\rtf1 " + b"{" * 990_000,
    "rtf of hidden marks": b"{\\rtf1 " + b"\\v x" * 240_000,
    "rtf of words": b"{\\rtf1 " + b"xyz " * 90_000 + b"}",
    "html of angle brackets": b"<html>" + b"<" * 990_000,
    "html of open comments": b"<html>" + b"<!--" * 240_000,
    "html of attributes": b"<html><p " + b"a=b " * 240_000 + b">",
    "html of open elements": b"<html>" + b"<div>" * 190_000,
    "html of stray ends": b"<html>" + b"<div>" * 1000 + b"</x>" * 200_000,
    "html of styles": b"<html><p style='" + b";   " * 240_000 + b"'>x",
    "text of spaces": b"x" + b" " * 390_000 + b"\n" + b" " * 7_000_000 + b"x",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_costs_little_time(raw: bytes) -> None:
    start = time.process_time()
    read_bytes(raw)
    assert time.process_time() - start < 5, "measured: at most 1.2 s"


def test_nothing_of_a_file_is_logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.DEBUG):
        read_bytes(
            pdf("x", fonts=b"/F1 << /Type /Font /Subtype /JaneDoe /Encoding /JaneDoe >>").replace(b"xref", b"JaneDoe")
        )
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


_SEEDS = [
    pdf("seed text"),
    rtf(rb"seed \b text\b0\par {\i x}"),
    b"<html><body><table><tr><td>seed</td></tr></table>",
    NOTE.encode("utf-16"),
]
_KINDS = (
    st.sampled_from(
        ["", "text/plain", "text/html", "text/rtf", "application/pdf", "image/png", "text/plain; charset=utf-16"]
    )
    | st.text()
)


@given(st.binary(), _KINDS)
def test_no_bytes_ever_raise(raw: bytes, declared: str) -> None:
    assert isinstance(read_bytes(raw, declared), (Text, NotRead))


@given(st.sampled_from(_SEEDS), st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=4)), max_size=8), _KINDS)
@settings(deadline=None)
def test_no_damaged_file_ever_raises(seed: bytes, damages: list[tuple[int, bytes]], declared: str) -> None:
    raw = seed
    for place, damage in damages:
        raw = raw[: place % len(seed)] + damage + raw[place % len(seed) + len(damage) :]
    assert isinstance(read_bytes(raw, declared), (Text, NotRead))


@given(st.text(alphabet="<>/abdhilprtu =\"'&;!-[]\n"))
def test_no_markup_ever_raises(markup: str) -> None:
    assert isinstance(read_bytes(markup.encode(), "text/html"), (Text, NotRead))


@given(
    st.dictionaries(
        st.sampled_from(["contentType", "data", "url"]), st.none() | st.integers() | st.text() | st.lists(st.text())
    )
)
def test_no_attachment_ever_raises(found: dict[str, Any]) -> None:
    assert isinstance(read_attachment(found), (Text, NotRead))


def test_what_the_garbage_collector_calls_does_not_end_the_watch() -> None:
    def collected(_phase: str, _info: dict[str, int]) -> None:
        json.JSONDecoder()

    gc.callbacks.append(collected)
    try:
        start = time.process_time()
        found = read_bytes(HOSTILE["a pdf of half a million operators"])
        assert time.process_time() - start < 5
    finally:
        gc.callbacks.remove(collected)
    assert found == NotRead(reason="attachment of type application/pdf takes too long to read")
