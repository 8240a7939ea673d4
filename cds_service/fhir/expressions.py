"""SNOMED CT expressions in the place of a code: "113269004:272741003=7771000", the external iliac artery of the left.

Knows the compositional grammar and which attributes only add a place, a leg or a means. An expression with any other
attribute ("known absent", "of a relative") is left whole, and so means nothing here.
"""

import re
from functools import lru_cache

_TERM = re.compile(r"\|[^|]*\|")
_EXPRESSION = re.compile(r"(?:={3}|<{3})?(?:\d{6,18}(?!\d)|[+:=,{}()])+")
_ATTRIBUTE = re.compile(r"(\d{6,18})=[({]*(\d{6,18})")
_CONCEPT = re.compile(r"\d{6,18}")
_ADDING = frozenset(
    (
        "272741003",  # laterality
        "363704007",  # procedure site
        "405813007",  # procedure site, direct
        "405814001",  # procedure site, indirect
        "363698007",  # finding site
        "260686004",  # method
        "260507000",  # access
        "424226004",  # using device
        "363699004",  # direct device
        "363701004",  # direct substance
        "424361007",  # using substance
        "116676008",  # associated morphology
        "263502005",  # clinical course
        "246112005",  # severity
        "246454002",  # occurrence
    )
)
_LONGEST, _KEPT = 1000, 4096


@lru_cache(maxsize=_KEPT)
def concepts_of(code: str) -> tuple[str, ...]:
    """The concepts that an expression names, its focus first; the code itself where it is no expression, or not plain.

    Source: SNOMED CT compositional grammar 2.3.1.
    """
    if (":" not in code and "|" not in code and "+" not in code) or len(code) > _LONGEST:
        return (code,)
    bare = "".join(_TERM.sub("", code).split())
    if not _EXPRESSION.fullmatch(bare):
        return (code,)
    refined = _ATTRIBUTE.findall(bare)
    if bare.count("=") - 3 * bare.startswith("===") != len(refined) or not _ADDING.issuperset(a for a, _ in refined):
        return (code,)
    focus = _CONCEPT.findall(bare.partition(":")[0])
    return tuple(dict.fromkeys([*focus, *(value for _, value in refined)])) if focus else (code,)
