"""What a note says of one vessel in one leg, gathered from its statements.

Knows what statements add up to: the strongest treatment, failures after it, lesions firm and in doubt.
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from cds_service.coding.anatomy import Side, Territory, Treatment, Vessel
from cds_service.fhir.notes.attempts import attempted
from cds_service.fhir.notes.lesions_told import ONLY_HINTS, LesionSaid, lesions_of
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How, in_case
from cds_service.fhir.notes.saying import OPENS_WITH_PART, Quote, quote_of
from cds_service.fhir.notes.stents_found import is_stent, is_title
from cds_service.fhir.notes.work_told import names_it, work_of
from cds_service.knowledge.cues import cue

SILENT = ("history", "plan", "consent")
NO_TREATMENT = (*SILENT, *ONLY_HINTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a note says of one vessel in one leg. None: it does not say.

    `treatment` is the strongest carried out; `unclear` names other treatments it may have been. `failed` quotes a
    failure told after it. `bridging` quotes words that join it to another vessel. `left_alone` quotes
    words that say it was not treated.
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
    spared_at: int = 0
    ballooned_too: bool = False
    other_side: Quote | None = None
    somehow: bool = False
    left_alone: Quote | None = None

    @property
    def is_ballooned(self) -> bool:
        """True for a balloon without a stent, also after an atherectomy."""
        return self.treatment is Treatment.ANGIOPLASTY or self.ballooned_too

    @property
    def is_treated(self) -> bool:
        """True when the text says, or may say, that something was done in this vessel."""
        return self.treatment is not None or bool(self.unclear) or self.lithotripsy or self.somehow


def _is_thought_of(statement: Statement) -> bool:
    """True for a stent that words speak of as an option, other than "if it recurs, it may need a stent later"."""
    said = statement.saying
    if ("stent", How.THOUGHT_OF) not in said.treatments or not statement.sure:
        return False
    return not (in_case(said.sentence) and _SOME_DAY.search(said.sentence))


_SOME_DAY = re.compile(
    r"\b(?:later|future|down\s+the\s+(?:road|line)|returns?|recurs?|re-?narrows?|re-?stenos\w*|comes?\s+back)\b", re.I
)


def of_vessel(
    key: tuple[Territory, Vessel | None, Side | None],
    statements: Sequence[Statement],
    text: str,
    *,
    elsewhere: bool,
    work_apart: bool,
) -> Told:
    """One vessel's statements as what was found and done there.

    `elsewhere`: another vessel got a stent. `work_apart`: the note tells what was done in a section of its own.
    """
    acting = [s for s in statements if s.saying.passage.section not in NO_TREATMENT]
    work = work_of(acting, elsewhere=elsewhere, work_apart=work_apart)
    done, sure = work.done, work.sure
    failed = [s for s in acting if s.saying.failed and s.sure and not _is_of_sound_part(s)]
    treatment = _strongest(sure)
    unclear = tuple(x for x in (_strongest(work.vague),) if x is not None and _outranks(x, treatment))
    failure = _failure(failed, done)
    quotes = _quotes({id(s) for s in (*done, *work.open)}, statements, text)
    thought = [s for s in acting if _is_thought_of(s)]
    without = [s.saying.start for s in acting if ("stent", How.DENIED) in s.saying.treatments]
    if treatment is Treatment.STENT and without and _is_only_listed(done, acting):
        treatment, unclear = Treatment.ANGIOPLASTY, (*unclear, Treatment.STENT)
    thought = ([] if without else thought) + [s for s in acting if _lies_in_it(s) or _is_in_stent_after(s, done)]
    after = treatment is Treatment.ATHERECTOMY and "angioplasty" in sure
    if thought and (treatment is Treatment.ANGIOPLASTY or after):
        unclear = (*unclear, Treatment.STENT)
        quotes = [*quotes, *(quote_of(s.saying, text) for s in thought)]
    if "unclear" in sure and treatment is None:
        unclear = (Treatment.ANGIOPLASTY, Treatment.STENT)
    if treatment is None and not unclear and (tried := _strongest(attempted(acting, text))) is not None:
        unclear, failure = (tried,), None
    if treatment is Treatment.ANGIOPLASTY or after:
        failure = failure or next((s for s in acting if _is_untouched(s)), None)
    return Told(
        territory=key[0],
        vessel=key[1],
        side=key[2],
        treatment=treatment,
        quotes=tuple(dict.fromkeys(quotes)),
        lithotripsy="lithotripsy" in sure,
        lesions=tuple(lesions_of(statements, text)),
        unclear=(*unclear, None) if treatment is None and unclear else unclear,
        failed=quote_of(failure.saying, text) if failure else None,
        bridging=next((quote_of(s.saying, text) for s in statements if s.saying.bridging), None),
        spared=bool(without),
        spared_at=max(without, default=0),
        ballooned_too=after,
    )


def _failure(failed: Sequence[Statement], done: Sequence[Statement]) -> Statement | None:
    """The failure that no work was told after."""
    last = max((s.number for s in done), default=0)
    return next((s for s in failed if s.number > last or (s.number == last and not done)), None)


def _is_only_listed(done: Sequence[Statement], acting: Sequence[Statement]) -> bool:
    """True for a stent of a log of devices, or of the title over what else is told of its vessel."""
    stents = [s for s in done if is_stent(s)]
    headed = any(s.saying.passage.line_number > 1 for s in acting if s not in stents)
    titled = [headed and is_title(s) and not _SIZE.search(s.saying.words) for s in stents]
    return all(t or s.saying.passage.section == "devices" for s, t in zip(stents, titled, strict=True))


def _is_untouched(statement: Statement) -> bool:
    """True for a vessel that is told as not ballooned; "patch not dilated" tells of the patch."""
    denied = ("angioplasty", How.DENIED) in statement.saying.treatments and statement.sure
    return denied and not _OF_SOMETHING_ELSE.match(statement.saying.words)


def _is_of_sound_part(statement: Statement) -> bool:
    """True for "the proximal external iliac, free of disease and untouched": the rest of it may have been treated."""
    return statement.saying.clear and bool(OPENS_WITH_PART.match(statement.saying.words))


_OF_SOMETHING_ELSE = re.compile(r"\W*(?:the\s+)?(?:patch|graft|anastomosis|profunda|origin|ostium)\b", re.IGNORECASE)


def _quotes(chosen: Container[int], statements: Sequence[Statement], text: str) -> list[Quote]:
    """The words of the statements whose ids are chosen; of the first one where none is."""
    return [quote_of(s.saying, text) for s in statements if id(s) in chosen] or [
        quote_of(s.saying, text) for s in statements[:1]
    ]


_SIZE, _LIES_IN = cue("device-size"), cue("stent-lies-in")


def _lies_in_it(statement: Statement) -> bool:
    """True for "the stent covers the common and the external iliac"."""
    said = statement.saying
    if ("stent", How.REFERRED) not in said.treatments or len(said.places) < 2 or not names_it(statement):
        return False
    return any(_LIES_IN.match(said.words[m.end() :]) for m in _STENT_WORD.finditer(said.words))


_STENT_WORD = re.compile(r"\bstent", re.IGNORECASE)


def _is_in_stent_after(statement: Statement, done: Sequence[Statement]) -> bool:
    """True for "in-stent residual 10 %", told of a vessel after the work on it: as if it had got a stent."""
    first = min((s.number for s in done), default=1_000_000)
    return statement.number > first and names_it(statement) and bool(_IN_STENT.search(statement.saying.words))


_IN_STENT = re.compile(r"\bin-?stent\b", re.IGNORECASE)


def _strongest(named: set[str]) -> Treatment | None:
    stent = bool(named & {"stent", "stent-atherectomy"})
    if "atherectomy" in named:
        return Treatment.STENT_ATHERECTOMY if stent else Treatment.ATHERECTOMY
    return Treatment.STENT if stent else Treatment.ANGIOPLASTY if "angioplasty" in named else None


def _outranks(found: Treatment, settled: Treatment | None) -> bool:
    return settled is None or (found is not settled and found is not Treatment.ANGIOPLASTY)
