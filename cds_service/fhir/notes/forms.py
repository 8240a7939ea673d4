"""Forms within notes: options nobody ticked, questions with their answers.

Knows boxes and question marks.
"""

import re
from dataclasses import replace

from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Saying
from cds_service.knowledge.terms import Token

_BOX = re.compile(r"\[\s*([xX✓✔]?)\s*\]|([☐☑☒])")

_YES_OR_NO = re.compile(r"\s*(?:yes|no|y|n)\b", re.IGNORECASE)


def ticked_options(sentence: str, tokens: list[Token]) -> tuple[str, list[Token]]:
    """The sentence with blanks for the options of a form that nobody ticked, and the tokens less those in them."""
    boxes = [(m.start(), m.end(), bool(m.group(1)) or m.group(2) in ("☑", "☒")) for m in _BOX.finditer(sentence)]
    if not boxes:
        return sentence, tokens
    leading = _stand_before(sentence, boxes[0][:2], boxes[-1][1], tokens)
    dropped: list[tuple[int, int]] = []
    for number, (start, end, ticked) in enumerate(boxes):
        if ticked:
            continue
        if leading:
            dropped.append((end, boxes[number + 1][0] if number + 1 < len(boxes) else len(sentence)))
        else:
            begin = boxes[number - 1][1] if number else sentence.rfind(":", 0, start) + 1
            dropped.append((begin, start))
    for a, b in dropped:
        if _YES_OR_NO.match(sentence, a, b):
            continue
        sentence = sentence[:a] + " " * (b - a) + sentence[b:]
    return sentence, [t for t in tokens if not any(a <= t.start < b for a, b in dropped)]


def ticked(sentence: str) -> str:
    """The sentence with its ticked options alone, and no boxes: "Laterality: Left"."""
    if not _BOX.search(sentence):
        return sentence
    return " ".join(_BOX.sub(" ", ticked_options(sentence, [])[0]).split())


def _stand_before(sentence: str, first: tuple[int, int], last: int, tokens: list[Token]) -> bool:
    """True where boxes stand before their options: the nearer words are theirs, in doubt those that tell something."""
    before, after = sentence[: first[0]], sentence[first[1] :]
    if not before.strip() or before.rstrip().endswith(":"):
        return True
    if not sentence[last:].strip()[:1].isalnum():
        return False
    gap, gap_after = len(before) - len(before.rstrip()), len(after) - len(after.lstrip())
    told = any(t.kind in ("lesion", "treatment") and t.end <= first[0] for t in tokens)
    return gap > gap_after or (gap == gap_after and not told)


def answered_questions(said: Saying, text: str) -> Saying:
    """A question of a form with the answer that follows it; an open one states nothing."""
    if text[said.passage.end - 1 : said.passage.end] != "?" or not said.treatments:
        return said
    reply = re.match(
        r"\s*(?:A(?:nswer)?\s*[:.)]\s*)?(yes|no|none|not)\b",
        text[said.passage.end : said.passage.end + 20],
        re.IGNORECASE,
    )
    if reply is not None and reply.group(1).lower() == "yes":
        return said
    how_now = How.THOUGHT_OF if reply is None else How.DENIED
    return replace(said, treatments=frozenset((t, how_now if h is How.DONE else h) for t, h in said.treatments))
