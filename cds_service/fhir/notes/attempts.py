"""Work that a note says was attempted, and of which it tells no outcome.

Knows statements of one vessel and the whole text. That such work is asked about is `told`'s business.
"""

import re
from collections.abc import Sequence

from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
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
