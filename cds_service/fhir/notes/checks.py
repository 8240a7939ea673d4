"""What a note as a whole says against, or for, what it tells of single vessels.

Knows counts of stents, complications, lesions told for several at once.
Doubt is its answer.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from cds_service.coding.anatomy import ILIACS, Lesion, Side, Territory, Treatment, Vessel
from cds_service.fhir.notes.discourse import Discourse
from cds_service.fhir.notes.lesions_told import LesionSaid
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.rare import rare
from cds_service.fhir.notes.saying import Quote, quote_of
from cds_service.fhir.notes.told import Told
from cds_service.fhir.notes.work_told import names_it
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


def is_denied_there(text: str, start: int, end: int) -> bool:
    """True for a complication that is said not to have happened, before or after its name."""
    before, after = text[max(0, start - 40) : start], text[end : end + 20]
    return bool(_DENIES.search(before) or _NONE.match(after) or _HARMLESS.match(text, end, end + _NEAR))


def is_of_stented(at: int, statements: Sequence[Statement]) -> bool:
    """True for a complication told in one clause with the stent that was put there: no other artery is in question."""
    there = [s for s in statements if s.saying.start <= at < s.saying.end and s.vessel is not None]
    return bool(there) and all(("stent", How.DONE) in s.saying.treatments and names_it(s) and s.sure for s in there)


_NONE = re.compile(
    r"s?\s{0,3}[:=]\s{0,3}(?:none|no?\b|nil|0|-)|\s{1,3}(?:none|nil)\b|\s{0,3}\[\s*\]|\s{0,3}:?\s{0,3}(?:type|grade)\s+[AB]\b"
    r"|\s{0,3}[:=]\s{0,3}[AB]\s*(?:[.,;]|$)",
    re.IGNORECASE,
)
_HARMLESS = cue("harmless")
_NEAR = 80


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


_NOT_THE_WORK = ("indication", "history", "plan", "diagnosis", "consent")


def left_alone(told: list[Told], discourse: Discourse) -> list[Told]:
    """The vessels, those left alone with the words that say so; a treated one that is, or is called normal, is odd.

    Which vessel was treated is then in doubt, and so is every balloon of the note.
    """
    left, odd = discourse.left_alone, discourse.plugged | discourse.normal
    told = [replace(t, left_alone=next((left[k] for k in _names(t) if k in left), None)) for t in told]
    unnamed = [(v, side, quote) for (v, side), quote in left.items() if v in ILIACS and not _is_told(v, side, told)]
    told += [
        Told(territory=Territory.ILIAC, vessel=v, side=side, treatment=None, quotes=(quote,), left_alone=quote)
        for v, side, quote in unnamed
    ]
    denied = next((t for t in told if t.is_treated and (t.left_alone or not odd.isdisjoint(_names(t)))), None)
    return told if denied is None else [perhaps_stented(t, denied.quotes[0]) for t in told]


def _is_told(vessel: Vessel | None, side: Side | None, told: Sequence[Told]) -> bool:
    return any(t.vessel is vessel and (side is None or t.side in (None, side)) for t in told)


def _names(told: Told) -> tuple[tuple[Vessel | None, Side | None], ...]:
    """How a note may name a vessel that it speaks of as a whole; of an iliac one it need not say the leg."""
    own = (told.vessel, told.side)
    return (own, (told.vessel, None)) if told.territory is Territory.ILIAC else (own,)


def titled_only(told: list[Told], discourse: Discourse) -> list[Told]:
    """A balloon that the title alone tells of, where the account below goes over the other vessel of the title only."""
    return [perhaps_stented(t, t.quotes[0]) if _is_titled_only(t, discourse) else t for t in told]


def _is_titled_only(told: Told, discourse: Discourse) -> bool:
    if not told.is_ballooned:
        return False
    iliac = [s for s in discourse.statements if s.vessel and s.territory is Territory.ILIAC]
    work = [s for s in iliac if any(h is How.DONE for _, h in s.saying.treatments)]
    ours = [s for s in work if _may_be_of(s, told)]
    if len(ours) != 1 or sizes_in(ours[0].saying.sentence):
        return False
    title = _line(ours[0])
    if _is_dilated_elsewhere(title, told, discourse):
        return False
    others = {((s.vessel, s.side or told.side), _line(s)) for s in work if s.vessel is not told.vessel}
    beside = {v for v, line in others if abs(line - title) <= _LISTED_TOGETHER and line <= title + 1}
    sized = {((s.vessel, s.side or told.side), _line(s)) for s in work if sizes_in(s.saying.words)}
    below = [s for s in iliac if _line(s) > title and s.saying.passage.section not in _NOT_THE_WORK]
    below = [s for s in below if s.vessel is told.vessel]
    heads = {v for v, line in others if line == title and title in _TITLE_LINES and not below}
    again = any(line > title + (v not in heads) and v in beside for v, line in others & sized)
    ours_below = [s.saying for s in below if _may_be_of(s, told)]
    return again and not any(s.worked or s.treatments or sizes_in(s.words) for s in ours_below)


def _may_be_of(statement: Statement, told: Told) -> bool:
    """True for a statement of this vessel, in this leg or in one that either leaves open."""
    return statement.vessel is told.vessel and (None in (told.side, statement.side) or statement.side is told.side)


def _is_dilated_elsewhere(title: int, told: Told, discourse: Discourse) -> bool:
    """True where the account tells of a balloon in no iliac artery it names: perhaps in this one."""
    named = [
        s.saying
        for s in discourse.statements
        if s.territory is not Territory.ILIAC or s.vessel is None or (s.vessel is told.vessel and s.side is None)
    ]
    dilated = [s for s in (*named, *discourse.loose) if ("angioplasty", How.DONE) in s.treatments]
    return any(s.passage.line_number > title for s in dilated)


_LISTED_TOGETHER = 3
_TITLE_LINES = frozenset({1, 2})


def _line(statement: Statement) -> int:
    return statement.saying.passage.line_number


_COUNT = cue("count")
_TALLY = cue("tally")
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4}


def stents_counted(words: str) -> int:
    """How many stents words count that name no vessel."""
    match = _COUNT.search(words) or _TALLY.fullmatch(words)
    found = next(filter(None, match.groups()), "0").lower() if match else "0"
    return _NUMBERS.get(found) or int(found)


_SEGMENT = re.compile(r"[^,;\n]+?(?=[,;\n]|\band\b|$)", re.IGNORECASE)
_SIZE = cue("device-size")
NOT_USED = cue("not-used")
_AFTER_STENT = re.compile(r"\bdilat\w+\s+(?:of|in|inside|within)\s+(?:the\s+)?(?:\w+\s+)?stents?\b", re.IGNORECASE)


def stents_logged(words: str, tokens: Sequence[Token]) -> int:
    """How many stents a log of devices gives with their sizes, those not used left out."""
    stents = [t.start for t in tokens if t.kind == "treatment" and t.value == "stent"]
    segments = [m for m in _SEGMENT.finditer(words) if any(m.start() <= at < m.end() for at in stents)]
    new = [m.group() for m in segments if not NOT_USED.search(m.group()) and not _AFTER_STENT.search(m.group())]
    return sum(bool(_SIZE.search(words)) for words in new)


def sizes_in(words: str) -> frozenset[str]:
    """The sizes of devices that words give, written alike: "8x37"."""
    return frozenset(re.sub(r"[^\d.x]", "", m.lower().replace("×", "x")) for m in _SIZE.findall(words))


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
    if not told.is_ballooned:
        return told
    return replace(told, unclear=(*told.unclear, Treatment.STENT), quotes=(*told.quotes, quote))
