"""Which payer policies may be named: by payer, line of business, day of service, and what was done."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from cds_service.coding.anatomy import Lesion, Side, Territory, Treatment, Vessel
from cds_service.coding.codes import PolicyNote
from cds_service.coding.facts import (
    Evidence,
    LineOfBusiness,
    Payer,
    PayerIdentity,
    Session,
    SiteOfService,
    Timing,
    TreatedVessel,
)
from cds_service.coding.policy_notes import policies_for
from cds_service.knowledge import load

DAY = date(2026, 3, 4)
MEDICARE, AETNA, BCBS, CIGNA, UHC, OTHER = PayerIdentity
BRANDS = (AETNA, BCBS, CIGNA, UHC)
LINE = LineOfBusiness
UNDER_MEDICARE = {LINE.MEDICARE, LINE.MEDICARE_ADVANTAGE, LINE.MEDICARE_SUPPLEMENT, LINE.DUAL}


def note(name: str, payer: PayerIdentity, *lines: LineOfBusiness, **more: Any) -> PolicyNote:
    """A verified note in force in the whole of 2026."""
    given = {
        "treatments": frozenset({Treatment.ANGIOPLASTY, Treatment.STENT}),
        "contractor": "",
        "seen": date(2026, 1, 1),
        "review_by": date(2026, 12, 31),
        "effective_from": date(2026, 1, 1),
        "effective_to": None,
        "verified": True,
        **more,
    }
    words = {"policy": name, "number": "", "publisher": name, "text": f"{name}.", "source": "cms-ncd-20-7"}
    return PolicyNote(id=name, payer=payer, lines=frozenset(lines), **words, **given)


NOTES = (
    *(note(f"{b}-commercial", b, LINE.COMMERCIAL) for b in BRANDS),
    *(note(f"{b}-advantage", b, LINE.MEDICARE_ADVANTAGE) for b in BRANDS),
    note("national", MEDICARE, *UNDER_MEDICARE),
)


def vessel(treatment: Treatment | None = Treatment.STENT, **more: Any) -> TreatedVessel:
    """A service in the right common iliac artery unless told otherwise."""
    given: dict[str, Any] = {"territory": Territory.ILIAC, "vessel": Vessel.COMMON_ILIAC, **more}
    quoted = (Evidence(resource="Procedure/p1", path="Procedure.note[0]", quote="stent"),)
    return TreatedVessel(side=Side.RIGHT, treatment=treatment, lesion=Lesion.STENOSIS, evidence=quoted, **given)


def payer(identity: PayerIdentity, line: LineOfBusiness) -> Payer:
    return Payer(identity=identity, line=line, basis="test")


def shown(payers: Iterable[Payer], notes: tuple[PolicyNote, ...] = NOTES, **more: Any) -> list[str]:
    given: dict[str, Any] = {"date": DAY, "timing": Timing.PERFORMED, "treated": (vessel(),), **more}
    session = Session(encounter=None, site=SiteOfService(pos=None, basis=""), payers=tuple(payers), **given)
    return [n.id for n in policies_for(session, replace(load(), policies=notes))]


BY_LINE = [
    (LINE.MEDICARE, ["national"], [], "Medicare itself; a brand that is said to be Medicare itself contradicts"),
    (LINE.MEDICARE_ADVANTAGE, ["national"], ["national", "{}-advantage"], "Medicare's note first, then the plan's own"),
    (LINE.MEDICARE_SUPPLEMENT, ["national"], ["national"], "a supplement follows Medicare"),
    (LINE.DUAL, ["national"], ["national"], "a dual plan covers what Medicare covers"),
    (LINE.MEDICARE_DRUG, [], [], "a drug plan covers no procedure"),
    (LINE.MEDICAID, [], [], "a state's programme has its own"),
    (LINE.GOVERNMENT, [], [], "neither Medicare nor commercial"),
    (LINE.COMMERCIAL, [], ["{}-commercial"], "the brand's own; Medicare and commercial contradict"),
    (LINE.SELF_PAY, [], [], "nobody's policy"),
    (LINE.UNKNOWN, [], [], "it may be a Medicare or Medicaid plan"),
]


def test_the_table_has_every_line_of_business() -> None:
    assert {row[0] for row in BY_LINE} == set(LINE)


@pytest.mark.parametrize(("line", "medicare", "brand", "why"), BY_LINE, ids=[f"{r[0]}: {r[3]}" for r in BY_LINE])
def test_every_payer_under_every_line_of_business(
    line: LineOfBusiness, medicare: list[str], brand: list[str], why: str
) -> None:
    assert shown([payer(MEDICARE, line)]) == medicare, why
    for identity in BRANDS:
        assert shown([payer(identity, line)]) == [name.format(identity) for name in brand], why
    national = ["national"] if line in UNDER_MEDICARE - {LINE.MEDICARE} else []
    assert shown([payer(OTHER, line)]) == national, "a payer that is not named has no note but Medicare's"


SEVERAL = [
    ([], [], "no payer is known"),
    ([(MEDICARE, LINE.MEDICARE), (AETNA, LINE.MEDICARE_SUPPLEMENT)], ["national"], "one note is named once"),
    ([(MEDICARE, LINE.MEDICARE), (AETNA, LINE.COMMERCIAL)], ["national", "aetna-commercial"], "primary first"),
    ([(AETNA, LINE.COMMERCIAL), (MEDICARE, LINE.MEDICARE)], ["aetna-commercial", "national"], "Medicare may be second"),
    ([(AETNA, LINE.COMMERCIAL), (BCBS, LINE.COMMERCIAL)], ["aetna-commercial", "bcbs-commercial"], "two plans"),
    (
        [(AETNA, LINE.COMMERCIAL), (BCBS, LINE.COMMERCIAL), (CIGNA, LINE.COMMERCIAL)],
        ["aetna-commercial", "bcbs-commercial"],
        "at most two",
    ),
    (
        [(UHC, LINE.MEDICARE_ADVANTAGE), (AETNA, LINE.COMMERCIAL)],
        ["national", "unitedhealthcare-advantage"],
        "both of the primary payer before any of the second",
    ),
    ([(OTHER, LINE.COMMERCIAL), (CIGNA, LINE.COMMERCIAL)], ["cigna-commercial"], "the second payer is still known"),
    ([(MEDICARE, LINE.MEDICARE), (OTHER, LINE.MEDICAID)], ["national"], "Medicaid adds nothing"),
    ([(OTHER, LINE.UNKNOWN), (AETNA, LINE.UNKNOWN)], [], "what contradicts was read as unknown"),
    ([(MEDICARE, LINE.UNKNOWN)], [], "Medicare under an unknown line contradicts"),
    ([(OTHER, LINE.SELF_PAY), (BCBS, LINE.UNKNOWN)], [], "self-pay, and a brand alone"),
]


@pytest.mark.parametrize(("payers", "expected", "why"), SEVERAL, ids=[s[2] for s in SEVERAL])
def test_several_payers(payers: list[tuple[PayerIdentity, LineOfBusiness]], expected: list[str], why: str) -> None:
    assert shown(payer(*p) for p in payers) == expected, why


ONE = "n"
WHEN = [
    ({}, DAY, True, "in force"),
    ({"verified": False}, DAY, False, "not verified"),
    ({"contractor": "Novitas Solutions"}, DAY, False, "binds the states of one contractor, and nobody tells which"),
    ({"effective_from": DAY}, DAY, True, "its first day"),
    ({"effective_from": date(2026, 3, 5)}, DAY, False, "not yet in force"),
    ({"effective_to": DAY}, DAY, True, "its last day"),
    ({"effective_to": date(2026, 3, 3)}, DAY, False, "no longer in force"),
    ({"review_by": DAY}, DAY, True, "the last day of its reading"),
    ({"review_by": date(2026, 3, 3)}, DAY, False, "due for review"),
    ({"review_by": date(2026, 3, 3), "effective_to": DAY}, DAY, False, "due for review, in force or not"),
    ({}, None, False, "no day of service, so nothing is known to hold"),
    ({"effective_from": date(2020, 1, 1)}, date(2025, 12, 31), False, "before the family there is no line of it"),
    ({"effective_from": date(2020, 1, 1)}, date(2026, 1, 1), True, "the family's first day"),
]


@pytest.mark.parametrize(("more", "day", "expected", "why"), WHEN, ids=[w[3] for w in WHEN])
def test_only_what_is_verified_and_in_force_on_the_day(
    more: dict[str, Any], day: date | None, expected: bool, why: str
) -> None:
    notes = (note(ONE, AETNA, LINE.COMMERCIAL, **more),)
    assert (shown([payer(AETNA, LINE.COMMERCIAL)], notes, date=day) == [ONE]) is expected, why


BOTH = (
    note("balloon-and-stent", AETNA, LINE.COMMERCIAL),
    note("atherectomy", AETNA, LINE.COMMERCIAL, treatments=frozenset({Treatment.ATHERECTOMY})),
)
FEMORAL = vessel(territory=Territory.FEMORAL_POPLITEAL, vessel=Vessel.POPLITEAL)
WHAT = [
    ((vessel(),), ["balloon-and-stent"], "an iliac stent"),
    ((vessel(Treatment.ANGIOPLASTY),), ["balloon-and-stent"], "an iliac balloon"),
    ((vessel(), vessel(Treatment.ATHERECTOMY)), ["balloon-and-stent", "atherectomy"], "a stent and an atherectomy"),
    ((vessel(Treatment.ATHERECTOMY),), [], "an iliac atherectomy alone has no code of the family"),
    ((vessel(None),), [], "no treatment is recorded"),
    ((vessel(done=False),), [], "not done"),
    ((vessel(vessel=None),), ["balloon-and-stent"], "an iliac vessel that is not named"),
    ((FEMORAL,), [], "another territory"),
    ((FEMORAL, vessel(done=False)), [], "done elsewhere only"),
    ((FEMORAL, vessel()), ["balloon-and-stent"], "done there too"),
    ((), [], "nothing was treated"),
]


@pytest.mark.parametrize(("treated", "expected", "why"), WHAT, ids=[w[2] for w in WHAT])
def test_only_what_governs_an_iliac_service_of_the_session(
    treated: tuple[TreatedVessel, ...], expected: list[str], why: str
) -> None:
    assert shown([payer(AETNA, LINE.COMMERCIAL)], BOTH, treated=treated) == expected, why


def test_planned_services_have_the_notes_of_their_planned_day() -> None:
    assert shown([payer(MEDICARE, LINE.MEDICARE)], timing=Timing.ANTICIPATED) == ["national"]


def test_services_that_only_may_belong_to_the_session_call_for_no_note() -> None:
    assert shown([payer(MEDICARE, LINE.MEDICARE)], treated=(FEMORAL,), companions=(vessel(),)) == []


SHIPPED = load().policies


@pytest.mark.parametrize(("identity", "line"), list(product(PayerIdentity, LINE)), ids=lambda x: str(x))
def test_what_the_shipped_notes_show(identity: PayerIdentity, line: LineOfBusiness) -> None:
    """Medicare's determination, and Carelon's guideline for commercial Blue plans; nothing else was confirmed."""
    expected = []
    if line in UNDER_MEDICARE and (identity is MEDICARE or line is not LINE.MEDICARE):
        expected = ["medicare-ncd-20-7"]
    if (identity, line) == (BCBS, LINE.COMMERCIAL):
        expected = ["carelon-endovascular-2025"]
    assert shown([payer(identity, line)], SHIPPED) == expected


@pytest.mark.parametrize("day", [date(2026, 9, 20), date(2027, 1, 1)])
def test_a_shipped_note_ends_with_its_review(day: date) -> None:
    due = {n.id for n in SHIPPED if n.review_by < day}
    every = [payer(i, x) for i, x in product(PayerIdentity, LINE)]
    assert not due & {name for p in every for name in shown([p], SHIPPED, date=day)}
    assert shown([payer(BCBS, LINE.COMMERCIAL)], SHIPPED, date=day) == []
