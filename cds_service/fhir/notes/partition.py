"""A sentence parted: lists, "respectively", "each", and words that several vessels share.

Knows how lists are written. Weighing the ways to part a sentence is `clauses`' business.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from cds_service.fhir.notes.clauses import Part, is_content, parts_of
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token


def parts_of_sentence(sentence: str, tokens: list[Token], anchors: list[Token]) -> list[Part]:
    """The parts of a sentence; what follows "each" or "both" after a list of vessels is a part for all of them."""
    left = _LEFT_IT.search(sentence) if any(t.kind == "refer" for t in tokens) else None
    if left is not None and anchors and anchors[0].start >= left.end():
        turn = sum(t.start < left.end() for t in tokens)
        return [Part(tokens=tuple(tokens[:turn]), anchors=()), *parts_of(sentence, tokens[turn:], anchors)]
    if not anchors and (apart := _by_lesion(sentence, tokens)):
        return apart
    listed = _listed_in_brackets(sentence, tokens, anchors)
    if listed:
        each = Token(kind="refer", value="each", start=listed, end=listed)
        turn = sum(t.start < listed for t in tokens)
        return [*parts_of(sentence, tokens[:turn], anchors), Part(tokens=(each, *tokens[turn:]), anchors=())]
    pairs = _respectively(sentence, tokens, anchors) or _by_treatment(sentence, tokens, anchors)
    if pairs:
        return pairs
    turn = _known_lesion_first(sentence, tokens, anchors)
    if turn:
        return [Part(tokens=tuple(tokens[:turn]), anchors=()), *parts_of(sentence, tokens[turn:], anchors)]
    spoken = [i for i, t in enumerate(tokens) if t.kind == "refer" and t.value in ("former", "latter")]
    if len(spoken) > 1 and not any(a.start > tokens[spoken[0]].start for a in anchors):
        acted = [i - 1 for i in spoken if i and _is_done_to(sentence, tokens[i - 1], tokens[i])]
        spoken = acted if len(acted) == len(spoken) else spoken
        if _OF_WHICH.search(sentence[: tokens[spoken[0]].start]):
            bounds = [0, *(_turn(sentence, tokens, a, b) for a, b in pairwise(spoken)), len(tokens)]
        else:
            bounds = [0, *spoken, len(tokens)] if spoken[0] else [*spoken, len(tokens)]
        return [
            part
            for a, b in pairwise(bounds)
            for part in parts_of(sentence, tokens[a:b], [x for x in anchors if x in tokens[a:b]])
        ]
    at = next((i for i, t in enumerate(tokens) if t.kind == "refer" and t.value == "each"), None)
    last = anchors[-1].end if anchors else 0
    if at is None or len(anchors) < 2 or tokens[at].start < last:
        return parts_of(sentence, tokens, anchors)
    return [*parts_of(sentence, tokens[:at], anchors), Part(tokens=tuple(tokens[at:]), anchors=())]


_ONE_OF_THEM = re.compile(
    r"\b(?:of\s+which|one\s+of|only\s+the|the\s+(?:upper|lower|former|latter|first|second|other|proximal|distal|\w+\s+one))\b",
    re.I,
)
_BRACKETS = re.compile(r"\([^()]{5,120}\)")


def _listed_in_brackets(sentence: str, tokens: Sequence[Token], anchors: Sequence[Token]) -> int:
    """Where the words begin that are of each vessel listed before in brackets: "two occlusions (...) were dilated"."""
    if len(anchors) < 2 or "(" not in sentence:
        return 0
    for found in _BRACKETS.finditer(sentence):
        if not all(found.start() < a.start < found.end() for a in anchors):
            continue
        kinds = [{t.kind for t in tokens if a <= t.start < b} for a, b in pairwise((0, *found.span(), len(sentence)))]
        if _ONE_OF_THEM.search(sentence, found.end()):
            return 0
        if "lesion" in kinds[0] and not any("treatment" in k for k in kinds[:2]) and "treatment" in kinds[2]:
            return found.end()
    return 0


def _is_done_to(sentence: str, treatment: Token, spoken: Token) -> bool:
    """True for "stented the former"."""
    return treatment.kind == "treatment" and not sentence[treatment.end : spoken.start].strip()


def _by_lesion(sentence: str, tokens: Sequence[Token]) -> list[Part]:
    """ "The stenosis was stented, the occlusion dilated": each lesion spoken of as known, with what was done to it."""
    heads = [i for i, t in enumerate(tokens) if t.kind == "lesion" and t.value in ("stenosis", "occlusion")]
    if len(heads) != 2 or tokens[heads[0]].value == tokens[heads[1]].value:
        return []
    turns = [_tied(sentence, tokens, i) for i in heads]
    if any(
        i == turn and not _THE_LESION.search(sentence[: tokens[i].start]) for i, turn in zip(heads, turns, strict=True)
    ):
        return []
    cuts = [0, turns[1], len(tokens)]
    if not all(any(t.kind == "treatment" for t in tokens[a:b]) for a, b in pairwise(cuts)):
        return []
    return [Part(tokens=tuple(tokens[a:b]), anchors=()) for a, b in pairwise(cuts)]


def _tied(sentence: str, tokens: Sequence[Token], lesion: int) -> int:
    """Where the words on a lesion begin: at the treatment right before it in "a stent across the stenosis"."""
    before = tokens[lesion - 1] if lesion else None
    tied = before and before.kind == "treatment" and _INTO_IT.fullmatch(sentence[before.end : tokens[lesion].start])
    return lesion - 1 if tied else lesion


def _by_treatment(sentence: str, tokens: Sequence[Token], anchors: Sequence[Token]) -> list[Part]:
    """ "Stenting of the common iliac with ... and dilatation of the external": each treatment with its vessel."""
    heads = [i for i, t in enumerate(tokens) if t.kind == "treatment" and _heads(sentence, t, anchors)]
    if len(heads) < 2 or len(heads) != sum(a.start > tokens[heads[0]].start for a in anchors):
        return []
    first = heads[0] if anchors[0].start < tokens[heads[0]].start else 0
    cuts = [first, *heads[1:], len(tokens)]
    parts = [tuple(tokens[a:b]) for a, b in pairwise(cuts)]
    return [Part(tokens=own, anchors=tuple(a for a in anchors if a in own)) for own in parts]


def _heads(sentence: str, treatment: Token, anchors: Sequence[Token]) -> bool:
    following = next((a for a in anchors if a.start >= treatment.end), None)
    return following is not None and bool(_OF_VESSEL.fullmatch(sentence[treatment.end : following.start]))


_OF_VESSEL = re.compile(
    r"\s+of\s+(?:(?:an?|the|chronically|totally|completely|occluded|stenosed|stenotic|narrowed)\s+){0,4}"
    r"(?:(?:left|right|[LR]t?)\.?\s+)?",
    re.IGNORECASE,
)


def _known_lesion_first(sentence: str, tokens: Sequence[Token], anchors: Sequence[Token]) -> int:
    """Where the words on a vessel begin, after words on a lesion spoken of as known; 0 for no such sentence."""
    lesion = next((i for i, t in enumerate(tokens) if t.kind == "lesion"), None)
    if lesion is None or not anchors or anchors[0].start < tokens[lesion].end:
        return 0
    if not _KNOWN.search(sentence[: tokens[lesion].start]):
        return 0
    done = [i for i, t in enumerate(tokens) if t.kind == "treatment" and lesion < i and t.start < anchors[0].start]
    turns = (b for a, b in pairwise(done) if _AND_DID.fullmatch(sentence[tokens[a].end : tokens[b].start]))
    return next(turns, 0)


_KNOWN = re.compile(r"\b(?:the|this|that)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_AND_DID = re.compile(
    r"[^.;]{0,30}?,?\s*\b(?:and|then|while)\s+(?:\w+\s+){0,4}"
    r"|[^.;]{0,60}?,?\s*\band\s+(?:then\s+)?(?:put|placed|deployed|laid|implanted|positioned)\s+(?:\w+\s+){0,5}",
    re.IGNORECASE,
)


def _turn(sentence: str, tokens: Sequence[Token], first: int, second: int) -> int:
    """Where the words on the former end and those on the latter begin: after the last "and" between them."""
    between = range(first + 1, second + 1)
    turns = [k for k in between if _AND_ON.search(sentence[tokens[k - 1].end : tokens[k].start])]
    return turns[-1] if turns else first + 1


def _respectively(sentence: str, tokens: Sequence[Token], anchors: Sequence[Token]) -> list[Part]:
    """ "The common and external iliac were stenosed and occluded, respectively": each vessel with its own word."""
    if len(anchors) < 2 or not re.search(r"\brespectively\b", sentence, re.IGNORECASE):
        return []
    kinds = [[t for t in tokens if t.kind == kind and is_content(t)] for kind in ("lesion", "treatment")]
    kinds = [
        [
            t
            for i, t in enumerate(found)
            if not i or found[i - 1].value != t.value or _AND_ON.search(sentence[found[i - 1].end : t.start])
        ]
        for found in kinds
    ]
    if any(len(found) not in (0, len(anchors)) for found in kinds) or not any(kinds):
        return []
    sides = [t for t in tokens if t.kind == "side"]
    out = []
    for number, anchor in enumerate(anchors):
        own = [anchor, *sides, *(found[number] for found in kinds if found)]
        out.append(Part(tokens=tuple(sorted(own, key=lambda t: t.start)), anchors=(anchor,)))
    return out


_LEFT_IT = cue("left-it-and")
_INTO_IT = re.compile(
    r"(?:\s+\w+){0,3}?\s+(?:across|over|in|into|for|to|of)\s+(?:the|that)\s+(?:\w+\s+){0,2}", re.IGNORECASE
)
_THE_LESION = re.compile(
    r"(?:^|[,;]|\band|\bthen|\bbut|\bwhile|\bwhereas|\bcrossing|\bpassing|\btraversing)\s*(?:the|that)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_OF_WHICH = re.compile(r"\b(?:of|in|to|for)\s+$", re.IGNORECASE)
_AND_ON = re.compile(r"\band\b|[;,&+]", re.IGNORECASE)
_ALSO = cue("also")
_NOT_TREATED = cue("not-treated")
_SHARES = cue("shares")


def shares_treatment(sentence: str, part: Part) -> bool:
    """True for "…, and of the internal iliac": the treatment named before is meant again."""
    if not part.tokens:
        return False
    before, own = sentence[: part.tokens[0].start], sentence[part.tokens[0].start :]
    if _SHARES.search(before) or _TO_SIZE.match(own):
        return True
    lesion = any(t.kind == "lesion" for t in part.tokens)
    return lesion and bool(_ALSO.search(before)) and not _NOT_TREATED.search(own) and bool(_OF.search(before))


def shares_lesion(sentence: str, part: Part) -> bool:
    """True for "..., as was the external" and "occlusion of the common and, separately, of the external iliac"."""
    before = sentence[: part.anchors[0].start]
    if any(is_content(t) and t.kind != "state" for t in part.tokens):
        return False
    if _DEGREE.match(sentence, part.anchors[0].end) and _NARROWED.search(before):
        return True
    return bool(_LIKEWISE.search(before) or (_SHARES.search(before) and _LESION_OF.search(before)))


_DEGREE = re.compile(r"\s+(?:to|by|at)\s+(?:about\s+|some\s+)?[5-9]\d\s*(?:%|per)", re.IGNORECASE)
_NARROWED = re.compile(
    r"\b(?:narrow\w*|stenos\w*)\s+(?:to|by|at)\s+(?:about\s+|some\s+)?\d\d\s*(?:%|per)", re.IGNORECASE
)


def done_as_well(sentence: str, part: Part) -> bool:
    """True for "the common was stented, as was the external": what was done goes on to the next vessel."""
    before = sentence[: part.anchors[0].start]
    found = _AS_WELL.search(before)
    return found is not None and bool(_DONE_BEFORE.search(before, 0, found.start()))


_AS_WELL = cue("as-well")
_DONE_BEFORE = re.compile(r"ed\b[^.;]*$", re.IGNORECASE)
_LIKEWISE = cue("likewise")
_LESION_OF = cue("lesion-of")
_TO_SIZE = cue("to-size")
_OF = cue("of")
