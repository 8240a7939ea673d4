"""What the sentences of a note say together: pronouns, "the lesion", labels and lists resolved to vessels.

Knows the course of a note: what was named last, what stands in a heading, which lesion was found where. A word that
could stand for several vessels is said of all of them, and marked so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.notes.lines import Span
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Place, Quote, Saying
from cds_service.knowledge.cues import cue

_ENTRY_WORDS = 3
_LEFT_ALONE = cue("left-alone")
_IN_ORDER = {"first": 0, "second": 1}
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
    broken_labels: set[Span] = field(default_factory=set)
    several: Saying | None = None
    unsided: set[Vessel] = field(default_factory=set)
    told_sides: set[Side] = field(default_factory=set)
    line_places: dict[int, tuple[Place, ...]] = field(default_factory=dict)
    label_treatments: dict[Span | None, frozenset[tuple[str, How]]] = field(default_factory=dict)
    label_keys: dict[Span, str] = field(default_factory=dict)
    numbered: dict[str, Place] = field(default_factory=dict)
    number: int = 0
    unsettled: Quote | None = None
    left_alone: set[tuple[Vessel, Side]] = field(default_factory=set)
    asides: list[Span] = field(default_factory=list)
    beside: set[tuple[Vessel | None, Side]] = field(default_factory=set)
    entry: tuple[Place, ...] = ()
    declared: set[Side] = field(default_factory=set)
    opening: set[Side] = field(default_factory=set)

    def hear(self, saying: Saying) -> None:
        """Take in the next saying."""
        self.number += 1
        if saying.elsewhere and not saying.places:
            if saying.elsewhere & {"vein", "other-artery", "not-a-vessel"} and (saying.has_content or saying.worked):
                self.focus, self.focus_elsewhere = (), True
            return
        self.beside |= {(vessel, side) for _, vessel, sides in saying.places for side in sides}
        places = self._sided(saying, saying.places)
        label = self._label(saying)
        if _LEFT_ALONE.search(saying.words) and not any(h is How.DONE for _, h in saying.treatments):
            for _, vessel, sides in places or label:
                self.left_alone |= {(vessel, side) for side in sides if vessel is not None}
        if places and not any(v for _, v, _ in places):
            places = self._narrowed(places, label)
        line = saying.passage.line
        if line in self.label_treatments and places and saying.lesions and not saying.treatments:
            saying = replace(saying, treatments=self.label_treatments[line])
        if saying.same_again and places and not saying.treatments and self.statements:
            last = next(
                (s for s in reversed(self.statements) if any(h is How.DONE for _, h in s.saying.treatments)), None
            )
            if last is not None:
                saying = replace(saying, treatments=last.saying.treatments)
        if saying.several[1]:
            self.several = saying
        if saying.topics and saying.passage.section not in ("indication", "other"):
            self.told_sides |= saying.topics
            if len(saying.topics) == 1:
                self.side, self.side_paragraph = tuple(saying.topics), saying.passage.paragraph
        if saying.side_unknown:
            self.unsided |= {v for _, v, _ in places if v is not None}
        if places:
            key = saying.key or ("" if saying.passage.line_number in self.line_places else saying.passage.mark)
            for name in (key, *saying.names) if len(places) == 1 else ():
                if name and places[0][1] is not None:
                    self.numbered[name] = places[0]
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
        entered = self.entry and self.entry == self.topic and self.topic_key == self._key(saying)
        if saying.passage.section == "devices" and not label and not entered:
            self.loose.append(saying)
            return
        meant, sure = self._meant(saying, label)
        apart = saying.sides and meant and not any(set(saying.sides) & set(p[2]) or not p[2] for p in meant)
        if not meant or apart:
            if not self.focus_elsewhere:
                self.loose.append(saying)
            return
        if len(meant) == 1 and (saying.worked or saying.treatments) and meant[0][0] is Territory.ILIAC:
            self.work = meant
        if len(meant) == 1:
            self.focus, self.focus_worked = meant, self.focus_worked or saying.worked or bool(saying.treatments)
        self._say(saying, meant, sure=sure)

    def _meant(self, saying: Saying, label: tuple[Place, ...]) -> tuple[tuple[Place, ...], bool]:
        if "former" in saying.refers or "latter" in saying.refers:
            listed = self.named_in[1] if len(self.named_in[1]) == 2 else tuple(self._diseased()[-2:])
            pair = (listed[:1] if "former" in saying.refers else listed[1:]) if len(listed) == 2 else ()
            if pair:
                return pair, True
        mark = saying.passage.mark
        if mark and mark in self.numbered and not label:
            return (self.numbered[mark],), True
        called = {self.numbered[n] for n in saying.names if n in self.numbered}
        if len(called) == 1:
            return tuple(called), True
        counted = [_IN_ORDER[n] for n in saying.names if n in _IN_ORDER]
        two = [p for p in self._diseased() if p[1] is not None]
        if len(counted) == 1 and len(two) == 2 and not label:
            return (two[counted[0]],), True
        if saying.key in self.numbered:
            return (self.numbered[saying.key],), True
        if "each" in saying.refers:
            spoken = (saying.definite | saying.lesions) & set(_LESIONS)
            known = self._with_lesion(spoken) if spoken and not label else ()
            if len(known) > 1:
                return known, True
            group = self._group(label)
            return group, len(group) > 0 and not known
        meant = self._with_lesion(saying.definite) if saying.definite & set(_LESIONS) else ()
        if label and len(meant) == 1 and meant[0][1] not in {p[1] for p in label} and not self._agrees(label, saying):
            if saying.passage.line is not None:
                self.broken_labels.add(saying.passage.line)
            return meant, True
        if label:
            return label, len(label) == 1
        if saying.ordinal:
            ranked = self._by_height(saying)
            return (
                (ranked, True) if ranked else (self._ordinal(saying), len(self.focus) == 1 and "one" in saying.refers)
            )
        spoken = saying.definite or (saying.lesions if saying.worked or saying.treatments else frozenset())
        if spoken & set(_LESIONS):
            known = self._with_lesion(spoken)
            if len(known) == 1:
                return known, True
            if self.focus and (not known or self.focus[0] in known) and len(self.focus) == 1:
                return self.focus, self._is_clear(saying) or bool(known)
            return known or self.focus, False
        way_in = bool(self.focus) and self.focus[0][0] is not Territory.ILIAC and self.focus != self.entry
        if self.work and way_in and not self._is_known(self.focus[0]):
            return self.work, len(self.work) == 1
        alone = self.line_places.get(saying.passage.line_number, ())
        if len(alone) == 1:
            return alone, True
        topic = self.topic if self.topic_key == self._key(saying) else ()
        if topic:
            return topic, len(topic) == 1
        if len(self.focus) == 1:
            return self.focus, self._is_clear(saying)
        return self.focus, False

    def _agrees(self, places: tuple[Place, ...], saying: Saying) -> bool:
        """True when one of the places is known to have the lesion that is spoken of, or has none known."""
        said = {x for s in self.statements for x in s.saying.lesions if s.vessel in {p[1] for p in places}}
        return not said or bool(said & saying.definite)

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

    def _is_known(self, place: Place) -> bool:
        """True when a lesion of this vessel, or work in it, was told."""
        return any(s.vessel is place[1] for s in self.statements)

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
        if not saying.has_content and all(p[0] is not Territory.ILIAC for p in places):
            if len(saying.words.split()) <= 8 and len(places) == 1:
                self.focus, self.topic, self.topic_key = places, places, self._key(saying)
                entry = saying.passage.line is not None or len(saying.words.split()) <= _ENTRY_WORDS
                self.entry = places if entry else ()
            return
        if saying.clear or not any(v for _, v, _ in places):
            return
        same = tuple(p[:2] for p in self.focus) == tuple(p[:2] for p in places)
        worked = saying.worked or any(h is How.DONE for _, h in saying.treatments)
        self.focus, self.focus_elsewhere = places, False
        if saying.failed and not worked:
            self.focus = ()
        self.focus_worked = worked or (same and self.focus_worked)
        number = saying.passage.line_number
        self.line_places[number] = tuple(dict.fromkeys((*self.line_places.get(number, ()), *places)))
        line = saying.passage.line
        inside = line is not None and self.label_places.get(line)
        if line is not None and inside and saying.has_content and {p[1] for p in places} - {p[1] for p in inside}:
            self.broken_labels.add(line)
        listed = self.named_in[1] if self.named_in[0] == saying.passage.start else ()
        self.named_in = (saying.passage.start, tuple(dict.fromkeys((*listed, *places))))
        if worked and len(places) == 1 and places[0][0] is Territory.ILIAC:
            self.work = places
        self.recent += [p for p in places if saying.has_content]
        sides = {s for _, _, found in places for s in found}
        if len(sides) == 1 and saying.topical:
            self.side, self.side_paragraph = tuple(sides), saying.passage.paragraph
        if not saying.has_content:
            self.topic, self.topic_key = places, self._key(saying)
            self.entry = places if saying.passage.line is not None else ()
        elif (
            self.topic and self.topic_key == self._key(saying) and {p[1] for p in places} != {p[1] for p in self.topic}
        ):
            self.topic = ()

    def _key(self, saying: Saying) -> tuple[object, ...]:
        """What a topic lasts for: its paragraph and the label above it."""
        return saying.passage.paragraph, saying.passage.block

    def _label(self, saying: Saying) -> tuple[Place, ...]:
        """The places of the label of the saying's line, else of its block."""
        passage = saying.passage
        for span in (passage.line, passage.block):
            found = self.label_places.get(span, ()) if span else ()
            if span in self.broken_labels:
                continue
            key = self.label_keys.get(span, "") if span else ""
            if not found and key in self.numbered and saying.start >= (span or (0, 0))[1]:
                return (self.numbered[key],)
            if span and found and not (span == passage.line and saying.start < span[1]):
                return self._sided(saying, found)
        return ()

    def _sided(self, saying: Saying, places: Iterable[Place]) -> tuple[Place, ...]:
        """Places with the side their clause, its labels or its paragraph give them."""
        out: list[Place] = []
        for territory, vessel, sides in places:
            topic = tuple(saying.topics) if len(saying.topics) == 1 else ()
            found = sides or (topic if saying.opening_side else ())
            if saying.side_unknown and not sides:
                out.append((territory, vessel, ()))
                continue
            for span in (saying.passage.line, saying.passage.block, saying.passage.leg):
                found = found or (self.label_sides.get(span, ()) if span else ())
            found = found or topic
            if saying.belonging and not found and self.focus:
                found = self.focus[0][2]
            found = found or self._known_side(vessel)
            head = saying.passage.head
            found = found or (self.label_sides.get(head, ()) if head else ())
            if not found and self.side_paragraph == saying.passage.paragraph:
                found = self.side
            if not found and "each" in saying.refers and len(self._sides_of(vessel)) > 1:
                found = tuple(Side)
            out.append((territory, vessel, found))
        return tuple(out)

    def _sides_of(self, vessel: Vessel | None) -> set[Side]:
        return {s.side for s in self.statements if s.vessel is vessel and vessel is not None and s.side}

    def has_lesion(self, line_number: int) -> bool:
        """True for a line that tells of a lesion: a title tells of none."""
        return any(s.saying.lesions for s in self.statements if s.saying.passage.line_number == line_number)

    def topic_sides(self) -> list[tuple[Side, ...]]:
        """The sides of labels that name no vessel, such as "RIGHT LEG:"."""
        return [sides for span, sides in self.label_sides.items() if sides and not self.label_places.get(span)]

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
