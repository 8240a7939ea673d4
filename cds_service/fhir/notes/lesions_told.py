"""What a note says of the lesion of one vessel in one leg, gathered from its statements.

Knows firm statements, hints and doubts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cds_service.coding.anatomy import Lesion
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.occasions import found_now, is_of_dated_study, is_of_study_before
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import Quote, Saying, quote_of
from cds_service.knowledge.cues import cue

ONLY_HINTS = ("indication",)
"""Sections whose lesions are hints of what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionSaid:
    """A lesion a note states of a vessel; `doubt` empty, or why it is not taken at its word."""

    lesion: Lesion | None
    doubt: str
    quote: Quote


def lesions_of(statements: Sequence[Statement], text: str) -> list[LesionSaid]:
    """What a note says of a vessel's lesion, firm statements first; what an indication says is only a hint."""
    out: list[LesionSaid] = []
    work = [s.number for s in statements if any(h is How.DONE for _, h in s.saying.treatments)]
    first = min(work, default=1_000_000)
    confirmed = any(_is_seen_before(s.saying) for s in statements) and _ALL_CONFIRMED.search(text) is not None
    for s in statements:
        said = s.saying
        if said.lesions == {"stenosis"} and (_is_found_otherwise(s, statements) or _is_one_of_two(s, statements)):
            continue
        quote = quote_of(said, text)
        kinds = said.lesions & {"stenosis", "occlusion", "subtotal"}
        if not s.sure and _is_known(kinds, out):
            continue
        hint = _is_seen_before(said) and not (confirmed or _CONFIRMED.search(said.sentence))
        hint = hint and not (kinds == {"occlusion"} and any(map(_is_recanalized, statements)))
        weak = "indication" if hint else "" if s.sure else "uncertain"
        if _contradicts(said) and not weak and s.number < first and not _is_worse(s, statements):
            out.append(LesionSaid(lesion=None, doubt="denied", quote=quote))
        if said.unsure:
            out.append(LesionSaid(lesion=None, doubt="uncertain", quote=quote))
        elif (
            kinds == {"stenosis", "occlusion"}
            or kinds & said.denied
            or (kinds == {"stenosis"} and said.passage.section == "impression" and _is_occluded(out))
        ):
            out.append(LesionSaid(lesion=None, doubt=weak or "conflict", quote=quote))
        elif kinds:
            out.append(_lesion(said, kinds, weak, quote))
    out = out or _known_only(statements, text)
    firm = [i for i, o in enumerate(out) if o.lesion is not None and not o.doubt]
    open_ = [i for i, o in enumerate(out) if o.doubt == "uncertain"]
    if firm and open_ and open_[-1] > firm[-1]:
        out = [replace(o, doubt="uncertain", lesion=None) if i in firm else o for i, o in enumerate(out)]
    if _has_old_stent(statements) or any(o.doubt == "in-stent" for o in out):
        inferred = [o for o in out if o.lesion is Lesion.OCCLUSION and not o.doubt]
        out = [replace(o, doubt="in-stent") if o in inferred else o for o in out]
    return out


_RECANALIZED = re.compile(r"\bre-?canali[sz](?:ed|ation|ing)\b", re.IGNORECASE)


def _is_recanalized(statement: Statement) -> bool:
    """True for "left external iliac recanalization and angioplasty": what a study had found closed was opened."""
    said = statement.saying
    done = any(h is How.DONE for _, h in said.treatments) and statement.sure
    named = any(v is statement.vessel for _, v, _ in said.places)
    return done and named and said.passage.section not in ONLY_HINTS and _RECANALIZED.search(said.words) is not None


_NAMED = re.compile(r"\b(?:occlusion|occluded|CTO|stenosis|stenosed|stenotic)\b", re.IGNORECASE)


def _known_only(statements: Sequence[Statement], text: str) -> list[LesionSaid]:
    """The lesion that work in a vessel speaks of as known, where nothing else is told: "through the occlusion"."""
    work = [s.saying for s in statements if s.sure and any(h is How.DONE for _, h in s.saying.treatments)]
    spoken = [said for said in work if said.definite & {"stenosis", "occlusion"} and _NAMED.search(said.words)]
    kinds = {x for said in spoken for x in said.definite}
    if len(kinds) != 1:
        return []
    return [LesionSaid(lesion=Lesion(kinds.pop()), doubt="", quote=quote_of(spoken[0], text))]


def _is_seen_before(said: Saying) -> bool:
    """True for a lesion of the indication or of an earlier study: a hint, unless it was seen at the work too."""
    return said.passage.section in ONLY_HINTS or (not said.treatments and is_of_dated_study(said.sentence))


_CONFIRMED, _ALL_CONFIRMED = cue("confirmed-there"), cue("findings-confirmed")


def _is_found_otherwise(before: Statement, statements: Sequence[Statement]) -> bool:
    """True for the stenosis of an earlier study where the work itself found an occlusion: the later finding stands."""
    if before.saying.treatments or not is_of_study_before(before.saying.sentence):
        return False
    later = [s.saying for s in statements if s.number > before.number and s.saying.lesions == {"occlusion"}]
    return any(found_now(said.sentence) >= 0 and not said.unsure for said in later)


_A_SECOND = re.compile(
    r"\W*(?:and\s+|then\s+|with\s+)*(?:an?\s+|the\s+)?(?:separate|second|tandem|further|distinct)\b", re.IGNORECASE
)


def _is_one_of_two(first: Statement, statements: Sequence[Statement]) -> bool:
    """True for the stenosis of a vessel of which a separate occlusion is told next: a vessel with both is occluded."""
    following = (s.saying for s in statements if s.number == first.number + 1)
    return any(s.lesions == {"occlusion"} and not s.unsure and _A_SECOND.match(s.words) for s in following)


_NEXT = 3
"""Signs between a sentence and the next one: what goes unread in between makes no difference."""


def _is_worse(denied: Statement, statements: Sequence[Statement]) -> bool:
    """True for "there is no stenosis as such; it is completely occluded": what is denied is less than what follows."""
    following = (s.saying for s in statements if 0 <= s.saying.start - denied.saying.end <= _NEXT)
    return denied.saying.denied == {"stenosis"} and any(s.lesions == {"occlusion"} and not s.unsure for s in following)


def _is_known(kinds: frozenset[str], said: Sequence[LesionSaid]) -> bool:
    """True for a lesion that may be another vessel's, where the last firm word on this one called it just that."""
    firm = [x.lesion for x in said if x.lesion is not None and not x.doubt]
    return bool(firm) and kinds == {firm[-1].value if firm[-1] else ""}


def _is_occluded(said: Sequence[LesionSaid]) -> bool:
    """True where the last firm word on a lesion was that it is an occlusion."""
    firm = [x.lesion for x in said if x.lesion is not None and not x.doubt]
    return bool(firm) and firm[-1] is Lesion.OCCLUSION


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


def _has_old_stent(statements: Sequence[Statement]) -> bool:
    """True when the note names a stent that was there before the work of today."""
    work = [s.number for s in statements if any(h is How.DONE for _, h in s.saying.treatments)]
    first = min(work, default=1_000_000)
    old = [s for s in statements if ("stent", How.OLD) in s.saying.treatments and s.saying.places]
    return any(s.number <= first and s.saying.after_words(_LONG_THERE) for s in old)


_LONG_THERE = cue("long-there")
