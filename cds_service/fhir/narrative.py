"""Reading notes: which vessels a text says were treated, how, and what their lesions were, each with its quote.

Knows what the statements of a discourse add up to. Deterministic, without network or model: patterns from
`knowledge/terms.toml`, sections, clauses and references. What a text leaves open is a doubt, never a guess.
"""

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Lesion, Side, Territory, Treatment, Vessel
from cds_service.fhir.discourse import Discourse, Statement
from cds_service.fhir.layout import Passage, apart, passages
from cds_service.fhir.polarity import How
from cds_service.fhir.row_sayings import row_sayings
from cds_service.fhir.sayings import Place, Saying, key_in, sayings_of
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Lexicon, Token

LONGEST = 400_000
_ODD = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\r": "\n", "\u200b": " "}
)
_SILENT = ("history", "plan", "consent")
_WEAK = ("indication",)
_NO_TREATMENT = (*_SILENT, *_WEAK)
_RELEVANT = ("vessel", "short", "treatment", "lesion", "refer", "work", "scope", "side", "away", "percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of a note: their place [start, end) and what they are."""

    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionSaid:
    """A lesion a note states of a vessel; `doubt` empty, or why it is not taken at its word."""

    lesion: Lesion | None
    doubt: str
    quote: Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a note says of one vessel in one leg. None: it does not say.

    `treatment` is the strongest carried out; `unclear` names other treatments it may have been. `failed` quotes a
    failure told after it. `bridging` quotes words that join it to another vessel.
    """

    territory: Territory
    vessel: Vessel | None
    side: Side | None
    treatment: Treatment | None
    quotes: tuple[Quote, ...]
    lithotripsy: bool = False
    lesions: tuple[LesionSaid, ...] = ()
    unclear: tuple[Treatment | None, ...] = ()
    failed: Quote | None = None
    bridging: Quote | None = None
    spared: bool = True
    ballooned_too: bool = False
    other_side: Quote | None = None

    @property
    def is_treated(self) -> bool:
        """True when the text says, or may say, that something was done in this vessel."""
        return self.treatment is not None or bool(self.unclear) or self.lithotripsy


def read_narrative(text: str, lexicon: Lexicon, *, default: Place | None = None) -> tuple[Told, ...]:
    """What a note says was done, vessel by vessel, in the order it names them.

    `default` is the vessel the note is about where it names none (the only vessel of the act it stands on). Text
    beyond 400,000 characters is not read.
    """
    text = _LEADERS.sub(lambda m: ":" + " " * (len(m.group()) - 1), text[:LONGEST].translate(_ODD))
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
    content = [t.start for t in tokens if t.kind in ("treatment", "lesion", "state")]
    for passage in passages(text, lexicon, content):
        own = tokens[bisect.bisect_left(starts, passage.start) : bisect.bisect_left(starts, passage.end)]
        if passage.section in _SILENT:
            continue
        if nothing is None and not any(t.kind in ("vessel", "short", "side") for t in own):
            found = _NOTHING.search(text, passage.start, passage.end)
            nothing = Quote(start=found.start(), end=found.end(), words=found.group()) if found else None
        _note_labels(passage, text, tokens, starts, discourse)
        for saying in _sayings(passage, own, text, iliac=_is_iliac(tokens)):
            discourse.hear(saying)
    told = tuple(_told(discourse, text))
    if nothing is not None:
        told = tuple(replace(t, failed=t.failed or nothing) for t in told)
    return told


_LEADERS = re.compile(r"(?<=[ \w)])\.{3,}(?= )")
_NOTHING = cue("nothing")
_VENOUS = cue("venous")
_ARTERIAL = cue("arterial")


def _is_venous(text: str, tokens: Sequence[Token]) -> bool:
    """True for a note on veins: bare names such as "left common iliac" are not arteries there."""
    if not any(t.kind == "away" and t.value == "vein" for t in tokens):
        return False
    return len(_VENOUS.findall(text)) > len(_ARTERIAL.findall(text))


def _is_bare(token: Token, text: str) -> bool:
    return token.kind in ("vessel", "short") and not _ARTERIAL.search(text[token.start : token.end])


def _is_iliac(tokens: Sequence[Token]) -> bool:
    return any(t.kind == "vessel" and t.value.startswith("iliac/") for t in tokens)


def _sayings(passage: Passage, own: Sequence[Token], text: str, *, iliac: bool) -> list[Saying]:
    own = [t for t in own if t.end <= passage.end]
    if passage.row is not None:
        return list(row_sayings(passage, own, text))
    return list(sayings_of(passage, own, text, iliac=iliac))


def _note_labels(
    passage: Passage, text: str, tokens: Sequence[Token], starts: Sequence[int], discourse: Discourse
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
        places = [t for t in inside if t.kind in ("vessel", "short") and not content]
        specific = [t for t in places if not t.value.endswith("/")] or places
        found = tuple(
            (Territory(t.value.split("/")[0]), Vessel(v) if (v := t.value.split("/")[1]) else None, named)
            for t in specific
        )
        discourse.label_places[span] = tuple(p for p in dict.fromkeys(found) if p[1] is not None)
        discourse.label_sides[span] = named
        named_t = {t.value for t in inside if t.kind == "treatment"}
        if span == passage.line and named_t and not places and text[span[1] : span[1] + 2].lstrip()[:1] == ":":
            if not re.search(
                r"\b(?:no|not|without|stents?\s+(?:placed|used))\b", text[span[0] : span[1]], re.IGNORECASE
            ):
                discourse.label_treatments[span] = frozenset((t, How.DONE) for t in named_t)
        discourse.label_keys[span] = key_in(text[span[0] : span[1]])


def _told(discourse: Discourse, text: str) -> list[Told]:
    """The statements gathered by vessel and leg, sides filled in where the whole note knows only one leg."""
    topics = discourse.told_sides | {s for sides in discourse.topic_sides() for s in sides}
    legs = {s.side for s in discourse.statements if s.side and s.is_of_today and s.vessel}
    only = next(iter(topics)) if len(topics) == 1 and legs <= topics else None
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
        if _is_stent(s) and s.sure and _names_it(s) and s.saying.passage.section not in _NO_TREATMENT
    }
    out = [_of_vessel(key[:3], found, text, elsewhere=bool(stents - {(key[1], key[2])})) for key, found in rows.items()]
    out = _shared_lesion(out, discourse, text)
    out = _side_contradictions(out, discourse)
    flaw = next((m for m in _COMPLICATION.finditer(text) if not _is_denied_there(text, m.start(), m.end())), None)
    if flaw is not None and not _NO_STENT_AT_ALL.search(text):
        quote = Quote(start=flaw.start(), end=flaw.end(), words=flaw.group())
        out = [_perhaps_stented(t, quote) if t.spared is False else t for t in out]
    loose = [s for s in discourse.loose if s.passage.section not in _NO_TREATMENT]
    stray = [s for s in loose if ("stent", How.DONE) in s.treatments]
    counted = max((_how_many(s.words) for s in stray), default=0)
    if stray and (not stented or counted > len([t for t in out if t.treatment is Treatment.STENT])):
        out = [_perhaps_stented(t, _quote(stray[0], text)) for t in out]
    return _specific(out)


_COMPLICATION = cue("complication")
_DENIES = cue("denies")
_NO_STENT_AT_ALL = cue("no-stent-at-all")


def _shared_lesion(told: list[Told], discourse: Discourse, text: str) -> list[Told]:
    """ "Two separate occlusions", told before the vessels are: theirs, where just so many were treated and have none."""
    said = discourse.several
    treated = [t for t in told if t.vessel and t.is_treated and t.territory is Territory.ILIAC]
    if said is None or len(treated) != said.several[1] or said.several[0] not in ("occlusion", "stenosis"):
        return told
    lesion = Lesion(said.several[0])
    if any(x.lesion not in (lesion, None) or x.doubt for t in treated for x in t.lesions):
        return told
    shared = LesionSaid(lesion=lesion, doubt="", quote=_quote(said, text))
    return [replace(t, lesions=(shared,)) if t in treated and not t.lesions else t for t in told]


_SUMMARY = ("impression", "diagnosis")


def _of(told: Told, discourse: Discourse, *, same_side: bool) -> list[Statement]:
    found = [s for s in discourse.statements if s.vessel is told.vessel and s.saying.treatments and s.side]
    return [
        s for s in found if (s.side is told.side) == same_side and any(h is How.DONE for _, h in s.saying.treatments)
    ]


def _is_summary(statement: Statement) -> bool:
    passage = statement.saying.passage
    return passage.section in _SUMMARY or (passage.line_number <= 2 and not passage.section)


def _disputed(told: Told, discourse: Discourse) -> bool:
    """True when only the title or the impression names this leg for a vessel that the body has in the other one."""
    own, other = (_of(told, discourse, same_side=same) for same in (True, False))
    return bool(own) and all(map(_is_summary, own)) and any(not _is_summary(s) for s in other)


def _disputes(told: Told, discourse: Discourse) -> bool:
    """True when the body names this leg and the title or the impression alone the other one."""
    own, other = (_of(told, discourse, same_side=same) for same in (True, False))
    return bool(other) and all(map(_is_summary, other)) and any(not _is_summary(s) for s in own)


def _is_guessed(told: Told, all_told: Sequence[Told], discourse: Discourse) -> bool:
    """True for a leg that no words name for this vessel, or whose lesion only the other leg's findings have."""
    others = [o for o in all_told if o.vessel is told.vessel and o.vessel and o.side not in (None, told.side)]
    own = [s for s in discourse.statements if s.vessel is told.vessel and s.side is told.side]
    if any(o.is_treated for o in others) and not any(_names_side(s, discourse) for s in own):
        return True
    found = [s for s in own if s.saying.lesions and not s.saying.treatments and not s.saying.worked]
    lesions = {x.lesion for x in told.lesions if x.lesion}
    return not found and any(not o.is_treated and lesions & {x.lesion for x in o.lesions if x.lesion} for o in others)


def _names_side(statement: Statement, discourse: Discourse) -> bool:
    """True when the vessel stands beside its side, or under a label that names it."""
    passage, side = statement.saying.passage, statement.side
    labels = [discourse.label_sides.get(x, ()) for x in (passage.line, passage.block, passage.leg, passage.head) if x]
    beside = [sides for _, v, sides in statement.saying.places if v is statement.vessel]
    topics = tuple(statement.saying.topics)
    return any(side in sides for sides in (*labels, *beside, topics))


def _is_denied_there(text: str, start: int, end: int) -> bool:
    """True for a complication that is said not to have happened, before or after its name."""
    return bool(_DENIES.search(text[max(0, start - 40) : start]) or _NONE.match(text[end : end + 20]))


_NONE = re.compile(r"s?\s*[:=]\s*(?:none|no|nil|0|-)|\s*\[\s*\]|\s+(?:type|grade)\s+[AB]\b", re.IGNORECASE)


def _side_contradictions(told: list[Told], discourse: Discourse) -> list[Told]:
    """A vessel treated in both legs by its title only, whose lesion the text names in the other leg alone."""
    named = {(s.vessel, s.side) for s in discourse.statements if s.saying.lesions and s.side}
    out = []
    for t in told:
        if t.is_treated and t.side and _is_guessed(t, told, discourse):
            t = replace(t, other_side=t.quotes[0])
        if t.is_treated and t.side and (_disputed(t, discourse) or _disputes(t, discourse)):
            t = replace(t, other_side=t.quotes[0])
        other = next(
            (o for o in told if o.vessel is t.vessel and t.vessel and t.side and o.side and o.side is not t.side), None
        )
        if other and t.is_treated and (t.vessel, t.side) not in named and (other.vessel, other.side) in named:
            t = replace(t, other_side=t.quotes[0])
        out.append(t)
    return out


_COUNT = cue("count")
_NUMBERS = {"two": 2, "three": 3, "four": 4}


def _how_many(words: str) -> int:
    """How many stents words count that name no vessel."""
    match = _COUNT.search(words)
    found = match.group(1).lower() if match else "0"
    return _NUMBERS.get(found) or int(found)


def _specific(told: list[Told]) -> list[Told]:
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


def _perhaps_stented(told: Told, quote: Quote) -> Told:
    if told.treatment is not Treatment.ANGIOPLASTY:
        return told
    return replace(told, unclear=(*told.unclear, Treatment.STENT), quotes=(*told.quotes, quote))


def _of_vessel(
    key: tuple[Territory, Vessel | None, Side | None], statements: Sequence[Statement], text: str, *, elsewhere: bool
) -> Told:
    """One vessel's statements as what was found and done there."""
    acting = [s for s in statements if s.saying.passage.section not in _NO_TREATMENT]
    done = [s for s in acting if any(h is How.DONE for _, h in s.saying.treatments) and not _is_elsewhere(s)]
    open_ = [s for s in acting if any(h is How.DOUBTFUL for _, h in s.saying.treatments)]
    sure = {t for s in done if s.sure for t, h in s.saying.treatments if h is How.DONE}
    vague = {t for s in done if not s.sure for t, h in s.saying.treatments if h is How.DONE}
    vague |= {t for s in open_ for t, h in s.saying.treatments if h is How.DOUBTFUL}
    denied = [s for s in acting if ("stent", How.DENIED) in s.saying.treatments and s.sure]
    last_denial = max((s.number for s in denied), default=0)
    late = any(s.number > last_denial for s in done if _is_stent(s))
    if denied and "stent" in sure and elsewhere and not late and not any(_names_it(s) for s in done if _is_stent(s)):
        sure, vague = sure - {"stent"}, vague - {"stent"}
        done = [s for s in done if not _is_stent(s)]
    if denied and "unclear" in sure and not sure & {"stent", "angioplasty", "atherectomy"}:
        sure = {*sure, "angioplasty"}
    failed = [s for s in acting if s.saying.failed and s.sure]
    treatment = _strongest(sure)
    unclear = tuple(x for x in (_strongest(vague),) if x is not None and _outranks(x, treatment))
    last = max((s.number for s in done), default=0)
    failure = next((s for s in failed if s.number > last or (s.number == last and not done)), None)
    quotes = [_quote(s.saying, text) for s in statements if s in done or s in open_] or [
        _quote(s.saying, text) for s in statements[:1]
    ]
    thought = [s for s in acting if ("stent", How.THOUGHT_OF) in s.saying.treatments and s.sure]
    spared = any(("stent", How.DENIED) in s.saying.treatments for s in acting)
    logged = [s for s in done if ("stent", How.DONE) in s.saying.treatments]
    if treatment is Treatment.STENT and spared and all(s.saying.passage.section == "devices" for s in logged):
        treatment, unclear = Treatment.ANGIOPLASTY, (*unclear, Treatment.STENT)
    if thought and not spared and treatment is Treatment.ANGIOPLASTY:
        unclear = (*unclear, Treatment.STENT)
        quotes = [*quotes, *(_quote(s.saying, text) for s in thought)]
    if "unclear" in sure and treatment is None:
        unclear = (Treatment.ANGIOPLASTY, Treatment.STENT)
    untouched = next((s for s in acting if ("angioplasty", How.DENIED) in s.saying.treatments and s.sure), None)
    if untouched is not None and treatment is Treatment.ANGIOPLASTY:
        failure = failure or untouched
    bridge = next((s for s in statements if s.saying.bridging), None)
    return Told(
        territory=key[0],
        vessel=key[1],
        side=key[2],
        treatment=treatment,
        quotes=tuple(dict.fromkeys(quotes)),
        lithotripsy="lithotripsy" in sure,
        lesions=tuple(_lesions(statements, text, old_stent=_has_old_stent(statements))),
        unclear=(*unclear, None) if treatment is None and unclear else unclear,
        failed=_quote(failure.saying, text) if failure else None,
        bridging=_quote(bridge.saying, text) if bridge else None,
        spared=spared,
        ballooned_too=treatment is Treatment.ATHERECTOMY and "angioplasty" in sure,
    )


def _is_elsewhere(statement: Statement) -> bool:
    """True for a clause that is about a vein, an aneurysm or a device that occludes on purpose."""
    return bool(statement.saying.elsewhere & {"vein", "aneurysm", "trauma", "not-a-vessel"})


def _joins(saying: Saying) -> bool:
    """True for words that join two iliac arteries of one leg into one lesion."""
    vessels = {v for t, v, _ in saying.places if t is Territory.ILIAC and v is not None}
    return len(vessels) > 1


def _is_stent(statement: Statement) -> bool:
    return ("stent", How.DONE) in statement.saying.treatments


def _names_it(statement: Statement) -> bool:
    """True when the words themselves name the vessel, rather than mean it."""
    return any(v is statement.vessel for _, v, _ in statement.saying.places)


def _has_old_stent(statements: Sequence[Statement]) -> bool:
    """True when the note names a stent that was there before the work of today."""
    work = [s.number for s in statements if any(h is How.DONE for _, h in s.saying.treatments)]
    first = min(work, default=1_000_000)
    old = [s for s in statements if ("stent", How.OLD) in s.saying.treatments and s.saying.places]
    return any(s.number <= first and s.saying.after_words(_LONG_THERE) for s in old)


_LONG_THERE = cue("long-there")


def _strongest(named: set[str]) -> Treatment | None:
    stent = bool(named & {"stent", "stent-atherectomy"})
    if "atherectomy" in named:
        return Treatment.STENT_ATHERECTOMY if stent else Treatment.ATHERECTOMY
    return Treatment.STENT if stent else Treatment.ANGIOPLASTY if "angioplasty" in named else None


def _outranks(found: Treatment, settled: Treatment | None) -> bool:
    return settled is None or (found is not settled and found is not Treatment.ANGIOPLASTY)


def _lesions(statements: Sequence[Statement], text: str, *, old_stent: bool) -> list[LesionSaid]:
    """What a note says of a vessel's lesion, firm statements first; what an indication says is only a hint."""
    out: list[LesionSaid] = []
    work = [s.number for s in statements if any(h is How.DONE for _, h in s.saying.treatments)]
    first = min(work, default=1_000_000)
    for s in statements:
        said = s.saying
        quote = _quote(said, text)
        kinds = said.lesions & {"stenosis", "occlusion", "subtotal"}
        weak = "indication" if said.passage.section in _WEAK else "" if s.sure else "uncertain"
        if _contradicts(said) and not weak and s.number < first:
            out.append(LesionSaid(lesion=None, doubt="denied", quote=quote))
        if said.unsure:
            out.append(LesionSaid(lesion=None, doubt="uncertain", quote=quote))
        elif kinds == {"stenosis", "occlusion"}:
            out.append(LesionSaid(lesion=None, doubt=weak or "conflict", quote=quote))
        elif kinds:
            out.append(_lesion(said, kinds, weak, quote))
    if old_stent:
        inferred = [o for o in out if o.lesion is Lesion.OCCLUSION and not o.doubt]
        out = [replace(o, doubt="in-stent") if o in inferred else o for o in out]
    return out


_OTHER = cue("other")


def _contradicts(said: Saying) -> bool:
    """True for a finding that its vessel has no such lesion; "no other stenosis" is none."""
    if not said.denied & {"occlusion", "stenosis"} or not said.places or said.lesions:
        return False
    return said.denied & {"occlusion"} != frozenset() or not said.after_words(_OTHER)


def _lesion(said: Saying, kinds: frozenset[str], weak: str, quote: Quote) -> LesionSaid:
    if "occlusion" in kinds and "subtotal" not in kinds:
        inferred = "in-stent" if "in-stent" in said.lesions else "acute" if "acute" in said.lesions else ""
        return LesionSaid(lesion=None if weak else Lesion.OCCLUSION, doubt=weak or inferred, quote=quote)
    if "subtotal" in kinds:
        return LesionSaid(lesion=None if weak else Lesion.STENOSIS, doubt=weak or "subtotal", quote=quote)
    return LesionSaid(lesion=None if weak else Lesion.STENOSIS, doubt=weak, quote=quote)


def _quote(saying: Saying, text: str) -> Quote:
    """The sentence a saying stands in; of a long one, the clause."""
    start, end = saying.passage.start, saying.passage.end
    if end - start > 240:
        start, end = saying.start, min(saying.end, saying.start + 240)
    while start < end and text[start].isspace():
        start += 1
    return Quote(start=start, end=end, words=text[start:end].rstrip())
