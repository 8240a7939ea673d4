"""What the statements of a note add up to, vessel by vessel, kept up as each comes in.

Knows vessels, sides, lesions and lines. A long note asks the same again and again; nothing here is counted twice.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Place, Saying

LESIONS = ("stenosis", "occlusion", "subtotal")
_Held = tuple[Vessel | None, Side | None]


@dataclass(slots=True)
class Ledger:
    """Sets of what was stated so far. None for a vessel or a side stands for one the words left open.

    `legs` are those with a lesion of an iliac artery, or work in it, of today.
    """

    vessels: set[Vessel | None] = field(default_factory=set)
    sides: defaultdict[Vessel | None, set[Side]] = field(default_factory=lambda: defaultdict(set))
    sides_today: defaultdict[Vessel | None, set[Side]] = field(default_factory=lambda: defaultdict(set))
    legs: set[Side] = field(default_factory=set)
    treated: defaultdict[Vessel | None, set[Side | None]] = field(default_factory=lambda: defaultdict(set))
    lesions: defaultdict[Vessel | None, set[str]] = field(default_factory=lambda: defaultdict(set))
    lines_with_lesion: set[int] = field(default_factory=set)
    diseased: dict[_Held, Place] = field(default_factory=dict)
    _with_lesion: defaultdict[str, dict[_Held, int]] = field(default_factory=lambda: defaultdict(dict))
    _places: dict[_Held, Place] = field(default_factory=dict)
    _entries: int = 0

    def enter(self, saying: Saying, place: Place, *, today: bool) -> None:
        """Take in what was said of one place, with one side or none; `today`: of a lesion or of work of today."""
        territory, vessel, sides = place
        held = (vessel, sides[0] if sides else None)
        self._entries += 1
        self.vessels.add(vessel)
        self.sides[vessel].update(sides)
        if today:
            self.sides_today[vessel].update(sides)
            self.legs.update(sides if territory is Territory.ILIAC else ())
        if any(how is How.DONE for _, how in saying.treatments):
            self.treated[vessel].add(held[1])
        if saying.lesions:
            self.lesions[vessel] |= saying.lesions
            self.lines_with_lesion.add(saying.passage.line_number)
        if saying.unsure or not saying.lesions.isdisjoint(LESIONS):
            self.diseased.setdefault(held, place)
        if vessel is not None:
            self._places.setdefault(held, place)
            for lesion in _as_found(saying.lesions | saying.unsure):
                self._with_lesion[lesion].setdefault(held, self._entries)

    def with_lesion(self, lesions: Iterable[str]) -> tuple[Place, ...]:
        """The places said to have, or perhaps to have, one of these lesions, in the order they were told."""
        first: dict[_Held, int] = {}
        for lesion in _as_found(lesions):
            for held, number in self._with_lesion[lesion].items():
                first[held] = min(number, first.get(held, number))
        return tuple(self._places[held] for held in sorted(first, key=lambda h: first[h]))


def _as_found(lesions: Iterable[str]) -> set[str]:
    return {"stenosis" if x == "subtotal" else x for x in lesions}
