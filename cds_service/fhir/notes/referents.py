"""What words of a note refer to: pronouns, "the lesion", "the latter", numbers and ordinals, resolved to vessels.

Knows the memory of a note. Takes nothing in; that is for `discourse`.
"""

import re
from dataclasses import dataclass

from cds_service.coding.anatomy import ILIACS, Territory, Vessel
from cds_service.fhir.notes.found_open import is_of_the_rest
from cds_service.fhir.notes.ledger import LESIONS
from cds_service.fhir.notes.memory import Memory
from cds_service.fhir.notes.ranks import is_twice, of_three
from cds_service.fhir.notes.saying import Place, Saying
from cds_service.knowledge.cues import cue

NAMED_DEVICE = cue("named-device")
PUT_IN_THAT = cue("put-in-that")
_BY_BRANCH = cue("origin-by-branch")
_WHOLE_LEG = cue("whole-leg")
_SENTENCE = 40  # letters of a label that is a sentence rather than a name
_FOR_EACH = re.compile(r"\b(?:min\w*|sec\w*|s|times?|inflations?)\s+each\b", re.IGNORECASE)
_THIS_LESION = re.compile(
    r"\W*(?:then\s+)?th(?:is|at)\s+(?:\w+\s+)?(occlusion|stenosis|CTO|narrowing)\b", re.IGNORECASE
)
_LESION_OF = {"stenosis": "stenosis", "narrowing": "stenosis"}
_BOTH_STENOSES = re.compile(r"\b(?:both|the\s+two)\s+(?:\w+\s+)?(?:stenoses|narrowings)\b", re.IGNORECASE)
_IN_ORDER = {"first": 0, "second": 1}


@dataclass(slots=True)
class Referents(Memory):
    """A memory that can tell what a saying without a place of its own is about."""

    def meant(self, saying: Saying, label: tuple[Place, ...]) -> tuple[tuple[Place, ...], bool]:
        """The places a saying that names none is about, and whether the words can mean no other."""
        if saying.rank[1]:
            return self._ranked(saying), True
        named = self._of_row(saying) or self._by_name(saying, label) or self._by_device(saying, label)
        if named:
            return named, True
        if "each" in saying.refers and (each := self._each(saying, label)) is not None:
            return each
        meant = self.with_lesion(saying.definite) if saying.definite & set(LESIONS) else ()
        if label and len(meant) == 1 and meant[0][1] not in {p[1] for p in label} and not self.agrees(label, saying):
            if saying.passage.line is not None:
                self.broken_labels.add(saying.passage.line)
            return meant, True
        if label:
            return label, len(label) == 1
        if saying.ordinal or saying.height:
            ranked = self.by_height(saying)
            return (
                (ranked, True) if ranked else (self._ordinal(saying), len(self.focus) == 1 and "one" in saying.refers)
            )
        this = self._of_this_lesion(saying)
        if this:
            return this, True
        spoken = saying.definite or (saying.lesions if saying.worked or saying.treatments else frozenset())
        if spoken & set(LESIONS):
            known = self.with_lesion(spoken)
            if len(known) == 1:
                return known, True
            iliac = tuple(p for p in known if p[0] is Territory.ILIAC)
            if len(iliac) == 1 and not (self.focus and self.focus[0] in known):
                return iliac, not any(p[0] is Territory.FEMORAL_POPLITEAL and not self.is_treated(p) for p in known)
            if self.focus and (not known or self.focus[0] in known) and len(self.focus) == 1:
                return self.focus, self._is_clear(saying) or bool(known)
            return known or self.focus, False
        way_in = bool(self.focus) and self.focus[0][0] is not Territory.ILIAC and self.focus != self.entry
        if self.work and way_in and not self.is_known(self.focus[0]):
            return self.work, len(self.work) == 1
        alone = self.line_places.get(saying.passage.line_number, ())
        if len(alone) == 1:
            return alone, True
        topic = self.topic if self.topic_key == self.key(saying) else ()
        iliacs = tuple(p for p in self.waiting() if p[0] is Territory.ILIAC and p[1] is not None)
        if iliacs and self.is_only_seen(topic or self.focus):
            return iliacs, len(iliacs) == 1
        if topic:
            return topic, len(topic) == 1
        if len(self.focus) == 1:
            return self.focus, self._is_clear(saying)
        return self.focus, False

    def _of_the_rest(self, saying: Saying, label: tuple[Place, ...]) -> tuple[Place, ...]:
        """The artery of which an open part was told just before "thereafter complete occlusion"."""
        just = self.sound[0] == self.number - 1 and not label
        return self.sound[1] if just and is_of_the_rest(saying) else ()

    def is_only_seen(self, places: tuple[Place, ...]) -> bool:
        """True for an artery elsewhere that was looked at, with nothing found and nothing done: "CFA is open."."""
        if len(places) != 1 or places in (self.entry, self.work) or self.is_known(places[0]):
            return False
        return places[0][0] is not Territory.ILIAC

    def is_of_other_leg(self, saying: Saying) -> bool:
        """True for "The right leg was not treated" after words on a vessel of the left one."""
        known = {side for place in self.focus for side in place[2]}
        return bool(known and saying.sides and not known & set(saying.sides) and _WHOLE_LEG.match(saying.words))

    def is_right_below(self, saying: Saying) -> bool:
        """True for devices on the line right below that of the only vessel whose work is still to be told."""
        above = self.line_places.get(saying.passage.line_number - 1, ())
        if len(above) != 1 or above != self.focus or above[0][0] is not Territory.ILIAC:
            return False
        return all(p[:2] == above[0][:2] for p in self.waiting())

    def _each(self, saying: Saying, label: tuple[Place, ...]) -> tuple[tuple[Place, ...], bool] | None:
        """The places of "each" and "both"; None for "three minutes each" where no group was named."""
        spoken = (saying.definite | saying.lesions) & set(LESIONS)
        known = self.with_lesion(spoken) if spoken and not label else ()
        if len(known) > 1:
            return known, True
        if not label and _BOTH_STENOSES.search(saying.words):
            narrowed = self.with_lesion(frozenset({"stenosis"}))
            if len(narrowed) == 1:
                return narrowed, True
        group = self._group(label) or self._of_two_lesions()
        return (group, len(group) > 0 and not known) if group or not _FOR_EACH.search(saying.words) else None

    def _of_two_lesions(self) -> tuple[Place, ...]:
        """The vessel named last, where "both" can only be the two lesions in it."""
        place = self.focus[0] if len(self.focus) == 1 else None
        return self.focus if place and len(self.ledger.lesions.get(place[1], ())) > 1 else ()

    def _of_this_lesion(self, saying: Saying) -> tuple[Place, ...]:
        """ "This occlusion was ballooned", after words on another vessel: of the only one that has an occlusion."""
        this = _THIS_LESION.match(saying.words)
        known = self.with_lesion(frozenset({_LESION_OF.get(this[1].lower(), "occlusion")})) if this is not None else ()
        return known if len(known) == 1 and self.focus and self.focus[0] not in known else ()

    def _ranked(self, saying: Saying) -> tuple[Place, ...]:
        """The vessel of a treatment told "respectively", where the last sentence that named several named as many."""
        number, total = saying.rank
        listed = self.named_in[1]
        fits = len(listed) == total and all(len(p[2]) < 2 and self.is_known(p) for p in listed)
        return (listed[number],) if fits else ()

    def _of_row(self, saying: Saying) -> tuple[Place, ...]:
        """ "The last two", "the first of these", of three; "POBA x2 (8 & 6)", of two diseased vessels."""
        meant = of_three(saying.words)
        row = list(dict.fromkeys(p for p in self.recent if p[0] is Territory.ILIAC and p[1])) if meant else []
        if meant and len(row) == 3:
            return tuple(row[meant])
        if meant and meant.start and self.several and self.several.several[1] == len(row) + 2:
            return tuple((Territory.ILIAC, v, row[0][2]) for v in ILIACS if v is not row[0][1])
        if not is_twice(saying.words):
            return ()
        waiting = self.waiting()
        return tuple(waiting) if len(waiting) == 2 and all(p[0] is Territory.ILIAC and p[1] for p in waiting) else ()

    def _by_name(self, saying: Saying, label: tuple[Place, ...]) -> tuple[Place, ...]:
        """The place a saying calls by a name: "the latter", "lesion 2", "the first", its number in a list."""
        if rest := self._of_the_rest(saying, label):
            return rest
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

    def _by_device(self, saying: Saying, label: tuple[Place, ...]) -> tuple[Place, ...]:
        """ "The VBX was deployed", of one that was named for a vessel; "at the origin", reached from a branch."""
        line = saying.passage.line
        if label and (line is None or line[1] - line[0] < _SENTENCE):
            return ()
        if _BY_BRANCH.search(saying.words):
            found = [p for p in self.diseased() if p[1] is Vessel.INTERNAL_ILIAC]
            return tuple(found) if len(found) == 1 else ()
        known = {m.group(2).lower() for m in NAMED_DEVICE.finditer(saying.words) if m.group(1)}
        if len(known) != 1 or PUT_IN_THAT.search(saying.words):
            return ()
        held = self.devices.get(known.pop(), ())
        return tuple(held) if len(held) == 1 else ()

    def _ordinal(self, saying: Saying) -> tuple[Place, ...]:
        return self.focus if len(self.focus) == 1 and "one" in saying.refers else tuple(self.recent[-3:])

    def _is_clear(self, saying: Saying) -> bool:
        """True when the last vessel named is the only one the words can mean."""
        if self.focus_worked or "one" in saying.refers:
            return True
        waiting = {p[:2] for p in self.waiting()}
        return waiting <= {p[:2] for p in self.focus}

    def _group(self, label: tuple[Place, ...]) -> tuple[Place, ...]:
        if len(label) > 1:
            return label
        if len(self.focus) > 1 or (self.focus and len(self.focus[0][2]) > 1):
            return self.focus
        if len(self.named_in[1]) > 1:
            return self.named_in[1]
        waiting = self.waiting()
        if len(waiting) == 2:
            return tuple(waiting)
        distinct = list(dict.fromkeys(reversed(self.recent)))[:2]
        return tuple(reversed(distinct)) if len(distinct) == 2 else ()

    def key(self, saying: Saying) -> tuple[object, ...]:
        """What a topic lasts for: its paragraph and the label above it."""
        return saying.passage.paragraph, saying.passage.block
