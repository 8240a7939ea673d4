"""Reading notes: which vessels a text says were treated, how, and what their lesions were, each with its quote.

Knows what the statements of a discourse add up to. Deterministic, without network or model: patterns from
`knowledge/terms.toml`, sections, clauses and references. What a text leaves open is a doubt, never a guess.
"""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from cds_service.coding.anatomy import Lesion, Side, Territory, Treatment, Vessel
from cds_service.fhir.discourse import Discourse, Statement
from cds_service.fhir.layout import Passage, passages
from cds_service.fhir.polarity import How
from cds_service.fhir.row_sayings import row_sayings
from cds_service.fhir.sayings import Place, Saying, sayings_of
from cds_service.knowledge.terms import Lexicon, Token

LONGEST = 400_000
_ODD = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\r": "\n", "\u200b": " "})
_SILENT = ("history", "plan", "consent")
_WEAK = ("indication",)
_NO_TREATMENT = (*_SILENT, *_WEAK, "diagnosis")
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
    denied_stent: bool = False


def read_narrative(text: str, lexicon: Lexicon, *, default: Place | None = None) -> tuple[Told, ...]:
    """What a note says was done, vessel by vessel, in the order it names them.

    `default` is the vessel the note is about where it names none (the only vessel of the act it stands on). Text
    beyond 400,000 characters is not read.
    """
    text = text[:LONGEST].translate(_ODD)
    tokens = lexicon.scan(text)
    discourse = Discourse()
    if default is not None:
        discourse.focus, discourse.focus_worked, discourse.recent = (default,), True, [default]
    if not any(t.kind in ("treatment", "lesion") for t in tokens):
        return ()
    starts = [t.start for t in tokens]
    for passage in passages(text, lexicon):
        own = tokens[bisect.bisect_left(starts, passage.start) : bisect.bisect_left(starts, passage.end)]
        if passage.section in _SILENT or not any(t.kind in _RELEVANT for t in own):
            continue
        _note_labels(passage, tokens, starts, discourse)
        for saying in _sayings(passage, own, text, iliac=_is_iliac(tokens)):
            discourse.hear(saying)
    return tuple(_told(discourse, text))


def _is_iliac(tokens: Sequence[Token]) -> bool:
    return any(t.kind == "vessel" and t.value.startswith("iliac/") for t in tokens)


def _sayings(passage: Passage, own: Sequence[Token], text: str, *, iliac: bool) -> list[Saying]:
    own = [t for t in own if t.end <= passage.end]
    if passage.row is not None:
        return list(row_sayings(passage, own, text))
    return list(sayings_of(passage, own, text, iliac=iliac))


def _note_labels(passage: Passage, tokens: Sequence[Token], starts: Sequence[int], discourse: Discourse) -> None:
    """Read the labels a passage stands under, once each."""
    for span in (passage.line, passage.block):
        if span is None or span in discourse.label_places:
            continue
        inside = tokens[bisect.bisect_left(starts, span[0]) : bisect.bisect_left(starts, span[1])]
        sides = {t.value for t in inside if t.kind == "side"}
        named: tuple[Side, ...] = ()
        if len(sides) == 1:
            named = tuple(Side) if sides == {"bilateral"} else (Side(sides.pop()),)
        content = any(t.kind in ("lesion", "treatment") for t in inside) and span != passage.block
        places = [t for t in inside if t.kind in ("vessel", "short") and not content]
        specific = [t for t in places if not t.value.endswith("/")] or places
        found = tuple(
            (Territory(t.value.split("/")[0]), Vessel(v) if (v := t.value.split("/")[1]) else None, named)
            for t in specific
        )
        discourse.label_places[span] = tuple(dict.fromkeys(found))
        discourse.label_sides[span] = named


def _told(discourse: Discourse, text: str) -> list[Told]:
    """The statements gathered by vessel and leg, sides filled in where the whole note knows only one leg."""
    legs = {s.side for s in discourse.statements if s.side and (s.saying.lesions or s.saying.treatments)}
    only = legs.pop() if len(legs) == 1 else None
    rows: dict[tuple[Territory, Vessel | None, Side | None], list[Statement]] = {}
    for statement in discourse.statements:
        side = statement.side or only
        rows.setdefault((statement.territory, statement.vessel, side), []).append(statement)
    stented = any(("stent", How.DONE) in s.saying.treatments and s.sure for s in discourse.statements)
    out = [t for key, found in rows.items() if (t := _of_vessel(key, found, text)) is not None]
    loose = [s for s in discourse.loose if s.passage.section not in _NO_TREATMENT]
    stray = [s for s in loose if ("stent", How.DONE) in s.treatments]
    if stray and not stented:
        out = [_perhaps_stented(t, _quote(stray[0], text)) for t in out]
    return _specific(out)


def _specific(told: list[Told]) -> list[Told]:
    """Drop what only sums up ("iliac stenting") beside the arteries that were named for it."""
    out = []
    for t in told:
        if t.vessel is None:
            same = [o for o in told if o.vessel and o.territory is t.territory and (t.side in (None, o.side))]
            if any(o.treatment is t.treatment or o.treatment is Treatment.STENT for o in same):
                continue
        out.append(t)
    return out


def _perhaps_stented(told: Told, quote: Quote) -> Told:
    if told.treatment is not Treatment.ANGIOPLASTY:
        return told
    return _with(told, unclear=(*told.unclear, Treatment.STENT), quotes=(*told.quotes, quote))


def _with(told: Told, **more: object) -> Told:
    from dataclasses import replace

    return replace(told, **more)  # type: ignore[arg-type]


def _of_vessel(
    key: tuple[Territory, Vessel | None, Side | None], statements: Sequence[Statement], text: str
) -> Told | None:
    """One vessel's statements as what was done there; None where nothing was done, or nothing that is told."""
    acting = [s for s in statements if s.saying.passage.section not in _NO_TREATMENT]
    done = [s for s in acting if any(h is How.DONE for _, h in s.saying.treatments) and not _is_elsewhere(s)]
    open_ = [s for s in acting if any(h is How.DOUBTFUL for _, h in s.saying.treatments)]
    sure = {t for s in done if s.sure for t, h in s.saying.treatments if h is How.DONE}
    vague = {t for s in done if not s.sure for t, h in s.saying.treatments if h is How.DONE}
    vague |= {t for s in open_ for t, h in s.saying.treatments if h is How.DOUBTFUL}
    failed = [s for s in acting if s.saying.failed and s.sure]
    treatment = _strongest(sure)
    unclear = tuple(x for x in (_strongest(vague),) if x is not None and _outranks(x, treatment))
    if treatment is None and not unclear and "lithotripsy" not in sure:
        return None
    last = max((s.number for s in done), default=0)
    failure = next((s for s in failed if s.number > last or (s.number == last and not done)), None)
    quotes = [_quote(s.saying, text) for s in statements if s in done or s in open_]
    bridge = next((s for s in statements if s.saying.bridging and _joins(s.saying)), None)
    return Told(
        territory=key[0],
        vessel=key[1],
        side=key[2],
        treatment=treatment,
        quotes=tuple(dict.fromkeys(quotes)),
        lithotripsy="lithotripsy" in sure,
        lesions=tuple(_lesions(statements, text)),
        unclear=(*unclear, None) if treatment is None else unclear,
        failed=_quote(failure.saying, text) if failure else None,
        bridging=_quote(bridge.saying, text) if bridge else None,
        denied_stent=any(("stent", How.DENIED) in s.saying.treatments for s in acting),
    )


def _is_elsewhere(statement: Statement) -> bool:
    """True for a clause that is about a vein, an aneurysm or a device that occludes on purpose."""
    return bool(statement.saying.elsewhere & {"vein", "aneurysm", "trauma", "not-a-vessel"})


def _joins(saying: Saying) -> bool:
    """True for words that join two iliac arteries of one leg into one lesion."""
    vessels = {v for t, v, _ in saying.places if t is Territory.ILIAC and v is not None}
    return len(vessels) > 1


def _strongest(named: set[str]) -> Treatment | None:
    stent = bool(named & {"stent", "stent-atherectomy"})
    if "atherectomy" in named:
        return Treatment.STENT_ATHERECTOMY if stent else Treatment.ATHERECTOMY
    return Treatment.STENT if stent else Treatment.ANGIOPLASTY if "angioplasty" in named else None


def _outranks(found: Treatment, settled: Treatment | None) -> bool:
    return settled is None or (found is not settled and found is not Treatment.ANGIOPLASTY)


def _lesions(statements: Sequence[Statement], text: str) -> list[LesionSaid]:
    """What a note says of a vessel's lesion, firm statements first; what an indication says is only a hint."""
    out: list[LesionSaid] = []
    for s in statements:
        said = s.saying
        quote = _quote(said, text)
        kinds = said.lesions & {"stenosis", "occlusion", "subtotal"}
        weak = "indication" if said.passage.section in _WEAK else "" if s.sure else "uncertain"
        if "occlusion" in said.denied and not weak:
            out.append(LesionSaid(lesion=None, doubt="denied", quote=quote))
        if said.unsure:
            out.append(LesionSaid(lesion=None, doubt="uncertain", quote=quote))
        elif kinds == {"stenosis", "occlusion"}:
            out.append(LesionSaid(lesion=None, doubt=weak or "conflict", quote=quote))
        elif kinds:
            out.append(_lesion(said, kinds, weak, quote))
    return out


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
