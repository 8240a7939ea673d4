"""What the sentences of a note say together: pronouns, "the lesion", labels and lists resolved to vessels.

Knows the course of a note: what was named last, what stands in a heading, which lesion was found where. A word that
could stand for several vessels is said of all of them, and marked so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.layout import Span
from cds_service.fhir.polarity import How
from cds_service.fhir.sayings import Place, Saying

_LESIONS = ("stenosis", "occlusion", "subtotal")


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
        return bool(said.lesions or said.unsure or any(h is not How.OLD for _, h in said.treatments))


@dataclass(slots=True)
class Discourse:
    """The course of a note so far."""

    statements: list[Statement] = field(default_factory=list)
    loose: list[Saying] = field(default_factory=list)
    focus: tuple[Place, ...] = ()
    focus_worked: bool = False
    focus_elsewhere: bool = False
    topic: tuple[Place, ...] = ()
    topic_key: tuple[object, ...] = ()
    recent: list[Place] = field(default_factory=list)
    side: tuple[Side, ...] = ()
    side_paragraph: int = -1
    label_places: dict[Span, tuple[Place, ...]] = field(default_factory=dict)
    label_sides: dict[Span, tuple[Side, ...]] = field(default_factory=dict)
    named_in: tuple[int, tuple[Place, ...]] = (-1, ())
    broken_labels: set[Span] = field(default_factory=set)
    unsided: set[Vessel] = field(default_factory=set)
    told_sides: set[Side] = field(default_factory=set)
    numbered: dict[str, Place] = field(default_factory=dict)
    number: int = 0

    def hear(self, saying: Saying) -> None:
        """Take in the next saying."""
        self.number += 1
        if saying.elsewhere and not saying.places:
            self.focus, self.focus_elsewhere = (), True
            return
        places = self._sided(saying, saying.places)
        label = self._label(saying)
        if places and not any(v for _, v, _ in places):
            places = self._narrowed(places, label)
        if not saying.places and saying.sides and not saying.has_content:
            self.side, self.side_paragraph = saying.sides, saying.passage.paragraph
            self.told_sides |= set(saying.sides)
        if saying.side_unknown:
            self.unsided |= {v for _, v, _ in places if v is not None}
        if places:
            if saying.key and len(places) == 1:
                self.numbered[saying.key] = places[0]
            self._named(saying, places)
            if saying.has_content or saying.worked:
                self._say(saying, places, sure=True)
            return
        if not (saying.has_content or saying.definite or saying.worked):
            return
        self._unplaced(saying, label)

    def _unplaced(self, saying: Saying, label: tuple[Place, ...]) -> None:
        """Hold a saying without a place to what it refers to."""
        if saying.passage.section in ("result", "other") and not label:
            return
        meant, sure = self._meant(saying, label)
        if not meant:
            if not self.focus_elsewhere:
                self.loose.append(saying)
            return
        if len(meant) == 1:
            self.focus, self.focus_worked = meant, self.focus_worked or saying.worked or bool(saying.treatments)
        self._say(saying, meant, sure=sure)

    def _meant(self, saying: Saying, label: tuple[Place, ...]) -> tuple[tuple[Place, ...], bool]:
        if saying.key in self.numbered:
            return (self.numbered[saying.key],), True
        if "each" in saying.refers:
            group = self._group(label)
            return group, len(group) > 0
        if label:
            return label, len(label) == 1
        if saying.ordinal:
            ranked = self._by_height(saying)
            return (
                (ranked, True) if ranked else (self._ordinal(saying), len(self.focus) == 1 and "one" in saying.refers)
            )
        if saying.definite & set(_LESIONS):
            known = self._with_lesion(saying.definite)
            if len(known) == 1:
                return known, True
            if self.focus and (not known or self.focus[0] in known) and len(self.focus) == 1:
                return self.focus, self._is_clear(saying) or bool(known)
            return known or self.focus, False
        topic = self.topic if self.topic_key == self._key(saying) else ()
        if topic:
            return topic, len(topic) == 1
        if len(self.focus) == 1:
            return self.focus, self._is_clear(saying)
        return self.focus, False

    def _ordinal(self, saying: Saying) -> tuple[Place, ...]:
        return self.focus if len(self.focus) == 1 and "one" in saying.refers else tuple(self.recent[-3:])

    def _by_height(self, saying: Saying) -> tuple[Place, ...]:
        """ "The proximal one", of two diseased vessels of which one is the common iliac."""
        diseased = [p for p in self._diseased() if p[0] is Territory.ILIAC and p[1] is not None]
        if len(diseased) != 2 or sum(p[1] is Vessel.COMMON_ILIAC for p in diseased) != 1 or not saying.height:
            return ()
        return tuple(p for p in diseased if (p[1] is Vessel.COMMON_ILIAC) == (saying.height == "upper"))

    def _is_clear(self, saying: Saying) -> bool:
        """True when the last vessel named is the only one the words can mean."""
        if self.focus_worked or "one" in saying.refers:
            return True
        waiting = {p[:2] for p in self._diseased() if not self._is_treated(p)}
        return waiting <= {p[:2] for p in self.focus}

    def _group(self, label: tuple[Place, ...]) -> tuple[Place, ...]:
        if len(label) > 1:
            return label
        if len(self.focus) > 1:
            return self.focus
        if len(self.named_in[1]) > 1:
            return self.named_in[1]
        diseased = [p for p in self._diseased() if not self._is_treated(p)]
        if len(diseased) == 2:
            return tuple(diseased)
        distinct = list(dict.fromkeys(reversed(self.recent)))[:2]
        return tuple(reversed(distinct)) if len(distinct) == 2 else ()

    def _diseased(self) -> list[Place]:
        found: dict[tuple[object, ...], Place] = {}
        for s in self.statements:
            if s.saying.lesions & set(_LESIONS) or s.saying.unsure:
                found.setdefault((s.vessel, s.side), (s.territory, s.vessel, (s.side,) if s.side else ()))
        return list(found.values())

    def _with_lesion(self, lesions: frozenset[str]) -> tuple[Place, ...]:
        wanted = {"stenosis" if x == "subtotal" else x for x in lesions}
        found: dict[tuple[object, ...], Place] = {}
        for s in self.statements:
            said = {"stenosis" if x == "subtotal" else x for x in s.saying.lesions | s.saying.unsure}
            if said & wanted and s.vessel is not None:
                found.setdefault((s.vessel, s.side), (s.territory, s.vessel, (s.side,) if s.side else ()))
        return tuple(found.values())

    def _is_treated(self, place: Place) -> bool:
        return any(
            s.vessel is place[1]
            and (not place[2] or s.side in place[2])
            and any(h is How.DONE for _, h in s.saying.treatments)
            for s in self.statements
        )

    def _named(self, saying: Saying, places: tuple[Place, ...]) -> None:
        """Remember what was named."""
        same = tuple(p[:2] for p in self.focus) == tuple(p[:2] for p in places)
        worked = saying.worked or any(h is How.DONE for _, h in saying.treatments)
        self.focus, self.focus_elsewhere = places, False
        self.focus_worked = worked or (same and self.focus_worked)
        line = saying.passage.line
        inside = line is not None and self.label_places.get(line)
        if line is not None and inside and saying.has_content and {p[1] for p in places} - {p[1] for p in inside}:
            self.broken_labels.add(line)
        listed = self.named_in[1] if self.named_in[0] == saying.passage.start else ()
        self.named_in = (saying.passage.start, tuple(dict.fromkeys((*listed, *places))))
        self.recent += [p for p in places if saying.has_content]
        sides = {s for _, _, found in places for s in found}
        if len(sides) == 1:
            self.side, self.side_paragraph = tuple(sides), saying.passage.paragraph
        if not saying.has_content:
            self.topic, self.topic_key = places, self._key(saying)
        elif (
            self.topic and self.topic_key == self._key(saying) and {p[1] for p in places} != {p[1] for p in self.topic}
        ):
            self.topic = ()

    def _key(self, saying: Saying) -> tuple[object, ...]:
        """What a topic lasts for: its paragraph and the label above it."""
        return saying.passage.paragraph, saying.passage.block, saying.passage.section

    def _label(self, saying: Saying) -> tuple[Place, ...]:
        """The places of the label of the saying's line, else of its block."""
        passage = saying.passage
        for span in (passage.line, passage.block):
            found = self.label_places.get(span, ()) if span else ()
            if span in self.broken_labels:
                continue
            if found and not (span == passage.line and saying.start < span[1]):
                return self._sided(saying, found)
        return ()

    def _sided(self, saying: Saying, places: Iterable[Place]) -> tuple[Place, ...]:
        """Places with the side their clause, its labels or its paragraph give them."""
        out = []
        for territory, vessel, sides in places:
            found = sides or saying.sides
            if saying.side_unknown and not sides:
                out.append((territory, vessel, ()))
                continue
            for span in (saying.passage.line, saying.passage.block, saying.passage.head):
                found = found or (self.label_sides.get(span, ()) if span else ())
            if not found and self.side_paragraph == saying.passage.paragraph:
                found = self._known_side(vessel) or self.side
            out.append((territory, vessel, found or self._known_side(vessel)))
        return tuple(out)

    def _known_side(self, vessel: Vessel | None) -> tuple[Side, ...]:
        """The side this vessel was named with before, when it was one only."""
        known = {
            s.side for s in self.statements if s.vessel is vessel and vessel is not None and s.side and s.is_of_today
        }
        return tuple(known) if len(known) == 1 else ()

    def _narrowed(self, places: tuple[Place, ...], label: tuple[Place, ...]) -> tuple[Place, ...]:
        """ "The iliac lesion" under a label, or where one iliac artery is all that was ever named, is that one."""
        fits = [p for p in label if p[1] is not None and p[0] is places[0][0]]
        return tuple(fits) if len(fits) == 1 else places

    def _say(self, saying: Saying, places: Sequence[Place], *, sure: bool) -> None:
        for territory, vessel, sides in places:
            for side in sides or (None,):
                self.statements.append(
                    Statement(
                        saying=saying, number=self.number, territory=territory, vessel=vessel, side=side, sure=sure
                    )
                )
