"""Sessions as the reader hands them to the decision, from a seed: gaps, doubts, episodes, drafts, and what they prove.

Knows how a truth with open fields is written as facts. The decision is asked once and held to what the truth proves.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random

from cds_service.coding.anatomy import Lesion, Side
from cds_service.coding.decision import SessionDecision, decide_session
from cds_service.coding.facts import Doubt, DraftLine, QuestionCode, Session, SiteOfService, Timing, TreatedVessel
from cds_service.coding.findings import Change, ChangeKind
from cds_service.coding.lines import Status
from cds_service.knowledge import load
from tests.properties.oracle import ARGUED, TREATMENTS, fact
from tests.properties.truths import ILIAC, Sitting, Work, due_works, near_miss, works_of

KNOWLEDGE = load()
CODES = sorted(KNOWLEDGE.family | KNOWLEDGE.retired)
MODIFIERS = ("RT", "LT", "50", "59", "25", "51", "XS", "26")
QUESTIONS = {
    "side": QuestionCode.LATERALITY,
    "vessel": QuestionCode.VESSEL,
    "treatment": QuestionCode.TREATMENT,
    "lesion": QuestionCode.LESION_TYPE,
    "done": QuestionCode.CONFLICT,
}


def judged(seed: str) -> tuple[bool, str, list[str]]:
    """Whether 37257 was truly due, what the decision said, and every unit of it that is not proven."""
    random = Random(f"session {seed}")
    works = random.choice((works_of, due_works, due_works, near_miss))(random)
    for work in works:
        if random.random() < 0.25:
            work.open.add(random.choice(("side", "vessel", "treatment", "lesion", "lesion", "done")))
    parted = random.random() < 0.15 and len(works) > 1
    first = Sitting(day="", encounter="", works=works[:1] if parted else works)
    second = Sitting(day="", encounter="", works=works[1:] if parted else [])
    asked = _session(first, second, random)
    decided = decide_session(asked, KNOWLEDGE)
    may = _may(asked, first, second)
    faults = [
        f"session {seed}: {what} {dict(found)}, proven {dict(may)}"
        for what, found in asserted(decided)
        if any(found[side] > may[side] for side in Side)
    ]
    return bool(first.due() + second.due()), decided.answer.verdict.value, faults


def asserted(decided: SessionDecision) -> Iterator[tuple[str, Counter[Side]]]:
    """Every way in which a session asserts 37257, with the units by leg: its answer, its supported lines, the changes it
    offers. What names no leg is more than any truth proves.
    """
    lines = [x for x in decided.lines if x.code == ARGUED and x.status is Status.SUPPORTED]
    by_leg: Counter[Side] = Counter()
    for line in lines:
        by_leg += _of_leg(line.side, line.units)
    yield "line", by_leg
    if decided.answer.units != sum(x.units for x in lines) or (decided.answer.verdict == "yes") is not bool(lines):
        yield "answer without its line", _of_leg(None, 0)
    changes = {id(c): c for f in decided.findings for c in f.changes if asserts(c)}
    for change in changes.values():
        if change.line is not None and change.line.code == ARGUED:
            yield str(change.kind), _of_leg(change.line.side, change.units)


def _of_leg(side: Side | None, units: int) -> Counter[Side]:
    return Counter({side: units}) if side else Counter(dict.fromkeys(Side, 99))


def asserts(change: Change) -> bool:
    """True for a change that says a code is due, or due more often than it was drafted; taking units away says neither."""
    if change.kind is ChangeKind.RE_UNIT:
        return change.draft is None or change.units > change.draft.units
    return change.kind in (ChangeKind.ADD, ChangeKind.REPLACE, ChangeKind.RE_SIDE)


def _may(asked: Session, first: Sitting, second: Sitting) -> Counter[Side]:
    """What may be asserted: nothing before the family, of a plan, a cut list or without a date."""
    year = asked.date.year if asked.date else asked.year
    if year is None or year < 2026 or asked.timing is Timing.ANTICIPATED or asked.cut:
        return Counter()
    joined = first.proven(second.works)
    apart = first.proven() if asked.companions else first.proven() + second.proven()
    return joined & apart


def _session(first: Sitting, second: Sitting, random: Random) -> Session:
    own = [_recorded(w, random, i) for i, w in enumerate(first.works)]
    rest = [_recorded(w, random, 20 + i) for i, w in enumerate(second.works)]
    beside = bool(rest) and random.random() < 0.5
    later = () if beside else tuple(replace(f, episode=1) for f in rest)
    day = random.choice((date(2026, 3, 4), date(2026, 3, 4), date(2026, 1, 1), date(2025, 12, 31), None))
    treated = [*own, *later]
    random.shuffle(treated)
    return Session(
        encounter="Encounter/e",
        date=day,
        year=random.choice((None, 2026, 2025)) if day is None else None,
        timing=Timing.ANTICIPATED if random.random() < 0.04 else Timing.PERFORMED,
        treated=tuple(treated),
        companions=tuple(rest) if beside else (),
        site=SiteOfService(pos=random.choice((None, "21", "22", "24")), basis="not recorded"),
        draft=_draft(random),
        drafted=random.random() < 0.8,
        cut=random.random() < 0.04,
        draft_cut=random.random() < 0.04,
    )


def _recorded(work: Work, random: Random, number: int) -> TreatedVessel:
    """A work as the reader hands it over: an open field is missing, or stated with a doubt about it."""
    out = replace(fact(work.vessel, work.treatment, work.lesion, work.side), done=work.done)
    out = replace(out, evidence=(replace(out.evidence[0], resource=f"Procedure/p{number}"),))
    values = {"side": tuple(Side), "vessel": ILIAC, "treatment": TREATMENTS[work.territory], "lesion": tuple(Lesion)}
    for name in sorted(work.open):
        if name == "done" or (random.random() < 0.5 and (name != "vessel" or work.vessel in ILIAC)):
            choices = (True, False) if name == "done" else values[name]
            stated = random.choice(choices)
            doubt = Doubt(question=QUESTIONS[name], about=name, reason="conflict", values=tuple(choices))
            out = replace(out, **{name: stated}, doubts=(*out.doubts, doubt))
        else:
            out = replace(out, **{name: None})
    return out


def _draft(random: Random) -> tuple[DraftLine, ...]:
    out = []
    for number in range(random.choice((0, 0, 1, 2, 3, 4))):
        code = ARGUED if random.random() < 0.3 else random.choice(CODES)
        modifiers = tuple(random.sample(MODIFIERS, random.choice((0, 1, 1, 2))))
        side = Side.RIGHT if "RT" in modifiers else Side.LEFT if "LT" in modifiers else None
        out.append(
            DraftLine(
                code=code,
                units=random.choice((1, 1, 1, 2, 3)),
                modifiers=modifiers,
                side=side,
                resource=f"ChargeItem/c{number}",
                both_legs="50" in modifiers and side is None,
                can_carry_modifiers=random.random() < 0.7,
            )
        )
    return tuple(out)
