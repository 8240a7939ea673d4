"""Reading notes: which vessels a text says were treated, how, and what their lesions were, each with its quote.

Knows the order of the steps. Deterministic, without network or model: patterns from `knowledge/terms.toml`, sections,
clauses and references. What a text leaves open is a doubt, never a guess.
"""

import bisect
import re
from collections.abc import Sequence
from dataclasses import replace

from cds_service.coding.anatomy import Side, Territory, Treatment, Vessel
from cds_service.fhir.notes.checks import (
    COMPLICATION,
    NO_STENT_AT_ALL,
    is_denied_there,
    only_ballooned,
    perhaps_stented,
    shared_lesion,
    side_contradictions,
    stents_counted,
    stents_logged,
    titled_for_other_leg,
    without_sums,
)
from cds_service.fhir.notes.discourse import Discourse
from cds_service.fhir.notes.layout import Passage, passages
from cds_service.fhir.notes.legs import declared_legs
from cds_service.fhir.notes.lines import apart
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.naming import label_key
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.row_sayings import row_sayings
from cds_service.fhir.notes.saying import Place, Quote, Saying
from cds_service.fhir.notes.sayings import sayings_of
from cds_service.fhir.notes.told import NO_TREATMENT, SILENT, Told, is_stent, names_it, of_vessel, quote_of
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon, Token

LONGEST = 400_000
_ODD = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\r": "\n", "\u200b": " "}
)


_DENIED_LABEL = re.compile(r"\b(?:no|not|without|stents?\s+(?:placed|used))\b", re.IGNORECASE)


def read_narrative(text: str, lexicon: Lexicon, *, default: Place | None = None) -> tuple[Told, ...]:
    """What a note says was done, vessel by vessel, in the order it names them.

    `default` is the vessel the note is about where it names none (the only vessel of the act it stands on). Text
    beyond 400,000 characters is not read.
    """
    text = _LEADERS.sub(lambda m: ":" + " " * (len(m.group()) - 1), text[:LONGEST].translate(_ODD))
    text = _MARKUP.sub(lambda m: " " * len(m.group()), text)
    tokens = lexicon.scan(apart(text))
    if not any(t.kind in ("treatment", "lesion") for t in tokens):
        return ()
    venous = _is_venous(text, tokens)
    tokens = [t for t in tokens if not (venous and _is_bare(t, text))]
    discourse = Discourse()
    if default is not None:
        discourse.focus, discourse.focus_worked, discourse.recent = (default,), True, [default]
    starts = [t.start for t in tokens]
    nothing: Quote | None = None
    iliac = any(t.kind == "vessel" and t.value.startswith("iliac/") for t in tokens)
    content = [t.start for t in tokens if t.kind in ("treatment", "lesion", "state")]
    for passage in passages(text, lexicon, content):
        own = tokens[bisect.bisect_left(starts, passage.start) : bisect.bisect_left(starts, passage.end)]
        if passage.section in NO_TREATMENT:
            discourse.asides.append((passage.start, passage.end))
        if passage.section in SILENT:
            continue
        if nothing is None and not any(
            t.kind in ("vessel", "short") or (t.kind == "side" and t.value != "bilateral") for t in own
        ):
            found = _NOTHING.search(text, passage.start, passage.end)
            nothing = Quote(start=found.start(), end=found.end(), words=found.group()) if found else None
        if discourse.unsettled is None and passage.section not in (*NO_TREATMENT, "other"):
            discourse.unsettled = _unsettled(passage, text)
        _note_labels(passage, text, tokens, discourse=discourse, starts=starts)
        if passage.section not in NO_TREATMENT and any(t.kind == "side" for t in own):
            above = next((x for x in (passage.line, passage.block, passage.head) if x and x[1] <= passage.start), None)
            label = text[slice(*above)] + ": " if above else ""
            said = text[passage.start : passage.end]
            discourse.declared |= declared_legs(label + said) | declared_legs(said)
            discourse.opening |= declared_legs(said, opening=True)
        if passage.section == "devices" and not any(t.kind in ("vessel", "short") for t in own):
            discourse.logged += stents_logged(text[passage.start : passage.end], [t.within(passage.start) for t in own])
        for saying in _sayings(passage, own, text, iliac=iliac):
            discourse.hear(saying)
    told = tuple(_told(discourse, text))
    if nothing is not None:
        told = tuple(replace(t, failed=t.failed or nothing) for t in told)
    return told


_LEADERS = re.compile(r"(?<=[ \w)])\.{3,}(?= )")
_MARKUP = re.compile(r"(?<![\w*@])(?:\*\*|@)(?=[A-Za-z])|(?<=[\w.:)])(?:\*\*|@)(?=[\s:]|$)")
_NOTHING = cue("nothing")
_UNSETTLED = cue("unsettled")
_ABOUT = cue("unsettled-about")
_CAME_BACK = cue("came-back")
_VOID = cue("void")
_SAYS_OTHERWISE = cue("says-otherwise")
_VENOUS = cue("venous")
_ARTERIAL = cue("arterial")


def _is_venous(text: str, tokens: Sequence[Token]) -> bool:
    """True for a note on veins: bare names such as "left common iliac" are not arteries there."""
    if not any(t.kind == "away" and t.value == "vein" for t in tokens):
        return False
    return len(_VENOUS.findall(text)) > len(_ARTERIAL.findall(text))


def _is_bare(token: Token, text: str) -> bool:
    return token.kind in ("vessel", "short") and not _ARTERIAL.search(text[token.start : token.end])


def _is_ballooned(told: Told) -> bool:
    return told.treatment is Treatment.ANGIOPLASTY and told.territory is Territory.ILIAC


def _unsettled(passage: Passage, text: str) -> Quote | None:
    """Words that leave open what was found or done, or in which session: "device count not recorded"."""
    words = text[passage.start : passage.end]
    apart = _CAME_BACK.search(words) or _SAYS_OTHERWISE.search(words) or _VOID.search(words)
    if not apart and not (_UNSETTLED.search(words) and _ABOUT.search(words)):
        return None
    return Quote(start=passage.start, end=passage.start + len(words.rstrip()), words=words.rstrip())


def _sayings(passage: Passage, own: Sequence[Token], text: str, *, iliac: bool) -> list[Saying]:
    own = [t for t in own if t.end <= passage.end]
    if passage.row is not None:
        return list(row_sayings(passage, own, text))
    return list(sayings_of(passage, own, text, iliac=iliac))


def _note_labels(
    passage: Passage, text: str, tokens: Sequence[Token], *, discourse: Discourse, starts: Sequence[int]
) -> None:
    """Read the labels a passage stands under, once each."""
    for span in (passage.line, passage.block, passage.leg, passage.head):
        if span is None or span in discourse.label_places:
            continue
        inside = tokens[bisect.bisect_left(starts, span[0]) : bisect.bisect_left(starts, span[1])]
        sides = {t.value for t in inside if t.kind == "side"}
        named: tuple[Side, ...] = ()
        if len(sides) == 1:
            named = tuple(Side) if sides == {"bilateral"} else (Side(sides.pop()),)
        content = any(t.kind in ("lesion", "treatment") for t in inside) and span == passage.line
        if content and text[span[1] : span[1] + 1] == ".":
            named = ()
        places = [t for t in inside if t.kind in ("vessel", "short") and not content]
        specific = [t for t in places if not t.value.endswith("/")] or places
        found = tuple(
            (Territory(t.value.split("/")[0]), Vessel(v) if (v := t.value.split("/")[1]) else None, named)
            for t in specific
        )
        discourse.label_places[span] = tuple(p for p in dict.fromkeys(found) if p[1] is not None)
        discourse.label_sides[span] = named
        named_t = {t.value for t in inside if t.kind == "treatment"}
        alone = span == passage.line and named_t and not places and text[span[1] : span[1] + 2].lstrip()[:1] == ":"
        if alone and not _DENIED_LABEL.search(text[span[0] : span[1]]):
            discourse.label_treatments[span] = frozenset((t, How.DONE) for t in named_t)
        discourse.label_keys[span] = label_key(text[span[0] : span[1]])


def _told(discourse: Discourse, text: str) -> list[Told]:
    """The statements gathered by vessel and leg, sides filled in where the whole note knows only one leg."""
    topics = discourse.told_sides | {s for sides in discourse.topic_sides() for s in sides}
    legs = {s.side for s in discourse.statements if s.side and s.is_of_today and s.vessel}
    only = next(iter(topics)) if len(topics) == 1 and legs <= topics else None
    for declared in (discourse.declared, discourse.opening):
        if only is None and len(declared) == 1 and legs <= declared:
            only = next(iter(declared))
    rows: dict[tuple[Territory, Vessel | None, Side | None, int | None], list[Statement]] = {}
    for statement in discourse.statements:
        unknown = statement.saying.side_unknown or statement.vessel in discourse.unsided
        side = None if unknown and statement.vessel in discourse.unsided else statement.side or only
        which = None if statement.vessel else statement.number
        rows.setdefault((statement.territory, statement.vessel, side, which), []).append(statement)
    stented = any(("stent", How.DONE) in s.saying.treatments and s.sure for s in discourse.statements)
    stents = {
        (s.vessel, s.side or only)
        for s in discourse.statements
        if is_stent(s) and s.sure and names_it(s) and s.saying.passage.section not in NO_TREATMENT
    }
    out = [of_vessel(key[:3], found, text, elsewhere=bool(stents - {(key[1], key[2])})) for key, found in rows.items()]
    out = shared_lesion(out, discourse, text)
    out = only_ballooned(out, discourse)
    out = titled_for_other_leg(side_contradictions(out, discourse))
    flaws = [m for m in COMPLICATION.finditer(text) if not any(a <= m.start() < b for a, b in discourse.asides)]
    flaw = next((m for m in flaws if not is_denied_there(text, m.start(), m.end())), None)
    if flaw is not None and not NO_STENT_AT_ALL.search(text):
        quote = Quote(start=flaw.start(), end=flaw.end(), words=flaw.group())
        out = [perhaps_stented(t, quote) if t.spared is False else t for t in out]
    bridged = {t.side: t.bridging for t in out if t.bridging is not None}
    out = [replace(t, bridging=t.bridging or bridged.get(t.side)) if _is_ballooned(t) else t for t in out]
    denied = next((t for t in out if t.is_treated and (t.vessel, t.side) in discourse.left_alone), None)
    if denied is not None:
        out = [perhaps_stented(t, denied.quotes[0]) for t in out]
    if discourse.unsettled is not None:
        quote = discourse.unsettled
        out = [perhaps_stented(t, quote) for t in out]
    loose = [s for s in discourse.loose if s.passage.section not in NO_TREATMENT]
    stray = [s for s in loose if ("stent", How.DONE) in s.treatments]
    counted = max([discourse.logged, *(stents_counted(s.words) for s in stray)])
    if stray and (not stented or counted > len([t for t in out if t.treatment is Treatment.STENT])):
        out = [perhaps_stented(t, quote_of(stray[0], text)) for t in out]
    return without_sums(out)
