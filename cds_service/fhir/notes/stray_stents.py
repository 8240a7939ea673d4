"""Stents that a note tells without saying where: held to no vessel, to one by reference, listed or counted at large.

Knows the statements of a note and what they add up to. Its answer is the words that ask where such a stent lies.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Side, Territory, Treatment, Vessel
from cds_service.fhir.notes.checks import NOT_USED, sizes_in, stents_counted
from cds_service.fhir.notes.discourse import Discourse
from cds_service.fhir.notes.disputed_legs import is_entry
from cds_service.fhir.notes.guards import DENIED
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.rare import Cues, rare
from cds_service.fhir.notes.saying import Quote, Saying, quote_of, quoted
from cds_service.fhir.notes.stents_found import is_stent
from cds_service.fhir.notes.told import NO_TREATMENT, Told
from cds_service.fhir.notes.work_told import names_it

Row = tuple[Territory, Vessel | None, Side | None, int | None]
"""What statements are gathered by: vessel and leg, and the number of one that names no vessel."""


def misplaced_stent(told: Sequence[Told], rows: Mapping[Row, Sequence[Statement]], text: str) -> Quote | None:
    """Words on a stent held to a vessel by reference, which may lie in another one."""
    return _guessed_stent(told, rows) or _second_stent(told, rows, text)


def _guessed_stent(told: Sequence[Told], rows: Mapping[Row, Sequence[Statement]]) -> Quote | None:
    """Words on a stent that name no vessel, held to an internal iliac without a lesion: perhaps only a landmark."""
    for one in told:
        here = rows.get((one.territory, one.vessel, one.side, None), ())
        guessed = not any(names_it(s) or s.saying.passage.section == "devices" for s in here if is_stent(s))
        if one.vessel is Vessel.INTERNAL_ILIAC and one.treatment is Treatment.STENT and not one.lesions and guessed:
            return one.quotes[0]
    return None


def _second_stent(told: Sequence[Told], rows: Mapping[Row, Sequence[Statement]], text: str) -> Quote | None:
    """Words on a stent that name no vessel, of another size than the one placed by name: it may lie in another."""
    for one in told:
        stents = [s for s in rows.get((one.territory, one.vessel, one.side, None), ()) if is_stent(s)]
        named = {size for s in stents if names_it(s) for size in sizes_in(s.saying.words)}
        others = [s for s in stents if not names_it(s) and s.saying.passage.row is None]
        others = [s for s in others if not NOT_USED.search(s.saying.sentence)]
        fresh = [s for s in others if sizes_in(s.saying.words) and not sizes_in(s.saying.words) & named]
        if named and fresh:
            return quote_of(fresh[0].saying, text)
    return None


def unplaced_stents(discourse: Discourse) -> list[Saying]:
    """Clauses on a stent that name no vessel for it."""
    labelled = {span for span, places in discourse.label_places.items() if places}
    told = [s.saying for s in discourse.statements if s.saying.passage.line not in labelled]
    said = [*told, *discourse.loose]
    return [s for s in said if ("stent", How.DONE) in s.treatments and not s.places]


def only_listed(told: Sequence[Told], discourse: Discourse) -> list[Told]:
    """Stents that only title, list or conclusion name, where the account has just a balloon: which is to be asked."""
    return [
        replace(t, unclear=(*t.unclear, Treatment.ANGIOPLASTY)) if _is_only_listed(t, discourse) else t for t in told
    ]


def _is_only_listed(told: Told, discourse: Discourse) -> bool:
    if told.treatment is not Treatment.STENT or told.territory is not Territory.ILIAC:
        return False
    here = [s for s in discourse.statements if s.vessel is told.vessel and s.side in (None, told.side)]
    here = [s for s in here if s.saying.passage.section not in NO_TREATMENT]
    stents = [s for s in here if any(t == "stent" and h is not How.DENIED for t, h in s.saying.treatments)]
    account = [s for s in here if not _is_listing(s)]
    dilated = [s for s in account if ("angioplasty", How.DONE) in s.saying.treatments]
    told_as_work = any(sizes_in(s.saying.words) for s in dilated)
    listed = told_as_work and all(map(_is_listing, stents)) and not unplaced_stents(discourse)
    return listed or (any(map(_is_own_work, dilated)) and _is_taken_back(stents, account))


def _is_own_work(dilated: Statement) -> bool:
    """False for a balloon before or after a stent."""
    return not _AROUND_STENT.search(dilated.saying.words)


def _is_taken_back(stents: Sequence[Statement], account: Sequence[Statement]) -> bool:
    """True where the account goes on, after the last stent it tells of, with "balloon only" or "no stent" there."""
    last = max((s.number for s in stents if s in account), default=0)
    after = [s for s in account if s.number > last and names_it(s) and len(s.saying.places) == 1]
    return any(_is_without_stent(s.saying) for s in after)


def _is_without_stent(said: Saying) -> bool:
    """True for "balloon only", and for "no stent" that is not about a further one."""
    denied = ("stent", How.DENIED) in said.treatments and not _FURTHER.search(said.words)
    return denied or (("angioplasty", How.DONE) in said.treatments and bool(_ONLY.search(said.words)))


_LOGGED = re.compile(r"\b(?:qty|lot|UDI|serial|implants?|implanted|site)\b\s*(?::|#|\d|$)", re.IGNORECASE)
_AROUND_STENT = re.compile(r"\b(?:pre|post)-?\s?(?:dil\w*|balloon\w*|PTA|angioplast\w*)", re.IGNORECASE)
_FURTHER = re.compile(r"\b(?:further|additional|more|other|second|another|extra)\b", re.IGNORECASE)
_ONLY = re.compile(r"\b(?:only|alone|unstented)\b", re.IGNORECASE)


def _is_listing(statement: Statement) -> bool:
    """True for an entry of the list of procedures or of devices, or for a conclusion."""
    section = statement.saying.passage.section
    logged = section == "devices" or _LOGGED.search(statement.saying.sentence) is not None
    return logged or section in ("impression", "diagnosis") or (section == "done" and is_entry(statement))


def stray_stent(discourse: Discourse, told: Sequence[Told], *, stented: bool) -> Saying | None:
    """A stent told of no single artery that those with one do not account for: by its size, or by their number."""
    stray = [s for s in (*discourse.loose, *_at_large(discourse)) if s.passage.section not in NO_TREATMENT]
    stray = [s for s in stray if ("stent", How.DONE) in s.treatments]
    ours = [t for t in told if t.treatment is Treatment.STENT and t.vessel]
    listed = {sizes_in(s.saying.words): s.saying for s in discourse.statements if s.vessel is None and is_stent(s)}
    sized = [saying for sizes, saying in listed.items() if sizes]
    if len(sized) > len(ours):
        return sized[-1]
    if not stray or not stented:
        return next(iter(stray), None)
    counted = max([discourse.logged, *(stents_counted(s.words) for s in stray)])
    placed = {size for s in discourse.statements if s.vessel for size in sizes_in(s.saying.sentence)}
    sizes = [size for s in stray if s.passage.section != "devices" for size in sizes_in(s.words) - placed]
    fresh = sizes and not (len(sizes) == 1 and _is_the_one(stray, ours, discourse))
    return stray[0] if fresh or counted > len(ours) else None


def _is_the_one(stray: Sequence[Saying], ours: Sequence[Told], discourse: Discourse) -> bool:
    """True for "Only one stent used (8x39)" where one vessel got a stent, of which no size was told."""
    sized = any(sizes_in(s.saying.words) for s in discourse.statements if s.vessel and is_stent(s))
    return len(ours) == 1 and not sized and all(_ONE_ONLY.search(s.words) for s in stray)


_ONE_ONLY = re.compile(
    r"\b(?:(?:only|just|a\s+total\s+of)\s+(?:one|1|a\s+single)|single|one)\s+(?:\w+\s+)?stent\b", re.I
)


def _at_large(discourse: Discourse) -> list[Saying]:
    """What a log of devices says of no single artery."""
    return [s.saying for s in discourse.statements if s.vessel is None and s.saying.passage.section == "devices"]


_NO = re.compile(r"\b(?:no|without|zero|neither)\s+(?:\w+\s+)?$", re.IGNORECASE)
_SECOND = re.compile(
    r"\b(?:second|another|two|2|kissing|overlap\w*)\s+(?:[\w.-]+\s+){0,4}?stents?\b(?!\s+(?:are|were|in|open))", re.I
)
_MORE_STENTS, _IMPLANT_LIKE = rare("more-stents"), rare("implant-like")
_STENT = re.compile(r"stent", re.IGNORECASE)
_TWO = re.compile(r"both|the\s+two|two|2\b", re.IGNORECASE)
_STILL_OPEN = re.compile(
    r"s?\s{0,3}:?\s{0,3}(?:(?:is|are|was|were|remain\w*|both|widely|still)\s+){0,3}(?:patent|open|intact|unchanged)\b",
    re.I,
)
_NAMES = {
    Vessel.COMMON_ILIAC: r"common|CIA",
    Vessel.EXTERNAL_ILIAC: r"external|EIA",
    Vessel.INTERNAL_ILIAC: r"internal|IIA",
}


def more_stents(text: str, cues: Cues, told: Sequence[Told]) -> Quote | None:
    """Words on a stent in a vessel that is told as ballooned only, or on two stents where one vessel got one."""
    iliac = [t for t in told if t.territory is Territory.ILIAC and t.vessel is not None]
    bare = [_NAMES[t.vessel] for t in iliac if t.is_ballooned and t.vessel is not None]
    stented = [t for t in iliac if t.treatment is Treatment.STENT]
    for match in cues.matches(_MORE_STENTS, text) if bare else ():
        words = match.group()
        if _STILL_OPEN.match(text, match.end()) and not _TWO.match(words):
            continue
        if _NEEDLESS.match(text, match.end()):
            continue
        if not words.lower().startswith("in") and _NO.search(text[max(0, match.start() - 20) : match.start()]):
            continue
        of_bare = any(re.search(rf"\b(?:{name})", words, re.IGNORECASE) for name in bare)
        if of_bare or (
            len(stented) < 2
            and not _is_second_told(text, match)
            and not any(re.search(rf"\b(?:{n})", words, re.I) for n in _NAMES.values())
        ):
            return quoted(match)
    return _implant_like(text, cues, bare) if bare else None


_NEEDLESS = re.compile(
    r"(?:\s+(?:iliac|artery|arteries|vessels?|segments?))*\s+(?:were|was|are)\s+(?:\w+\s+)?(?:un-?necessary|not\s+(?:needed|required|necessary|placed|used))\b",
    re.IGNORECASE,
)


def _is_second_told(text: str, count: re.Match[str]) -> bool:
    """True where other words than the count itself tell of a second stent in the vessel."""
    return any(m.end() <= count.start() or m.start() >= count.end() for m in _SECOND.finditer(text))


_KEPT_OUT = re.compile(r"\b(?:avoid\w*|out\s+of|away\s+from|clear\s+of)\b", re.IGNORECASE)


def _implant_like(text: str, cues: Cues, bare: Sequence[str]) -> Quote | None:
    """Words that may mean a stent, in a sentence that names no vessel but one told as ballooned only."""
    for match in cues.matches(_IMPLANT_LIKE, text):
        start = max(text.rfind(stop, 0, match.start()) for stop in (". ", "\n")) + 1
        end = min((at for stop in (". ", "\n") if (at := text.find(stop, match.end())) >= 0), default=len(text))
        words = text[start:end]
        if DENIED.search(words) or _KEPT_OUT.search(words) or _STENT.search(words):
            continue
        named = {n for n in _NAMES.values() if re.search(rf"\b(?:{n})", words, re.IGNORECASE)}
        if named and named <= set(bare):
            return quoted(match)
    return None
