"""The soak of some seconds: under every load each call is answered as it should be or sent away, and no feedback is lost."""

import pytest

from tests.faults.soak import Plan, report, soak

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]


def test_mixed_calls_are_answered_or_sent_away_and_all_is_well_afterwards() -> None:
    """Few places, so that a few clients are too many for them."""
    plan = Plan(normal=2, ten=2, over=3, after=2, clients=2)
    out = soak(plan, ILIAC_CDS_MAX_RUNNING="2", ILIAC_CDS_MAX_WAITING="2")
    assert out.faults == []
    seen = out.phases["over capacity"]
    assert seen.count(503) > 0
    assert seen.count(200) > 0
    assert out.phases["normal again"].count(200) > 0
    assert "lost: 0" in report(plan, out)
