"""What the sentences of a note say together: each saying held to the vessels it names, or to those it means.

Knows the course of a note: what was named last, and what stands in a label. A word that could stand for several
vessels is said of all of them, and marked so; what words refer to is for `referents`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Side, Territory, Vessel
from cds_service.fhir.notes.attempts import is_undone
from cds_service.fhir.notes.found_open import found_open, is_sound_part
from cds_service.fhir.notes.ledger import LESIONS
from cds_service.fhir.notes.memory import Statement, is_same
from cds_service.fhir.notes.occasions import is_long_ago, is_of_old_study
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.rare import rare
from cds_service.fhir.notes.referents import NAMED_DEVICE, Referents
from cds_service.fhir.notes.saying import OPENS_WITH_PART, Place, Saying, clause_of
from cds_service.fhir.notes.stents_found import is_put_in
from cds_service.knowledge.cues import cue

_ENTRY_WORDS = 3
_IS_SEEN = re.compile(
    r"\b(?:is|was|are|were)\s+(?:patent|open|normal|fine|ok|clear|clean|healthy|good|soft)\b", re.IGNORECASE
)
_LEFT_ALONE = rare("left-alone")
_STENT_PUT_OFF = re.compile(r"\W?(?:(?:the|an?) )?stent[^.;,]{0,50}\b(?:deferred|omitted|withheld|not done)\b", re.I)
_STENTLESS = cue("stentless")
STENTLESS_CASE = cue("stentless-case")
_TALLY = cue("tally")
_CLOSED_ON_PURPOSE = cue("closed-on-purpose")
_LABELLED = re.compile(r"\W{0,4}(?:(?:left|right|[LR]t?\.?)\s+)?\w[\w-]{0,30}\s?:\s", re.IGNORECASE)


_ALL_LESIONS = re.compile(r"\W*all\s+(?:\w+\s+)?(?:occlusions|stenoses|lesions|CTOs)\b", re.IGNORECASE)
_NOT_TREATED = re.compile(r"\W*(?:(?:it|this)\s+(?:was|is)\s+)?(?:not\s+|un-?)(?:treated|touched)\b", re.IGNORECASE)


@dataclass(slots=True)
class Discourse(Referents):
    """The course of a note, heard saying by saying."""

    def hear(self, saying: Saying) -> None:
        """Take in the next saying."""
        self.number += 1
        given_up = saying.failed and saying.elsewhere <= {"open-surgery"}
        besides = saying.elsewhere == {"thrombus-work"} and ("angioplasty", How.DONE) in saying.treatments
        if saying.elsewhere and not saying.places and not (given_up or besides):
            if saying.elsewhere & {"vein", "other-artery", "not-a-vessel"} and (saying.has_content or saying.worked):
                self.focus, self.focus_elsewhere = (), True
            return
        named = {(vessel, side) for _, vessel, sides in saying.places for side in sides}
        self.beside |= named
        self.called |= set() if saying.clear or saying.failed or saying.is_old else named
        places = self.sided(saying, saying.places)
        label = self._label(saying)
        self._note_odd(saying, places or label or self._untreated(saying))
        if places and not any(v for _, v, _ in places):
            places = self._narrowed(places, label)
        line = saying.passage.line
        if line in self.label_treatments and places and saying.lesions and not saying.treatments:
            saying = replace(saying, treatments=self.label_treatments[line])
        if saying.same_again and not saying.treatments:
            saying, places = self._done_again(saying, places)
        if saying.several[0]:
            self.several = saying
        if not saying.places and self.is_of_other_leg(saying):
            self.focus = ()
        if saying.treatments and not places and not saying.sides and self._is_stentless(saying, label):
            self.stentless = saying
        asked = saying.words.rstrip().endswith("?")
        if saying.topics and not asked and saying.passage.section not in ("indication", "other"):
            self.told_sides |= saying.topics
            self.told_from = self.told_from or self.number
            if len(saying.topics) == 1 and not any(h is How.THOUGHT_OF for _, h in saying.treatments):
                self.side, self.side_paragraph = tuple(saying.topics), saying.passage.paragraph
        if saying.side_unknown:
            self.unsided |= {v for _, v, _ in places if v is not None}
        if places:
            if len(places) == 1 and places[0][1] is not None:
                self._call(saying, places[0])
            self._named(saying, places)
            if saying.has_content or saying.worked or saying.bridging:
                self._say(saying, places, sure=True)
            return
        if not (saying.has_content or saying.definite or saying.worked):
            if saying.key in self.numbered and not label:
                self.focus, self.focus_worked, self.focus_elsewhere = (self.numbered[saying.key],), True, False
            return
        self._unplaced(saying, label)

    def _done_again(self, saying: Saying, places: tuple[Place, ...]) -> tuple[Saying, tuple[Place, ...]]:
        """ "The same was done on the left": what was done last, in the vessel named or in that of the other leg."""
        done = (s for s in reversed(self.statements) if any(h is How.DONE for _, h in s.saying.treatments))
        last = next(done, None)
        if last is None:
            return saying, places
        leg = tuple(saying.topics) if len(saying.topics) == 1 and {last.side} != saying.topics else ()
        places = places or (((last.territory, last.vessel, leg),) if leg and last.vessel else ())
        return (replace(saying, treatments=last.saying.treatments) if places else saying), places

    def _is_stentless(self, saying: Saying, label: tuple[Place, ...]) -> bool:
        """True for "no stents" said of the case as a whole."""
        at_large = not label and not self.topic and STENTLESS_CASE.fullmatch(saying.words)
        return bool(at_large or _STENTLESS.search(saying.words))

    def _untreated(self, saying: Saying) -> tuple[Place, ...]:
        """The vessel just found that "Not treated today." is said of, where no work on it was told."""
        just = bool(self.statements) and self.statements[-1].number == self.number - 1
        alone = just and len(self.focus) == 1 and not self.focus_worked
        return self.focus if alone and _NOT_TREATED.match(saying.words) else ()

    def _note_odd(self, saying: Saying, places: tuple[Place, ...]) -> None:
        """Remember vessels left alone, closed on purpose, or quite normal before any lesion of theirs was told."""
        named: set[tuple[Vessel | None, Side | None]] = {
            (vessel, side) for _, vessel, sides in places if vessel is not None for side in sides or (None,)
        }
        done = any(h is How.DONE for _, h in saying.treatments)
        done = done or (saying.clear and bool(OPENS_WITH_PART.match(saying.words)))
        said = _LEFT_ALONE.search(saying.words, saying.passage.cues) or is_undone(saying)
        done = done or (("stent", How.DENIED) in saying.treatments and bool(_STENT_PUT_OFF.match(saying.words)))
        if not done and said and not is_of_old_study(saying.sentence):
            quote = clause_of(saying)
            self.left_alone.update(dict.fromkeys(named, quote))
        closed = "occluding-device" in saying.elsewhere and _CLOSED_ON_PURPOSE.search(saying.words)
        if closed and not is_long_ago(saying.sentence):
            self.plugged |= named
        self.normal |= found_open(saying, named, self.statements, self.ledger.sides, worked=bool(self.work))

    def _note_devices(self, saying: Saying, places: tuple[Place, ...]) -> None:
        """Remember for which vessel a product was named."""
        if ("stent", How.DONE) in saying.treatments:
            for match in NAMED_DEVICE.finditer(saying.words):
                self.devices.setdefault(match.group(2).lower(), set()).update(places)

    def _call(self, saying: Saying, place: Place) -> None:
        """Remember by what number or name a place is called; words on work renumber no lesion."""
        mark = "" if saying.passage.line_number in self.line_places else saying.passage.mark
        work_only = (saying.worked or saying.treatments) and not saying.lesions
        for name in (saying.key or saying.listed or mark.rstrip(")"), *saying.names):
            if name and not (work_only and name in self.numbered):
                self.numbered[name] = place

    def _unplaced(self, saying: Saying, label: tuple[Place, ...]) -> None:
        """Hold a saying without a place to what it refers to."""
        section = saying.passage.section
        if section in ("result", "other") and not label and not (section == "result" and is_put_in(saying)):
            return
        tally = _TALLY.fullmatch(saying.words) is not None and not self.topic
        entered = self.entry and self.entry == self.topic and self.topic_key == self.key(saying)
        entered = entered or (not tally and self.is_right_below(saying))
        if (saying.passage.section == "devices" or tally) and not label and not entered:
            self.loose.append(saying)
            return
        meant, sure = self.meant(saying, label)
        sure = sure and not (meant and meant == self.guessed)
        if len(meant) == 1 and saying.definite:
            self.guessed = () if sure else meant
        open_ = saying.treatments or saying.lesions or saying.worked
        apart = saying.sides and meant and not any(set(saying.sides) & set(p[2]) or (open_ and not p[2]) for p in meant)
        if len(meant) == 1 and _ALL_LESIONS.match(saying.words):
            return
        if not meant or apart:
            if not self.focus_elsewhere:
                self.loose.append(saying)
            return
        if len(meant) == 1 and (saying.worked or saying.treatments) and meant[0][0] is Territory.ILIAC:
            self.work = meant
        if len(meant) == 1 and saying.definite and self.is_only_seen(self.topic):
            self.topic = ()
        if len(meant) == 1:
            self.focus, self.focus_worked = meant, self.focus_worked or saying.worked or bool(saying.treatments)
        self._say(saying, meant, sure=sure)

    def _named(self, saying: Saying, places: tuple[Place, ...]) -> None:
        """Remember what was named."""
        self.guessed = ()
        self._note_devices(saying, places)
        if not saying.has_content and all(p[0] is not Territory.ILIAC for p in places):
            if (len(saying.words.split()) <= 8 or _LABELLED.match(saying.words)) and len(places) == 1:
                self.focus, self.topic, self.topic_key = places, places, self.key(saying)
                entry = saying.passage.line is not None or len(saying.words.split()) <= _ENTRY_WORDS
                self.entry = places if entry and not _IS_SEEN.search(saying.words) else ()
            return
        if saying.clear:
            self.sound = (self.number, places) if is_sound_part(saying, places) else self.sound
            return
        if not any(v for _, v, _ in places):
            if saying.lesions & set(LESIONS) and self.focus and not self.with_lesion(saying.lesions):
                self.focus, self.focus_worked = places, False
            return
        same = len(self.focus) == len(places) and all(map(is_same, self.focus, places))
        worked = saying.worked or any(h is How.DONE for _, h in saying.treatments)
        self.focus, self.focus_elsewhere = places, False
        if saying.failed and not worked and any(p[0] is Territory.ILIAC for p in places):
            self.focus = ()
        self.focus_worked = worked or (same and self.focus_worked)
        number = saying.passage.line_number
        self.line_places[number] = tuple(dict.fromkeys((*self.line_places.get(number, ()), *places)))
        line = saying.passage.line
        inside = line is not None and self.label_places.get(line)
        here = {p[1] for p in places}
        turns = inside and here - {p[1] for p in inside}
        if line is not None and turns and (saying.has_content or here <= {p[1] for p in self.waiting()}):
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
            self.topic, self.topic_key = places, self.key(saying)
            self.entry = places if saying.passage.line is not None else ()
        elif self.topic and self.topic_key == self.key(saying) and {p[1] for p in places} != {p[1] for p in self.topic}:
            self.topic = ()

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
