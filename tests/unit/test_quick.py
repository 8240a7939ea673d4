"""Expressions made quick, and the index of beginnings: they find what the plain expressions find."""

import re
import tomllib
from functools import cache
from itertools import product
from random import Random
from string import ascii_lowercase

import pytest

from cds_service.knowledge.beginnings import beginnings
from cds_service.knowledge.prefixes import prefixes_of
from cds_service.knowledge.quick import quick
from cds_service.knowledge.tables import read_text
from tests.narrative.scoring import wordings

ROWS = tomllib.loads(read_text("terms.toml"))["cue"]
PREFIXES = [
    (r"\b(?:cat|dogs?)\b", {"cat", "dog", "dogs"}, "a branch gives its ways"),
    (r"no\s+ste", {"no ste"}, "white space of any length is one blank"),
    (r"\d{1,2}\s*%", {"0%", "0 %", "00%", "00 %"}, "any digit is a nought"),
    (r"a\w+", {"a"}, "what is open ends the beginning"),
    (r"\w+", {""}, "what can begin with anything begins with nothing"),
    (r"(?<!no )(?=x)stents", {"stents"}, "looking around consumes nothing"),
    (r"stenting procedure", {"stenti"}, "a beginning ends after six characters"),
    (r"(?:ab)?c", {"abc", "c"}, "what may be left out is both"),
    (r"\s+(?:of|in)", {" of", " in"}, "white space may come first"),
    (
        r"(?:[ab][ab][ab][ab][ab][ab][ab][ab][ab]){9}",
        {*map("".join, product("ab", repeat=6))},
        "ways are counted as they end",
    ),
    (r"[a-z][a-z]", set(ascii_lowercase), "a beginning of too many ways is cut to one of few"),
    (r"[a-z]\d[a-z]x", {f"{letter}0" for letter in ascii_lowercase}, "as long as may be"),
    (r"x{7}", {"xxxxxx"}, "a repeat longer than a beginning"),
    (r"x*", {"", "x", "xx", "xxx", "xxxx", "xxxxx", "xxxxxx"}, "nothing is a beginning too"),
]


@pytest.mark.parametrize(("pattern", "found", "reason"), PREFIXES)
def test_the_beginnings_of_a_pattern_are_all_it_can_begin_with(pattern: str, found: set[str], reason: str) -> None:
    assert prefixes_of(pattern) == found, reason


@cache
def _texts() -> tuple[str, ...]:
    """Notes as they are, in capitals, cut at random places, and with letters that count as others in any case."""
    random = Random(3)
    plain = [w["text"] for w in wordings("opened_1")]
    cut = [t[random.randrange(len(t)) :] for t in plain]
    odd = [t.replace("i", "\u0131").replace("s", "\u017f").replace("k", "\u212a").replace("I", "\u0130") for t in plain]
    return (*plain, *(t.upper() for t in plain), *cut, *odd)


@pytest.mark.parametrize("row", ROWS, ids=[r["name"] for r in ROWS])
def test_a_quick_cue_finds_what_the_plain_one_finds(row: dict[str, str]) -> None:
    plain, made = re.compile(row["pattern"], re.IGNORECASE), quick(row["pattern"])
    for text in _texts():
        assert [m.span() for m in made.finditer(text)] == [m.span() for m in plain.finditer(text)]
        assert (made.match(text) is None) == (plain.match(text) is None)


def test_owners_come_where_their_words_begin_in_the_order_they_were_given() -> None:
    index = beginnings([("stents?", "stent"), (r"stent\s+graft", "graft"), (r"\+/-", "perhaps"), ("EIA", "artery")])
    assert index.places("A Stent \n graft, REIA +/- extent") == [
        (2, ("stent", "graft")),
        (18, ("artery",)),
        (22, ("perhaps",)),
    ]
    assert index.places("stenosis") == []


def test_an_expression_that_can_begin_with_anything_is_asked_everywhere() -> None:
    index = beginnings([(r"\w+ing", "any"), ("no", "no")])
    assert index.places("no (x)") == [(0, ("any", "no")), (3, ("any",)), (4, ("any",)), (5, ("any",))]
