"""The leg a vessel is in, and the legs a sentence is about as a whole.

Knows sides and the words between a side and a vessel. A side beside another vessel says nothing.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.notes.clauses import Part
from cds_service.fhir.notes.kissing import WOULD
from cds_service.fhir.notes.saying import Place
from cds_service.fhir.scopes import is_denied
from cds_service.knowledge.cues import cue
from cds_service.knowledge.quick import quick
from cds_service.knowledge.terms import Token

_TOPIC = cue("topic")
_ALL_OF = re.compile(r"\b(?:both|all(?:\s+three)?)\s+(?:(?:are|were|being)\s+)?$", re.IGNORECASE)
_ENDED = re.compile(r"\s*(?:[,;:.)]|$)")
_TOPIC_BEFORE = cue("topic-before")
_WAY = cue("way")
_NO_TOPIC = cue("no-topic")
_UNTOUCHED = cue("untouched")
_SIDE_ACCESS = cue("side-access")
_DECLARED = cue("declared-leg")
_OPENING = cue("opening-leg")
_UNDECLARED = cue("undeclared")


def topics_of(sentence: str, tokens: Sequence[Token]) -> frozenset[Side]:
    """The legs a sentence is about as a whole: "left leg", "right iliac intervention", "on the left"."""
    return _topics(sentence, tuple(tokens)) if any(t.kind == "side" for t in tokens) else frozenset()


@lru_cache(maxsize=4)  # every clause of a sentence asks
def _topics(sentence: str, tokens: tuple[Token, ...]) -> frozenset[Side]:
    out: set[Side] = set()
    for token in tokens:
        if token.kind == "side" and sentence[token.start : token.end].lower().endswith("sided"):
            out |= (
                set(_named(token.value))
                if not re.match(r"\s+(?:access|approach|puncture|groin)", sentence[token.end :], re.IGNORECASE)
                else set()
            )
        if token.kind != "side":
            continue
        after, before = sentence[token.end :], sentence[: token.start]
        if _WAY.search(before):
            continue
        whole = sentence[token.start : token.end].upper() in ("RLE", "LLE")
        whole = whole or bool(_ALL_OF.search(before) and _ENDED.match(after))
        if whole or _TOPIC.match(after) or (_TOPIC_BEFORE.search(before) and not _NO_TOPIC.match(after)):
            out |= set(_named(token.value))
    return frozenset(out) if out and _is_about(sentence, tokens) else frozenset()


_OPENS = re.compile(r"\W*on\s+the\s+(?:right|left)\b", re.IGNORECASE)


def _is_about(sentence: str, tokens: Sequence[Token]) -> bool:
    """True for a sentence that tells of disease in its leg or opens with it, or at least does not leave it alone."""
    if any(t.kind == "lesion" and not is_denied(t, tokens, sentence) for t in tokens) or _OPENS.match(sentence):
        return True
    return not _UNTOUCHED.search(_SIDE_ACCESS.sub("", sentence))


def declared_legs(words: str, *, opening: bool = False) -> frozenset[Side]:
    """The legs words such as "Leg treated: right" declare for the whole note; `opening`: such as "Left leg, 7F."."""
    found = [
        m.group(1)[0].lower()
        for m in filter(None, (_OPENING.match(words),) if opening else _DECLARED.finditer(words))
        if not _UNDECLARED.search(words[: m.start()])
    ]
    if found and _UNTOUCHED.search(_SIDE_ACCESS.sub("", words)):
        return frozenset()
    return frozenset(Side.RIGHT if letter == "r" else Side.LEFT for letter in found)


def is_of_one_leg(text: str, tokens: Sequence[Token], leg: Side) -> bool:
    """True for a text in which nothing points to the other leg, but for a way in there or a pulse.

    An artery that is new to the reader ("an external iliac"), or a cell of a table, may be of either leg.
    """
    sides = [t for t in tokens if t.kind == "side" and not _BOTH_OF.match(text, t.start)]
    if any(set(_named(t.value)) != {leg} and not _is_way_in(text, t) for t in sides) or _SOME_LEG.search(text):
        return False
    if len({m.group(1)[0].lower() for m in _GROIN.finditer(text)}) > 1:
        return False
    return not any(t.kind in ("vessel", "short") and _NEW.search(text, max(0, t.start - 30), t.start) for t in tokens)


def names_leg(text: str, token: Token) -> bool:
    """True for a word that names one leg, and not only the way in or a pulse there."""
    if token.kind != "side" or token.value == "bilateral":
        return False
    return not _is_way_in(text, token) or bool(_OPERATED.match(text, token.end))


_OPERATED = re.compile(
    r"[^.;\n]{0,40}\b(?:endarterect\w+|patch\w*|profundaplast\w+|bypass|PTA|stent\w*|angioplast\w+|occlu\w+|stenos\w+)",
    re.IGNORECASE,
)


def _is_way_in(text: str, side: Token) -> bool:
    """True for "left radial access", "from the left" and "absent femorals of both sides"; both groins are none."""
    if _PULSES.match(text, side.end):
        return True
    entered = _ENTERED.match(text, side.end) or _COMING_FROM.search(text, max(0, side.start - 30), side.start)
    return side.value != "bilateral" and bool(entered)


_BOTH_OF = cue("both-of-one-leg")
_ENTERED = cue("entered")
_GROIN = re.compile(r"\b(right|left|[RL]t?)\.?\s+(?:common\s+)?(?:groin|femoral|CFA)\b", re.IGNORECASE)
_COMING_FROM = cue("coming-from")
_PULSES = cue("pulses-of-both")
_SOME_LEG = cue("some-leg")
_NEW = re.compile(r"\b(?:an?|(?<!this )(?<!that )(?<!the )one|another|some)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


_SIDE_BY_SIDE = cue("side-by-side")


def places_named(sentence: str, part: Part) -> Iterator[Place]:
    """The places a clause names, each with the sides beside it."""
    anchors = [t for t in part.anchors if t.kind in ("vessel", "short")]
    specific = [t for t in anchors if not t.value.endswith("/")]
    kissed = _KISSING.search(sentence, part.tokens[0].start, part.tokens[-1].end) if part.tokens else None
    kissing = kissed is not None and not WOULD.search(sentence[: kissed.start()])
    beside = _SIDE_BY_SIDE.search(sentence) if not anchors and any(t.kind == "treatment" for t in part.tokens) else None
    if beside and not WOULD.search(sentence[: beside.end()]):
        yield Territory.ILIAC, Vessel.COMMON_ILIAC, tuple(Side)
    for token in specific or anchors:
        territory, vessel = token.value.split("/")
        sides = _side_of(token, part, sentence)
        spoken = _EACH.search(sentence[: token.start]) or (kissing and _is_of_both(sentence, token))
        if territory == "iliac" and vessel and not sides and spoken:
            sides = tuple(Side)
        if kissing and territory == "iliac" and not vessel:
            yield Territory.ILIAC, Vessel.COMMON_ILIAC, tuple(Side)
        else:
            yield Territory(territory), Vessel(vessel) if vessel else None, sides


_KISSING = quick(r"\bkissing\b")


def _is_of_both(sentence: str, token: Token) -> bool:
    """True for a vessel that words only mean, and for a plural: "kissing stents in the CIAs"."""
    plural = token.value == "iliac/common-iliac" and sentence[token.end - 1 : token.end].lower() == "s"
    return token.start == token.end or plural


_EITHER = re.compile(r"(?:R/L|L/R)\s+[^\s,;]*[^s]", re.IGNORECASE)
_OF_BOTH = re.compile(
    r"\b(?:kissing|both|bilat\w*|each|stents|balloons|lesions|occlusions|stenoses|CTOs)\b", re.IGNORECASE
)
_PAIR = re.compile(r"\s*(?:\+|&|/|and)\s*", re.IGNORECASE)
_EACH = quick(r"\b(?:each|neither)\s+$")


def _side_of(vessel: Token, part: Part, sentence: str) -> tuple[Side, ...]:
    sides = [t for t in part.tokens if t.kind == "side"]
    opened = sentence.rfind("(", 0, vessel.start)
    if opened >= 0 and ")" not in sentence[opened : vessel.start]:
        closed = sentence.find(")", vessel.end)
        sides = [t for t in sides if t.start < closed or closed < 0]
        leg = _LEG_OF_BRACKETS.search(sentence, 0, opened + 1) if not any(t.start > opened for t in sides) else None
        if leg is not None:
            return _named(leg.group(1).lower())
    following = [t for t in sides if t.start >= vessel.end]
    after = following[0] if len({t.value for t in following}) == 1 else None
    pair = following[:2]
    if len(pair) == 2 and len(part.anchors) == 1 and _PAIR.fullmatch(sentence[pair[0].end : pair[1].start]):
        return tuple(dict.fromkeys((*_named(pair[0].value), *_named(pair[1].value))))
    if after is not None and re.fullmatch(
        r"[\s,(]*(?:(?:artery|on|of|the|side|in|at|leg|stenosis|occlusion)\s*)*[\s,(]*",
        sentence[vessel.end : after.start],
    ):
        before_close = [t for t in sides if t.end <= vessel.start and vessel.start - t.end <= 2]
        if not before_close:
            return _named(after.value)
    before = [t for t in sides if t.end <= vessel.start]
    if len(before) > 1 and re.fullmatch(
        r"\s*(?:and|&|/|,|\+)\s*(?:then\s+)?(?:(?:an)?other\s+|one\s+)?(?:(?:in|of|to|on)\s+)?(?:the\s+)?",
        sentence[before[-2].end : before[-1].start],
        re.IGNORECASE,
    ):
        if _EITHER.fullmatch(sentence, before[-2].start, vessel.end) and not _OF_BOTH.search(sentence):
            return ()
        return tuple(dict.fromkeys((*_named(before[-2].value), *_named(before[-1].value))))
    if before and _is_beside(sentence[before[-1].end : vessel.start]):
        return _named(before[-1].value)
    if before:
        return _named(before[-1].value) if _ON_THAT_SIDE.search(sentence[: before[-1].start]) else ()
    if len({t.value for t in sides}) > 1 and len(part.anchors) == 1:
        named = [t for t in sides if t.value != "bilateral"]
        counted = all(re.match(r"\s*[:=]?\s*\d", sentence[t.end :]) for t in named)
        return tuple(Side) if counted else ()
    return _named(after.value) if after is not None else ()


_LEG_OF_BRACKETS = re.compile(r"\b(left|right)\s+(?:side|leg|limb)\b[^.;,()]{0,30}\($", re.IGNORECASE)
_BESIDE = cue("beside")
_ON_THAT_SIDE = re.compile(r"(?:^\W*|[,;]\s*(?:and\s+)?|\band\s+)on\s+the\s+$", re.IGNORECASE)


def _is_beside(between: str) -> bool:
    """True when a side and the vessel after it stand in one phrase."""
    return len(between) < 70 and bool(_BESIDE.fullmatch(between))


def sides_in(tokens: Sequence[Token]) -> tuple[Side, ...]:
    """The side of a stretch of text when it names only one; right and left apart bind nothing."""
    values = {t.value for t in tokens if t.kind == "side"}
    return _named(values.pop()) if len(values) == 1 else ()


def _named(value: str) -> tuple[Side, ...]:
    return tuple(Side) if value == "bilateral" else (Side(value),)
