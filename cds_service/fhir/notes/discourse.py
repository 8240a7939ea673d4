"""What the sentences of a note say together: pronouns, "the lesion", labels and lists resolved to vessels.

Knows the course of a note: what was named last, what stands in a heading, which lesion was found where. A word that
could stand for several vessels is said of all of them, and marked so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Territory
from cds_service.fhir.notes.ledger import LESIONS
from cds_service.fhir.notes.memory import Memory, Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.rare import rare
from cds_service.fhir.notes.saying import Place, Saying

_ENTRY_WORDS = 3
_LEFT_ALONE = rare("left-alone")
_IN_ORDER = {"first": 0, "second": 1}


@dataclass(slots=True)
class Discourse(Memory):
    """The course of a note, heard saying by saying."""

    def hear(self, saying: Saying) -> None:
        """Take in the next saying."""
        self.number += 1
        if saying.elsewhere and not saying.places:
            if saying.elsewhere & {"vein", "other-artery", "not-a-vessel"} and (saying.has_content or saying.worked):
                self.focus, self.focus_elsewhere = (), True
            return
        self.beside |= {(vessel, side) for _, vessel, sides in saying.places for side in sides}
        places = self.sided(saying, saying.places)
        label = self._label(saying)
        if _LEFT_ALONE.search(saying.words, saying.passage.cues) and not any(
            h is How.DONE for _, h in saying.treatments
        ):
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
        named = self._by_name(saying, label)
        if named:
            return named, True
        if "each" in saying.refers:
            spoken = (saying.definite | saying.lesions) & set(LESIONS)
            known = self.with_lesion(spoken) if spoken and not label else ()
            if len(known) > 1:
                return known, True
            group = self._group(label)
            return group, len(group) > 0 and not known
        meant = self.with_lesion(saying.definite) if saying.definite & set(LESIONS) else ()
        if label and len(meant) == 1 and meant[0][1] not in {p[1] for p in label} and not self.agrees(label, saying):
            if saying.passage.line is not None:
                self.broken_labels.add(saying.passage.line)
            return meant, True
        if label:
            return label, len(label) == 1
        if saying.ordinal:
            ranked = self.by_height(saying)
            return (
                (ranked, True) if ranked else (self._ordinal(saying), len(self.focus) == 1 and "one" in saying.refers)
            )
        spoken = saying.definite or (saying.lesions if saying.worked or saying.treatments else frozenset())
        if spoken & set(LESIONS):
            known = self.with_lesion(spoken)
            if len(known) == 1:
                return known, True
            if self.focus and (not known or self.focus[0] in known) and len(self.focus) == 1:
                return self.focus, self._is_clear(saying) or bool(known)
            return known or self.focus, False
        way_in = bool(self.focus) and self.focus[0][0] is not Territory.ILIAC and self.focus != self.entry
        if self.work and way_in and not self.is_known(self.focus[0]):
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

    def _by_name(self, saying: Saying, label: tuple[Place, ...]) -> tuple[Place, ...]:
        """The place a saying calls by a name: "the latter", "lesion 2", "the first", its number in a list."""
        if "former" in saying.refers or "latter" in saying.refers:
            listed = self.named_in[1] if len(self.named_in[1]) == 2 else tuple(self.diseased()[-2:])
            pair = (listed[:1] if "former" in saying.refers else listed[1:]) if len(listed) == 2 else ()
            if pair:
                return pair
        mark = saying.passage.mark
        if mark and mark in self.numbered and not label:
            return (self.numbered[mark],)
        called = {self.numbered[n] for n in saying.names if n in self.numbered}
        if len(called) == 1:
            return tuple(called)
        counted = [_IN_ORDER[n] for n in saying.names if n in _IN_ORDER]
        two = [p for p in self.diseased() if p[1] is not None]
        if len(counted) == 1 and len(two) == 2 and not label:
            return (two[counted[0]],)
        return (self.numbered[saying.key],) if saying.key in self.numbered else ()

    def _ordinal(self, saying: Saying) -> tuple[Place, ...]:
        return self.focus if len(self.focus) == 1 and "one" in saying.refers else tuple(self.recent[-3:])

    def _is_clear(self, saying: Saying) -> bool:
        """True when the last vessel named is the only one the words can mean."""
        if self.focus_worked or "one" in saying.refers:
            return True
        waiting = {p[:2] for p in self.diseased() if not self.is_treated(p)}
        return waiting <= {p[:2] for p in self.focus}

    def _group(self, label: tuple[Place, ...]) -> tuple[Place, ...]:
        if len(label) > 1:
            return label
        if len(self.focus) > 1:
            return self.focus
        if len(self.named_in[1]) > 1:
            return self.named_in[1]
        diseased = [p for p in self.diseased() if not self.is_treated(p)]
        if len(diseased) == 2:
            return tuple(diseased)
        distinct = list(dict.fromkeys(reversed(self.recent)))[:2]
        return tuple(reversed(distinct)) if len(distinct) == 2 else ()

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
                return self.sided(saying, found)
        return ()

    def _narrowed(self, places: tuple[Place, ...], label: tuple[Place, ...]) -> tuple[Place, ...]:
        """ "The iliac lesion" under a label, or where one iliac artery is all that was ever named, is that one."""
        fits = [p for p in label if p[1] is not None and p[0] is places[0][0]]
        return tuple(fits) if len(fits) == 1 else places

    def _say(self, saying: Saying, places: Sequence[Place], *, sure: bool) -> None:
        for territory, vessel, sides in places:
            for side in sides or (None,):
                self.remember(
                    Statement(
                        saying=saying, number=self.number, territory=territory, vessel=vessel, side=side, sure=sure
                    )
                )
