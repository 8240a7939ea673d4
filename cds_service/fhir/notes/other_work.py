"""What a guard found that is said of other work: of a way in, of another field, of arteries elsewhere.

Knows the words around what was found, and the sentence before them.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.rare import Rare
from cds_service.knowledge.terms import Token

NOT_CARRIED_OUT = "not-carried-out"
ELSEWHERE = re.compile(
    r"\b(?:(?:AT|PT|DP|TPT|SFA|PFA|CFA)|(?i:tibial|peroneal|pedal|popliteal|profunda|superficial\s+femoral|common\s+femoral"
    r"|brachial|radial|renal|subclavian|iliolumbar|lumbar|epigastric|circumflex|branch))(?:\s+(?:artery|branch))?"
    r"(?:\s+(?:wire|guidewire|focal|small|tiny|minor|short|localized))?\s+$"
)
"""Words that end in the name of an artery which is no iliac one: "tiny AT" before "perforation"."""
_LEFT_THERE = re.compile(r"not\s+done|cap\b", re.IGNORECASE)
_OF_OTHERS = ("another-hand", "others-work")
_OTHER_FIELD = re.compile(r"\b(?:LHC|PCI|coronar\w+|cath\w*|TAVR|T?EVAR|carotid)\b[^.;)]{0,20}\(?\s*$", re.IGNORECASE)
_STUDY = re.compile(
    r"\b(?:angiogra\w+|arteriogra\w+|CTA?|MRA?|duplex|imaging|scan|ultrasound|study|films?|cath\w*)\s+(?:that\s+)?(?:(?:was|were)\s+)?$",
    re.IGNORECASE,
)
_OPEN_WORK = re.compile(
    r"\b(?:bypass\w*|endarterectom\w+|amputation|debridement|fistula)\b[^.;)]{0,40}\(?\s*$", re.IGNORECASE
)
_STANDBY = re.compile(r"\b(?:coda|reliant|(?:aortic\s+)?occlusion\s+balloon|stand-?by)\b", re.IGNORECASE)


_WAY_IN = re.compile(
    r"\b(?:cross(?:ing|ed)?[\s-]*over|up[\s-]and[\s-]over|sheaths?|access|puncture|approach|radial|brachial|pedal|groin)\b",
    re.I,
)
_AT_LESION = re.compile(
    r"\b(?:occlu\w+|CTO|lesions?|stenos\w+|lumen|re-?entry|balloon\w*|stent\w*|cap|interventions?|procedures?|case|operation|surgery|everything|iliac|[CEI]IA)\b",
    re.IGNORECASE,
)
_BACK = 250


def is_of_way_in(passage: Passage, text: str, tokens: Sequence[Token]) -> bool:
    """True for "So this was abandoned and the left groin ..." after a sheath that would not cross over."""
    words = text[passage.start : passage.end]
    if any(t.kind in ("treatment", "lesion") for t in tokens) or not _WAY_IN.search(words) or _AT_LESION.search(words):
        return False
    before = re.split(r"(?<=[.;!?])\s+|\n", text[max(0, passage.start - _BACK) : passage.start].strip())[-1]
    return bool(_WAY_IN.search(before)) and not _AT_LESION.search(before)


def names_others_only(tokens: Sequence[Token]) -> bool:
    """True for words that name arteries, none of them an iliac one."""
    named = territories(tokens)
    return bool(named) and "iliac" not in named


def territories(tokens: Sequence[Token]) -> set[str]:
    """The territories of the arteries that words name."""
    return {t.value.partition("/")[0] for t in tokens if t.kind in ("vessel", "short")}


_OWN_WORDS = (
    r"(?:(?:an?|the|right|left|[RL]|[CEI]IA|common|external|internal|iliac|hypogastric"
    r"|provisional|primary|bail-?out)\s+){0,4}"
)
_STENT_LEFT = re.compile(
    rf"(?:(?:^|[(;]\s*|\]\s*|\bno\s+){_OWN_WORDS}stent(?:s|ing)?\s*(?:[-\u2013\u2014:]\s*)?"
    rf"|(?:^|[(,;]\s*){_OWN_WORDS}stent(?:s|ing)?\s+(?:was|were)\s+)$",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:(?:would|could|did|was|were)\s+)?not\b", re.IGNORECASE)


def _is_of_stent(found: re.Match[str]) -> bool:
    """True for "stent - not done" and "(stent would not track)": the stent was left out, not the work."""
    denied = _NOT.search(found.string, found.start(), found.end())
    return denied is not None and _STENT_LEFT.search(found.string[: denied.start()]) is not None


def is_of_other_work(said: Rare, found: re.Match[str], away: bool) -> bool:
    """True for other work that is dictated by itself, for a balloon at hand to stop a bleeding.

    And for what was not done, or not opened, in an artery elsewhere (`away`: words that name only such).
    """
    if away and (_LEFT_THERE.match(found.group()) or ELSEWHERE.search(found.string, 0, found.start())):
        return True
    if away and said.name == "another-hand":
        return True
    if said.name == NOT_CARRIED_OUT and _is_of_stent(found):
        return True
    if said.name in _OF_OTHERS:
        before = found.string[: found.start()]
        is_apart = _STUDY.search(before) or _OPEN_WORK.search(before)
        return bool(is_apart or (said.name == "another-hand" and _OTHER_FIELD.search(before)))
    return said.name == NOT_CARRIED_OUT and bool(_STANDBY.search(found.string, 0, found.start()))
