"""Kissing stents: what one pair of words says of both common iliac arteries.

Knows one sentence and its tokens.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.polarity import How, how
from cds_service.knowledge.cues import cue
from cds_service.knowledge.quick import quick
from cds_service.knowledge.terms import Token

COMMON = "iliac/common-iliac"
_KISSING = quick(r"\b(?:kissing|CERAB)\b")
_ABOVE = cue("kissing-above")
_SIDE_BEFORE = re.compile(r"\b(right|left|R|L|Rt|Lt)\.?\s*$", re.IGNORECASE)


def kissed(sentence: str, tokens: Sequence[Token], anchors: Sequence[Token]) -> frozenset[tuple[str, How]]:
    """ "R CIA occluded, L CIA 70%: kissing stents": the stents are in both that were named."""
    if not _KISSING.search(sentence):
        return frozenset()
    common = [a for a in anchors if a.value == COMMON]
    sides = [_SIDE_BEFORE.search(sentence[: a.start]) for a in common]
    if len({m.group(1)[0].lower() for m in sides if m}) != 2 or len(common) != 2:
        return frozenset()
    after = min((a.start for a in anchors if a.start > common[1].start), default=len(sentence))
    stents = [t for t in tokens if t.kind == "treatment" and t.value == "stent" and common[1].end <= t.start < after]
    told = {(t.value, how(t, tokens, (common[1].end, after), sentence)) for t in stents}
    return frozenset(told) if told == {("stent", How.DONE)} else frozenset()


def with_kissing(sentence: str, tokens: list[Token], anchors: list[Token]) -> tuple[list[Token], list[Token]]:
    """ "Kissing stents above, and angioplasty of both external iliacs below": the stents stand in the common iliacs."""
    kissing = _KISSING.search(sentence)
    found = _ABOVE.search(sentence) if kissing else None
    if found is None and not anchors and any(t.value == "stent" for t in tokens):
        return _in_both(sentence, tokens)
    if found is None and kissing and _is_of_both(tokens, anchors):
        side = Token(kind="side", value="bilateral", start=anchors[0].start, end=anchors[0].start)
        return sorted([*tokens, side], key=lambda t: (t.start, t.end)), anchors
    if found is None and kissing:
        found = _listed(sentence, tokens)
    if found is None or any(a.value == COMMON for a in anchors) or any(a.start < found.start() for a in anchors):
        return tokens, anchors
    named = Token(kind="vessel", value=COMMON, start=found.end(), end=found.end())
    return (
        sorted([*tokens, named], key=lambda t: (t.start, t.end)),
        sorted([*anchors, named], key=lambda t: t.start),
    )


def _is_of_both(tokens: Sequence[Token], anchors: Sequence[Token]) -> bool:
    """True for "kissing stents at the common iliac origins": no leg is named, and no other vessel."""
    stented = any(t.kind == "treatment" and t.value == "stent" for t in tokens)
    sides = {t.value for t in tokens if t.kind == "side"}
    return stented and sides <= {"bilateral"} and [a.value for a in anchors] == [COMMON]


def _listed(sentence: str, tokens: Sequence[Token]) -> re.Match[str] | None:
    """The words of "kissing stents & L EIA PTA": they head a list in which the other vessels have their own work."""
    found = _HEADS_LIST.search(sentence)
    work = [t for t in tokens if t.kind == "work" or (t.kind == "treatment" and t.value != "stent")]
    others = [t for t in work if found and t.start >= found.end()]
    return found if others else None


def _in_both(sentence: str, tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """ "Two stents were raised to the bifurcation and deployed simultaneously": they stand in both common iliacs."""
    found = _PAIRED.search(sentence) or _kissing_device(sentence, tokens)
    named = {t.value for t in tokens if t.kind == "side"}
    thought = found is not None and WOULD.search(sentence[: found.end()])
    if found is None or thought or (named - {"bilateral"} and not {"left", "right"} <= named):
        return tokens, []
    side = Token(kind="side", value="bilateral", start=found.start(), end=found.start())
    vessel = Token(kind="vessel", value=COMMON, start=found.start(), end=found.start())
    rest = [t for t in tokens if t.kind not in ("refer", "side")]
    return sorted([side, vessel, *rest], key=lambda t: (t.start, t.end)), [vessel]


def _kissing_device(sentence: str, tokens: Sequence[Token]) -> re.Match[str] | None:
    """The word of "Kissing 8x39 VBX": stents that kiss stand at the aortic bifurcation."""
    stents = [t.start for t in tokens if t.kind == "treatment" and t.value == "stent"]
    for match in _KISSING.finditer(sentence):
        between = [sentence[match.end() : at] for at in stents if 0 <= at - match.end() <= _NEAR]
        if any(not _BALLOONS.search(words) for words in between):
            return match
    return None


WOULD = re.compile(r"\b(?:would|might|could)\b(?!\s+not\s+be\s+avoided)[^.;,]{0,60}$", re.IGNORECASE)
"""Before words on kissing stents: they are thought of."""
_NEAR = 40
_HEADS_LIST = cue("kissing-heads-list")
_BALLOONS = re.compile(r"balloon|[.;]", re.IGNORECASE)
_PAIRED = cue("paired-stents")
