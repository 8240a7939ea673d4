"""In which leg a note had its work done, where its title, its body and its conclusion differ.

Knows statements and legs. A vessel whose leg is disputed is in doubt.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Side, Territory, Treatment
from cds_service.fhir.notes.discourse import Discourse
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.told import Told
from cds_service.knowledge.cues import cue

_SUMMARY = ("impression", "diagnosis")


def _of(told: Told, discourse: Discourse, *, same_side: bool) -> list[Statement]:
    found = [s for s in discourse.statements if s.vessel is told.vessel and s.saying.treatments and s.side]
    return [
        s for s in found if (s.side is told.side) == same_side and any(h is How.DONE for _, h in s.saying.treatments)
    ]


def _is_summary(statement: Statement, discourse: Discourse) -> bool:
    passage = statement.saying.passage
    if passage.section in _SUMMARY or _SUMS_UP.match(statement.saying.sentence):
        return True
    if passage.line_number == 1 and _TITLE.match(statement.saying.sentence):
        return True
    if passage.section == "done" and is_entry(statement) and not _is_found_there(statement, discourse):
        return True
    own_leg = passage.line is not None and discourse.label_sides.get(passage.line)
    return (
        passage.line_number <= 2
        and not passage.section
        and not own_leg
        and not discourse.has_lesion(passage.line_number)
        and not _SIZE.search(statement.saying.words)
    )


def _is_found_there(entry: Statement, discourse: Discourse) -> bool:
    """True where the note tells of a lesion of this vessel in this leg beside its list of procedures."""
    here = [s for s in discourse.statements if s.vessel is entry.vessel and s.side is entry.side and s.saying.lesions]
    return any(s.saying.passage.section != "done" or not is_entry(s) for s in here)


def is_entry(statement: Statement) -> bool:
    """True for an entry of the list of procedures at the head of a note: it tells of no step and no device."""
    words = statement.saying.sentence
    return len(words.split()) <= _LONGEST_ENTRY and not _SIZE.search(words) and not _STEP.search(words)


_LONGEST_ENTRY = 14
_STEP = re.compile(
    r"\b(?:was|were|is|are|then|after|with|w/|crossed|ballooned|dilated|stented|treated)\b|->", re.IGNORECASE
)
_SIZE = cue("device-size")
_SUMS_UP = re.compile(
    r"\W*(?:in\s+(?:summary|short|conclusion|sum|brief)|to\s+(?:summari[sz]e|sum\s+up)|summary|all\s+in\s+all)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\W*(?:title|procedures?|operations?|exam(?:ination)?|study)\b[^:]{0,30}:", re.IGNORECASE)


def _is_summed_up(statements: Sequence[Statement], discourse: Discourse) -> bool:
    return all(_is_summary(s, discourse) for s in statements)


def _disputed(told: Told, discourse: Discourse) -> bool:
    """True when only the title or the impression names this leg for a vessel that the body has in the other one."""
    own, other = (_of(told, discourse, same_side=same) for same in (True, False))
    return (
        bool(own) and all(_is_summary(s, discourse) for s in own) and any(not _is_summary(s, discourse) for s in other)
    )


def _disputes(told: Told, discourse: Discourse) -> bool:
    """True when the body names this leg and the title or the impression alone the other one."""
    own, other = (_of(told, discourse, same_side=same) for same in (True, False))
    return (
        bool(other)
        and all(_is_summary(s, discourse) for s in other)
        and any(not _is_summary(s, discourse) for s in own)
    )


def _is_concluded_of_other_leg(told: Told, discourse: Discourse) -> bool:
    """True where the conclusion has the lesion of a vessel in the other leg only, of which nothing else tells."""
    own = [s for s in discourse.statements if s.vessel is told.vessel and s.side]
    other = [s for s in own if s.side is not told.side]
    concluded = [s.saying.passage.section == "impression" for s in other if s.saying.lesions]
    return (
        bool(concluded)
        and all(s.saying.passage.section == "impression" for s in other)
        and not any(s.saying.passage.section == "impression" for s in own if s.side is told.side)
    )


def _is_guessed(told: Told, all_told: Sequence[Told], discourse: Discourse) -> bool:
    """True for a leg that no words name for this vessel, or whose lesion only the other leg's findings have."""
    others = [o for o in all_told if o.vessel is told.vessel and o.vessel and o.side not in (None, told.side)]
    own = [s for s in discourse.statements if s.vessel is told.vessel and s.side is told.side]
    beside = (told.vessel, told.side) in discourse.beside
    if any(o.is_treated for o in others) and not beside and not any(_names_side(s, discourse) for s in own):
        return True
    found = [s for s in own if s.saying.lesions and not s.saying.treatments and not s.saying.worked]
    work = {s.saying.passage.start for s in own if s.saying.treatments or s.saying.worked}
    found = [s for s in found if not _is_summary(s, discourse) and s.saying.passage.start not in work]
    found += [s for s in own if s.saying.lesions and s.saying.passage.row is not None]
    lesions = {x.lesion for x in told.lesions if x.lesion}
    open_ = [o for o in others if not o.is_treated and not o.failed and (o.vessel, o.side) not in discourse.left_alone]
    return not found and any(lesions & {x.lesion for x in o.lesions if x.lesion} for o in open_)


def _names_side(statement: Statement, discourse: Discourse) -> bool:
    """True when the vessel stands beside its side, or under a label that names it."""
    passage, side = statement.saying.passage, statement.side
    labels = [discourse.label_sides.get(x, ()) for x in (passage.line, passage.block, passage.leg, passage.head) if x]
    beside = [sides for _, v, sides in statement.saying.places if v is statement.vessel]
    topics = tuple(statement.saying.topics)
    return any(side in sides for sides in (*labels, *beside, topics))


_SOUND = re.compile(
    r"\b(?P<leg>left|right)\s+(?:side|leg|limb|iliacs?(?:\s+(?:arteries|system|axis|vessels|tree))?)\s*[:,-]?\s+"
    r"(?:(?:is|was|were|are|looked|looks|appeared|appears)\s+)?(?:\w+ly\s+)?"
    r"(?:fine|normal|unremarkable|healthy|clean|disease-?free|without\s+(?:significant\s+)?disease)\b",
    re.IGNORECASE,
)
_AFTERWARDS = re.compile(
    r"\b(?:final|completion|post|after\w*|now|result\w*|end|closing|pulse\w*|foot)\b", re.IGNORECASE
)


def _sound_legs(text: str) -> set[Side]:
    """The legs that a note calls sound as a whole, whatever its title or a list of findings has there."""
    found = _SOUND.finditer(text)
    return {
        Side(m["leg"].lower())
        for m in found
        if not _AFTERWARDS.search(text, text.rfind(".", 0, m.start()) + 1, m.end())
    }


def side_contradictions(told: list[Told], discourse: Discourse, text: str) -> list[Told]:
    """A vessel treated in both legs by its title only, whose lesion the text names in the other leg alone."""
    sound = _sound_legs(text) if any(t.is_treated and t.side for t in told) else set()
    named = {(s.vessel, s.side) for s in discourse.statements if s.saying.lesions and s.side}
    out = []
    for t in told:
        if t.is_treated and t.side and _is_guessed(t, told, discourse):
            t = replace(t, other_side=t.quotes[0])
        declared = discourse.declared
        if t.is_treated and t.side and len(declared) == 1 and t.side not in declared:
            t = replace(t, other_side=t.quotes[0])
        apart = _disputed(t, discourse) or _disputes(t, discourse) or _is_concluded_of_other_leg(t, discourse)
        elsewhere = (o.side for o in told if o.is_treated and o.vessel is t.vessel and t.vessel)
        apart = apart or not sound.isdisjoint((t.side, *elsewhere))
        if t.is_treated and t.side and apart:
            t = replace(t, other_side=t.quotes[0])
        other = next(
            (o for o in told if o.vessel is t.vessel and t.vessel and t.side and o.side and o.side is not t.side), None
        )
        if other and t.is_treated and (t.vessel, t.side) not in named and (other.vessel, other.side) in named:
            t = replace(t, other_side=t.quotes[0])
        if other and t.treatment is Treatment.STENT and not other.is_treated and _is_referred_to(other, discourse):
            t = replace(t, other_side=t.quotes[0])
        if other and other.is_treated and (other.vessel, other.side) not in named and _is_titled(other, discourse):
            t = replace(t, other_side=other.quotes[0])
        out.append(t)
    return out


def _is_referred_to(told: Told, discourse: Discourse) -> bool:
    """True where the note speaks of "the stent" in this leg, and tells of none placed there."""
    here = [s for s in discourse.statements if s.vessel is told.vessel and s.side is told.side]
    return any(("stent", How.REFERRED) in s.saying.treatments for s in here)


def _is_titled(told: Told, discourse: Discourse) -> bool:
    """True when the work on a vessel was told before any lesion was, as a title does, and never again."""
    found = min((s.number for s in discourse.statements if s.saying.lesions), default=0)
    own = _of(told, discourse, same_side=True)
    of_both = {s.number for s in _of(told, discourse, same_side=False)}
    return all(s.number < found and s.number not in of_both for s in own)


def titled_for_other_leg(told: list[Told]) -> list[Told]:
    """Vessels treated in one leg where the only words on "iliac" work at large name the other leg."""
    treated = [t for t in told if t.is_treated and t.side and t.territory is Territory.ILIAC]
    at_large = {t.side: t for t in treated if t.vessel is None}
    legs = {t.side for t in treated if t.vessel}
    if len(at_large) != 1 or not legs or set(at_large) & legs:
        return told
    title = next(iter(at_large.values()))
    return [replace(t, other_side=title.quotes[0]) if t in treated and t.vessel else t for t in told]
