"""What a plural tells of several vessels at once: "two occlusions: ...", "both were stented: the ... and the ...".

Knows plurals, counts and lists within a sentence.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.clauses import is_content
from cds_service.fhir.notes.polarity import How, how
from cds_service.fhir.scopes import is_denied
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_SEVERAL = cue("several")


def _bare_list(lesion: Token, tokens: Sequence[Token]) -> bool:
    """ "Iliac CTOs, both CIA + EIA": a plural before a list that says nothing else of its vessels."""
    named = [t for t in tokens if t.kind in ("vessel", "short") and t.start >= lesion.end and not t.value.endswith("/")]
    return len(named) > 1 and not any(is_content(t) for t in tokens if t.start > named[0].start)


def _is_of_list(sentence: str, lesion: Token, tokens: Sequence[Token]) -> bool:
    """True for "stenoses of the right common (stent) and external (balloon) iliac arteries"."""
    named = [t for t in tokens if t.kind in ("vessel", "short") and t.start >= lesion.end and not t.value.endswith("/")]
    return len(named) > 1 and bool(_OF_THE.fullmatch(sentence[lesion.end : named[0].start]))


def _ends_list(sentence: str, lesion: Token, tokens: Sequence[Token]) -> bool:
    """True for "the external and then the common iliac occlusions"."""
    named = [t for t in tokens if t.kind in ("vessel", "short") and t.end <= lesion.start][-2:]
    if len(named) < 2 or sentence[named[1].end : lesion.start].strip():
        return False
    return bool(_AND_THEN.fullmatch(sentence[named[0].end : named[1].start]))


_AND_THEN = re.compile(r"\s*(?:and|&|\+)\s*(?:then\s+)?(?:the\s+)?(?:(?:left|right|[LR]t?)\.?\s+)?", re.IGNORECASE)
_OF_THE = re.compile(r"\s+(?:of|in)\s+(?:the\s+)?(?:(?:left|right|[RL]t?)\.?\s+)?", re.IGNORECASE)
_ALL = re.compile(r"\b(?:both|all(?:\s+three)?)\s+$", re.IGNORECASE)
_HOW_MANY = cue("how-many")
_THREE = re.compile(r"\b(?:three|3|x\s*3)\b", re.IGNORECASE)


def counted_plural(sentence: str, several: frozenset[str]) -> tuple[str, int]:
    """The lesion a plural names, and of how many vessels."""
    count = 3 if _THREE.search(sentence) else 2 if _HOW_MANY.search(sentence) else 0
    told = count or _LISTED.search(sentence) or _HEADS.fullmatch(sentence)
    return (next(iter(several)), count) if several and told else ("", 0)


_HEADS = cue("plural-alone")
_LISTED = re.compile(r"(?:ions|oses|CTOs|ings)\s*:", re.IGNORECASE)


_ALL_OF_THEM = cue("all-of-them")


def _is_of_all(sentence: str, lesion: Token, tokens: Sequence[Token]) -> bool:
    """True for "all three arteries chronically occluded", where the sentence names none of them but after a colon."""
    listed = sentence.find(":", lesion.end)
    end = len(sentence) if listed < 0 else listed
    named = any(t.kind in ("vessel", "short") and not t.value.endswith("/") and t.start < end for t in tokens)
    both_legs = any(
        t.kind == "side" and t.value == "bilateral" and not _NAMES_LEG.match(sentence, t.end) for t in tokens
    )
    if named or both_legs or is_denied(lesion, tokens, sentence):
        return False
    return bool(_ALL_OF_THEM.search(sentence[: lesion.start]))


_NAMES_LEG = re.compile(r"\s+(?:of\s+the\s+)?(?:left|right|[LR]t?)\b", re.IGNORECASE)


def _is_counted(sentence: str, lesion: Token) -> bool:
    """True for "three occluded left iliac vessels", "two occluded stretches"."""
    return bool(_COUNTED.search(sentence[: lesion.start]) and _VESSELS.match(sentence[lesion.end :]))


_COUNTED = cue("counted-vessels")
_VESSELS = re.compile(
    r"\s+(?:(?:left|right|iliac|pelvic)\s+)*(?:vessels|arteries|segments|stretches|sections|portions|places|lesions|spots)\b",
    re.IGNORECASE,
)


def _is_of_several(sentence: str, lesion: Token) -> bool:
    """True for "two separate iliac occlusions", and for a heading such as "R iliac CTOs."."""
    return bool(_SEVERAL.search(sentence[: lesion.start]) or _HEADS.fullmatch(sentence))


def shared_plural(sentence: str, tokens: Sequence[Token]) -> frozenset[str]:
    """ "Two occlusions: one in the common, one in the external", "both occluded: CIA and EIA": shared by the list."""
    for token in tokens:
        said = sentence[token.start : token.end].lower()
        if token.kind == "lesion" and _ALL.search(sentence[: token.start]) and sentence[token.end :].startswith(":"):
            return frozenset({token.value})
        if token.kind == "lesion" and (_is_of_all(sentence, token, tokens) or _is_counted(sentence, token)):
            return frozenset({token.value})
        if (
            token.kind == "lesion"
            and _LISTED.match(sentence, max(0, token.end - 4))
            and not is_denied(token, tokens, sentence)
        ):
            return frozenset({token.value})
        if token.kind == "lesion" and (said.endswith(("ions", "oses", "ctos", "ings")) or "obstructions" in said):
            times = re.match(r"\s*[x×]\s*[23]\b", sentence[token.end :], re.IGNORECASE)
            of_list = _is_of_list(sentence, token, tokens) or _ends_list(sentence, token, tokens)
            levels = re.match(r"\s+(?:at|in|on|of)\s+(?:two|three|both)\b", sentence[token.end :], re.IGNORECASE)
            if (
                of_list or levels or times or _is_of_several(sentence, token) or _bare_list(token, tokens)
            ) and not is_denied(token, tokens, sentence):
                return frozenset({token.value})
    return frozenset()


_HEADS_LIST = cue("heads-list")
_COUNTED_LIST = re.compile(
    r"\s+of\s+(?:the\s+)?(?:2|3|two|three|both)\s+(?:\w+\s+){0,4}?(?:occlusions|CTOs|stenoses|lesions|arteries|vessels)"
    r"\s{0,3}[,:(\u2013-]\s{0,3}(?:(?:the|left|right|[LR]t?)\.?\s+){0,2}",
    re.IGNORECASE,
)
_COMMA = re.compile(r"\s*,\s*(?:(?:the|left|right|[LR]t?)\.?\s+){0,2}", re.IGNORECASE)


def _heads_all(head: Token, tokens: Sequence[Token], anchors: Sequence[Token], sentence: str) -> bool:
    """True for "PTA of 2 occlusions, ..." and for "balloon angioplasty, left common iliac occlusion and ..."."""
    before = sentence[head.end : anchors[0].start]
    if _COUNTED_LIST.fullmatch(before):
        return True
    alone = sum(t.kind == "treatment" for t in tokens) == 1 and not any(t.kind == "scope" for t in tokens)
    found = sum(t.kind == "lesion" for t in tokens)
    return alone and found == len(anchors) and bool(_COMMA.fullmatch(before))


def done_to_all(sentence: str, tokens: Sequence[Token], anchors: Sequence[Token]) -> frozenset[tuple[str, How]]:
    """ "Both were stented: the common, the external after ballooning": what was done to each of the list to come."""
    each = next((t for t in tokens if t.kind == "refer" and t.value == "each"), None)
    first = anchors[0].start if len(anchors) > 1 else 0
    head = tokens[0] if tokens and first else None
    if head is not None and head.kind == "treatment" and _heads_all(head, tokens, anchors, sentence):
        done = how(head, tokens, (0, first), sentence) is How.DONE
        return frozenset({(head.value, How.DONE)}) if done else frozenset()
    if head is not None and head.kind == "treatment" and _HEADS_LIST.fullmatch(sentence[head.end : first]):
        each = head._replace(end=head.start)
    if each is None or each.end > first or ":" not in sentence[each.end : first]:
        return frozenset()
    named = [t for t in tokens if t.kind == "treatment" and each.end <= t.start < first]
    told = {(t.value, how(t, tokens, (each.end, first), sentence)) for t in named}
    return frozenset((t, h) for t, h in told if h is How.DONE)
