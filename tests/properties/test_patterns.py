"""Every regular expression of the package on texts made against it, and the readers of untrusted text as wholes.

By itself a search may take a time that grows with the square of its text, where that is a sentence, a label or a header
of bounded length; never with its cube, and never beyond all bounds. The readers, which see whole documents, must not:
their time is compared between a text and one four times as long.
"""

import re
import time
from collections.abc import Callable

import pytest

from cds_service.fhir.attachments import read_bytes
from cds_service.fhir.markup import lines_of_markup
from tests.charts import BALLOON, COMMON, EXTERNAL, RIGHT, STENOSIS, STENT, adviser, procedure, request, treated
from tests.narrative.test_any_text import read
from tests.properties.patterns import ours
from tests.properties.promises import guarded
from tests.properties.pumping import growth

CUBIC = 40.0
"""Between 16, a quadratic search, and 64, a cubic one: a ratio of times of one run."""
SUPERLINEAR = 9.0


def test_the_patterns_of_the_package_are_found() -> None:
    places = {place.split(":")[0] for found in ours().values() for place in found}
    assert len(ours()) > 1300
    assert {"cds_service/knowledge/cues.py", "cds_service/fhir/documents.py", "cards/quoting.py"} <= places


def test_no_pattern_grows_with_the_cube_of_its_text() -> None:
    steep = {}
    with guarded(400):
        for (pattern, flags), places in ours().items():
            ratio, text = growth(pattern, flags)
            if ratio > CUBIC and growth(pattern, flags)[0] > CUBIC:
                steep[pattern[:200]] = (round(ratio), text, places)
    assert steep == {}


@pytest.mark.parametrize("pattern", [r"(?:a|a)*b", r"(a+)+$", r"\s*\s*\s*x"])
def test_a_pattern_that_is_steep_is_seen(pattern: str) -> None:
    assert growth(pattern, re.UNICODE)[0] > CUBIC


UNITS = (" ", "\t", "\n", " | ", ", ", "a", "0", ".", "-", "(", "[ ", "<", "%", "x ", "iliac", "R EIA ", "stent ", "no ", "right left ", "and ", "1) ", "8 x 37 mm ",
         "occluded, ", "it was ", "from ", "to ", "from the to the ", "MRN ", "Name: ", "2026-03-04 ", "FINDINGS:\n", "Stent? ", "kissing ", "the ", "as was ")  # fmt: skip


def note(text: str) -> None:
    read(f"stent R EIA {text} R EIA occluded.")


def indented(text: str) -> None:
    read(f"{text} stent R EIA occluded.")


def begun(text: str) -> None:
    """After words with which a rare cue or a term may begin, and go on after any gap."""
    begins = ("vessel", "stenosis reduced from", "iliac 100%", "plus", "blocked by", "case not", "at a", "one")
    read("stent R EIA, occluded.\n" + "".join(f"{begin}{text}x.\n" for begin in begins))


def phrase(text: str) -> None:
    adviser().answer(
        request(
            procedure("p", code={"text": f"stent R EIA {text} occluded"}), treated("q", STENT, COMMON, RIGHT, STENOSIS)
        )
    )


def reason(text: str) -> None:
    why = [{"text": f"occluded R EIA {text}"}]
    adviser().answer(
        request(
            treated("p", BALLOON, EXTERNAL, RIGHT, None, reasonCode=why), treated("q", STENT, COMMON, RIGHT, STENOSIS)
        )
    )


def html(text: str) -> None:
    lines_of_markup(f"<html><p>{text}</p>")


def rtf(text: str) -> None:
    read_bytes(f"{{\\rtf1 {text} x}}".encode("latin-1", "replace"))


@pytest.mark.parametrize("reader", [note, indented, begun, phrase, reason, html, rtf], ids=lambda r: r.__name__)
def test_no_reader_grows_faster_than_its_text(reader: Callable[[str], None]) -> None:
    reader("x")
    steep = {}
    for unit in UNITS:
        ratio = min(_ratio(reader, unit), _ratio(reader, unit)) if _ratio(reader, unit) > SUPERLINEAR else 0.0
        if ratio > SUPERLINEAR:
            steep[unit] = ratio
    assert steep == {}


def _ratio(reader: Callable[[str], None], unit: str) -> float:
    """How much longer a text of 24,000 characters takes than one of 6,000; 0 where the long one is quick."""
    taken = []
    for size in (24_000, 6_000):
        start = time.thread_time()
        with guarded(60):
            reader(unit * (size // len(unit)))
        taken.append(time.thread_time() - start)
        if taken[0] < 0.03:
            return 0.0
    return taken[0] / max(taken[1], 1e-6)
