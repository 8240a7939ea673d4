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
    DOUBTFUL = "doubtful"


_NEGATED = re.compile(
    r"\b(?:no|not|never|without|none|neither|nor|zero|nil|avoid(?:ed|ing|s)?|instead\s+of|rather\s+than|in\s+lieu\s+of"
    r"|(?:did|does|do|was|is|could|would|should|had)n['’]?t|unnecessary|needless|omitted|omitting|spar(?:ed|ing)|declin(?:ed|ing)"
    r"|against|withheld|un-?(?=stent)|bare\s+of|forgo|forgone|forewent|obviat(?:ed|ing)|nothing|no-|free\s+of|lacks?|refrain\w*)\b",
    re.IGNORECASE,
)
_FREE = re.compile(
    r"^(?:ing|s|ed)?(?:\s+(?:placement|deployment|implantation|insertion|angioplasty))?[\s-]*(?:free\b|less\b|"
    r"(?:[^.;]{0,45}?\b(?:was|were|is|are|be|been|being|felt|deemed|thought|judged|considered)\s+)?(?:to\s+be\s+)?(?:not|never|un(?:necessary|needed|warranted)"
    r"|avoided|declined|omitted|withheld|superfluous|contra-?indicated|refused|deferred|postponed|abandoned|cancell?ed|unused|unopened|wasted"
    r"|spared|ruled\s+out)\b|\s*[:=]\s*(?:no|none|not|nil|n/?a|0|-)(?=\W|$)|\s*\(\s*(?:no|none|not)\b|\s+(?:in|on|at)\s+(?:this|that)\s+\w+\s*[:=]\s*no\b"
    r"|[^.;,]{0,30}\bnot\s+(?:required|needed|used|placed|performed|done|necessary|deployed|implanted|indicated|warranted|inserted|put|felt|considered|carried))",
    re.IGNORECASE,
)
_IF = re.compile(
    r"\b(?:consider(?:ed|ing|ation)?|contemplat\w+|discuss\w*|debat\w+|in\s+reserve|on\s+(?:the\s+)?(?:table|standby|stand-by)"
    r"|would|could|might|may|if|unless|should|possib\w+|potential(?:ly)?|optional|option\w*|provisional|tempt\w*|intend\w*"
    r"|whether|plan\w*|propos\w*|schedul\w*|stag(?:e|ed|ing)\b|will\s+(?:be|need|require|undergo|return|have)|candidate|available|prepared|ready|at\s+hand|opened\s+but|returned"
    r"|threshold|low\s+threshold|in\s+case|later\s+date|future|next\s+(?:week|month|visit|session|time)|recommend\w*|to\s+be|need(?:s|ed)?\s+for|reason\s+for|reason\s+to"
    r"|indication\s+for|indication\s+to|decision|bring\s+back|refer(?:red)?\s+for|fail(?:ed|s)?\s+to\s+justify|required\s+if|stage\s+(?:2|ii|two)|in\s+\d+\s*(?:days?|wks?|weeks?|months?))\b",
    re.IGNORECASE,
)
_PUT_OFF = re.compile(
    r"\b(?:deferred|postponed|cancell?ed|aborted|declined|rescheduled|not\s+(?:performed|done|carried\s+out|attempted|undertaken))\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"^\W*(?:(?:the\s+)?patient\s+)?(?:(?:informed|written|verbal|signed)\s+)*(?:consent\w*|risks?\b|plan(?:ned)?\b|proposed|recommend\w*|booked|scheduled|for\s+(?:elective|staged)"
    r"|to\s+return|will\s+(?:return|be|need)|bring\s+back|next\s+(?:stage|step|visit)|(?:we|i)\s+(?:plan|intend|discussed|recommend|will)|the\s+plan)\b",
    re.IGNORECASE,
)
_PUT_IN = re.compile(
    r"\b(?:deployed|placed|implanted|inserted|positioned|landed|delivered|put\s+in|put\s+into|released|laid|added|performed|carried\s+out"
    r"|used|done|achieved|completed|undertaken|went\s+in|treated|covered|relined|lined|bailed)\b",
    re.IGNORECASE,
)
_NOT_USED = re.compile(
    r"\b(?:none\b|not\s+(?:placed|used|deployed|needed|required|implanted|necessary|inserted|opened|done|performed)|unopened|unused|unnecessary|superfluous)",
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
_STOP_BEFORE = re.compile(
    r"[;:]|,|\b(?:but|however|although|with|and\s+then|then|which|because|since|as)\b", re.IGNORECASE
)
_PERIOD = re.compile(r"\b(?:19|20)\d\d\b|\b(?:years?|months?|weeks?)\s+(?:ago|earlier|before|previously|back)\b"
                     r"|\b(?:last|previous|prior)\s+(?:year|month|week|admission|procedure|visit|session|stage)\b"
                     r"|\b(?:outside|elsewhere|another)\s+(?:hospital|institution|facility|centre|center)\b", re.IGNORECASE)  # fmt: skip
_PAST = re.compile(
    r"\b(?:previous(?:ly)?|prior(?!\s+to)|old|existing|known|indwelling|earlier|former(?:ly)?|s/p(?!\s+today)|status\s+post|history\s+of|h/o|already|in\s+situ"
    r"|remote|pre-?existing|long-?standing|recent(?:ly)?|had\s+(?:undergone|received|been)|underwent\s+prior)\b[^.;,]{0,40}$",
    re.IGNORECASE,
)


def how(token: Token, tokens: Sequence[Token], clause: tuple[int, int], sentence: str) -> How:
    """What the clause [start, end) of the sentence says of a treatment it names."""
    before, after = sentence[clause[0] : token.start], sentence[token.end : clause[1]]
    near = _STOP_BEFORE.split(before)[-1]
    if _AHEAD.match(sentence):
        return How.THOUGHT_OF
    if _is_negated(near) and not _PAST.search(near):
        return How.DENIED
    if _is_old(token, tokens, before, after, sentence):
        return How.OLD
    own = _own_after(after, token, tokens)
    denied = is_denied(token, tokens, sentence) and not _BUT_DONE.search(near)
    if _is_negated(near) or denied or _FREE.match(own) or _PUT_OFF.search(own):
        return How.DENIED
    if _failed(before, after):
        return How.FAILED
    thought = _IF.search(near) or _IF.search(own)
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
    r"\b(?:without|no)\b[^.;]*\band\s+(?:(?:then|was|were|subsequently|next|afterwards|successfully|simply)\s+)*$",
    re.IGNORECASE,
)


def _is_negated(near: str) -> bool:
    """True when a negation reaches the end of these words; "without difficulty and" reaches no verb after it."""
    return bool(_NEGATED.search(near[-60:])) and not _BUT_DONE.search(near)


def _own_after(after: str, token: Token, tokens: Sequence[Token]) -> str:
    """The words after a treatment that are still about it."""
    following = min((t.start for t in tokens if t.kind == "treatment" and t.start >= token.end), default=token.end + 70)
    return re.split(r"[;]|,(?! *(?:but|was|were|not))", after[: max(0, min(70, following - token.end))])[0]


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


def is_long_ago(sentence: str) -> bool:
    """True when the sentence names another time: a year, "three weeks ago", another hospital."""
    return bool(_PERIOD.search(sentence))


def _is_old(token: Token, tokens: Sequence[Token], before: str, after: str, sentence: str) -> bool:
    if token.value == "stent" and is_old_stent(token, tokens, sentence):
        return True
    if _PAST.search(before) or is_past(token, tokens, sentence):
        return True
    return bool(_PERIOD.search(after[:60]) or _PERIOD.search(before[-60:]))
