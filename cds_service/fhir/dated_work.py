"""Work that a text dates, in passing, on another day of the stay than the act that records it: a question of sessions.

Knows dates beside short phrases. Which of the two is right is for people.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cds_service.coding.anatomy import Side, Treatment, Vessel
from cds_service.coding.facts import Doubt, Evidence, QuestionCode, TreatedVessel
from cds_service.fhir.accounts import Account
from cds_service.fhir.contradictions import STENTS
from cds_service.fhir.dates import Span
from cds_service.fhir.phrases import read_clauses
from cds_service.fhir.vocabulary import Vocabulary
from cds_service.fhir.written_days import partial_days
from cds_service.knowledge.quick import quick

_SENTENCE = re.compile(r"[^.;\n]{1,300}")
_OF_THE_WORK = re.compile(
    r"(?:(?:\b(?:done|performed|placed|treated|stented|ballooned|dilated|carried\s+out|underwent|took\s+place)\s+)?\bon"
    r"|[(,]|\byesterday,?|\btoday,?|\bdated)\s{0,3}$",
    re.IGNORECASE,
)
_EXAMINED = quick(
    r"\b(?:duplex|ultraso\w+|CTA|MRA|CT|angiogra\w*|follow-?up|seen|visit\w*|ABI|imag\w+|review\w*|plan\w*|schedul\w*|will)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A treatment of one vessel that a text dates; `days` are both readings where month or day may come first."""

    vessel: Vessel
    side: Side
    stented: bool
    days: tuple[date, ...]
    quote: Evidence


def dated_work(accounts: Sequence[Account], stay: Span | None, vocabulary: Vocabulary) -> list[Dated]:
    """What the texts of a stay of several days say was done on a day of it."""
    if stay is None or stay[0] == stay[1]:
        return []
    return [d for a in accounts if a.source.signed and not a.source.forward for d in _dated(a, stay, vocabulary)]


def _dated(account: Account, stay: Span, vocabulary: Vocabulary) -> Iterator[Dated]:
    source = account.source
    for sentence in _SENTENCE.finditer(source.text):
        said = sentence.group()
        dates = [d for d in partial_days(said, stay[0].year) if _OF_THE_WORK.search(said, 0, d[0])]
        if len(dates) != 1 or _EXAMINED.search(said):
            continue
        days = tuple(d for d in dates[0][2] if stay[0] <= d <= stay[1])
        clauses = [c for c in read_clauses(said.strip(), vocabulary.lexicon) if c.treatments and c.places]
        if not days or len(clauses) != 1 or len(clauses[0].places) != 1 or clauses[0].scopes:
            continue
        _, vessel, sides = clauses[0].places[0]
        if vessel is None or len(sides) != 1:
            continue
        evidence = Evidence(
            resource=source.entry.ref, path=source.path, quote=said.strip(), date="", offset=sentence.start()
        )
        stented = bool(clauses[0].treatments & STENTS)
        yield Dated(vessel=vessel, side=sides[0], stented=stented, days=days, quote=evidence)


def with_other_days(
    facts: tuple[TreatedVessel, ...], day: date | None, said: Sequence[Dated]
) -> tuple[TreatedVessel, ...]:
    """The facts of a day, in doubt where a text dates just this work, and not on this day, otherwise."""
    if day is None or not said:
        return facts
    return tuple(_asked(fact, day, said) for fact in facts)


def _asked(fact: TreatedVessel, day: date, said: Sequence[Dated]) -> TreatedVessel:
    stented = fact.treatment in (Treatment.STENT, Treatment.STENT_ATHERECTOMY)
    own = [d for d in said if d.vessel is fact.vessel and d.side is fact.side and d.stented is stented]
    if not own or any(day in d.days for d in own):
        return fact
    doubt = Doubt(
        question=QuestionCode.SESSION,
        about="done",
        reason="date-unknown",
        values=(True,),
        indicators=(*fact.evidence[:1], own[0].quote),
    )
    return replace(fact, done=False, doubts=(*fact.doubts, doubt))
