"""Clauses of a sentence: which vessels, lesions and treatments stand together when a sentence names several vessels.

Knows tokens, the words between them and how lists are written. Every way to part the sentence is weighed; the one
that gives each vessel words of its own at a separator is taken. Knows nothing of other sentences.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cds_service.fhir.notes.lines import OPEN_WORDS
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_STRONG = cue("strong")
_AND = re.compile(r"\band\b|&|\+|/", re.IGNORECASE)
_TIE = re.compile(
    r"^\s*(?:(?:placement|implantation|insertion|deployment)\s+)?"
    r"(?:of|in|to|at|within|for|with|involving|on|along|inside|due\s+to)\b|^\s*(?::|\((?![^()]*\)))",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"^[\s:(,=-]*(?:(?:also|now|then|a|an|the|its?|was|is|were|are|had|has|have|got|shows?|showed|with|being|remained|received"
    r"|demonstrates?|demonstrated|exhibited|measured|there|distal|proximal|ostial|tight|focal|short|long|severe(?:ly)?"
    r"|heavily|calcified|completely|totally|chronically|and\s+(?:was|were|is|had)|artery|arteries|segment|lesion|origin|ostium|orifice|stump|approximately|about|near|high"
    r"|grade|significant|ulcerated|eccentric|critical|moderate|mild|by|from|successfully|subsequently|100|[0-9]{1,2}|%|percent"
    r"|flush|chronic|total|complete|diffuse(?:ly)?)[\s:(,=%-]*)*$",
    re.IGNORECASE,
)
_OF_LEG = re.compile(r"\s*(?:placement\s+|implantation\s+|insertion\s+)?of\s+(?:the\s+)?", re.IGNORECASE)
_ONCE = re.compile(r",?\s+(?:after|following|once|before)\s+(?:the\s+)?", re.IGNORECASE)
_WITH = re.compile(r"\s*(?:artery\s+)?(?:with|showing|demonstrating|had|has|which|that)\b", re.IGNORECASE)
_COORDINATE = re.compile(
    r"^[\s,/&+()-]*(?:(?:and|or|plus|as\s+well\s+as|the|one|another|other|second|both|also|left|right|lt|rt|l|r|proximal|distal|mid|ostial|origin|of)\b[\s,/&+().-]*)*$",
    re.IGNORECASE,
)
_OWN_ASIDE = re.compile(r"\s*\([^()]*\)")  # "CIA (not measured) and EIA (occluded)" share nothing
THERE = re.compile(r":\s*there\s+(?:is|are|was|were)\b", re.IGNORECASE)
_AS_ASIDE = re.compile(
    r",?\s+as\s+an?\s+(?:\w+\s+){1,3}(?:lesion|occlusion|stenosis|segment|problem)\s*,", re.IGNORECASE
)
_BOTH = re.compile(r"\bboth\s+(?:of\s+)?(?:the\s+)?(?:(?:left|right|[LR]t?)\.?\s+)?$", re.IGNORECASE)
_MOST = 24
_PROSE_LINE = 58


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Tokens of a sentence that belong together; `anchors` are those that name places."""

    tokens: tuple[Token, ...]
    anchors: tuple[Token, ...]


@dataclass(slots=True)
class _Way:
    score: float = 0.0
    parts: list[tuple[int, int]] = field(default_factory=list)


def is_content(token: Token) -> bool:
    """True for a token that says what was wrong with a vessel or what was done to it."""
    return token.kind in ("lesion", "treatment", "state") and token.value not in ("in-stent", "acute")


def parts_of(sentence: str, tokens: Sequence[Token], anchors: Sequence[Token]) -> list[Part]:
    """The sentence parted so that every place stands with its own words; one part for one place or none."""
    one = [Part(tokens=tuple(tokens), anchors=tuple(anchors))]
    if len(anchors) < 2:
        return one
    bare = not any(is_content(t) for t in tokens)
    weighed = [_as_lesion(sentence, t, bare=bare) for t in tokens]
    if not any(is_content(t) for t in weighed):
        return one
    sentence = _unwrapped(sentence)
    at = [tokens.index(a) for a in anchors]
    ways = [_Way(parts=[(0, 0)])]
    for number, (left, right) in enumerate(pairwise(at)):
        grown = [w for way in ways for w in _ways(sentence, weighed, way, number, ends=(left, right))]
        ways = sorted(grown, key=lambda w: -w.score)[:_MOST]
    best = max((_closed(weighed, way) for way in ways), key=lambda w: w.score)
    out = []
    for start, end in best.parts:
        own = tuple(tokens[start:end])
        out.append(Part(tokens=own, anchors=tuple(a for a in anchors if a in own)))
    return out


def _as_lesion(sentence: str, token: Token, *, bare: bool) -> Token:
    """A percentage that weighs as a lesion: "a 70% block", and any in a sentence `bare` of other content."""
    stated = token.kind == "percent" and (bare or _OF_A_LESION.match(sentence, token.end))
    return token._replace(kind="lesion") if stated else token


_OF_A_LESION = re.compile(r"\s+(?:block(?:age)?|plaque|disease)\b", re.IGNORECASE)


def _unwrapped(sentence: str) -> str:
    """The sentence without its line ends where its lines are as long as those of prose; short lines are a list's."""
    if max(map(len, sentence.split("\n"))) >= _PROSE_LINE:
        return sentence.replace("\n", " ")
    return _RUNS_ON.sub(r"\1 ", sentence) if "\n" in sentence else sentence


_RUNS_ON = re.compile(rf"\b({'|'.join(sorted(OPEN_WORDS))})\n")


def _ways(sentence: str, tokens: Sequence[Token], way: _Way, number: int, *, ends: tuple[int, int]) -> list[_Way]:
    """The ways on from here: cut somewhere between two places, or keep them together as one list."""
    del number
    out = []
    start = way.parts[-1][0]
    left, right = ends
    between = sentence[tokens[left].end : tokens[right].start]
    inner = tokens[left + 1 : right]
    if not any(is_content(t) for t in inner):
        coordinate = _COORDINATE.match(_AS_ASIDE.sub(" ", between))
        joined = 1.5 if coordinate else -4.0 if _STRONG.search(between) else -1.0
        if _BOTH.search(sentence, 0, tokens[left].start) and _AND.search(between):
            joined = max(joined, 1.5)
        if _OWN_ASIDE.match(between) and _OWN_ASIDE.match(sentence, tokens[right].end):
            joined = -6.0 if any(map(is_content, tokens[right + 1 : right + 2])) else joined
        out.append(_Way(way.score + joined, list(way.parts)))
    for cut in range(left + 1, right + 1):
        gap = sentence[tokens[cut - 1].end : tokens[cut].start]
        score = way.score + _cut_score(gap, tokens[cut - 1], tokens[cut])
        if cut < right and any(_is_relative(sentence, t) for t in tokens[max(left + 1, cut - 1) : cut + 1]):
            score -= 4.0
        span = tokens[left].end, tokens[cut].start
        if cut < right and sentence.rfind("(", *span) > sentence.rfind(")", *span):
            score -= 4.0
        out.append(_Way(score, [*way.parts[:-1], (start, cut), (cut, cut)]))
    return out


def _cut_score(gap: str, before: Token, after: Token) -> float:
    if before.kind == "side" and after.kind in ("vessel", "short") and not gap.strip():
        return -6.0
    if before.kind == after.kind == "treatment" and before.value == after.value and gap.strip() in ("", "mm"):
        return -6.0
    if _is_place(before) and is_content(after) and gap.strip() == ":":
        return -3.0
    column = (_is_place(after) or after.kind == "side") and "   " in gap and "\n" not in gap
    if column or _STRONG.search(gap) or (":" in gap and (_is_place(after) or THERE.search(gap))):
        return 2.5
    score = 1.0 if "," in gap else 0.5 if _AND.search(gap) else -1.0
    if before.kind == "side" and after.kind in ("vessel", "short") and ")" not in gap:
        return -6.0
    tied = _TIE.match(gap) if _is_place(after) else _OF_LEG.fullmatch(gap) if after.kind == "side" else None
    if tied and is_content(before) and not gap.rstrip().endswith(","):
        score -= 3.0
    if is_content(before) and (_is_place(after) or after.kind == "side") and _ONCE.fullmatch(gap):
        score += 1.5
    if _is_place(before) and is_content(after) and (_WITH.match(gap) or (_LINK.match(gap) and "," not in gap)):
        score -= 3.0
    if is_content(before) and is_content(after) and _TIE.match(gap):
        score -= 1.5
    return score


_RELATIVE = re.compile(r"which|whom", re.IGNORECASE)


def _is_relative(sentence: str, token: Token) -> bool:
    """True for "which": what follows it is said of the vessel before it."""
    return token.kind == "refer" and bool(_RELATIVE.match(sentence, token.start))


def _is_place(token: Token) -> bool:
    return token.kind in ("vessel", "short", "away")


def _closed(tokens: Sequence[Token], way: _Way) -> _Way:
    """A finished way with its parts weighed: content for everyone, no two lesions in one, like beside like."""
    parts = [*way.parts[:-1], (way.parts[-1][0], len(tokens))]
    score, shapes = way.score, []
    for start, end in parts:
        own = tokens[start:end]
        content = [t for t in own if is_content(t)]
        places = {t.value for t in own if t.kind in ("vessel", "short")}
        score -= 2.0 if not content else 0.0
        lesions = {
            "stenosis" if t.value in ("stenosis", "subtotal") else t.value for t in content if t.kind == "lesion"
        }
        treatments = {t.value for t in content if t.kind == "treatment"}
        score -= 3.0 if len(lesions) > 1 else 0.0
        score -= 3.0 if len(places) > 1 and {"stent", "angioplasty"} <= treatments else 0.0
        shapes.append(_shape(own))
    for first, second in pairwise(shapes):
        if len(first) > 1:
            score += 2.0 if first == second else 1.0 if sorted(first) == sorted(second) else 0.0
    return _Way(score, parts)


def _shape(tokens: Sequence[Token]) -> str:
    """The order of places, lesions and treatments, repeats left out: "PLT" for place, lesion, treatment."""
    out = ""
    for token in tokens:
        letter = "P" if _is_place(token) else token.kind[0].upper() if is_content(token) else ""
        if letter and not out.endswith(letter):
            out += letter
    return out
