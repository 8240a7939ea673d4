"""Clarification cards are compliant queries: the same gap brings the same question whichever way it moves the coding."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.coding.anatomy import Lesion
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    INTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    cards,
    charge,
    request,
    snomed,
    treated,
)

VESSELS = (COMMON, EXTERNAL, INTERNAL)
SIDES = (RIGHT, LEFT)
LESIONS = (STENOSIS, OCCLUSION)
CODES = ("37254", "37255", "37256", "37257", "37258", "37259")


def query(sent: dict[str, Any]) -> dict[str, Any] | None:
    found = [c for c in cards(sent) if c["source"]["topic"]["code"] == "clarification"]
    return found[0] if found else None


def read(card: dict[str, Any] | None) -> tuple[str, str] | None:
    """What a clinician reads; ids apart."""
    return (card["summary"], card["detail"]) if card else None


settled = st.tuples(
    st.sampled_from((STENT, BALLOON)), st.sampled_from(VESSELS), st.sampled_from(SIDES), st.sampled_from(LESIONS)
)
drafts = st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(("RT", "LT")), st.integers(1, 2)), max_size=3)


@settings(max_examples=150, deadline=None)
@given(
    vessel=st.sampled_from(VESSELS),
    side=st.sampled_from(SIDES),
    treatment=st.sampled_from((STENT, BALLOON)),
    first=st.lists(settled, max_size=3),
    second=st.lists(settled, max_size=3),
    charged=st.none() | drafts,
)
def test_a_missing_lesion_is_asked_for_alike_whatever_else_was_done_and_charged(
    vessel: str,
    side: str,
    treatment: str,
    first: list[tuple[str, str, str, str]],
    second: list[tuple[str, str, str, str]],
    charged: list[tuple[str, str, int]] | None,
) -> None:
    """What stands beside the gap decides whether an answer adds a code, takes one away or changes nothing."""
    gap = treated("gap", treatment, vessel, side)

    def beside(rows: list[tuple[str, str, str, str]]) -> list[dict[str, Any]]:
        kept = [r for r in rows if (r[1], r[2]) != (vessel, side)]
        unique = {(r[1], r[2]): r for r in kept}.values()
        return [treated(f"s{i}", t, v, s, x) for i, (t, v, s, x) in enumerate(unique)]

    drafted = None if charged is None else tuple(charge(f"c{i}", c, m, units=u) for i, (c, m, u) in enumerate(charged))
    one, two = request(gap, *beside(first)), request(gap, *beside(second), drafts=drafted)
    assert read(query(one)) == read(query(two)) is not None


@pytest.mark.parametrize(("vessel", "side", "treatment"), list(itertools.product(VESSELS, SIDES, (STENT, BALLOON))))
def test_a_contradicted_lesion_is_asked_for_whichever_side_came_first(vessel: str, side: str, treatment: str) -> None:
    asked = []
    for kinds in itertools.permutations(LESIONS):
        act = treated("a", treatment, vessel, side, reasonCode=[snomed(k) for k in kinds])
        card = query(request(act))
        assert card is not None
        asked.append((card["summary"], card["detail"].split("Based on")[1]))
    assert asked[0] == asked[1]
    assert asked[0][1].index("- Occlusion") < asked[0][1].index("- Stenosis")


@pytest.mark.parametrize("lesion", list(Lesion))
def test_a_settled_lesion_is_not_asked_for_whichever_it_is(lesion: Lesion) -> None:
    code = {Lesion.STENOSIS: STENOSIS, Lesion.OCCLUSION: OCCLUSION}[lesion]
    for treatment, vessel in itertools.product((STENT, BALLOON), VESSELS):
        assert query(request(treated("a", treatment, vessel, RIGHT, code))) is None


def test_both_sides_of_a_contradiction_are_quoted_with_their_telling_words() -> None:
    note = "Access from the left groin. " + "Diagnostic runs were done. " * 3
    act = treated(
        "a",
        BALLOON,
        EXTERNAL,
        RIGHT,
        reasonCode=[{"text": "Right external iliac artery stenosis"}],
        note=[{"text": f"{note}The right external iliac artery was occluded and was crossed and ballooned."}],
    )
    card = query(request(act))
    assert card is not None
    quoted = card["detail"].split("Based on")[0]
    assert "stenosis" in quoted
    assert "occluded" in quoted
