"""How far a word of negation, history or doubt reaches within a clause.

Knows tokens and the words between them. A scope ends at a comma, at "but" and at "with".
"""

import re
from collections.abc import Sequence

from cds_service.knowledge.cues import cue
from cds_service.knowledge.quick import quick
from cds_service.knowledge.terms import Token

_REACH = 40
_OF_ANOTHER = quick(r"\bstent\w*\s+(?:of|in|for|to)\b")
_BREAK = quick(r"[,;:()|]|\s[-\u2013\u2014]\s|\bbut\b|\bhowever\b|\bwith\b|\bso\b(?!\s+(?:as|that|far|much)\b)")
STARTS_ANEW = cue("and-anew")
"""Where a stent is told after what was denied: "was not dilated well and a stent was placed"."""
_DENIED_AFTER = re.compile(
    r"^\W*(?:(?:was|is|were|has|been|be)\s+){0,2}(?:ruled\s+out|absent|excluded|not\s+(?:seen|found|present|identified)"
    r"|denied|negative)\b|^\s*[:=]\s*(?:no|none|absent|negative|n)\b"
    r"|^\s*[:=?]?\s*(?:(?:\[\s?\]|\u2610)\s*yes\b\W{0,3})?(?:\[[xX]\]|[\u2611\u2612])\s*no\b",
    re.IGNORECASE,
)
_OLD_BEFORE = quick(
    r"\b(?:patent|old|existing|previous|previously\s+placed|prior(?!\s+to)|known|indwelling|earlier|intact|within|inside"
    r"|through|across|below|above|beyond|in-|(?:distal|proximal|adjacent)\s+to)"
    r"(?:\s+\w+(?:\s+(?!(?:an?|one|two)\b)\w+){0,3})?\s*$"
)
_OLD_AFTER = re.compile(
    r"^(?:\s+(?:is|are|was|were|seen|confirmed|found|noted|shown|to|be|remains?|widely|from|placed|in|still"
    r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?)){0,4}\s+"
    r"(?:patent|intact|open|situ|place|(?:19|20)\d\d|['\u2019]\d\d|struts?|edges?)\b"
    r"|^\s+and\s+(?:(?:left|right|[LR]t?)\.?\s+)?\w+(?:\s+\w+){0,3}\s+stents?\s+(?:(?:are|were|both|widely|still)\s+)*(?:patent|open|intact)\b"
    r"|^\s*[-\u2013:,]\s*(?:surveillance|unchanged|stable|as\s+before)\b"
    r"|^\s+(?:(?:placed|done|dated)\s+)?(?:from|of|on)\s+\d{1,2}/\d{1,2}\b|^\s*[:=]\s*(?:widely\s+)?(?:patent|intact|open|in\s+situ)\b|^\s+(?:re-?)?(?:stenos|occlu|thrombos)"
    r"|^\s+(?:in|of|within|inside)\s+(?:(?!and\b|but\b|then\b)\w+\s+){1,6}(?:is|was|are|were)\s+(?:\w+\s+){0,2}(?:occlu|thrombos|stenos|narrow)"
    r"|^\s+with\s+(?!(?:no|minimal|less|residual)\b|\w+\s+residual)(?:\w+\s+)?(?:in-?stent|ISR\b|re-?stenos|neointim|hyperplas|narrow|stenos|occlu|thrombos)",
    re.IGNORECASE,
)
_TO_STENT = re.compile(
    r"\s+(?:(?:chronically|totally)\s+)?(?:occluded|stenosed|stenotic|narrowed)\s+(?:(?:right|left)\b|[RL]t?\b)",
    re.IGNORECASE,
)
_UNUSED_AFTER = re.compile(
    r"^(?:\w*)\W+(?:(?:in|for|of|to|at)\s+(?:(?:the|this|that|these|either|both|and|or|left|right|common|external|internal|iliac"
    r"|hypogastric|artery|arteries|vessels?|segments?|[LR]?[CEI]IAs?)\s+){1,8}(?=(?:was|were|is|are|had|could)\b))?(?:(?:was|were|is|had|been|could|be)\s+){0,3}(?:(?:considered|discussed|contemplated),?\s+(?:but|and)\s+(?:(?:was|were|is|felt|deemed|judged|thought|to|be)\s+){0,3})?"
    r"(?:(?:opened|prepared|prepped|pulled|chosen|selected|brought\s+(?:up|in))(?:\s+(?:\w+\s+){0,3})?,?\s+(?:but|and|yet)\s+(?:(?:was|were|then)\s+)*)?"
    r"(?:neither\s+(?:needed|required|used|placed|necessary|wanted)(?!\s+(?:an?\s+)?(?:stent|scaffold|metal|bail))|avoided|declined|withheld|unnecessary|(?:not|never)\s+(?:indicated|warranted|justified|needed|required|used|deployed|necessary|placed|performed|done|implanted|released|delivered)"
    r"|if\s+(?:needed|necessary|required)|free\b(?!\s+(?:flow|run))|wasted|deferred|cancell?ed|postponed|impossible|planned|scheduled)",
    re.IGNORECASE,
)
_NONE_BEFORE = quick(r"\bno\s*$")
_OPTIONAL_BEFORE = quick(
    r"(?:\+ ?/ ?-|\+-|\u00b1|and ?/ ?or|\bor|\bprovisional|\bpossible|\bpossibly|\bwith ?/ ?without)\s*$"
)

_PUT_AFTER = quick(
    r"(?:s|ing)?\s+(?:(?:was|were|then|also)\s+)*(?:placed|deployed|implanted|inserted|put|used|laid|\d)"
)


def is_denied(token: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """True when a negation before the word, or one right after it, denies it."""
    if _reached(token, tokens, sentence, "negated"):
        return True
    after = sentence[token.end :]
    if token.kind == "treatment":
        before = sentence[: token.start]
        optional = _OPTIONAL_BEFORE.search(before) and not _PUT_AFTER.match(after)
        return bool(_UNUSED_AFTER.match(after) or _NONE_BEFORE.search(before) or optional)
    return bool(_DENIED_AFTER.match(after))


def unused(token: Token, sentence: str) -> tuple[int, int]:
    """Where words say that a stent was not used: "deferred" there is no word of the vessel."""
    found = _UNUSED_AFTER.match(sentence[token.end :]) if token.value == "stent" else None
    return (token.end, token.end + found.end()) if found else (0, 0)


def is_optional(token: Token, sentence: str) -> bool:
    """True for a treatment that a name leaves open, as in "PTA +/- stent"."""
    return bool(_OPTIONAL_BEFORE.search(sentence[: token.start])) and not _UNUSED_AFTER.match(sentence[token.end :])


def is_past(token: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """True when a word of history before it reaches this one."""
    return _reached(token, tokens, sentence, "history")


def is_old_stent(token: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """True for a stent that was there before: patent, in situ, dilated through, or itself narrowed."""
    if any(t.value == "in-stent" and t.start <= token.start <= t.end for t in tokens):
        return True
    before, after = sentence[: token.start], sentence[token.end :]
    if is_verb(before, after):
        return False
    return bool(_OLD_BEFORE.search(before)) or bool(_OLD_AFTER.match(after))


def is_verb(before: str, after: str) -> bool:
    """True for the "stent" of "Stent occluded R CIA": what is to be done, and no stent that is occluded."""
    return not before.strip() and _TO_STENT.match(after) is not None


def is_doubtful_treatment(token: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """True when a word of doubt stands before the treatment rather than before a lesion."""
    lesions = [t.start for t in tokens if t.kind == "lesion" and t.start < token.start]
    for scope in (t for t in tokens if t.kind == "scope" and t.value == "uncertain" and t.end <= token.start):
        if not any(scope.end <= at for at in lesions) and not _BREAK.search(sentence[scope.end : token.start]):
            return token.start - scope.end <= _REACH
    return False


def _is_of_line_above(scope: Token, lesion: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """True for "no stent placed" at the end of a line before that of the lesion: it denies the stent."""
    between = [t for t in tokens if t.kind == "treatment" and scope.end <= t.start < lesion.start]
    return any("\n" in sentence[t.end : lesion.start] for t in between)


def _reached(token: Token, tokens: Sequence[Token], sentence: str, name: str) -> bool:
    for scope in tokens:
        if scope.kind != "scope" or scope.value != name or scope.end > token.start:
            continue
        between = sentence[scope.end : token.start]
        if name == "negated" and token.kind == "lesion" and _OF_ANOTHER.search(between):
            continue
        anew = name == "negated" and (
            (token.value == "stent" and STARTS_ANEW.search(between) is not None)
            or (token.kind == "lesion" and _is_of_line_above(scope, token, tokens, sentence))
        )
        if len(between) <= _REACH and not _BREAK.search(between) and not anew:
            return True
    return False
