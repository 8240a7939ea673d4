"""The lesions a clause states, denies, doubts or only refers to.

Knows lesion words and what stands around them: negation, doubt, how it looked after treatment, bare percentages.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.aftermath import is_after, is_of_result
from cds_service.fhir.notes.clauses import Part
from cds_service.fhir.notes.occasions import (
    found_now,
    is_of_old_study,
    is_of_study_before,
    is_of_this_occasion,
)
from cds_service.fhir.scopes import is_denied, is_past
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_DEFINITE = cue("definite")


def lesions_said(
    sentence: str, part: Part, tokens: Sequence[Token], lesions: Sequence[Token], *, section: str
) -> tuple[set[str], set[str], set[str], set[str]]:
    """The lesions a clause states, those it denies, those it doubts, and those it speaks of as known."""
    firm: set[str] = set()
    denied: set[str] = set()
    unsure: set[str] = set()
    definite: set[str] = set()
    doubtful = [t for t in tokens if t.kind == "scope" and t.value == "uncertain"]
    for token in lesions:
        if _BEYOND.search(sentence[: token.start]) and _STENT.match(sentence[token.end :]):
            continue
        if is_denied(token, tokens, sentence) and not _NEITHER.search(sentence[: token.start]):
            denied.add(token.value)
        elif is_of_result(token, tokens, sentence, section) or _is_from_work(token, sentence):
            continue
        elif _CLEARED.match(sentence[token.end :]):
            unsure.add(token.value)
        elif token.value in ("in-stent", "acute"):
            firm.add(token.value)
        elif any(_in_reach(s, token, sentence) and not _is_ahead(s, token, sentence) for s in doubtful):
            if not (token.value in firm and _AS_SEEN.search(sentence[: token.start])):
                unsure.add(token.value)
        elif not part.anchors and _is_definite(sentence[: token.start]) and not _is_said_of(token, sentence):
            definite.add(token.value)
        else:
            firm.add(token.value)
            firm |= {"in-stent"} if _STENT_IS.search(sentence[: token.start]) else set()
    if not {*firm, *denied, *unsure, *definite} - {"in-stent", "acute"} and section != "result":
        firm |= _percent(sentence, part, tokens)
    return firm, denied, unsure, definite


_BEYOND = re.compile(
    r"\b(?:(?:distal|proximal|caudal|cranial)\s+to|below|above|beyond|past|beneath)\s+(?:the|this|that)\s+(?:\w+\s+)?$",
    re.I,
)
_STENT = re.compile(r"\s+(?:\w+\s+)?(?:stents?|(?:stent[\s-]*)?graft|bypass)\b", re.IGNORECASE)
_STENT_IS = cue("stent-in-vessel-is")
_FIGURE = cue("figure")
_CLEARED = cue("cleared")
_BY_WORK = cue("after-work")
_DEALT_WITH_BY = cue("dealt-with-by")
_ONE_OF_TWO = re.compile(r"\bthe\s+(?:former|latter)\s+(?:\w+ly\s+)?$", re.IGNORECASE)


def _is_from_work(lesion: Token, sentence: str) -> bool:
    """True for "a narrowing after the balloon"; not for "we treated the stenosis by stenting"."""
    return bool(_BY_WORK.match(sentence[lesion.end :])) and not _DEALT_WITH_BY.search(sentence[: lesion.start])


def _is_said_of(lesion: Token, sentence: str) -> bool:
    """True for "the former narrowed, the latter blocked": said of a vessel, and no lesion known already."""
    said = sentence[lesion.start : lesion.end].lower().endswith("ed")
    return said and bool(_ONE_OF_TWO.search(sentence[: lesion.start]))


def is_slight(words: str) -> bool:
    """True for a narrowing of less than half: what is left after treatment, or was never treated."""
    match = _FIGURE.match(words)
    return match is not None and int(match.group(1)) < 50


_OTHER_LEG = cue("other-leg")
_YEAR_AFTER = re.compile(r"\s+(?:back\s+)?(?:in|during)\s+(?:\w+\s+)?(?:19|20)\d\d\b", re.IGNORECASE)
_YEAR_BEFORE = re.compile(r"^\W*(?:back\s+)?in\s+(?:\w+\s+)?(?:19|20)\d\d\b[^.;,:]*$", re.IGNORECASE)
_PROGRESSED = re.compile(
    r"\b(?:has|had|have)\s+(?:\w+\s+){0,5}?(?:progressed|advanced|evolved|worsened|gone\s+on)\s+(?:to|into)\b",
    re.IGNORECASE,
)
_UNTIL_NOW = re.compile(r"\b(?:previously|formerly|hitherto)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
_REOPENED = re.compile(
    r"\b(?:restor\w+|re-?open\w+|recanali\w+|re-?establish\w+|(?:is|are)\s+now\s+(?:widely\s+)?(?:patent|open))\b",
    re.IGNORECASE,
)


_UNANSWERED = re.compile(r"\s*[:?]\s*(?:unknown|unclear|uncertain|unsure|not\s+\w+|n/?a\b|\?|-*\s*$)", re.IGNORECASE)


def is_told_of_today(lesion: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """False for a lesion of another day, of the other leg, or too slight to be one."""
    before, words, after = sentence[: lesion.start], sentence[lesion.start : lesion.end], sentence[lesion.end :]
    past = is_past(lesion, tokens, sentence) and not is_of_this_occasion(sentence, before, after)
    past = past or _YEAR_BEFORE.search(before) is not None
    past = past and not (_UNTIL_NOW.search(before) and _REOPENED.search(sentence))
    if (
        past
        or _YEAR_AFTER.match(after)
        or _UNANSWERED.match(after)
        or is_of_old_study(sentence)
        or _was_found_otherwise(lesion, tokens, sentence)
    ):
        return False
    grown = lesion.value == "stenosis" and _PROGRESSED.search(after)
    if grown and any(t.kind == "lesion" and t.value == "occlusion" and t.start >= lesion.end for t in tokens):
        return False
    return not is_slight(words) and not _OTHER_LEG.search(before)


def _was_found_otherwise(lesion: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """True for the stenosis of "CTA called it a stenosis, but on today's angiogram it is an occlusion"."""
    if lesion.value != "stenosis" or not is_of_study_before(sentence):
        return False
    now = found_now(sentence, lesion.end)
    return now >= 0 and any(t.kind == "lesion" and t.value == "occlusion" and t.start > now for t in tokens)


_NEITHER = re.compile(r"\bneither\s+(?:\w+\s+)?$", re.IGNORECASE)
_VERB = cue("verb")


_ALL_OF = re.compile(r"\s(?:both|each|all)\s", re.IGNORECASE)


def _is_definite(before: str) -> bool:
    """True for "the occlusion", "this tight stenosis"; not for "its trunk was occluded"."""
    match = _DEFINITE.search(before)
    return match is not None and not (_VERB.search(match.group()) or _ALL_OF.search(match.group()))


def _in_reach(scope: Token, lesion: Token, sentence: str) -> bool:
    between = sentence[min(scope.end, lesion.end) : max(scope.start, lesion.start)]
    return len(between) < 45 and not re.search(r"[,;]", between)


_AS_SEEN = re.compile(
    r"\b(?:consistent|compatible|in\s+keeping)\s+with\s+(?:an?\s+)?(?:(?:chronic|longstanding|long-standing|known|old|total|complete)\s+)*$",
    re.IGNORECASE,
)
"""What the words before it already said of the vessel: "does not opacify, consistent with an occlusion"."""
_MODAL = re.compile(r"(?:may|might|could)\s+be|(?:consistent|compatible|in\s+keeping)\s+with", re.IGNORECASE)


def _is_ahead(scope: Token, lesion: Token, sentence: str) -> bool:
    """True for "could be" after a lesion: it doubts what follows it."""
    return scope.start >= lesion.end and bool(_MODAL.match(sentence, scope.start))


_PERCENT_BY = cue("percent-by")
_NO_LUMEN = cue("percent-of-else")
_BEFORE_WORK = cue("before-work")
_BESIDE = re.compile(
    r"[\s:(),=|\u2013\u2014-]*(?:(?:is|was|are|were|both|each|all|also|lesion|stenosis|artery|of|osti\w+|mid|prox\w*|dist\w*"
    r"|left|right|[LR]t?|dx|dext\w*|sin|re|li|smooth|calcified|(?:ec|con)centric|short|focal|long|tight|ulcerated)\b\.?"
    r"[\s:(),=\u2013\u2014-]*){0,3}",
    re.IGNORECASE,
)


_ON_FIRST = re.compile(
    r"\s*(?:\w+\s+)?(?:on|at)\s+(?:the\s+)?(?:first|initial|opening|diagnostic|baseline|scout)\s+(?:run|angio\w*|shot|injection)\b",
    re.IGNORECASE,
)


_MEASURED = re.compile(
    r"\s*[,;(]\s*(?:\w+\s+){0,3}?(?:length|long|\d+\s*(?:mm|cm)|calcif\w*|(?:ec|con)centric|focal|ostial|circumferential)\b",
    re.IGNORECASE,
)
"""What follows the degree of a lesion whose artery the sentence before named."""
_AHEAD = re.compile(r"\s+(?:(?:left|right|[LR]t?)\.?\s*)?", re.IGNORECASE)
_OPENS = re.compile(r"(?:.*[.;,\n])?[\s*\u2022-]*", re.DOTALL)


def _percent(sentence: str, part: Part, tokens: Sequence[Token]) -> set[str]:
    """A bare percentage beside a vessel says how narrow it was; after an arrow, or after treatment, how it ended."""
    out: set[str] = set()
    done = min((t.start for t in part.tokens if t.kind == "treatment"), default=len(sentence))
    for token in part.tokens:
        before = sentence[: token.start]
        told_before = _BEFORE_WORK.search(before) or _ON_FIRST.match(sentence, token.end)
        if token.kind != "percent" or (token.start > done and not told_before) or is_after(token, tokens, sentence):
            continue
        named = (*part.anchors, *(t for t in part.tokens if t.kind == "refer" and t.value == "each"))
        beside = any(told_before or _BESIDE.fullmatch(before[t.end :]) for t in named if t.end <= token.start)
        ahead = any(_AHEAD.fullmatch(sentence, token.end, t.start) for t in part.anchors if t.start >= token.end)
        alone = not part.anchors and _MEASURED.match(sentence, token.end) is not None
        beside = beside or ((ahead or alone) and _OPENS.fullmatch(before) is not None)
        if (
            _NO_LUMEN.match(sentence[token.end :])
            or not (beside or _PERCENT_BY.match(sentence[token.end :]))
            or re.search(r"(?:->|→|to)\s*$", before)
        ):
            continue
        figure = sentence[token.start : token.end]
        if is_slight(figure):
            continue
        out.add("occlusion" if figure.startswith("100") else "subtotal" if figure.startswith("99") else "stenosis")
        break
    return out
