"""Treatments a sentence names without telling of work: proposed ones, what something came before, headings by a way in.

Knows the words of one sentence.
"""

import re

from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_PROPOSED = cue("proposed")
_BEFORE = re.compile(r"\W*before\s+", re.IGNORECASE)
_OF_VESSEL = re.compile(
    r"\s+(?:the\s+)?(?:(?:left|right)\s+)?(?:common|external|internal|iliac|[CEI]IA)\b", re.IGNORECASE
)
_VIA = re.compile(r"\s+via\s[^;\d]*", re.IGNORECASE)
_YEAR = re.compile(r"s?\s+(?:of|from)\s+(?:19|20)\d\d\b", re.IGNORECASE)
_LENGTH = re.compile(r"\s+(?:length|segment|portion|stretch|section|zone)\b", re.IGNORECASE)
_IN_STENT = re.compile(r"\bin-?stent\b", re.IGNORECASE)


def is_proposed(sentence: str, at: int) -> bool:
    """True for "I propose to dilate this with a balloon"."""
    return bool(_PROPOSED.search(sentence[:at]))


def comes_after(sentence: str, token: Token) -> bool:
    """True for "Before stenting the common iliac we ...": the stent is told of elsewhere."""
    return bool(_BEFORE.fullmatch(sentence[: token.start]) and _OF_VESSEL.match(sentence[token.end :]))


def names_way_in_only(sentence: str, token: Token) -> bool:
    """True for "PTA via a. femoralis com. dx.": a heading that names no vessel it was done in."""
    return bool(_VIA.fullmatch(sentence[token.end :])) and not sentence[: token.start].strip(" -*")


def is_of_earlier(after: str) -> bool:
    """True for "the stent of 2019", "the stent from March", "the stent, 5 weeks old" and "the stent untouched"."""
    return bool(_YEAR.match(after) or _EARLIER.match(after))


_EARLIER = cue("stent-of-earlier")


def is_length_of_old(after: str, sentence: str) -> bool:
    """True for "in-stent occlusion along the stented length"."""
    return bool(_LENGTH.match(after) and _IN_STENT.search(sentence))


_BALLOON_UP = cue("balloon-up")
_RESULT = re.compile(r"\s+(?:angioplasty\s+)?(?:results?|outcome|response|effect)\b", re.IGNORECASE)
_BROUGHT = re.compile(
    r"\b(?:exchanged|swapped|changed|switched)\s+(?:it\s+|out\s+|over\s+)?(?:for|to)\s+(?:an?\s+|the\s+)?$",
    re.IGNORECASE,
)
_INFLATED = re.compile(
    r"\b(?:inflat\w+|dilat\w+|atm\w*|bar|blown|min\w*|sec\w*|angioplast\w+|balloon\w+|treat\w+)\b", re.IGNORECASE
)


_FOR_LONG = re.compile(
    r"\s+up\s*,?\s*(?:for\s+|x\s*|@\s*|at\s+)?\d[\d.:]*\s*(?:s|sec\w*|min\w*|atm\w*|bar|m)\b", re.IGNORECASE
)


def is_only_brought(near: str, after: str, sentence: str) -> bool:
    """True for a balloon that waits, or that something was exchanged for in a sentence that tells of no inflation."""
    waits = _BALLOON_UP.match(after) and not _FOR_LONG.match(after)
    return bool(waits or (_BROUGHT.search(near) and not _INFLATED.search(sentence)))


def is_result(after: str) -> bool:
    """True for "the balloon result was so good that ...": what is said of it is not said of a treatment."""
    return bool(_RESULT.match(after))


_ASKED_BEFORE = re.compile(
    r"\?\s{0,2}(?:\d[\d.]{0,4}\s?[x\u00d7]\s?\d{1,3}(?:\s?mm)?\s{1,2})?$|\bvs\.?\s+$", re.IGNORECASE
)
_GAP = r"\[(?:inaudible|unintelligible|garbled|indistinct|blank|\?+)\]"
_GAP_BEFORE, _GAP_AFTER = (re.compile(p, re.I) for p in (_GAP + r"\s*(?:\w+\s*)?$", r"\s*(?:\w+\s*)?" + _GAP))
_CLOSED_ONE = re.compile(
    r"\b(?:occluded|thrombosed|blocked|failed|fractured)\s+(?:(?:left|right|[LR]|common|external|internal|iliac|[CEI]IA"
    r"|artery)\s+){1,4}$",
    re.IGNORECASE,
)
_PLACED = re.compile(r"s?\s*\(?\d|ed\b|ing\b|\s+(?:was\s+|were\s+)?(?:placed|deployed|implanted|inserted)\b")


def _is_in_doubt(token: Token, before: str, after: str) -> bool:
    """True for a stent with a question mark, beside words nobody heard, or that may be what was closed."""
    if token.value != "stent":
        return False
    closed = _CLOSED_ONE.search(before) is not None and not _PLACED.match(after)
    return closed or any((_ASKED_BEFORE.search(before), _GAP_BEFORE.search(before), _GAP_AFTER.match(after)))


_CHOSE_NOT = re.compile(
    r"\b(?:chose|elected|decided|opted)\s+(?:not\s+to|against)\s+(?:place|plac\w+|deploy\w*|us\w+|put\w*|leav\w+|implant\w*)\b"
    r"|\bbut\b[^.;]{0,70}\b(?:argue[sd]?|sp(?:oke|eaks)|militate[sd]?|weighed)\s+against\s+(?:it|that|one|this)\b"
    r"|\bbut\s+(?:it\s+was\s+)?(?:felt|thought|believed|judged)\b[^.;]{0,50}\b(?:no\s+(?:\w+\s+)?(?:benefit|need|advantage|gain)"
    r"|unnecessary|needless|not\s+(?:needed|necessary|required))\b",
    re.IGNORECASE,
)


_CONSIDERED = re.compile(
    r"\b(?:consider\w*|contemplat\w*|thought\s+(?:of|about)|discuss\w*|debat\w*)\s+(?:\w+\s+){0,2}$", re.I
)
_WOULD = re.compile(r"\s*(?:placement\s+|here\s+|there\s+)?(?:would|might|could)\b", re.IGNORECASE)


def _is_decided_against(token: Token, sentence: str) -> bool:
    """True for "since a stent would have had to ..., we chose not to place one"; one placed beside that stays."""
    if token.value != "stent" or not _CHOSE_NOT.search(sentence, token.end):
        return False
    return bool(_CONSIDERED.search(sentence[: token.start]) or _WOULD.match(sentence, token.end))


_PROTECTED = re.compile(
    r"\bprotect(?:ed|ing)\b[^.;,]{0,40}\b(?:with|by)\s+(?:an?\s+)?(?:[\w.]+\s+){0,3}$", re.IGNORECASE
)
_TOOL = re.compile(
    r"\b(?:anchor(?:ing)?|protecti(?:ve|on)|bumper|buddy|blocking)\s+(?:\d[\w.]*\s*(?:mm\s+)?(?:[x\u00d7]\s*\d+\s*(?:mm\s+)?)?)?$",
    re.IGNORECASE,
)
_AS_TOOL = re.compile(
    r"s?\b(?:(?!\b(?:treat|then|balloon|filter|and\s+(?:the|it))\w*\b)[^.;]){0,70}?\b(?:as\s+an?\s+(?:\w+\s+)?(?:bumper|anchor|back-?stop|buttress|block(?:er|ade)?"
    r"|fulcrum|deflector|guide|rail|support|stop)\b|for\s+(?:its\s+)?protection\b|(?:was\s+)?(?:kept|left|held)\s+in\s+the\s+room\b|to\s+(?:deflect|anchor|redirect|direct|steer|support)\b)",
    re.IGNORECASE,
)
_IN_THE = re.compile(r"\b(?:in|within|through|across)\s+the\s+$", re.IGNORECASE)


def _is_of_known_device(token: Token, sentence: str, before: str) -> bool:
    """True for "0 % in the stents", an artery "protected with an 8 mm balloon", a balloon "as a bumper": no work."""
    if token.value == "angioplasty":
        tool = _TOOL.search(before) or _AS_TOOL.match(sentence, token.end)
        return bool(tool or _PROTECTED.search(before))
    return token.value == "stent" and sentence[token.end - 1] == "s" and _IN_THE.search(before) is not None


_AFTER_WORK = re.compile(
    r"\bstent(?:s|ing)?\b[^.;,]{0,50}\b(after\s+(?:(?:the|cutting|scoring|plain|balloon|PTA|and|both)\s+){0,4})$", re.I
)
_LOOKED_AFTER = re.compile(
    r"\b(?:re-?checked|re-?imaged|re-?assessed|remained|still)\b[^.;,]{0,20}\bafter\s+(?:the\s+)?$", re.IGNORECASE
)
_OBJECT = re.compile(r"\s+(?:it|this|that|the|both|[CEI]IA|left|right)\b", re.IGNORECASE)
_BEFORE_DOING = re.compile(r"\bbefore\s+\w+ing\b[^.;,]{0,60}\bwith\s+(?:an?\s+|the\s+)?$", re.IGNORECASE)


def since_work(near: str) -> str:
    """The words before a balloon from its "after" on: "stenting not indicated after PTA" denies no PTA."""
    found = _AFTER_WORK.search(near)
    return near[found.start(1) :] if found else near


def aside_of(token: Token, sentence: str, before: str, after: str) -> str:
    """What a turn of phrase makes of a treatment: "denied", "referred", "doubtful"; empty for most."""
    if _is_decided_against(token, sentence):
        return "denied"
    known = _BEFORE_DOING.search(before) or (_LOOKED_AFTER.search(before) and not _OBJECT.match(after))
    if (token.value == "stent" and known) or _is_of_known_device(token, sentence, before):
        return "referred"
    return "doubtful" if _is_in_doubt(token, before, after) else ""


_BY_THE_WAY = re.compile(
    r"^\s*,\s*(?:(?:al)?though|while|albeit|even\s+if|however|which\s+(?:was|had\s+been))\b[^,.;]{0,60},(?=\s*(?:was|were|is|had|has)\b)",
    re.IGNORECASE,
)


def less_interjection(after: str) -> str:
    """The words after a treatment less what is said by the way: ", though considered beforehand, was not placed"."""
    return _BY_THE_WAY.sub(" ", after)
