"""Lists of which only a part came: nothing of a draft is changed, and a part of a draft lacks nothing."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.coding.anatomy import Lesion, Side, Treatment, Vessel
from cds_service.coding.decision import decide_session
from cds_service.coding.facts import DraftLine, TreatedVessel
from cds_service.coding.lines import Status
from cds_service.knowledge import load

from .oracle import TERRITORY_OF, fact, facts, session

KNOWLEDGE = load()
SAMPLE = settings(deadline=None, derandomize=True, max_examples=300)
LACKING = ("missing-line", "missing-initial")
CHARGES = st.lists(
    st.tuples(st.sampled_from(sorted(TERRITORY_OF)), st.sampled_from(Side), st.integers(1, 3)), max_size=4
)
DRAFTS = CHARGES.map(
    lambda rows: [
        DraftLine(code=c, units=n, modifiers=(s.modifier,), side=s, resource=f"ChargeItem/c{i}")
        for i, (c, s, n) in enumerate(rows)
    ]
)


def test_of_a_part_of_the_charges_the_same_is_said_but_for_what_is_lacking_and_nothing_is_changed() -> None:
    seen: Counter[str] = Counter()

    @SAMPLE
    @given(facts(most=4), DRAFTS)
    def check(treated: list[TreatedVessel], draft: list[DraftLine]) -> None:
        whole = session(treated, draft)
        said = decide_session(whole, KNOWLEDGE)
        part = decide_session(replace(whole, draft_cut=True), KNOWLEDGE)
        expected = [(f.code, f.codes, f.side, f.text) for f in said.findings if str(f.code) not in LACKING]
        assert [(f.code, f.codes, f.side, f.text) for f in part.findings] == expected
        assert not [c for f in part.findings for c in f.changes]
        assert part.lines == said.lines
        seen["left"] += bool(expected)
        seen["lacking"] += len(said.findings) > len(expected)

    check()
    assert min(seen["left"], seen["lacking"]) >= 100, seen


def test_of_a_part_of_the_procedures_nothing_is_supported_and_no_charge_is_changed() -> None:
    seen: Counter[str] = Counter()

    @SAMPLE
    @given(facts(most=4), DRAFTS)
    def check(treated: list[TreatedVessel], draft: list[DraftLine]) -> None:
        decided = decide_session(replace(session(treated, draft), cut=True), KNOWLEDGE)
        assert not [c for f in decided.findings for c in f.changes]
        assert {x.status for x in decided.lines} <= {Status.REVIEW}
        assert decided.answer.verdict != "yes"
        seen["findings"] += bool(decided.findings)

    check()
    assert seen["findings"] >= 100, seen


def test_an_add_on_without_its_initial_is_named_although_the_procedures_are_cut_but_not_where_the_charges_are() -> None:
    """R-PAIR is on the draft itself: a whole draft lacks its initial whatever was done."""
    treated = (fact(Vessel.EXTERNAL_ILIAC, Treatment.ANGIOPLASTY, Lesion.OCCLUSION),)
    draft = [DraftLine(code="37257", units=1, modifiers=("RT",), side=Side.RIGHT, resource="ChargeItem/c")]
    for cut, draft_cut, named in ((True, False, True), (False, True, False), (True, True, False)):
        decided = decide_session(replace(session(treated, draft), cut=cut, draft_cut=draft_cut), KNOWLEDGE)
        assert ("missing-initial" in {str(f.code) for f in decided.findings}) is named, (cut, draft_cut)
