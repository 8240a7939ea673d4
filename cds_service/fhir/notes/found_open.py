"""Vessels that a note calls normal or open before work in them was told: such work is odd, and to be asked about.

Knows statements and sections. What becomes of an odd vessel is `checks`' business.
"""

from collections.abc import Collection, Mapping, Sequence

from cds_service.coding.anatomy import Side, Vessel
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Saying
from cds_service.fhir.notes.stents_found import is_title
from cds_service.knowledge.cues import cue

_QUITE_NORMAL, _FOUND_OPEN, _JUST_OPEN = cue("quite-normal"), cue("found-open"), cue("just-open")
_PART_OF_IT = cue("part-of-vessel")
_NOT_OF_THE_WORK = ("history", "plan", "consent", "indication", "result")
Named = tuple[Vessel | None, Side | None]


def found_open(
    saying: Saying,
    named: set[Named],
    statements: Sequence[Statement],
    known: Mapping[Vessel | None, Collection[Side]],
    *,
    worked: bool,
) -> set[Named]:
    """Those of the vessels named that a saying calls normal or open as they were found.

    `known` are the legs each vessel has a statement in; `worked`: work was told before.
    """
    if not saying.clear or _PART_OF_IT.search(saying.words) or saying.passage.section in _NOT_OF_THE_WORK:
        return set()
    normal = _QUITE_NORMAL.search(saying.words)
    found = {(vessel, side) for vessel, side in named if normal and side not in known.get(vessel, ())}
    if not worked and _FOUND_OPEN.search(saying.sentence):
        return named
    before = not worked or (saying.passage.section == "findings" and _is_titled_only(statements))
    return named if before and _JUST_OPEN.search(saying.words) else found


def _is_titled_only(statements: Sequence[Statement]) -> bool:
    """True where only a title told of work."""
    return all(is_title(s) for s in statements if any(h is How.DONE for _, h in s.saying.treatments))
