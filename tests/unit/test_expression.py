"""Expressions are compiled at their first use, or beside the work of a server that just started."""

import re

import pytest

from cds_service.knowledge.expression import Expression, compile_all


def test_an_expression_waits_for_its_first_use_and_then_finds_what_the_compiled_one_finds() -> None:
    waiting = Expression(r"(\w)ia", re.IGNORECASE)
    assert "compiled" not in vars(waiting)
    assert waiting.findall("CIA, EIA") == ["C", "E"]
    assert vars(waiting)["compiled"] is re.compile(r"(\w)ia", re.IGNORECASE)
    assert [m.span() for m in waiting.finditer("CIA, EIA")] == [(0, 3), (5, 8)]
    assert waiting.match("an EIA") is None
    assert waiting.search("an EIA") is not None
    assert waiting.fullmatch("EIA") is not None
    assert waiting.sub("x", "an EIA") == "an x"
    assert waiting.split("a CIA b") == ["a ", "C", " b"]


def test_what_is_no_expression_is_told_at_its_first_use() -> None:
    faulty = Expression("(")
    with pytest.raises(re.error, match="unterminated subpattern"):
        faulty.search("x")


def test_a_server_compiles_what_waits() -> None:
    waiting = [Expression(f"a{n}b") for n in range(3)]
    compile_all(pause=0)
    assert all("compiled" in vars(expression) for expression in waiting)
