"""Work that a note says was attempted, and of which it tells no outcome.

Knows statements of one vessel and the whole text. That such work is asked about is `told`'s business.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Saying
from cds_service.knowledge.cues import cue

_ATTEMPT, _IN_VAIN = re.compile(r"\battempt", re.IGNORECASE), cue("in-vain")


def attempted(statements: Sequence[Statement], text: str) -> set[str]:
    """The treatments that were attempted in a text without a word of failure: "PTA of the EIA was attempted."."""
    tried = {
        treatment
        for s in statements
        for treatment, how in s.saying.treatments
        if how is How.FAILED and _ATTEMPT.search(s.saying.words)
    }
    return set() if tried and _IN_VAIN.search(text) else tried


def sums_up_failure(statement: Statement, done: Sequence[Statement]) -> bool:
    """True for a failure told in the first lines of a note, or in its list of procedures, before any line on the work.

    The two contradict.
    """
    passage = statement.saying.passage
    line = passage.line_number
    labelled = (passage.line is not None and line <= _FIRST_LINES) or (
        passage.section == "done" and _FAILED_ENTRY.match(statement.saying.sentence) is not None
    )
    failed = statement.saying.failed and statement.sure and labelled
    return failed and bool(done) and all(s.saying.passage.line_number > line for s in done)


_FIRST_LINES = 3
_FAILED_ENTRY = re.compile(
    r"\W{0,5}(?:\d{1,2}\W{1,3})?(?:un-?successful|failed|aborted|attempted|incomplete)\b[^.;\n]{0,80}$", re.IGNORECASE
)


def is_undone(saying: Saying) -> bool:
    """True for "balloon angioplasty of the external iliac was not performed"."""
    return ("angioplasty", How.DENIED) in saying.treatments and bool(_NOT_PERFORMED.search(saying.words))


_NOT_PERFORMED = re.compile(r"\bnot\s+(?:performed|done|carried\s+out|undertaken|attempted)\b", re.IGNORECASE)
