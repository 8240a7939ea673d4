"""What a note has told so far: its statements, labels and sides, and what was found and done in which vessel.

Knows what was said, and answers questions about it; what words refer to is for `discourse`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.notes.ledger import Ledger
from cds_service.fhir.notes.lines import Span
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Place, Quote, Saying
from cds_service.knowledge.cues import cue

_CHANGES_LEG = cue("changes-leg")
_ANOTHER_ARTERY = cue("another-artery")
_WHOLE_LEG = cue("whole-leg")
_OVER_THE_TOP = cue("over-the-top")
_SAME_SIDE = re.compile(r"\b(?:on|of)\s+(?:the|that)\s+same\s+(?:side|leg)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:iliacs|[CEI]IAs|iliac\s+arteries)\b", re.IGNORECASE)
_PLURAL = re.compile(
    r"\b(?:iliacs|arteries|externals|internals|commons|[CEI]IAs|both|each|bilateral\w*|kissing)\b", re.IGNORECASE
)


_ONE_OF_THEM = re.compile(
    r"\b(?:an?|one)\s+(?:common|external|internal|hypogastric|[CEI]IA)\b(?!\s+\w*\s*(?:on|in)\s+(?:each|either|both))",
    re.IGNORECASE,
)


def is_same(first: Place, second: Place) -> bool:
    """True for places of one vessel that may be in one leg."""
    return first[:2] == second[:2] and (not first[2] or not second[2] or bool(set(first[2]) & set(second[2])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A saying held to a place. `sure` is False where the words could be about another place too."""

    saying: Saying
    number: int
    territory: Territory
    vessel: Vessel | None
    side: Side | None
    sure: bool = True

    @property
    def is_of_today(self) -> bool:
        """True when it tells of a lesion now, or of treatment carried out now."""
        said = self.saying
        if said.treatments and all(h is How.OLD for _, h in said.treatments):
            return bool(said.lesions - {"in-stent"} or said.unsure)
        return bool(said.lesions or said.unsure or said.treatments)


@dataclass(slots=True)
class Memory:
    """The course of a note so far."""

    statements: list[Statement] = field(default_factory=list)
    loose: list[Saying] = field(default_factory=list)
    focus: tuple[Place, ...] = ()
    focus_worked: bool = False
    guessed: tuple[Place, ...] = ()
    work: tuple[Place, ...] = ()
    focus_elsewhere: bool = False
    topic: tuple[Place, ...] = ()
    topic_key: tuple[object, ...] = ()
    recent: list[Place] = field(default_factory=list)
    side: tuple[Side, ...] = ()
    side_paragraph: int = -1
    label_places: dict[Span, tuple[Place, ...]] = field(default_factory=dict)
    label_sides: dict[Span, tuple[Side, ...]] = field(default_factory=dict)
    named_in: tuple[int, tuple[Place, ...]] = (-1, ())
    iliac_legs: frozenset[str] | None = None
    broken_labels: set[Span] = field(default_factory=set)
    several: Saying | None = None
    stentless: Saying | None = None
    logged: int = 0
    unsided: set[Vessel] = field(default_factory=set)
    told_sides: set[Side] = field(default_factory=set)
    told_from: int = 0
    line_places: dict[int, tuple[Place, ...]] = field(default_factory=dict)
    label_treatments: dict[Span | None, frozenset[tuple[str, How]]] = field(default_factory=dict)
    label_keys: dict[Span, str] = field(default_factory=dict)
    numbered: dict[str, Place] = field(default_factory=dict)
    number: int = 0
    unsettled: Quote | None = None
    left_alone: dict[tuple[Vessel | None, Side | None], Quote] = field(default_factory=dict)
    plugged: set[tuple[Vessel | None, Side | None]] = field(default_factory=set)
    normal: set[tuple[Vessel | None, Side | None]] = field(default_factory=set)
    asides: list[Span] = field(default_factory=list)
    beside: set[tuple[Vessel | None, Side]] = field(default_factory=set)
    called: set[tuple[Vessel | None, Side]] = field(default_factory=set)
    entry: tuple[Place, ...] = ()
    devices: dict[str, set[Place]] = field(default_factory=dict)
    declared: set[Side] = field(default_factory=set)
    opening: set[Side] = field(default_factory=set)
    sound: tuple[int, tuple[Place, ...]] = (-1, ())
    ledger: Ledger = field(default_factory=Ledger)

    def remember(self, statement: Statement) -> None:
        """Take in the next statement."""
        self.statements.append(statement)
        sides = (statement.side,) if statement.side else ()
        place = (statement.territory, statement.vessel, sides)
        self.ledger.enter(statement.saying, place, today=statement.is_of_today)

    @property
    def is_blank(self) -> bool:
        """True while no vessel was named, not even by a label."""
        named = self.statements or self.focus or self.work or self.topic or self.recent or self.named_in[1]
        return not (named or self.numbered or self.line_places or any(self.label_places.values()))

    def agrees(self, places: tuple[Place, ...], saying: Saying) -> bool:
        """True when one of the places is known to have the lesion that is spoken of, or has none known."""
        said = {x for vessel in {p[1] for p in places} for x in self.ledger.lesions.get(vessel, ())}
        return not said or bool(said & saying.definite)

    def by_height(self, saying: Saying) -> tuple[Place, ...]:
        """ "The proximal one", of two diseased vessels of which one is the common iliac."""
        diseased = [p for p in self.diseased() if p[0] is Territory.ILIAC and p[1] is not None]
        if len(diseased) != 2 or sum(p[1] is Vessel.COMMON_ILIAC for p in diseased) != 1 or not saying.height:
            return ()
        return tuple(p for p in diseased if (p[1] is Vessel.COMMON_ILIAC) == (saying.height == "upper"))

    def is_known(self, place: Place) -> bool:
        """True when a lesion of this vessel, or work in it, was told."""
        return place[1] in self.ledger.vessels

    def diseased(self) -> list[Place]:
        return list(self.ledger.diseased.values())

    def with_lesion(self, lesions: frozenset[str]) -> tuple[Place, ...]:
        return self.ledger.with_lesion(lesions)

    def is_treated(self, place: Place) -> bool:
        sides = self.ledger.treated.get(place[1], ())
        return any(not place[2] or side in place[2] for side in sides)

    def waiting(self) -> list[Place]:
        """The vessels with a lesion of which no treatment was told yet."""
        return [p for p in self.diseased() if not self.is_treated(p)]

    def sides_of(self, vessel: Vessel | None) -> set[Side]:
        return set(self.ledger.sides.get(vessel, ())) if vessel is not None else set()

    def legs(self) -> set[Side]:
        """The legs in which a lesion of an iliac artery, or work there, was told."""
        return set(self.ledger.legs)

    def has_lesion(self, line_number: int) -> bool:
        """True for a line that tells of a lesion: a title tells of none."""
        return line_number in self.ledger.lines_with_lesion

    def topic_sides(self) -> list[tuple[Side, ...]]:
        """The sides of labels that name no vessel, such as "RIGHT LEG:"."""
        return [sides for span, sides in self.label_sides.items() if sides and not self.label_places.get(span)]

    def known_side(self, vessel: Vessel | None) -> tuple[Side, ...]:
        """The side this vessel was named with before, when it was one only."""
        known = self.ledger.sides_today.get(vessel, ()) if vessel is not None else ()
        known = known or {side for named, side in self.called if named is vessel}
        return tuple(known) if len(known) == 1 else ()

    def _side_of_sentence(self, saying: Saying) -> tuple[Side, ...]:
        """ "The left common iliac was stented and then the external dilated": the one side of the vessels before it."""
        return _side_after(self.named_in[1], saying) if self.named_in[0] == saying.passage.start else ()

    def _same_side(self, saying: Saying) -> tuple[Side, ...]:
        """The leg of "an external iliac artery on the same side": that of the vessel named last in the sentence."""
        start, before = self.named_in
        if start != saying.passage.start or not before or not _SAME_SIDE.search(saying.words):
            return ()
        return before[-1][2] if len(before[-1][2]) == 1 else ()

    def _has_own_leg(self, saying: Saying) -> bool:
        """True under "On the right, ...", said in the same paragraph: that holds against a title for both legs."""
        return (
            len(self.side) == 1 and self.side_paragraph == saying.passage.paragraph and not _PLURAL.search(saying.words)
        )

    def sided(self, saying: Saying, places: Iterable[Place]) -> tuple[Place, ...]:
        """Places with the side their clause, its labels or its paragraph give them."""
        out: list[Place] = []
        for territory, vessel, sides in places:
            topic = tuple(saying.topics) if len(saying.topics) == 1 else ()
            found = sides or self._same_side(saying) or (topic if saying.topical else ()) or _side_after(out, saying)
            begun = self.work and self.named_in[0] == saying.passage.start and not sides
            over = begun and _OVER_THE_TOP.search(saying.words)
            if (saying.side_unknown and not sides) or over:
                out.append((territory, vessel, ()))
                self.unsided |= {vessel} if over and vessel else set()
                continue
            for span in (saying.passage.line, saying.passage.block, saying.passage.leg):
                labelled = self.label_sides.get(span, ()) if span else ()
                found = found or (self.side if len(labelled) > 1 and self._has_own_leg(saying) else labelled)
            found = found or topic
            if not found and len(saying.sides) == 1 and _WHOLE_LEG.match(saying.words):
                found = saying.sides
            if saying.belonging and not found and self.focus and len(self.focus[0][2]) == 1:
                found = self.focus[0][2]
            if saying.another and not found and len(self.legs()) == 1:
                found = tuple(self.legs())
            both = all((vessel, side) in self.ledger.diseased for side in Side)
            found = found or (() if both else self._side_of_sentence(saying))
            found = found or self.known_side(vessel)
            head = saying.passage.head
            headed = self.label_sides.get(head, ()) if head else ()
            found = found or (headed if len(headed) == 1 else ())
            if not found and self.side_paragraph == saying.passage.paragraph:
                found = self.side if len(self.side) == 1 or _PLURAL.search(saying.words) else ()
            found = found or headed
            if not found and both and _SEVERAL.search(saying.words):
                found = tuple(Side)
            if not found and "each" in saying.refers and len(self.sides_of(vessel)) > 1:
                found = tuple(Side)
            if len(found) > 1 and not sides and _ONE_OF_THEM.search(saying.words):
                found = ()
            out.append((territory, vessel, found))
        return tuple(out)


def _side_after(before: Sequence[Place], saying: Saying) -> tuple[Side, ...]:
    """The side of a vessel named without one after these, where they and the sentence have only one."""
    if not before or len(saying.sides) != 1 or any(sides != saying.sides for _, _, sides in before):
        return ()
    apart = _CHANGES_LEG.search(saying.sentence) or _ANOTHER_ARTERY.search(saying.words)
    return () if apart else saying.sides
