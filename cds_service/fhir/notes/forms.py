"""Forms within notes: options nobody ticked, questions with their answers.

Knows boxes and question marks.
"""

import re
from dataclasses import replace

from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Saying
from cds_service.knowledge.terms import Token

_BOX = re.compile(r"\[\s*([xX✓✔]?)\s*\]|([☐☑☒])")


def unticked_options(sentence: str, tokens: list[Token]) -> list[Token]:
    """Tokens less those of a form's options that nobody ticked."""
    boxes = [(m.start(), m.end(), bool(m.group(1)) or m.group(2) in ("☑", "☒")) for m in _BOX.finditer(sentence)]
    if not boxes:
        return tokens
    leading = not sentence[: boxes[0][0]].strip() or sentence[: boxes[0][0]].rstrip().endswith(":")
    dropped: list[tuple[int, int]] = []
    for number, (start, end, ticked) in enumerate(boxes):
        if ticked:
            continue
        if leading:
            dropped.append((end, boxes[number + 1][0] if number + 1 < len(boxes) else len(sentence)))
        else:
            begin = boxes[number - 1][1] if number else sentence.rfind(":", 0, start) + 1
            dropped.append((begin, start))
    return [t for t in tokens if not any(a <= t.start < b for a, b in dropped)]


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
