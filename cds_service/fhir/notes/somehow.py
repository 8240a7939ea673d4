"""Vessels that a note calls treated without telling how.

Knows the words of statements on one vessel. That such a vessel is asked about is `told`'s business.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Territory
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.told import NO_TREATMENT, Told

_DONE = re.compile(
    r"(?<!the )(?<!an )(?<!a )(?<!each )\b(?:treated|recanali[sz](?:ed|ation\s+of(?!\s+(?:\w+\s+){0,3}occlusions))"
    r"|re-?opened|opened\s+up|re-?vasculari[sz]ed)\b"
    r"(?!\s+(?:conservatively|medically|previously|before|earlier|elsewhere|later|in\s+(?:19|20)\d\d)\b)",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"\b(?:nothing|neither|none|no|not|never|nor|if|to\s+be|will|would|could|cannot|attempt\w*|fail\w*|unable|plan\w*"
    r"|previous\w*|prior|old|in\s+total|(?:one|two|three|\d)\s+(?:vessels?|lesions?|sten\w+|occlusions?)"
    r"|endarterectom\w+|patch\w*|bypass\w*|thrombectom\w+|embolectom\w+|coil\w*|thrombolys\w+|graft\w*)\b",
    re.IGNORECASE,
)

_NEAR = 30


def treated_somehow(told: Sequence[Told], statements: Iterable[Sequence[Statement]]) -> list[Told]:
    """The vessels of a note that tells of other work; one of "the occlusion was treated with a good result" is marked.

    `statements` are those of each vessel.
    """
    out = []
    for one, own in zip(told, statements, strict=True):
        others = any(t.treatment is not None for t in told if t is not one)
        if others and not one.is_treated and (one.lesions or _is_named(one)) and any(map(_says_so, own)):
            one = replace(one, somehow=True)
        out.append(one)
    return out


def _is_named(told: Told) -> bool:
    """True for one iliac artery of one leg."""
    return told.territory is Territory.ILIAC and told.vessel is not None and told.side is not None


def _says_so(statement: Statement) -> bool:
    said = statement.saying
    if (
        said.passage.section in NO_TREATMENT
        or said.treatments
        or said.failed
        or said.is_old
        or not (statement.sure and said.worked)
    ):
        return False
    found = _DONE.search(said.words)
    return found is not None and not _OTHERWISE.search(said.words, 0, found.end() + _NEAR)
