"""What work the statements of one vessel add up to: what was surely done there, and what perhaps was.

Knows treatments told, denied, summed up and taken back. What a vessel's statements say besides is `told`'s business.
"""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from cds_service.fhir.notes.attempts import sums_up_failure
from cds_service.fhir.notes.memory import Statement
from cds_service.fhir.notes.polarity import How
from cds_service.fhir.notes.saying import OPENS_WITH_PART
from cds_service.fhir.notes.stents_found import is_found, is_joint, is_only_reworked, is_only_summed_up, is_stent
from cds_service.knowledge.cues import cue


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Statements of what was done, and of what perhaps was; treatments that are sure and those that are not."""

    done: list[Statement]
    open: list[Statement]
    sure: set[str]
    vague: set[str]


def work_of(acting: Sequence[Statement], *, elsewhere: bool, work_apart: bool) -> Work:
    """The work told of one vessel.

    `elsewhere`: another vessel got a stent. `work_apart`: the note tells what was done in a section of its own.
    """
    done = [s for s in acting if is_treated(s) and not _is_elsewhere(s)]
    if elsewhere and any(map(_is_ballooned_only, done)):
        done = [s for s in done if not (is_stent(s) and is_joint(s))]
    open_ = [s for s in acting if any(h is How.DOUBTFUL for _, h in s.saying.treatments)]
    sure = _named((s for s in done if s.sure), How.DONE)
    if "stent" in sure and is_only_reworked(acting):
        sure = sure - {"stent"} | {"angioplasty"}
    vague = _named((s for s in done if not s.sure), How.DONE) | _named(open_, How.DOUBTFUL)
    if "stent" in sure and (
        is_only_summed_up(acting) or (work_apart and all(is_found(s) for s in done if is_stent(s)))
    ):
        sure, vague = sure - {"stent"}, vague | {"stent"}
    if any(sums_up_failure(s, done) for s in acting):
        sure, vague = set(), vague | sure
    if sure == {"lithotripsy"} and any(_SIZE.search(s.saying.words) for s in done):
        sure = {*sure, "angioplasty"}
    if _is_taken_back(open_, acting):
        vague = vague - {"stent"}
    denied = [s for s in acting if ("stent", How.DENIED) in s.saying.treatments and s.sure]
    named = {s.number + 1 for s in acting if names_it(s) and len(s.saying.places) == 1}
    whole = [s for s in denied if not OPENS_WITH_PART.match(s.saying.words)]
    if elsewhere and "stent" in sure and _is_overruled([s for s in done if is_stent(s)], whole, named):
        of_part = any(is_stent(s) and _OF_PART.search(s.saying.words) for s in done)
        sure, vague = sure - {"stent"}, vague | {"stent"} if of_part else vague - {"stent"}
        done = [s for s in done if not is_stent(s)]
    if denied and "unclear" in sure and not sure & {"stent", "angioplasty", "atherectomy"}:
        sure = {*sure, "angioplasty"}
    return Work(done=done, open=open_, sure=sure, vague=vague)


def _is_taken_back(doubtful: Sequence[Statement], acting: Sequence[Statement]) -> bool:
    """True for "a Viabahn was brought to the table", where "the Viabahn was not inserted" follows in the account."""
    brought = [s for s in doubtful if ("stent", How.DOUBTFUL) in s.saying.treatments]
    after = [s.saying for s in acting if ("stent", How.DENIED) in s.saying.treatments and s.sure]
    return bool(brought) and all(
        _BROUGHT.search(s.saying.words)
        and any(said.start > s.saying.start and _NOT_PUT_IN.search(said.words) for said in after)
        for s in brought
    )


_BROUGHT = re.compile(r"\b(?:opened|brought|prepared|prepped|pulled|unpacked|selected|requested)\b", re.IGNORECASE)
_NOT_PUT_IN = cue("not-used")


def _is_ballooned_only(statement: Statement) -> bool:
    """True for "6 mm balloon in the EIA, no stent"."""
    said = statement.saying
    return {("angioplasty", How.DONE), ("stent", How.DENIED)} <= said.treatments and statement.sure


_OF_PART = re.compile(r"\b(?:distal|proximal|upper|lower|mid\w*)\s+(?:half|third|part|portion|segment|end)\b", re.I)
_SIZE = cue("device-size")


def _named(statements: Iterable[Statement], how: How) -> set[str]:
    """The treatments named so."""
    return {t for s in statements for t, h in s.saying.treatments if h is how}


def _is_overruled(stents: Sequence[Statement], denied: Sequence[Statement], named: Container[int]) -> bool:
    """True for stents that no words name this vessel for, nor the words before, and that were denied afterwards."""
    last = max((s.number for s in denied), default=0)
    kept = [s for s in stents if names_it(s) or (s.number in named and _MEANS_IT.match(s.saying.words))]
    return bool(denied) and not kept and not any(s.number > last for s in stents)


_MEANS_IT = re.compile(
    r"[^.;]*\b(?:placed|deployed|implanted|put)\s+there\b|\W*(?:and\s+|then\s+)?(?:it|this(?=\s+(?:was|got|is|has|had|then|received|underwent|needed|required|took)\b)|(?:the|this|that)\s+(?:lesion|occlusion|stenosis|narrowing|vessel|artery|segment))\b",
    re.IGNORECASE,
)


def _is_elsewhere(statement: Statement) -> bool:
    """True for a clause that is about a vein, an aneurysm or a device that occludes on purpose."""
    return bool(statement.saying.elsewhere & {"vein", "aneurysm", "trauma", "not-a-vessel"})


def is_treated(statement: Statement) -> bool:
    """True for a clause that tells of any treatment carried out."""
    return any(how is How.DONE for _, how in statement.saying.treatments)


def names_it(statement: Statement) -> bool:
    """True when the words themselves name the vessel, rather than mean it."""
    return any(v is statement.vessel for _, v, _ in statement.saying.places)
