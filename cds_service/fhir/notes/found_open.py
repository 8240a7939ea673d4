"""Vessels that a note calls normal or open before work in them was told: such work is odd, and to be asked about.

Knows statements and sections. What becomes of an odd vessel is `checks`' business.
"""

import re
from collections.abc import Collection, Mapping, Sequence

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Place, Saying
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


def is_sound_part(saying: Saying, places: Sequence[Place]) -> bool:
    """True for "left external iliac: proximal 2 cm patent": what is told next may be of the rest of it."""
    one = len(places) == 1 and places[0][0] is Territory.ILIAC and places[0][1] is not None
    return one and _PART_OF_IT.search(saying.words) is not None and not _WHOLE.search(saying.words)


_WHOLE = re.compile(
    r"\b(?:throughout|entire\w*|whole|all\s+the\s+way|full\s+length|(?:down\s+)?to\s+(?:the|its)\s+(?:level\s+of\s+the\s+)?"
    r"(?:groin|inguinal|ligament|femoral|CFA|common\s+femoral|end))\b",
    re.IGNORECASE,
)


def is_of_the_rest(saying: Saying) -> bool:
    """True for "thereafter complete occlusion": words that go on down the artery whose part was just told of."""
    goes_on = bool(saying.lesions) and not saying.treatments and _ONWARDS.match(saying.words) is not None
    return goes_on and not _IN_THE_LEG.search(saying.sentence)


_IN_THE_LEG = re.compile(
    r"\b(?:popliteal|adductor|hunter\W?s?|knee|calf|tibia\w*|trifurcation|thigh|leg|SFA|femoral)\b", re.I
)


_ONWARDS = re.compile(
    r"\W*(?:(?:and|but)\s+)?(?:there\s?after|then|distal(?:ly)?(?!\s+to)|further\s+(?:down|on|along)|lower\s+down"
    r"|(?:below|beyond|past|after|from)\s+(?:that|this|it|there|here|then)|from\s+that\s+point)\b",
    re.IGNORECASE,
)


def _is_titled_only(statements: Sequence[Statement]) -> bool:
    """True where only a title told of work."""
    return all(is_title(s) for s in statements if any(h is How.DONE for _, h in s.saying.treatments))
