"""Why this code, why not that one: every code of the family stands where the decision put it, with a reason."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.coding.anatomy import Lesion, Role, Territory, Treatment, Vessel
from cds_service.coding.answer import SEVERAL_LESIONS, Verdict
from cds_service.coding.codes import ARGUED
from cds_service.coding.decision import SessionDecision, decide_session
from cds_service.coding.facts import TreatedVessel
from cds_service.coding.lines import Status
from cds_service.coding.standing import Stance, Standing, standings
from cds_service.coding.worlds import read_all
from cds_service.knowledge import load
from cds_service.web.fixtures import scenarios
from tests.charts import adviser

from .oracle import fact, facts, session

KNOWLEDGE = load()
ALL_GAPS = ("side", "vessel", "treatment", "lesion")
STANCE_OF = {Verdict.YES: Stance.SUPPORTED, Verdict.REVIEW: Stance.REVIEW, Verdict.NO: Stance.NOT}


def stand(decided: SessionDecision) -> dict[str, Standing]:
    """The standings of a session, after what holds of all of them was checked."""
    found = {s.code: s for s in standings(decided, KNOWLEDGE)}
    assert set(found) == KNOWLEDGE.family
    for code, one in found.items():
        lines = [x for x in decided.lines if x.code == code]
        assert one.on_a_line is bool(lines)
        assert (one.stance is Stance.SUPPORTED) is any(x.status is Status.SUPPORTED for x in lines)
        assert not lines or one.stance is not Stance.NOT
        assert one.reasons, code
        if SEVERAL_LESIONS[1] in [w.text for w in one.reasons] and code != ARGUED:
            readings = read_all(decided.session, KNOWLEDGE)
            assert any(readings.asks_about(i) for i in range(len(decided.session.treated)))
        assert all(w.rule in KNOWLEDGE.rules and w.text and w.source for w in one.reasons)
    assert found[ARGUED].stance is STANCE_OF[decided.answer.verdict]
    return found


def test_every_code_stands_where_the_lines_put_it_whatever_was_treated() -> None:
    seen: Counter[str] = Counter()

    @settings(deadline=None, derandomize=True, max_examples=250)
    @given(facts(most=4), facts(most=2, least=0, gaps=ALL_GAPS), st.booleans())
    def check(recorded: list[TreatedVessel], unclear: list[TreatedVessel], done: bool) -> None:
        for one in stand(decide_session(session(recorded + unclear), KNOWLEDGE)).values():
            seen[f"{one.stance}{' on a line' if one.on_a_line else ''}"] += 1

    check()
    assert min(seen[k] for k in ("supported on a line", "review on a line", "review", "not")) >= 50, seen


def test_why_not_names_what_the_record_really_holds() -> None:
    """In a settled session a reason by rule says something that can be looked up in the lines."""
    seen: Counter[str] = Counter()

    @settings(deadline=None, derandomize=True, max_examples=250)
    @given(facts(Territory.ILIAC, Territory.FEMORAL_POPLITEAL, most=6))
    def check(recorded: list[TreatedVessel]) -> None:
        decided = decide_session(session(recorded), KNOWLEDGE)
        taken = [KNOWLEDGE.codes[x.code] for x in decided.lines if x.role in (Role.INITIAL, Role.ADDITIONAL)]
        for one in stand(decided).values():
            if one.stance is not Stance.NOT or one.code == ARGUED:
                continue
            row, (why,) = KNOWLEDGE.codes[one.code], one.reasons
            mine = [r for r in taken if r.territory is row.territory]
            if why.rule in ("R-RANK", "R-LEG"):
                assert any(
                    (r.treatment, r.lesion) == (row.treatment, row.lesion) and r.role is not row.role for r in mine
                )
            elif why.rule == "R-LESION":
                assert any(r.treatment == row.treatment and r.lesion is not row.lesion for r in mine)
            elif why.rule == "R-DONE":
                assert not mine
            elif why.rule == "R-VESSEL":
                assert not any(r.treatment == row.treatment for r in mine)
            seen[why.rule] += 1

    check()
    assert min(seen[r] for r in ("R-RANK", "R-LESION", "R-DONE", "R-VESSEL")) >= 50, seen


@pytest.mark.parametrize("name", scenarios())
def test_every_scenario_answers_for_every_code(name: str) -> None:
    for decided in adviser().decide(json.loads(scenarios()[name].body))[1].sessions:
        stand(decided)


STENTED = fact(Vessel.COMMON_ILIAC, Treatment.STENT, Lesion.STENOSIS)
ROWS = [
    ("37258", [STENTED], "R-RANK", "It is the only iliac vessel treated in its leg", "why the initial code"),
    ("37259", [STENTED], "R-LEG", "is the only iliac vessel treated in its leg", "why not the additional one"),
    ("37260", [STENTED], "R-LESION", "is recorded as stenosis, not as occlusion", "why not the other lesion"),
    ("37254", [STENTED], "R-VESSEL", "was treated with a stent", "why not the balloon"),
    ("37262", [STENTED], "R-SEPARATE", "No lithotripsy is recorded", "why not lithotripsy"),
    ("37267", [STENTED], "R-DONE", "No completed treatment of a femoral-popliteal artery", "why no other territory"),
    ("37254", [], "R-DONE", "No completed treatment of an iliac artery", "nothing was done"),
    (
        "37255",
        [STENTED, fact(Vessel.EXTERNAL_ILIAC, Treatment.ANGIOPLASTY, None)],
        "R-VESSEL",
        "the lesion is read as stenosis until the record tells",
        "what is not recorded is not called recorded",
    ),
    (
        "37258",
        [STENTED, fact(Vessel.EXTERNAL_ILIAC, Treatment.STENT, Lesion.STENOSIS)],
        "R-RANK",
        "ranks equal with another vessel and lies proximal",
        "the choice among equals",
    ),
]


@pytest.mark.parametrize(("code", "treated", "rule", "words", "reason"), ROWS)
def test_the_deciding_fact_is_named(
    code: str, treated: list[TreatedVessel], rule: str, words: str, reason: str
) -> None:
    found = stand(decide_session(session(treated), KNOWLEDGE))[code]
    assert [w for w in found.reasons if w.rule == rule and words in w.text], (reason, found.reasons)


def test_why_outpatient_lithotripsy_is_open_is_said_as_it_is() -> None:
    sent = json.loads(scenarios()["lithotripsy-medicare-outpatient"].body)
    (decided,) = adviser().decide(sent)[1].sessions
    found = stand(decided)["37262"]
    assert found.stance is Stance.REVIEW
    assert [w.text for w in found.reasons if "no source settles which" in w.text]
    assert SEVERAL_LESIONS[1] not in [w.text for w in found.reasons]


def test_of_two_alike_the_proximal_one_is_said_to_rank_equal() -> None:
    """R-RANK: two balloons in two occlusions, and no third vessel that could hide who ranks with whom."""
    common, external = (
        fact(vessel=v, treatment=Treatment.ANGIOPLASTY, lesion=Lesion.OCCLUSION)
        for v in (Vessel.COMMON_ILIAC, Vessel.EXTERNAL_ILIAC)
    )
    alike = decide_session(session([common, external]), KNOWLEDGE)
    assert [x.tie for x in alike.lines if x.role is Role.INITIAL] == [True]
    said = [w.text for w in stand(alike)["37256"].reasons]
    assert "It ranks equal with another vessel and lies proximal, so it takes the initial code." in said
    assert any("ranks equal" in w.text for w in alike.answer.why)
    stented = fact(vessel=Vessel.COMMON_ILIAC, treatment=Treatment.STENT, lesion=Lesion.OCCLUSION)
    higher = decide_session(session([stented, external]), KNOWLEDGE)
    assert [x.tie for x in higher.lines if x.role is Role.INITIAL] == [False]
    assert not any("ranks equal" in w.text for w in higher.answer.why)
