"""Stents that a note finds, sums up or reworks, and does not place.

Knows statements of one vessel. Whether a stent counts is `told`'s business.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Saying
from cds_service.knowledge.cues import cue


def is_stent(statement: Statement) -> bool:
    """True for a clause that tells of a stent placed."""
    return ("stent", How.DONE) in statement.saying.treatments


def is_found(statement: Statement) -> bool:
    """True for a stent that is named among the findings, with no word on its placing."""
    return statement.saying.passage.section == "findings" and not _PLACED.search(statement.saying.words)


_PLACED = re.compile(
    r"\b(?:(?:re-?)?stent(?:ed|ing)|placed|deployed|implanted|inserted|put|treated|received|got)\b|->|→"
    r"|\[x\]\s{0,3}stent|\bstent\b[^.;\n]{0,40}\d\s?[x×]\s?\d+\s+(?:mm\s+)?to\s+the\b",
    re.IGNORECASE,
)


def is_joint(statement: Statement) -> bool:
    """True for "L CIA + L EIA recanalization w/ PTA/stent": a title for several vessels, not each of which got one."""
    said = statement.saying
    return len(said.places) > 1 and _JOINT.search(said.words) is not None and not _SIZE.search(said.words)


_BALLOON = r"(?:PTA|POBA|balloon\w*|(?:balloon\s+)?angioplast(?:y|ies))"
_WITH = r"\s{0,2}(?:/|\+|&|\band\b|\bwith\b|w/|\band\s*/\s*or\b)\s{0,2}"
_JOINT = re.compile(rf"\b{_BALLOON}{_WITH}stent|\bstent(?:s|ing)?{_WITH}{_BALLOON}", re.IGNORECASE)


def is_only_summed_up(statements: Sequence[Statement]) -> bool:
    """True where the note tells of an old stent, and of one placed now in its summary alone."""
    old = any(("stent", How.OLD) in s.saying.treatments for s in statements)
    return old and all(s.saying.passage.section in ("impression", "diagnosis") for s in statements if is_stent(s))


def is_only_reworked(statements: Sequence[Statement]) -> bool:
    """True where the stent that is told of is the old one told of before: "CIA stent ballooned"."""
    stents = [s for s in statements if is_stent(s)]
    old = min((s.number for s in statements if ("stent", How.OLD) in s.saying.treatments), default=1_000_000)
    told = [s for s in stents if s.saying.passage.section not in ("impression", "diagnosis")] or stents
    return all(s.number > old and (_REWORKED.search(s.saying.words) or not _is_placed(s.saying.words)) for s in told)


def _is_placed(words: str) -> bool:
    """True for words on a stent that tell of its placing, or of its size."""
    return bool(_PLACED.search(words) or _SIZE.search(words))


_REWORKED = cue("reworked")
_SIZE = cue("device-size")


def is_title(statement: Statement) -> bool:
    """True for the first line of a text, and for one labelled as its title."""
    passage = statement.saying.passage
    return passage.line_number == 1 or bool(_TITLE.match(statement.saying.sentence))


_TITLE = re.compile(r"\W*title\b[^:]{0,30}:", re.IGNORECASE)


_PUT_IN, _SIZED = cue("put-in"), cue("device-size")
_WAS_PUT_IN = re.compile(r"\bstents?\b[^.;:]{0,40}\b(?:was|were)\s|\b(?:I|we)\s", re.IGNORECASE)


def is_put_in(said: Saying) -> bool:
    """True for "a 7 x 80 stent was deployed", told among results that led to more work."""
    if ("stent", How.DONE) not in said.treatments or not _PUT_IN.search(said.words):
        return False
    return bool(_SIZED.search(said.words) or _WAS_PUT_IN.search(said.words))
