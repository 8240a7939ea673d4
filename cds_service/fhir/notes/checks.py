"""What a note as a whole says against, or for, what it tells of single vessels.

Knows titles against bodies, counts of stents, complications, lesions told for several at once.
Doubt is its answer.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Lesion, Territory, Treatment
from cds_service.fhir.notes.discourse import Discourse
from cds_service.fhir.notes.lesions_told import LesionSaid
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.rare import rare
from cds_service.fhir.notes.saying import Quote, quote_of
from cds_service.fhir.notes.told import Told
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

COMPLICATION = rare("complication")
_DENIES = cue("denies")
NO_STENT_AT_ALL = cue("no-stent-at-all")


def shared_lesion(told: list[Told], discourse: Discourse, text: str) -> list[Told]:
    """ "Two separate occlusions", told before the vessels: theirs, where just so many were treated and have none."""
    said = discourse.several
    treated = [t for t in told if t.vessel and t.is_treated and t.territory is Territory.ILIAC]
    if (
        said is None
        or len(treated) != (said.several[1] or max(2, len(treated)))
        or len({t.side for t in treated}) != 1
        or said.several[0] not in ("occlusion", "stenosis")
    ):
        return told
    lesion = Lesion(said.several[0])
    if any(x.lesion not in (lesion, None) or x.doubt for t in treated for x in t.lesions):
        return told
    shared = LesionSaid(lesion=lesion, doubt="", quote=quote_of(said, text))
    return [replace(t, lesions=(shared,)) if t in treated and not t.lesions else t for t in told]


_SUMMARY = ("impression", "diagnosis")


def _of(told: Told, discourse: Discourse, *, same_side: bool) -> list[Statement]:
    found = [s for s in discourse.statements if s.vessel is told.vessel and s.saying.treatments and s.side]
    return [
        s for s in found if (s.side is told.side) == same_side and any(h is How.DONE for _, h in s.saying.treatments)
    ]


def _is_summary(statement: Statement, discourse: Discourse) -> bool:
    passage = statement.saying.passage
    if passage.section in _SUMMARY:
        return True
    if passage.line_number == 1 and _TITLE.match(statement.saying.sentence):
        return True
    own_leg = passage.line is not None and discourse.label_sides.get(passage.line)
    return (
        passage.line_number <= 2
        and not passage.section
        and not own_leg
        and not discourse.has_lesion(passage.line_number)
        and not _SIZE.search(statement.saying.words)
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


def is_denied_there(text: str, start: int, end: int) -> bool:
    """True for a complication that is said not to have happened, before or after its name."""
    before, after = text[max(0, start - 40) : start], text[end : end + 20]
    return bool(_DENIES.search(before) or _NONE.match(after) or _HARMLESS.match(text, end, end + _NEAR))


_NONE = re.compile(
    r"s?\s{0,3}[:=]\s{0,3}(?:none|no|nil|0|-)|\s{0,3}\[\s*\]|\s{0,3}:?\s{0,3}(?:type|grade)\s+[AB]\b", re.IGNORECASE
)
_HARMLESS = cue("harmless")
_NEAR = 80


def side_contradictions(told: list[Told], discourse: Discourse) -> list[Told]:
    """A vessel treated in both legs by its title only, whose lesion the text names in the other leg alone."""
    named = {(s.vessel, s.side) for s in discourse.statements if s.saying.lesions and s.side}
    out = []
    for t in told:
        if t.is_treated and t.side and _is_guessed(t, told, discourse):
            t = replace(t, other_side=t.quotes[0])
        declared = discourse.declared
        if t.is_treated and t.side and len(declared) == 1 and t.side not in declared:
            t = replace(t, other_side=t.quotes[0])
        if t.is_treated and t.side and (_disputed(t, discourse) or _disputes(t, discourse)):
            t = replace(t, other_side=t.quotes[0])
        other = next(
            (o for o in told if o.vessel is t.vessel and t.vessel and t.side and o.side and o.side is not t.side), None
        )
        if other and t.is_treated and (t.vessel, t.side) not in named and (other.vessel, other.side) in named:
            t = replace(t, other_side=t.quotes[0])
        if other and other.is_treated and (other.vessel, other.side) not in named and _is_titled(other, discourse):
            t = replace(t, other_side=other.quotes[0])
        out.append(t)
    return out


def _is_titled(told: Told, discourse: Discourse) -> bool:
    """True when the work on a vessel was told before any lesion was, as a title does, and never again."""
    found = min((s.number for s in discourse.statements if s.saying.lesions), default=0)
    return all(s.number < found for s in _of(told, discourse, same_side=True))


def titled_for_other_leg(told: list[Told]) -> list[Told]:
    """Vessels treated in one leg where the only words on "iliac" work at large name the other leg."""
    treated = [t for t in told if t.is_treated and t.side and t.territory is Territory.ILIAC]
    at_large = {t.side: t for t in treated if t.vessel is None}
    legs = {t.side for t in treated if t.vessel}
    if len(at_large) != 1 or not legs or set(at_large) & legs:
        return told
    title = next(iter(at_large.values()))
    return [replace(t, other_side=title.quotes[0]) if t in treated and t.vessel else t for t in told]


def only_ballooned(told: list[Told], discourse: Discourse) -> list[Told]:
    """Sizes of devices are balloons' where the note says "no stents" at large and tells of none."""
    told_of = [h for s in discourse.statements for t, h in s.saying.treatments if t == "stent"]
    told_of += [h for s in discourse.loose for t, h in s.treatments if t == "stent"]
    if discourse.stentless is None or any(h not in (How.DENIED, How.OLD) for h in told_of):
        return told
    unclear = (Treatment.ANGIOPLASTY, Treatment.STENT)
    return [
        replace(t, treatment=Treatment.ANGIOPLASTY, unclear=())
        if t.treatment is None and t.unclear[:2] == unclear
        else t
        for t in told
    ]


_COUNT = cue("count")
_TALLY = cue("tally")
_NUMBERS = {"two": 2, "three": 3, "four": 4}


def stents_counted(words: str) -> int:
    """How many stents words count that name no vessel."""
    match = _COUNT.search(words) or _TALLY.fullmatch(words)
    found = match.group(1).lower() if match else "0"
    return _NUMBERS.get(found) or int(found)


_SEGMENT = re.compile(r"[^,;\n]+?(?=[,;\n]|\band\b|$)", re.IGNORECASE)
_SIZE = cue("device-size")
_UNUSED = cue("not-used")


def stents_logged(words: str, tokens: Sequence[Token]) -> int:
    """How many stents a log of devices gives with their sizes, those not used left out."""
    stents = [t.start for t in tokens if t.kind == "treatment" and t.value == "stent"]
    segments = [m for m in _SEGMENT.finditer(words) if any(m.start() <= at < m.end() for at in stents)]
    return sum(bool(_SIZE.search(m.group())) and not _UNUSED.search(m.group()) for m in segments)


def without_sums(told: list[Told]) -> list[Told]:
    """Drop what only sums up ("iliac stenting") beside the arteries that were named for it."""
    out = []
    for t in told:
        if t.vessel is None:
            same = [o for o in told if o.vessel and o.territory is t.territory and (t.side in (None, o.side))]
            explained = {x.lesion for o in same for x in o.lesions if o.is_treated}
            own = {x.lesion for x in t.lesions if x.lesion is not None}
            if any(o.treatment is t.treatment for o in same) and own <= explained:
                continue
            if not t.is_treated:
                continue
        out.append(t)
    return out


def perhaps_stented(told: Told, quote: Quote) -> Told:
    """What is told of a vessel with balloon work only, in doubt for a stent the quote may be about."""
    if told.treatment is not Treatment.ANGIOPLASTY:
        return told
    return replace(told, unclear=(*told.unclear, Treatment.STENT), quotes=(*told.quotes, quote))
