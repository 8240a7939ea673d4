"""What a note says of one vessel in one leg, gathered from its statements.

Knows what statements add up to: the strongest treatment, failures after it, lesions firm and in doubt.
"""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Lesion, Side, Territory, Treatment, Vessel
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Quote, Saying
from cds_service.knowledge.cues import cue

SILENT = ("history", "plan", "consent")
_WEAK = ("indication",)
NO_TREATMENT = (*SILENT, *_WEAK)


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


def of_vessel(
    key: tuple[Territory, Vessel | None, Side | None], statements: Sequence[Statement], text: str, *, elsewhere: bool
) -> Told:
    """One vessel's statements as what was found and done there."""
    acting = [s for s in statements if s.saying.passage.section not in NO_TREATMENT]
    done = [s for s in acting if any(h is How.DONE for _, h in s.saying.treatments) and not _is_elsewhere(s)]
    open_ = [s for s in acting if any(h is How.DOUBTFUL for _, h in s.saying.treatments)]
    sure = _named((s for s in done if s.sure), How.DONE)
    vague = _named((s for s in done if not s.sure), How.DONE) | _named(open_, How.DOUBTFUL)
    denied = [s for s in acting if ("stent", How.DENIED) in s.saying.treatments and s.sure]
    if elsewhere and "stent" in sure and _is_overruled([s for s in done if is_stent(s)], denied):
        sure, vague = sure - {"stent"}, vague - {"stent"}
        done = [s for s in done if not is_stent(s)]
    if denied and "unclear" in sure and not sure & {"stent", "angioplasty", "atherectomy"}:
        sure = {*sure, "angioplasty"}
    failed = [s for s in acting if s.saying.failed and s.sure]
    treatment = _strongest(sure)
    unclear = tuple(x for x in (_strongest(vague),) if x is not None and _outranks(x, treatment))
    last = max((s.number for s in done), default=0)
    failure = next((s for s in failed if s.number > last or (s.number == last and not done)), None)
    quotes = _quotes({id(s) for s in (*done, *open_)}, statements, text)
    thought = [s for s in acting if ("stent", How.THOUGHT_OF) in s.saying.treatments and s.sure]
    spared = any(("stent", How.DENIED) in s.saying.treatments for s in acting)
    logged = [s for s in done if ("stent", How.DONE) in s.saying.treatments]
    if treatment is Treatment.STENT and spared and all(s.saying.passage.section == "devices" for s in logged):
        treatment, unclear = Treatment.ANGIOPLASTY, (*unclear, Treatment.STENT)
    thought = ([] if spared else thought) + [s for s in acting if _lies_in_it(s)]
    if thought and treatment is Treatment.ANGIOPLASTY:
        unclear = (*unclear, Treatment.STENT)
        quotes = [*quotes, *(quote_of(s.saying, text) for s in thought)]
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
        failed=quote_of(failure.saying, text) if failure else None,
        bridging=quote_of(bridge.saying, text) if bridge else None,
        spared=spared,
        ballooned_too=treatment is Treatment.ATHERECTOMY and "angioplasty" in sure,
    )


def _named(statements: Iterable[Statement], how: How) -> set[str]:
    """The treatments named so."""
    return {t for s in statements for t, h in s.saying.treatments if h is how}


def _is_overruled(stents: Sequence[Statement], denied: Sequence[Statement]) -> bool:
    """True for stents that no words name this vessel for, and that were denied here afterwards."""
    last = max((s.number for s in denied), default=0)
    return bool(denied) and not any(s.number > last or names_it(s) for s in stents)


def _quotes(chosen: Container[int], statements: Sequence[Statement], text: str) -> list[Quote]:
    """The words of the statements whose ids are chosen; of the first one where none is."""
    return [quote_of(s.saying, text) for s in statements if id(s) in chosen] or [
        quote_of(s.saying, text) for s in statements[:1]
    ]


_LIES_IN = cue("stent-lies-in")


def _lies_in_it(statement: Statement) -> bool:
    """True for "the stent covers the common and the external iliac"."""
    said = statement.saying
    if ("stent", How.REFERRED) not in said.treatments or len(said.places) < 2 or not names_it(statement):
        return False
    return any(_LIES_IN.match(said.words[m.end() :]) for m in _STENT_WORD.finditer(said.words))


_STENT_WORD = re.compile(r"\bstent", re.IGNORECASE)


def _is_elsewhere(statement: Statement) -> bool:
    """True for a clause that is about a vein, an aneurysm or a device that occludes on purpose."""
    return bool(statement.saying.elsewhere & {"vein", "aneurysm", "trauma", "not-a-vessel"})


def is_stent(statement: Statement) -> bool:
    """True for a clause that tells of a stent placed."""
    return ("stent", How.DONE) in statement.saying.treatments


def names_it(statement: Statement) -> bool:
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
        quote = quote_of(said, text)
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
    firm = [i for i, o in enumerate(out) if o.lesion is not None and not o.doubt]
    open_ = [i for i, o in enumerate(out) if o.doubt == "uncertain"]
    if firm and open_ and open_[-1] > firm[-1]:
        out = [replace(o, doubt="uncertain", lesion=None) if i in firm else o for i, o in enumerate(out)]
    if old_stent or any(o.doubt == "in-stent" for o in out):
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


def quote_of(saying: Saying, text: str) -> Quote:
    """The sentence a saying stands in; of a long one, the clause."""
    start, end = saying.passage.start, saying.passage.end
    if end - start > 240:
        start, end = saying.start, min(saying.end, saying.start + 240)
    while start < end and text[start].isspace():
        start += 1
    return Quote(start=start, end=end, words=text[start:end].rstrip())
