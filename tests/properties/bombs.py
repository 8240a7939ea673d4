"""Charts and files made to hurt: graphs that grow without end when followed, circles, and files that unpack to much.

Knows FHIR's references and the formats of attachments. Each is small to send.
"""

import base64
import zlib
from random import Random
from typing import Any

from tests.charts import EXTERNAL, RIGHT, STENT, procedure, snomed
from tests.pdfs import pdf, pdf_of, stream

Json = dict[str, Any]


def laughs(levels: int, width: int) -> list[Json]:
    """Procedures of which each is part of, and based on, several of the next level: width ** levels ways lead down."""
    out = []
    for level in range(levels):
        for n in range(width):
            below = (
                [{"reference": f"Procedure/laugh-{level + 1}-{m}"} for m in range(width)] if level + 1 < levels else []
            )
            more: Json = {
                "partOf": below,
                "reasonReference": below,
                "basedOn": below,
                "usedReference": below,
                "report": below,
            }
            out.append(
                procedure(f"laugh-{level}-{n}", code=snomed(STENT), bodySite=[snomed(EXTERNAL), snomed(RIGHT)], **more)
            )
    return out


def circle(length: int, *names: str) -> list[Json]:
    """Procedures that lead to each other in a circle, by these elements."""
    out = []
    for n in range(length):
        following = [{"reference": f"Procedure/circle-{(n + 1) % length}"}]
        out.append(procedure(f"circle-{n}", code={"text": "Balloon angioplasty"}, **dict.fromkeys(names, following)))
    return out


def contained_circle() -> list[Json]:
    """A resource whose contained ones point at each other, and at their own container."""
    inner = [
        {"resourceType": "BodyStructure", "id": "a", "location": {"reference": "#b"}, "image": [{"reference": "#"}]},
        {"resourceType": "Condition", "id": "b", "code": {"concept": {"reference": "#a"}}, "evidence": [{"detail": [{"reference": "#c"}]}]},
        {"resourceType": "Procedure", "id": "c", "partOf": [{"reference": "#"}, {"reference": "#c"}], "reasonReference": [{"reference": "#b"}]},
    ]  # fmt: skip
    url = "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure"
    more = {
        "extension": [{"url": url, "valueReference": {"reference": "#a"}}],
        "partOf": [{"reference": "#c"}, {"reference": "#"}],
    }
    return [procedure("holder", code=snomed(STENT), contained=inner, reasonReference=[{"reference": "#b"}], **more)]


def contained_tree(levels: int, width: int) -> list[Json]:
    """Resources that contain resources that contain resources."""
    inner: list[Json] = [{"resourceType": "Condition", "id": "x", "code": snomed(STENT)}]
    for level in range(levels):
        inner = [{"resourceType": "Procedure", "id": f"t{level}-{n}", "contained": inner} for n in range(width)]
    return [procedure("tree", contained=inner, reasonReference=[{"reference": "#x"}])]


def bundles(levels: int) -> list[Json]:
    """Entries that hold Bundles that hold entries; the last holds the first one's name."""
    entry: Json = {"resource": procedure("deep", code=snomed(STENT))}
    for n in range(levels):
        entry = {
            "fullUrl": f"urn:uuid:{n}",
            "resource": {"resourceType": "Bundle", "id": "same", "type": "searchset", "entry": [entry, entry]},
        }
    return [entry]


def one_name(count: int) -> list[Json]:
    """So many resources under one name and identifier."""
    number = [{"system": "urn:x", "value": "1"}]
    same = {"partOf": [{"identifier": number[0]}], "identifier": number}
    return [procedure("same", code={"text": f"Stent {n}"}, **same) for n in range(count)]


def graphs(random: Random) -> list[tuple[str, list[Json]]]:
    """Graphs of moderate size, of every kind."""
    return [
        ("laughs", laughs(random.choice((2, 6)), 4)),
        ("circle", circle(random.choice((1, 2, 5)), "partOf")),
        ("circle", circle(random.choice((1, 2, 5)), "partOf", "reasonReference", "basedOn", "report", "usedReference")),
        ("contained", contained_circle()),
        ("tree", contained_tree(random.choice((2, 5)), 2)),
        ("bundle", bundles(random.choice((2, 6)))),
        ("name", one_name(random.choice((2, 40)))),
    ]


def _document(kind: str, raw: bytes) -> Json:
    data = base64.b64encode(raw).decode()
    return {
        "resourceType": "DocumentReference", "id": "bomb", "status": "current", "subject": {"reference": "Patient/p"},
        "type": {"text": "Operative note"}, "context": {"encounter": [{"reference": "Encounter/e1"}]},
        "content": [{"attachment": {"contentType": kind, "data": data}}],
    }  # fmt: skip


_SEEDS = (
    ("text/html", b"<html><table><tr><td>R EIA</td><td>occluded</td></tr></table><del>stent</del>"),
    ("text/html", b"<html>" + b"<div>" * 400 + b"<!--" * 50),
    ("application/rtf", b"{\\rtf1{\\fonttbl{\\f0\\fcharset0 A;}} R EIA occluded\\cell ballooned}"),
    ("application/rtf", b"{\\rtf1 " + b"{\\field{\\*\\fldinst{HYPERLINK " * 60),
    ("application/pdf", pdf("R EIA occluded; ballooned.")),
    ("application/pdf", pdf_of([b"[" * 3000], fonts=b"/F1 3 0 R")),
    ("application/pdf", pdf("x", more=[stream(b"\0" * 200_000)])),
    ("application/gzip", zlib.compress(b"\0" * 300_000)),
    ("application/zip", b"PK\x03\x04" + zlib.compress(b"\0" * 300_000)),
    ("text/plain; charset=utf-16", "R EIA occluded; ballooned.".encode("utf-16")),
    ("text/plain", b"(" * 3000 + b"R EIA occluded " * 20),
)


def attachments(random: Random) -> Json:
    """A document with a small file of any kind, whole or damaged."""
    kind, raw = random.choice(_SEEDS)
    for _ in range(random.choice((0, 0, 1, 5))):
        at = random.randrange(len(raw))
        raw = raw[:at] + bytes([random.randrange(256)]) * random.choice((1, 3)) + raw[at + 1 :]
    made = _document(random.choice((kind, kind, "text/plain", "", "application/pdf", "text/html")), raw)
    if random.random() < 0.2:
        made["content"][0]["attachment"]["data"] = random.choice(("====", "A", "\u0430", 7, "QUJD\n" * 3, "A" * 4001))
    return made


def large_documents() -> dict[str, Json]:
    """Files that are made to take a reader's time or memory, as large as a body may well be."""
    return {
        "a pdf that unpacks to 50 MB": _document("application/pdf", pdf_of([b" " * 50_000_000], fonts=b"/F1 3 0 R")),
        "a pdf whose objects unpack to 50 MB": _document(
            "application/pdf", pdf("x", more=[stream(b"\0" * 50_000_000)])
        ),
        "a pdf that calls itself its page": _document(
            "application/pdf", pdf("x").replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")
        ),
        "a gzip of zeros": _document("application/gzip", zlib.compress(b"\0" * 50_000_000)),
        "a gzip of zeros that says it is text": _document("text/plain", zlib.compress(b"\0" * 50_000_000)),
        "html of open elements": _document("text/html", b"<html>" + b"<div>" * 190_000),
        "html of entities": _document("text/html", b"<html>" + b"&amp;" * 190_000),
        "html of declarations": _document("text/html", b"<!DOCTYPE x [<!ENTITY a 'b'>" + b"<![CDATA[" * 100_000),
        "rtf of open groups": _document("application/rtf", b"{\\rtf1 " + b"{" * 900_000),
        "rtf of a font table": _document("application/rtf", b"{\\rtf1{\\fonttbl" + b"\\f1\\fcharset1" * 70_000),
        "text without spaces": _document("text/plain", b"iliac" * 79_000),
        "text of one sentence": _document("text/plain", b"right iliac artery occluded " * 14_000),
        "text of full stops": _document("text/plain", b"a.b. " * 79_000),
        "text of table lines": _document("text/plain", b"| R EIA | 90% |\n" * 24_000),
        "text of brackets": _document("text/plain", b"((((" * 90_000 + b"EIA"),
        "text of numbers": _document("text/plain", b"8 x 37 mm 100 % " * 24_000),
    }
