"""How a lesion looked after treatment, which tells nothing of what was treated.

Knows one sentence, its tokens and its section.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.occasions import tells_no_time
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_MOST_AFTER = 70
_REMAINS = cue("remains")


def is_after(token: Token, tokens: Sequence[Token], sentence: str, section: str = "") -> bool:
    """True for a lesion spoken of as it looked after treatment."""
    for mark in tokens:
        after = mark.kind == "completion" or (
            mark.kind == "nothing" and _REMAINS.search(sentence[mark.start : mark.end])
        )
        near = (
            after
            and mark.end <= token.start <= mark.end + _MOST_AFTER
            and not _heads_work(mark, token, tokens, sentence)
        )
        if near and tells_no_time(sentence, mark.start, section):
            continue
        if near and not re.search(r"[;]|\bthen\b", sentence[mark.end : token.start]):
            return True
    return False


def is_of_result(token: Token, tokens: Sequence[Token], sentence: str, section: str) -> bool:
    """True for a lesion as it looked at the end; not for that of "occlusion stented", whatever the heading."""
    if section != "result":
        return is_after(token, tokens, sentence, section)
    arrow = _ARROW.match(sentence, token.end)
    after = [t for t in tokens if t.kind == "treatment" and t.start >= (arrow.end() if arrow else token.end)]
    return not (after if arrow else any(_WAS_DONE.search(sentence, t.start, t.end) for t in after))


_WAS_DONE = re.compile(r"(?:stent|balloon|dilat|plasti|treat)\w*ed$", re.IGNORECASE)
_ARROW = re.compile(r"[^.;>\u2192]{0,60}(?:->|=>|\u2192)")
_COLON = re.compile(r"\s{0,4}(?:(?:note|summary|dx|diagnosis)\s{0,4})?:")


def _heads_work(mark: Token, lesion: Token, tokens: Sequence[Token], sentence: str) -> bool:
    """True for "Post-procedure: CIA occlusion -> stent": a label over what was found and done."""
    done = any(t.kind == "treatment" and t.start >= lesion.end for t in tokens)
    return done and _COLON.match(sentence, mark.end) is not None
