"""What a passage says, be it a sentence, a row of a table or a record of a form.

Knows which reader reads which.
"""

from collections.abc import Sequence
from dataclasses import replace

from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.ranks import turn_of_two
from cds_service.fhir.notes.record_sayings import record_sayings
from cds_service.fhir.notes.row_sayings import row_sayings
from cds_service.fhir.notes.saying import Saying
from cds_service.fhir.notes.sayings import sayings_of
from cds_service.knowledge.terms import Token


def sayings_in(passage: Passage, own: Sequence[Token], text: str, *, iliac: bool) -> list[Saying]:
    """What a passage says; `own` are those within it, `iliac`: short names mean iliac arteries."""
    own = [t for t in own if t.end <= passage.end]
    if passage.row is not None:
        read_row = record_sayings if passage.row.is_form else row_sayings
        return list(read_row(passage, own, text))
    turn = turn_of_two(text[passage.start : passage.end], own, passage.start)
    if not turn:
        return list(sayings_of(passage, own, text, iliac=iliac))
    at = passage.start + turn
    halves = (replace(passage, end=at), [t for t in own if t.start < at]), (replace(passage, start=at, lead=at), own)
    return [
        s
        for half, said in halves
        for s in sayings_of(half, [t for t in said if t.start >= half.start], text, iliac=iliac)
    ]
