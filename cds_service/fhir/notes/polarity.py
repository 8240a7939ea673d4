"""Whether a treatment named in a note was carried out, denied, only thought of, tried in vain, or done long ago.

Knows the words around a treatment within its clause. What it cannot tell apart it calls doubtful, never done.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from cds_service.fhir.notes import occasions
from cds_service.fhir.notes.asides import (
    aside_of,
    comes_after,
    is_length_of_old,
    is_of_earlier,
    is_only_brought,
    is_proposed,
    less_interjection,
    names_way_in_only,
    since_work,
)
from cds_service.fhir.scopes import STARTS_ANEW, is_denied, is_doubtful_treatment, is_old_stent, is_past, is_verb
from cds_service.knowledge.cues import cue
from cds_service.knowledge.quick import quick
from cds_service.knowledge.terms import Token


class How(StrEnum):
    """What the record says of a treatment it names."""

    DONE = "done"
    DENIED = "denied"
    THOUGHT_OF = "thought-of"
    FAILED = "failed"
    OLD = "old"
    REFERRED = "referred"
    DOUBTFUL = "doubtful"


_NEGATED, _FREE, _IF, _NOT_WITH = cue("negated"), cue("free"), cue("if"), cue("not-with")
_NEEDLESS = cue("needless")
_PUT_OFF = cue("put-off")
_AHEAD = cue("ahead")
_IN_CASE = cue("in-case")
_THE_STENT = cue("the-stent")
_LIES = cue("lies")
_BESIDE_STENT = cue("beside-stent")
_CROSSED_OLD = cue("crossed-old")
_OLD_STENT = cue("old-stent-named")
_PLUS_MINUS = cue("plus-minus")
_WILL_BE = cue("will-be")
_ON_CONDITION = re.compile(
    r"[-–—;,(]\s*(?:and\s+|but\s+)?if\s+(?!needed|necessary|required|not\b|so\b|only\b|anything)[^.;,]{2,60},"
    r"\s*(?:(?:then|an?|the|consider|will|would|may|plan)\s+)*(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_AWAITS = cue("awaits")
_DUE_FOR = cue("due-for")
_WELL_APPOSED = cue("well-apposed")
_SHOWN = cue("shown-stent")
_IS_THERE = cue("stent-is-there")
_SIZED_AND_PATENT = cue("sized-and-patent")
_ASIDE = cue("before-parenthesis")
_SPOKEN_ASIDE = re.compile(r"\([^()]*\)(?=\s*\w)")
_IN_ALL = cue("in-all")
_TICKED = cue("ticked")
_TICKED_NO = re.compile(r"\[[xX]\]\s*n|\{[^{}:]{1,30}:\s*n", re.IGNORECASE)
_PUT_IN = cue("put-in")
_ONLY_OPENED = cue("only-opened")
_NOT_USED = cue("not-used")
_FAILED = cue("failed")
_AFTER_FAILURE = cue("after-failure")
_NOT_DONE = re.compile(r"\W*(?:did\s+not|not\s+done)\s*:", re.IGNORECASE)
_AFTERWARDS = re.compile(r"resid|complet|post", re.IGNORECASE)
_STOP_BEFORE, _SIZED = cue("stop-before"), cue("device-size")
_IS_CAUSE, _PAST = cue("stent-is-cause"), cue("past")
_STENTED_AND_PATENT, _WITH_LESION = cue("stented-and-patent"), cue("stent-with-lesion")


_BEFORE_IT = re.compile(r"\bbefore\s+(?:the|this|that)\s+$", re.IGNORECASE)
_TOLD_ELSEWHERE = re.compile(r"s?\s*(?:,|I\b|we\b|went\b|was\s+(?:up|opened)\b)", re.IGNORECASE)


def _as_known(near: str, after: str, sentence: str) -> How | None:
    """What is said of a stent that is spoken of as known, between the words before and after it."""
    if is_of_earlier(after):
        return How.OLD
    if _WELL_APPOSED.match(after) or _SHOWN.search(near):
        return How.REFERRED
    if _IS_THERE.search(near) or _SIZED_AND_PATENT.match(after) or _STENTED_AND_PATENT.match(after):
        return How.DOUBTFUL
    if _BEFORE_IT.search(near) and _TOLD_ELSEWHERE.match(after):
        return How.REFERRED
    known = _IN_ALL.match(after) or is_length_of_old(after, sentence)
    if known or _BESIDE_STENT.search(near) or (_THE_STENT.search(near) and _LIES.match(after)):
        return How.REFERRED
    return None


def how(token: Token, tokens: Sequence[Token], clause: tuple[int, int], sentence: str, *, lead: str = "") -> How:
    """What the clause [start, end) of the sentence says of a treatment it names."""
    before, after = sentence[clause[0] : token.start], sentence[token.end : clause[1]]
    near = _STOP_BEFORE.split(_NOT_WITH.sub(" not ", _SPOKEN_ASIDE.sub(" ", before)))[-1]
    if _AHEAD.match(lead or sentence) or _IN_CASE.match(sentence) or _WILL_BE.search(near) or _is_due(before, after):
        return How.THOUGHT_OF
    if _ON_CONDITION.search(sentence, 0, token.start) or occasions.is_for_later(before, after):
        return How.THOUGHT_OF
    if aside := aside_of(token, sentence, before, after):
        return How(aside)
    if _PLUS_MINUS.search(before):
        return How.DOUBTFUL
    if token.value == "stent" and (known := _as_known(near, after, sentence)) is not None:
        return known
    ticked = _TICKED.match(after)
    if ticked is not None:
        return How.DENIED if _TICKED_NO.search(ticked.group()) else How.DONE
    if is_proposed(sentence, token.start) or comes_after(sentence, token):
        return How.THOUGHT_OF
    if names_way_in_only(sentence, token) or (token.value == "stent" and _IS_CAUSE.search(before)):
        return How.DOUBTFUL
    near = since_work(near) if token.value == "angioplasty" else near
    negated = _is_negated(STARTS_ANEW.split(near)[-1] if token.value == "stent" else near)
    if (negated and not _PAST.search(near)) or _NOT_DONE.match(sentence):
        return How.DENIED
    if _is_old(token, tokens, sentence, clause):
        return How.DOUBTFUL if occasions.is_of_no_day(near, after) else How.OLD
    own = _own_after(after, token, tokens)
    denied = is_denied(token, tokens, sentence) and not (_BUT_DONE.search(near) or near[:5].lower() == "after")
    if negated or denied or _FREE.match(own) or _PUT_OFF.search(own) or _NEEDLESS.match(own):
        return How.DENIED
    if token.value == "stent" and _THE_STENT.search(near) and _CROSSED_OLD.match(after):
        return How.REFERRED
    if token.value == "stent" and (_WORKED_ON.match(after) or _PLACED_EARLIER.match(after)):
        return How.DOUBTFUL
    if _failed(before, after):
        return How.FAILED
    thought = _IF.search(near) or _IF.search(own) or (token.value == "stent" and _ONLY_OPENED.match(after))
    if thought:
        if thought.string is near and _PUT_IN.search(near[thought.end() :]):
            return How.DONE
        if _NOT_USED.search(after):
            return How.DENIED
        put = _PUT_IN.search(after)
        if put is None or _NEGATED.search(after[: put.start()]) or _IF.search(after[: put.start()]):
            return How.THOUGHT_OF
        return How.DONE if token.value != "stent" or not _IF.search(near) else How.DOUBTFUL
    found = token.value == "stent" and _is_as_found(near, after, sentence, tokens)
    waiting = occasions.is_on_a_day(after) or (token.value == "angioplasty" and is_only_brought(near, after, sentence))
    return How.DOUBTFUL if found or waiting or is_doubtful_treatment(token, tokens, sentence) else How.DONE


_AS_FOUND, _HAS_ONE = cue("stent-as-found"), cue("has-a-stent")


def _is_as_found(near: str, after: str, sentence: str, tokens: Sequence[Token]) -> bool:
    """True for "the CIA stent looks fine" and "the CIA has a stent": there, and not told as put in."""
    reworked = _AS_FOUND.match(after) and after.lstrip("s ").startswith(":")
    if (_SIZED.search(sentence) and not reworked) or _PUT_IN.search(after) or _PLACING.search(near):
        return False
    if not reworked and any(t.kind == "lesion" and t.value in ("stenosis", "occlusion", "subtotal") for t in tokens):
        return False
    return bool(_AS_FOUND.match(after) or _HAS_ONE.search(near))


def _is_due(before: str, after: str) -> bool:
    """True for "... awaits approval", "... is down for the 25th", "will be treated next week with ..."."""
    return bool(_AWAITS.match(after) or _DUE_FOR.match(after) or _TO_BE_TREATED.search(before))


_TO_BE_TREATED = cue("to-be-treated")


_BUT_DONE = cue("but-done")


def _is_negated(near: str) -> bool:
    """True when a negation reaches the end of these words; "without difficulty and" reaches no verb after it."""
    found = list(_NEGATED.finditer(near[-60:]))
    return bool(found) and not _BUT_DONE.search(near[-60:][found[-1].start() :])


_LEADS_ON = cue("leads-on")
_DENYING = quick(r"not|no|never|without|neither|nor")  # every match of "leads-on" has one of these


def _own_after(after: str, token: Token, tokens: Sequence[Token]) -> str:
    """The words after a treatment that are still about it."""
    nearest = min((t.start for t in tokens if t.kind == "treatment" and t.start >= token.end), default=None)
    own = less_interjection(after if nearest is None else after[: nearest - token.end])[:70]
    if nearest is not None and nearest - token.end <= 70 and _DENYING.search(own):
        own = _LEADS_ON.sub("", own)
    return re.split(r"[;]|,(?! *(?:but|was|were|not|returned|seal|unopened|unused|left in))", own)[0]


def _failed(before: str, after: str) -> bool:
    """True for an attempt that the same clause does not turn to success."""
    for text, is_before in ((before, True), (after, False)):
        for match in _FAILED.finditer(text):
            if is_before and (_AFTER_FAILURE.search(text[: match.start()]) or "," in text[match.end() :]):
                continue
            if not is_before and _STOP_BEFORE.search(after[: match.start()]):
                continue
            return True
    return False


_WORKED_ON = cue("worked-on")
_PLACED_EARLIER = cue("placed-earlier")
_PLACING = cue("placing")


def in_case(sentence: str) -> bool:
    """True for "If it narrows again, ...": a sentence on what may come."""
    return bool(_IN_CASE.match(sentence))


_DATED_LABEL = cue("dated-label")
_HOME = re.compile(
    r"\b(?:went|goes|go|sent|was|is)\s+(?:home|discharged)\b|\bdischarged?\b|\bfollow-?up\b", re.IGNORECASE
)
_DAY_AT_HEAD = re.compile(
    r"[^.;:\d]{0,24}(?:stage\s\d\b[^.;:\d]{0,9})?\b\d{1,2}(?:st|nd|rd|th)?\s+(?:january|february|march|april|june|july|august|"
    r"september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b",
    re.IGNORECASE,
)


def _is_old(token: Token, tokens: Sequence[Token], sentence: str, clause: tuple[int, int]) -> bool:
    before = occasions.SINCE.sub(" ", _ASIDE.sub(" ", sentence[clause[0] : token.start]))
    after = sentence[token.end : clause[1]]
    noun = not sentence[token.start : token.end].lower().endswith("ed") and not is_verb(sentence[: token.start], after)
    if token.value == "stent" and noun and _WITH_LESION.match(after):
        return True
    if token.value == "stent" and noun and not _PLACING.search(before[-45:]) and is_old_stent(token, tokens, sentence):
        return True
    marks = [t for t in tokens if t.kind != "scope" or not _AFTERWARDS.match(sentence, t.start)]
    if token.value != "stent":
        named = [m.span() for m in _OLD_STENT.finditer(sentence)]
        marks = [t for t in marks if t.kind != "scope" or not any(a <= t.start < b for a, b in named)]
        before = _OLD_STENT.sub(" ", before)
    told = (
        _PAST.search(before)
        or is_past(token, marks, sentence)
        or _DATED_LABEL.search(before)
        or occasions.SPOKEN_OF_THEN.match(sentence)
        or occasions.PERIOD.search(_HOME.split(after[:110].partition(";")[0])[0])
        or occasions.PERIOD.search(before[-60:])
        or _DAY_AT_HEAD.match(sentence)
    )
    return bool(told) and not occasions.is_of_this_occasion(sentence, before, after)
