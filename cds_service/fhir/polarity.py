"""Whether a treatment named in a note was carried out, denied, only thought of, tried in vain, or done long ago.

Knows the words around a treatment within its clause. What it cannot tell apart it calls doubtful, never done.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from cds_service.fhir.scopes import is_denied, is_doubtful_treatment, is_old_stent, is_past
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


_NEGATED = re.compile(
    r"\b(?:no|not|never|without|none|neither|nor|zero|nil|avoid(?:ed|ing|s)?|instead\s+of|rather\s+than|in\s+lieu\s+of"
    r"|(?:did|does|do|was|is|could|would|should|had)n['’]?t|omitted|omitting|spar(?:ed|ing)|declin(?:ed|ing)"
    r"|against|withheld|un-?(?=stent)|bare\s+of|forgo|forgone|forewent|obviat(?:ed|ing)|nothing|no-|free\s+of|w/o|sans|lacks?|refrain\w*|resist(?:ed|ing)?\s+(?:the\s+)?(?:temptation|urge)|would\s+(?:only\s+|otherwise\s+)?have|got\s+away\s+with|exempt\w*)\b",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"^(?:ing|s|ed)?(?:\s+(?:placement|deployment|implantation|insertion|angioplasty))?[\s-]*(?:free\b|less\b|"
    r"(?:[^.;]{0,45}?\b(?:was|were|is|are|be|been|being|felt|deemed|thought|judged|considered|proved|seemed|appeared|turned\s+out)\s+)?(?:to\s+be\s+)?(?:(?:\w+ly|therefore|thus|hence|then|also|again)\s+)?(?:not|never|un(?:necessary|needed|warranted)"
    r"|avoided|declined|omitted|withheld|superfluous|contra-?indicated|refused|deferred|postponed|abandoned|cancell?ed|unused|unopened|wasted"
    r"|spared|dispensed\s+with|ruled\s+out)\b|(?:\s+\w+){0,3}\s*[:=]\s*(?:no|none|not|nil|n/?a|n|0|zero|-)(?=\W|$)|\s*x\s*0\b|\s*\(\s*(?:no|none|not\s+\w+)\s*\)|\s+(?:in|on|at)\s+(?:this|that)\s+\w+\s*[:=]\s*no\b"
    r"|[^.;,]{0,30}\bnot\s+(?:required|needed|used|placed|performed|done|necessary|deployed|implanted|indicated|warranted|inserted|put|felt|considered|carried))",
    re.IGNORECASE,
)
_IF = re.compile(
    r"\b(?:thought|consider(?:ed|ing|ation)?|contemplat\w+|discuss\w*|debat\w+|in\s+reserve|on\s+(?:the\s+)?(?:table|standby|stand-by)"
    r"|would|could|might|may|if|unless|should|possib\w+|potential(?:ly)?|optional|option\w*|provisional|tempt\w*|intend\w*"
    r"|whether|(?<!as )plan\w*|intention|aim(?:ed)?|goal|hop(?:e|ed)|held\s+back|tend\b|propos\w*|schedul\w*|stag(?:e|ed|ing)\b|will\s+(?:be|need|require|undergo|return|have)|candidate|trolley|available|prepared|ready|at\s+hand|opened\s+but|returned"
    r"|threshold|low\s+threshold|in\s+case|later\s+date|future|next\s+(?:week|month|visit|session|time)|recommend\w*|to\s+be|need(?:s|ed)?\s+for|reason\s+for|reason\s+to"
    r"|indication\s+for|indication\s+to|decision|bring\s+back|refer(?:red)?\s+for|fail(?:ed|s)?\s+to\s+justify|required\s+if|stage\s+(?:2|ii|two)|in\s+\d+\s*(?:days?|wks?|weeks?|months?))\b",
    re.IGNORECASE,
)
_NEEDLESS = re.compile(r"^[^.;,]{0,30}\b(?:unnecessary|unwarranted|superfluous|inadvisable|unwise)\b", re.IGNORECASE)
_PUT_OFF = re.compile(
    r"\b(?:deferred|postponed|cancell?ed|aborted|declined|rescheduled|not\s+(?:performed|done|carried\s+out|attempted|undertaken))\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"^\W*(?:(?:the\s+)?patient\s+)?(?:(?:informed|written|verbal|signed)\s+)*(?:consent\w*|risks?\b|plan(?:ned)?\b|proposed|recommend\w*|booked|scheduled|for\s+(?:elective|staged)"
    r"|to\s+return|will\s+(?:return|be|need)|bring\s+back|next\s+(?:stage|step|visit)|(?:we|i)\s+(?:plan|intend|discussed|recommend|will)|the\s+plan)\b",
    re.IGNORECASE,
)
_IN_CASE = re.compile(r"^\W*(?:if|should|in\s+case|unless|in\s+the\s+event)\b", re.IGNORECASE)
_THE_STENT = re.compile(r"\b(?:the|this|that|these|its)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_LIES = re.compile(
    r"^s?\s+(?:lies?|lay|sits?|sat|ends?|ended|stops?|stopped|is|are|remain\w*|extends?|extended|covers?|look\w*|appear\w*|expanded|reach\w*|protrud\w*)\b",
    re.IGNORECASE,
)
_IN_ALL = re.compile(
    r"^s?\s+(?:in\s+(?:total|all)|overall|total|as\s+(?:in|above|listed|planned\s+above))\b", re.IGNORECASE
)
_TICKED = re.compile(r"^(?:s|ed|ing)?(?:\s+\w+)?\s*[:=]?\s*(?:\[[ xX]?\]\s*(?:yes|no|y|n)\b\s*){1,3}", re.IGNORECASE)
_TICKED_NO = re.compile(r"\[[xX]\]\s*n", re.IGNORECASE)
_PUT_IN = re.compile(
    r"\b(?:deployed|placed|implanted|inserted|positioned|landed|delivered|put\s+in|put\s+into|released|laid|added|performed|carried\s+out"
    r"|used|done|achieved|completed|undertaken|went\s+in|treated|covered|relined|lined|bailed)\b",
    re.IGNORECASE,
)
_ONLY_OPENED = re.compile(r"^\S*\s+(?:was\s+|were\s+)?opened\b", re.IGNORECASE)
_NOT_USED = re.compile(
    r"\b(?:none\b|no\s+(?:indication|need|reason|call)\s+(?:to|for)\b|not\s+(?:placed|used|deployed|needed|required|implanted|necessary|inserted|opened|done|performed)|unopened|unused|unnecessary|superfluous)",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\b(?:unable|fail(?:ed|s|ure)?|unsuccessful(?:ly)?|abort(?:ed)?|abandon(?:ed)?|attempt(?:ed|s|ing)?|could\s+not|couldn['’]?t|cannot|in\s+vain"
    r"|would\s+not|wouldn['’]?t|impossible|gave\s+up|given\s+up|tried)\b",
    re.IGNORECASE,
)
_AFTER_FAILURE = re.compile(
    r"\b(?:after|despite|following|initial(?:ly)?|first|once|on\s+the\s+(?:second|third))\b[^.;]{0,40}$|\bfirst\s+$",
    re.IGNORECASE,
)
_AFTERWARDS = re.compile(r"resid|complet|post", re.IGNORECASE)
_STOP_BEFORE = re.compile(
    r"[;:]|,|\b(?:but|however|although|with|and\s+then|then|which|because|since|as)\b", re.IGNORECASE
)
_PERIOD = re.compile(r"\b(?:19|20)\d\d\b|\b(?:years?|months?|weeks?)\s+(?:ago|earlier|before|previously|back)\b"
                     r"|\b(?:last|previous|prior)\s+(?:year|month|week|admission|procedure|visit|session|stage)\b"
                     r"|\b(?:outside|elsewhere|another)\s+(?:hospital|institution|facility|centre|center)\b", re.IGNORECASE)  # fmt: skip
_PAST = re.compile(
    r"\b(?:previously|formerly|s/p(?!\s+today)|status\s+post|history\s+of|h/o|already|had\s+(?:undergone|received|been)|who\s+had|underwent\s+prior)\b[^.;,]{0,40}$"
    r"|\b(?:previous|prior(?!\s+to)|old|existing|known|indwelling|earlier|in\s+situ|remote|pre-?existing|long-?standing|recent(?:ly)?)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)


def how(token: Token, tokens: Sequence[Token], clause: tuple[int, int], sentence: str, lead: str = "") -> How:
    """What the clause [start, end) of the sentence says of a treatment it names."""
    before, after = sentence[clause[0] : token.start], sentence[token.end : clause[1]]
    near = _STOP_BEFORE.split(before)[-1]
    if _AHEAD.match(lead or sentence) or _IN_CASE.match(sentence):
        return How.THOUGHT_OF
    if token.value == "stent" and _IN_ALL.match(after):
        return How.REFERRED
    if token.value == "stent" and _THE_STENT.search(near) and _LIES.match(after):
        return How.REFERRED
    ticked = _TICKED.match(after)
    if ticked is not None:
        return How.DENIED if _TICKED_NO.search(ticked.group()) else How.DONE
    if _is_negated(near) and not _PAST.search(near):
        return How.DENIED
    if _is_old(token, tokens, before, after, sentence):
        return How.OLD
    own = _own_after(after, token, tokens)
    denied = is_denied(token, tokens, sentence) and not _BUT_DONE.search(near)
    if _is_negated(near) or denied or _FREE.match(own) or _PUT_OFF.search(own) or _NEEDLESS.match(own):
        return How.DENIED
    if token.value == "stent" and _WORKED_ON.match(after):
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
    if is_doubtful_treatment(token, tokens, sentence):
        return How.DOUBTFUL
    return How.DONE


_BUT_DONE = re.compile(
    r"\bwithout\s+(?:an?\s+)?(?!stent|scaffold|balloon)\w+[^.;]*\band\b"
    r"|\bno\b[^.;]*\band\s+(?:(?:then|was|were|subsequently|next|afterwards|successfully|simply)\s+)*$",
    re.IGNORECASE,
)


def _is_negated(near: str) -> bool:
    """True when a negation reaches the end of these words; "without difficulty and" reaches no verb after it."""
    found = list(_NEGATED.finditer(near[-60:]))
    return bool(found) and not _BUT_DONE.search(near[-60:][found[-1].start() :])


_LEADS_ON = re.compile(
    r"(?:\b(?:and|but|yet|so|then|with)\b)?[^.;,]{0,12}?\b(?:not|no|never|without|neither|nor)\b[^.;,]{0,20}$",
    re.IGNORECASE,
)


def _own_after(after: str, token: Token, tokens: Sequence[Token]) -> str:
    """The words after a treatment that are still about it."""
    nearest = min((t.start for t in tokens if t.kind == "treatment" and t.start >= token.end), default=None)
    following = token.end + 70 if nearest is None else nearest
    own = after[: max(0, min(70, following - token.end))]
    if nearest is not None and nearest - token.end <= 70:
        own = _LEADS_ON.sub("", own)
    return re.split(r"[;]|,(?! *(?:but|was|were|not))", own)[0]


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


_WORKED_ON = re.compile(
    r"^s?\s+(?:was|were)\s+(?:then\s+)?(?:re-?)?(?:dilated|ballooned|expanded|crossed|recanali[sz]ed|reopened|opened)\b",
    re.IGNORECASE,
)


_PLACING = re.compile(
    r"\b(?:got|gets|received|receiving|placed|placing|deployed|implanted|inserted|took|covered\s+(?:by|with)|treated\s+with|with\s+an?|->|→|=>|via\s+an?)\b[^.;]*$|\d\s*[x×]\s*\d+[^.;]*$",
    re.IGNORECASE,
)


def is_long_ago(sentence: str) -> bool:
    """True when the sentence names another time: a year, "three weeks ago", another hospital."""
    return bool(_PERIOD.search(sentence))


def _is_old(token: Token, tokens: Sequence[Token], before: str, after: str, sentence: str) -> bool:
    if token.value == "stent" and not _PLACING.search(before[-45:]) and is_old_stent(token, tokens, sentence):
        return True
    marks = [t for t in tokens if t.kind != "scope" or not _AFTERWARDS.match(sentence, t.start)]
    if _PAST.search(before) or is_past(token, marks, sentence):
        return True
    return bool(_PERIOD.search(re.split(r"[;]", after[:110])[0]) or _PERIOD.search(before[-60:]))
