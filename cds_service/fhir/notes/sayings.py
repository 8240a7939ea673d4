"""What one sentence of a note says: its clauses, each with the places, lesions and treatments it names.

Knows passages and tokens. What "it" or "the lesion" stands for is the discourse's business.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cds_service.fhir.notes.anchors import (
    anchors_in,
    is_anchor,
    is_passing,
    places_in,
    spoken_both,
    with_other_side,
)
from cds_service.fhir.notes.asides import is_result
from cds_service.fhir.notes.clauses import THERE, Part
from cds_service.fhir.notes.forms import answered_questions, ticked_options
from cds_service.fhir.notes.joining import is_bridging, runs_past_origin
from cds_service.fhir.notes.kissing import COMMON, kissed, with_kissing
from cds_service.fhir.notes.layout import Passage
from cds_service.fhir.notes.legs import places_named, sides_in, topics_of
from cds_service.fhir.notes.lesion_words import is_told_of_today, lesions_said
from cds_service.fhir.notes.naming import NUMBER, key_in
from cds_service.fhir.notes.occasions import found_as_known, is_long_ago
from cds_service.fhir.notes.partition import (
    done_as_well,
    parts_of_sentence,
    shares_lesion,
    shares_treatment,
)
from cds_service.fhir.notes.plurals import counted_plural, done_to_all, shared_plural
from cds_service.fhir.notes.polarity import How, how, in_case
from cds_service.fhir.notes.ranks import treatments_in_order
from cds_service.fhir.notes.rare import rare
from cds_service.fhir.notes.saying import Saying
from cds_service.fhir.scopes import is_denied
from cds_service.knowledge.cues import cue
from cds_service.knowledge.terms import Token

_OF_EACH = re.compile(r"\b(?:of|to|in|for)\s+(?:each|both|all(?:\s+(?:of\s+them|three))?)\s*[(:]", re.IGNORECASE)
_SIZE_FOR = re.compile(
    r"[,;&+]\s*(?:and\s+)?\d{1,2}(?:\.\d)?\s*[x×/]\s*\d{2,3}\s*(?:mm\s*)?(?:(?:to|in|for)\s+)?(?:the\s+)?(?:[LR]\s+)?$"
)
_FAILED = rare("not-crossed")
_INTENDED = rare("intended")
_SPARED = rare("spared")
_DEVICE_SIZE = cue("device-size")
_PURPOSE = re.compile(r"\bso\s+(?:that|as\s+to)\b", re.IGNORECASE)
_SIZED_NAME = re.compile(r"\d\s*[x×]\s*\d{2,3}(?:\s*mm)?\s+[A-Z][a-z][\w-]{2,}(?!\s+(?:sheath|catheter|introducer))")
_SIZED_ALONE = cue("sized-alone")
_TOGETHER = cue("together")
_INFLOW = cue("inflow-besides")
_SPECIAL = cue("special-balloon")
_KIND = 16  # letters of "drug-coated" and the like
_PUT_IN = cue("size-put-in")
_ASIDE = re.compile(r"\s*\([^()]*\)")  # what stands in parentheses is said of the word before it


def sayings_of(passage: Passage, tokens: Sequence[Token], text: str, *, iliac: bool) -> Iterator[Saying]:
    """The clauses of a passage; `tokens` are the whole text's within it. `iliac`: short names mean iliac arteries."""
    sentence = text[passage.start : passage.end]
    cues, at = passage.cues, passage.start
    numbered = NUMBER.find(sentence, cues, at) and key_in(sentence)
    if not (tokens or numbered or _FAILED.find(sentence, cues, at) or _SPARED.find(sentence, cues, at)):
        return
    own = [t.within(passage.start) for t in tokens if t.kind != "short" or iliac]
    sentence, own = ticked_options(sentence, own)
    own = _with_own_referents(sentence, [spoken_both(t, sentence, own) for t in own])
    bridge = any(t.value == "bridging" for t in own) and is_bridging(sentence, own)
    named = places_in(sentence, own)
    anchors = [t for t in named if not is_passing(sentence, t, own)]
    bridge |= len(anchors) < len(named) and runs_past_origin(sentence, named, [t for t in own if t.kind == "lesion"])
    anchors = anchors_in(sentence, own, named, anchors)
    own = [t for t in own if not is_anchor(t) or t in anchors]
    own, anchors = with_kissing(sentence, *with_other_side(sentence, own, anchors))
    ordered = treatments_in_order(sentence, own, anchors)
    if ordered:
        yield from _in_order(passage, sentence, own, ordered)
        return
    several = shared_plural(sentence, own)
    before: Saying | None = None
    of_each = _is_done_to_each(sentence, own)
    to_all, pair = done_to_all(sentence, own, anchors), kissed(sentence, own, anchors)
    for part in parts_of_sentence(sentence, own, anchors):
        said = answered_questions(saying_of(passage, sentence, part, own, lead=text[passage.lead : passage.end]), text)
        if before is not None and part.anchors and not any(h is How.DONE for _, h in said.treatments):
            head = sentence[: part.anchors[0].start]
            summed_up = all(v is None for _, v, _ in before.places) and ":" in head and not THERE.search(head)
            sized = bool(_SIZE_FOR.search(sentence, 0, part.anchors[0].start))
            if of_each or sized or shares_treatment(sentence, part) or (summed_up and before.places):
                said = replace(said, treatments=before.treatments)
        if before is not None and part.anchors and shares_lesion(sentence, part):
            said = replace(said, lesions=said.lesions or before.lesions, clear=said.clear and not before.lesions)
        if before is not None and part.anchors and done_as_well(sentence, part):
            said = replace(said, treatments=said.treatments | {x for x in before.treatments if x[1] is How.DONE})
        if to_all and part.anchors and (before is None or part.tokens[0].kind != "treatment"):
            said = replace(said, treatments=said.treatments | to_all)
        if pair and not said.treatments and any(a.value == COMMON for a in part.anchors):
            said = replace(said, treatments=pair)
        before = said = replace(said, bridging=True) if bridge and not said.bridging else said
        if several:
            said = replace(said, several=counted_plural(sentence, several))
        bare = said.places and not said.lesions | said.denied | said.unsure
        bare = bare and not (part.anchors and _SOUND.search(sentence, 0, part.anchors[0].start))
        yield replace(said, lesions=said.lesions | several) if several and bare else said


def _in_order(passage: Passage, sentence: str, tokens: Sequence[Token], ordered: Sequence[Token]) -> Iterator[Saying]:
    """One saying for each of the treatments told in the order of the vessels."""
    for number, token in enumerate(ordered):
        said = saying_of(passage, sentence, Part(tokens=(token,), anchors=()), tokens)
        yield replace(said, refers=frozenset(), rank=(number, len(ordered)))


def _with_own_referents(sentence: str, tokens: list[Token]) -> list[Token]:
    """The tokens less what refers to nothing treated: "so that both ...", "both inflated together"."""
    if not any(t.kind == "refer" for t in tokens):
        return tokens
    purpose = _PURPOSE.search(sentence)
    end = purpose.start() if purpose else len(sentence)
    return [t for t in tokens if t.kind != "refer" or (t.start < end and not _TOGETHER.match(sentence[t.end :]))]


_SOUND = re.compile(
    r"\b(?:patent|normal|healthy|un-?involved|spared)\s+(?:(?:upper|lower|proximal|distal|mid|left|right|[LR])\s+){0,2}$",
    re.IGNORECASE,
)


def _is_done_to_each(sentence: str, tokens: Sequence[Token]) -> bool:
    """True for "each was dilated ..." and "angioplasty of each (...)"."""
    done = next((t.start for t in tokens if t.kind == "treatment"), 0)
    first = any(t.kind == "refer" and t.value == "each" and t.end <= done for t in tokens)
    return first or bool(_OF_EACH.search(sentence, done))


def _is_special(treatment: Token, sentence: str) -> bool:
    """True for a balloon of a kind, such as a coated one: without it, a plain one may have been used."""
    return bool(_SPECIAL.search(sentence, max(0, treatment.start - _KIND), treatment.end))


def _treatments_said(
    part: Part, tokens: Sequence[Token], clause: tuple[int, int], *, passage: Passage, sentence: str, lead: str
) -> frozenset[tuple[str, How]]:
    """The treatments a clause names or implies: "left bare", a size that was "put in"."""
    words = sentence[slice(*clause)]
    named = [t for t in part.tokens if t.kind == "treatment"]
    told = [(t, how(t, tokens, clause, sentence, lead=lead)) for t in named]
    treatments = {(t.value, h) for t, h in told if h is not How.DENIED or not _is_no_denial(t, sentence)}
    if _PUT_IN.search(words) and not any(t.value == "stent" for t in named):
        treatments.add(("stent", How.DOUBTFUL))
    if _SPARED.search(words, passage.cues) and not _INTENDED.search(sentence, passage.cues):
        treatments.add(("stent", How.DENIED))
    return frozenset(treatments)


def _is_no_denial(treatment: Token, sentence: str) -> bool:
    """True where what is denied is a balloon of some kind, or something after "the balloon result was such that"."""
    balloon = treatment.value == "angioplasty"
    return _is_special(treatment, sentence) or (balloon and is_result(sentence[treatment.end :]))


def _elsewhere(part: Part, tokens: Sequence[Token], sentence: str) -> frozenset[str]:
    """What a clause is about that is no artery of a leg, the way in left out and what it denies."""
    away = [
        t for t in part.tokens if t.kind == "away" and t.value != "access" and not _TO_COME.search(sentence, 0, t.start)
    ]
    return frozenset(t.value for t in away) - {t.value for t in away if is_denied(t, tokens, sentence)}


_TO_COME = re.compile(
    r"\b(?:because\s+of|due\s+to|given|owing\s+to|in\s+view\s+of|ahead\s+of|awaiting|pending)\s+(?:(?:the|an?|any|his|her)\s+)?"
    r"(?:planned|possible|potential|future|later|upcoming|forthcoming)\b[^.;]{0,25}$",
    re.IGNORECASE,
)
_PUT_OFF = re.compile(r"(?:was|were|then|and)\b", re.IGNORECASE)


def _is_failed(words: str, passage: Passage, treatments: frozenset[tuple[str, How]]) -> bool:
    """True for a vessel that was not crossed or given up; a stent that "was deferred" is no such vessel."""
    found = _FAILED.search(words, passage.cues)
    if found is None or found_as_known(words, passage.section):
        return False
    only_stents = bool(treatments) and all(t == "stent" and h is How.DENIED for t, h in treatments)
    return not (only_stents and _PUT_OFF.match(found.group()))


_TOOK_ON = re.compile(
    r"\W*(?:(?:then|next|first|so)\s+)?(?:I|we)\s+(?:then\s+|next\s+|first\s+)?(?:went\s+(?:for|after)|started\s+(?:with|in|on)"
    r"|began\s+(?:with|in)|turned\s+to|addressed|tackled|took\s+on|moved\s+(?:on\s+)?to|worked\s+on|attacked)\b",
    re.IGNORECASE,
)
"""Words that begin work on an artery: whatever is open in it, it is what follows is about."""


def saying_of(passage: Passage, sentence: str, part: Part, tokens: Sequence[Token], *, lead: str = "") -> Saying:
    """What one clause says; `tokens` are those of the whole sentence."""
    start = min((t.start for t in part.tokens), default=0)
    begin = max((t.end for t in tokens if t.end <= start), default=0)
    begin = aside.end() if begin and (aside := _ASIDE.match(sentence, begin, start)) else begin
    last = max((t.end for t in part.tokens), default=len(sentence))
    end = min((t.start for t in tokens if t.start >= last), default=len(sentence))
    clause = (begin, end)
    words = sentence[begin:end]
    lesions = [t for t in part.tokens if t.kind == "lesion" and is_told_of_today(t, tokens, sentence)]
    treatments = _treatments_said(part, tokens, clause, passage=passage, sentence=sentence, lead=lead)
    if in_case(sentence):
        lesions = []
    firm, denied, unsure, definite = lesions_said(sentence, part, tokens, lesions, section=passage.section)
    worked = any(t.kind == "work" for t in part.tokens)
    bare = not treatments or (worked and treatments == {("stent", How.DENIED)} and bool(_SIZED_NAME.search(words)))
    if treatments == {("stent", How.DENIED)} and (part.anchors or worked) and _SIZED_ALONE.search(words):
        treatments |= {("angioplasty", How.DONE)} if passage.section not in ("findings", "devices") else set()
    if bare and part.anchors and firm and _DEVICE_SIZE.search(words):
        treatments |= {("unclear", How.DONE)}
    if treatments and all(h is How.OLD for _, h in treatments) and is_long_ago(sentence):
        firm, definite = set(), set()
    if ("stent", How.OLD) in treatments and firm & {"occlusion", "stenosis"}:
        firm.add("in-stent")
    elsewhere, worked_on = _elsewhere(part, tokens, sentence), any(h is How.DONE for _, h in treatments)
    if "open-surgery" in elsewhere and part.anchors and not _INFLOW.search(sentence[: part.anchors[0].start]):
        treatments = frozenset((t, How.DOUBTFUL if h is How.DONE else h) for t, h in treatments)
    return Saying(
        passage=passage,
        start=passage.start + (begin if part.tokens else 0),
        end=passage.start + end,
        words=words,
        sentence=sentence,
        places=tuple(dict.fromkeys(places_named(sentence, part))),
        sides=sides_in(part.tokens) or sides_in(tokens),
        treatments=treatments,
        lesions=frozenset(firm),
        denied=frozenset(denied),
        unsure=frozenset(unsure),
        definite=frozenset(definite),
        refers=frozenset(t.value for t in part.tokens if t.kind == "refer"),
        clear=any(t.kind == "state" for t in part.tokens) and not (firm or worked_on or _TOOK_ON.match(sentence)),
        failed=_is_failed(words, passage, treatments),
        worked=worked,
        bridging=is_bridging(sentence, tokens),
        topics=topics_of(sentence, tokens),
        elsewhere=elsewhere,
    )
