"""Reading notes: which vessels a text says were treated, how, and what their lesions were, each with its quote.

Knows the order of the steps. Deterministic, without network or model: patterns from `knowledge/terms.toml`, sections,
clauses and references. What a text leaves open is a doubt, never a guess.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from cds_service.coding.anatomy import Side, Territory
from cds_service.fhir.dates import with_today
from cds_service.fhir.notes.checks import (
    COMPLICATION,
    NO_STENT_AT_ALL,
    is_denied_there,
    is_of_stented,
    left_alone,
    only_ballooned,
    perhaps_stented,
    shared_lesion,
    stents_logged,
    titled_only,
    without_sums,
)
from cds_service.fhir.notes.discourse import STENTLESS_CASE, Discourse
from cds_service.fhir.notes.disputed_legs import side_contradictions, titled_for_other_leg
from cds_service.fhir.notes.gaps import shortened
from cds_service.fhir.notes.guards import asking, nothing_done, only_named, other_year
from cds_service.fhir.notes.labels import declare_legs, note_labels
from cds_service.fhir.notes.layout import Passage, passages
from cds_service.fhir.notes.legs import is_of_one_leg, names_leg
from cds_service.fhir.notes.lines import apart, lines_of
from cds_service.fhir.notes.matter import is_heard_in_vain, is_of_others, places_that_matter
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.of_this_day import of_this_day
from cds_service.fhir.notes.other_work import ELSEWHERE
from cds_service.fhir.notes.pieces import Pieces, uncertain
from cds_service.fhir.notes.plain import plain
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.rare import Cues, cues_in, rare
from cds_service.fhir.notes.records import records_of
from cds_service.fhir.notes.saying import Place, Quote, quote_of, quoted
from cds_service.fhir.notes.sayings_in import sayings_in
from cds_service.fhir.notes.shorts import short_names_are_iliac
from cds_service.fhir.notes.somehow import treated_somehow
from cds_service.fhir.notes.stents_found import is_joint, is_stent
from cds_service.fhir.notes.stray_stents import (
    Row,
    misplaced_stent,
    more_stents,
    only_listed,
    stray_stent,
    unplaced_stents,
)
from cds_service.fhir.notes.told import NO_TREATMENT, SILENT, Told, of_vessel
from cds_service.fhir.notes.whole import unsettled_as_a_whole
from cds_service.fhir.notes.work_told import is_treated, names_it
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon, Token

LONGEST, _BEFORE = 400_000, 40


def read_narrative(
    text: str, lexicon: Lexicon, *, default: Place | None = None, days: Collection[date] = ()
) -> tuple[Told, ...]:
    """What a note says was done, vessel by vessel, in the order it names them.

    `default` is the vessel the note is about where it names none (the only vessel of the act it stands on), `days` are
    those its work may be of: what it tells of one of them is no earlier work. Text beyond 400,000 characters is not
    read, nor what follows more work than any note makes; what stood before is uncertain then.
    """
    note = shortened(of_this_day(plain(text[:LONGEST])))
    note = replace(note, text=with_today(note.text, days)) if days else note
    return tuple(note.put_back(told) for told in _read(note.text, lexicon, default, {d.year for d in days}))


def _read(text: str, lexicon: Lexicon, default: Place | None, years: Collection[int]) -> tuple[Told, ...]:
    """What a text of plain signs says, read from its first word to its last."""
    lines = lines_of(text)
    tokens = lexicon.scan(apart(text, lines))
    cues = cues_in(text) if _has(tokens, (*_TELLING, *_NAMING)) else None
    if cues is None or not (_has(tokens, _TELLING) or any(cues.matches(_LEFT_ALONE, text))):
        return ()
    venous = _is_venous(text, tokens, cues)
    tokens = [t for t in tokens if not (venous and _is_bare(t, text))]
    discourse = Discourse()
    if default is not None:
        discourse.focus, discourse.focus_worked, discourse.recent = (default,), True, [default]
    starts = [t.start for t in tokens]
    nothing: Quote | None = None
    iliac = short_names_are_iliac(text, tokens)
    content, matter = [t.start for t in tokens if t.kind in _CONTENT], places_that_matter(text, tokens, cues)
    pieces, records = Pieces(text, tokens), records_of(text, lines, tokens)
    told_in = passages(text, lexicon, lines, cues, content=content, matter=matter, records=records)
    here: Sequence[Token] = ()
    for passage, own, is_whole in pieces.of(told_in):
        before, here = here, own
        if passage.section in NO_TREATMENT:
            discourse.asides.append((passage.start, passage.end))
        if passage.section in SILENT or _is_ahead(passage, text) or is_of_others(passage, text, cues):
            continue
        if nothing is None and not any(_is_place(t) for t in own):
            nothing = nothing_done(passage, text)
        if discourse.unsettled is None and passage.section not in NO_TREATMENT:
            ask = is_whole or not own
            discourse.unsettled = asking(passage, text, own, before=before) if ask else uncertain(passage, text)
        if passage.row is not None and passage.row.is_open:
            discourse.unsettled = discourse.unsettled or uncertain(passage, text)
        note_labels(passage, text, tokens, memory=discourse, starts=starts)
        if passage.section not in NO_TREATMENT and any(t.kind == "side" for t in own):
            declare_legs(passage, text, discourse)
        if passage.row is None and is_heard_in_vain(own, passage.cues, discourse):
            continue
        if passage.section == "devices" and not any(_is_artery(t) for t in own):
            discourse.logged += stents_logged(text[passage.start : passage.end], [t.within(passage.start) for t in own])
        for saying in sayings_in(passage, own, text, iliac=iliac):
            discourse.hear(saying)
    whole = pieces.beyond or unsettled_as_a_whole(text, cues, discourse.statements, years)
    whole = whole or only_named(text, tokens, lexicon, discourse.statements)
    discourse.unsettled = discourse.unsettled or whole
    nothing = nothing or other_year(text, cues, discourse.asides)
    told = tuple(_told(discourse, text, cues, tokens=tokens))
    if nothing is not None:
        told = tuple(replace(t, failed=t.failed or nothing) for t in told)
    return told


_TELLING, _NAMING, _CONTENT = ("treatment", "lesion", "bridge"), ("vessel", "short"), ("treatment", "lesion", "state")
_LEFT_ALONE = rare("left-alone")


def _has(tokens: Sequence[Token], kinds: Collection[str]) -> bool:
    return any(t.kind in kinds for t in tokens)


def _is_place(token: Token) -> bool:
    return token.kind in ("vessel", "short") or (token.kind == "side" and token.value != "bilateral")


_LABEL_AHEAD = cue("label-ahead")
_ARTERY = cue("place")
_SENTENCE = re.compile(r"[^.\n]*")
_OPENING_LABEL = re.compile(r"[^:.;\n]{1,60}:(?!\d)")
_VENOUS = rare("venous")
_ARTERIAL = rare("arterial")


def _is_venous(text: str, tokens: Sequence[Token], cues: Cues) -> bool:
    """True for a note on veins: bare names such as "left common iliac" are not arteries there."""
    if not any(t.kind == "away" and t.value == "vein" for t in tokens):
        return False
    venous, arterial = (sum(1 for _ in cues.matches(word, text)) for word in (_VENOUS, _ARTERIAL))
    return venous > arterial


def _is_bare(token: Token, text: str) -> bool:
    return token.kind in ("vessel", "short") and not _ARTERIAL.pattern.search(text[token.start : token.end])


def _is_ahead(passage: Passage, text: str) -> bool:
    """True for words under a label on what is still to come: "Stage 2 (in three weeks): ..."."""
    own = _OPENING_LABEL.match(text, passage.start, passage.end)
    line = passage.line
    named = line and _ARTERY.search(_SENTENCE.match(text, line[1]).group())  # type: ignore[union-attr]
    spans = [span for span in (named and line, own and own.span()) if span]
    return any(_LABEL_AHEAD.search(text, *span) for span in spans)


def _is_artery(token: Token) -> bool:
    """True for a word that names one artery, not the iliac ones at large."""
    return token.kind in ("vessel", "short") and not token.value.endswith("/")


def _is_ballooned(told: Told) -> bool:
    return told.is_ballooned and told.territory is Territory.ILIAC


def _only_leg(discourse: Discourse, text: str, tokens: Sequence[Token]) -> Side | None:
    """The leg of what is told without one: that of its topics, the declared one, or the only one in the text."""
    topics = discourse.told_sides | {s for sides in discourse.topic_sides() for s in sides}
    treated = {s.side for s in discourse.statements if s.side and s.is_of_today and s.vessel}
    before = [s for s in discourse.statements if is_treated(s) and s.side is None and s.number < discourse.told_from]
    if before and not any(is_of_one_leg(text, tokens, leg) for leg in topics):
        topics = set()
    for known in (topics, discourse.declared, discourse.opening):
        if len(known) == 1 and treated <= known:
            return next(iter(known))
    if any(s.saying.passage.row for s in discourse.statements):
        return None
    legs = treated or {Side(t.value) for t in tokens if names_leg(text, t)}
    return next((leg for leg in legs if is_of_one_leg(text, tokens, leg)), None)


def _told(discourse: Discourse, text: str, cues: Cues, *, tokens: Sequence[Token]) -> list[Told]:
    """The statements gathered by vessel and leg, sides filled in where the whole note knows only one leg."""
    only = _only_leg(discourse, text, tokens)
    rows: dict[Row, list[Statement]] = {}
    for statement in discourse.statements:
        unknown = statement.saying.side_unknown or statement.vessel in discourse.unsided
        side = None if unknown and statement.vessel in discourse.unsided else statement.side or only
        which = None if statement.vessel else statement.number
        rows.setdefault((statement.territory, statement.vessel, side, which), []).append(statement)
    stented = any(("stent", How.DONE) in s.saying.treatments and s.sure for s in discourse.statements)
    stents = {
        (s.vessel, s.side or only)
        for s in discourse.statements
        if is_stent(s) and s.sure and names_it(s) and not is_joint(s) and s.saying.passage.section not in NO_TREATMENT
    }
    apart = any(s.saying.passage.section == "done" and is_treated(s) for s in discourse.statements)
    out = [
        of_vessel(key[:3], found, text, elsewhere=bool(stents - {(key[1], key[2])}), work_apart=apart)
        for key, found in rows.items()
    ]
    out = shared_lesion(treated_somehow(out, rows.values()), discourse, text)
    out = only_ballooned(out, discourse)
    out = titled_only(titled_for_other_leg(side_contradictions(out, discourse, text)), discourse)
    flaws = [m for m in cues.matches(COMPLICATION, text) if not any(a <= m.start() < b for a, b in discourse.asides)]
    flaws = [m for m in flaws if not ELSEWHERE.search(text, max(0, m.start() - _BEFORE), m.start())]
    flaws = [m for m in flaws if not is_of_stented(m.start(), discourse.statements)]
    flaw = next((m for m in flaws if not is_denied_there(text, m.start(), m.end())), None)
    if flaw is not None and not NO_STENT_AT_ALL.search(text):
        quote = quoted(flaw)
        later = any(s.start > flaw.start() for s in unplaced_stents(discourse))
        out = [perhaps_stented(t, quote) if not t.spared or (later and t.spared_at < flaw.start()) else t for t in out]
    bridged = {t.side: t.bridging for t in out if t.bridging is not None}
    out = [replace(t, bridging=t.bridging or bridged.get(t.side)) if _is_ballooned(t) else t for t in out]
    out = left_alone(out, discourse)
    if discourse.stentless is not None and stents and STENTLESS_CASE.fullmatch(discourse.stentless.words):
        quote = quote_of(discourse.stentless, text)
        out = [perhaps_stented(t, quote) for t in out]
    if discourse.unsettled is not None:
        quote = discourse.unsettled
        out = [perhaps_stented(t, quote) for t in out]
    stray = stray_stent(discourse, out, stented=stented)
    if stray is not None:
        out = [perhaps_stented(t, quote_of(stray, text)) for t in out]
    guessed = misplaced_stent(out, rows, text)
    if guessed is not None:
        out = [perhaps_stented(t, guessed) for t in out]
    out = only_listed(out, discourse)
    extra = more_stents(text, cues, out)
    return without_sums(out if extra is None else [perhaps_stented(t, extra) for t in out])
