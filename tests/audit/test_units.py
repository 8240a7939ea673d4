"""What belongs to which encounter: a decision of the audit is the service's own on the same chart."""

import json
from pathlib import Path
from typing import Any

import pytest

from cds_service.audit.rows import CHARGES
from tests.audit.exports import audited, codes, findings, resources_in, write
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    OCCLUSION,
    RIGHT,
    STENOSIS,
    STENT,
    charge,
    claim,
    condition,
    encounter,
    explained,
    mission,
    treated,
)
from tests.contract.generated import CHARTS
from tests.scenarios.golden import loaded, names
from tests.spec.test_compositions import PARTED, composition

DAY = {"start": "2026-03-04T07:00:00-05:00", "end": "2026-03-04T16:00:00-05:00"}
E1 = {"context": {"reference": "Encounter/e1"}}
ACTS = (treated("a", STENT, COMMON, RIGHT, STENOSIS), treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION))
RIGHT_CHARGES = (charge("c1", "37258", "RT", **E1), charge("c2", "37257", "RT", **E1))


def run(tmp_path: Path, *resources: dict[str, Any]) -> list[dict[str, Any]]:
    audited(write(tmp_path / "in", resources), tmp_path / "out")
    return findings(tmp_path / "out")


def as_bulk(request: dict[str, Any]) -> list[dict[str, Any]]:
    """The chart of a request as an export holds it: its drafts are charges of its encounter."""
    where = f"Encounter/{request['context']['encounterId']}"
    out = []
    for raw in resources_in(request):
        kind = raw["resourceType"]
        if kind == "ChargeItem" and "context" not in raw:
            raw = {**raw, "context": {"reference": where}}
        elif kind == "Claim":
            items = [{**i, "encounter": i.get("encounter") or [{"reference": where}]} for i in raw.get("item", [])]
            raw = {**raw, "item": items}
        out.append(raw)
    return out


def told(session: dict[str, Any]) -> str:
    """What a session says, as text to compare."""
    return json.dumps({k: v for k, v in session.items() if k not in ("encounter", "date")}, sort_keys=True)


@pytest.mark.parametrize("name", [n for n in names() if not n.startswith("order-")])
def test_every_finding_of_a_scenario_is_a_finding_of_the_audit(name: str, tmp_path: Path) -> None:
    request = loaded(name, "request.json")
    sessions = explained(request)["sessions"]
    expected = [s for s in sessions if s["draft"]["findings"]]
    lines = as_bulk(request)
    if any(s["draft"]["findings"] for s in expected) and not any(r["resourceType"] in CHARGES for r in lines):
        lines.append(charge("elsewhere", "99213", subject={"reference": "Patient/nobody"}))
    totals = audited(write(tmp_path / "in", lines), tmp_path / "out")
    found = findings(tmp_path / "out")
    assert [sorted(f["code"] for f in s["draft"]["findings"]) for s in expected] == [codes(o) for o in found]
    assert totals.sessions >= sum(s["timing"] == "performed" for s in sessions)


def test_the_scenarios_have_findings_to_be_found_and_none_to_be_left() -> None:
    found = [explained(loaded(n, "request.json"))["sessions"] for n in names() if not n.startswith("order-")]
    with_findings = sum(any(s["draft"]["findings"] for s in sessions) for sessions in found)
    assert with_findings > 40
    assert len(found) - with_findings > 10


def test_decisions_on_generated_charts_are_the_services_own(tmp_path: Path) -> None:
    """Forty charts in one export, each with ids of its own, are decided as each is alone."""
    lines, expected = [], {}
    drafted = [c for c in CHARTS if "draftCharges" in c["context"] and c["context"]["draftCharges"]["entry"]][:40]
    for number, chart in enumerate(drafted):
        text = (
            json.dumps(as_bulk(chart)).replace('"e1"', f'"e{number}"').replace("Encounter/e1", f"Encounter/e{number}")
        )
        lines += json.loads(text.replace("Patient/p", f"Patient/p{number}"))
        sessions = [s for s in explained(chart)["sessions"] if s["draft"]["findings"]]
        expected.update({f"e{number}": told(s) for s in sessions})
    found = {o["audit"]["encounter"]: told(o["sessions"][0]) for o in run(tmp_path, *lines)}
    assert found == expected
    assert len(found) > 20


def test_charges_of_another_encounter_do_not_count(tmp_path: Path) -> None:
    other = {"context": {"reference": "Encounter/e2"}}
    elsewhere = (charge("c1", "37258", "RT", **other), charge("c2", "37257", "RT", **other))
    found = run(tmp_path, *ACTS, *elsewhere, encounter(), encounter("e2"))
    assert [(o["audit"]["encounter"], codes(o)) for o in sorted(found, key=lambda o: o["audit"]["encounter"])] == [
        ("e1", ["missing-line", "missing-line"]),
        ("e2", ["unsupported-line", "unsupported-line"]),
    ]


def test_a_claim_without_an_encounter_joins_the_stay_that_holds_its_day(tmp_path: Path) -> None:
    bare = claim("k", ("37258", ["RT"], 1), ("37257", ["RT"], 1))
    bare["item"] = [{**i, "servicedDate": "2026-03-04"} for i in bare["item"]]
    assert run(tmp_path, *ACTS, bare, encounter(period=DAY)) == []


def test_procedures_and_charges_without_any_encounter_are_decided_by_day(tmp_path: Path) -> None:
    acts = [{k: v for k, v in a.items() if k != "encounter"} for a in ACTS]
    (found,) = run(tmp_path, *acts, charge("c1", "37258", "RT", occurrenceDateTime="2026-03-04"))
    assert found["audit"]["encounter"] == ""
    assert codes(found) == ["missing-line"]


def test_a_case_within_a_stay_is_decided_once_with_the_charges_of_both(tmp_path: Path) -> None:
    case = encounter("case", partOf={"reference": "Encounter/e1"})
    within = [{**ACTS[0], "encounter": {"reference": "Encounter/case"}}, ACTS[1]]
    charges = (charge("c1", "37258", "RT", context={"reference": "Encounter/case"}), RIGHT_CHARGES[1])
    assert run(tmp_path, *within, *charges, case, encounter(period=DAY)) == []


def test_a_patients_conditions_are_read_whatever_encounter_they_were_made_in(tmp_path: Path) -> None:
    acts = (ACTS[0], treated("b", BALLOON, EXTERNAL, RIGHT, reasonReference=[{"reference": "Condition/x"}]))
    made = condition("x", text="Occlusion of right external iliac artery", encounter={"reference": "Encounter/e9"})
    (found,) = run(tmp_path, *acts, made, RIGHT_CHARGES[0], encounter())
    assert codes(found) == ["missing-line"]
    assert found["sessions"][0]["answer37257"]["verdict"] == "yes"


@pytest.mark.parametrize("subject", [{"reference": "Patient/p"}, [{"reference": "Patient/p"}]])
def test_a_note_in_sections_is_decided_as_the_service_would(subject: Any, tmp_path: Path) -> None:
    """In R5 the subject of a Composition is a list."""
    note = composition(*PARTED, subject=subject)
    (found,) = run(tmp_path, note, RIGHT_CHARGES[0], encounter(period=DAY))
    assert codes(found) == ["missing-line"]
    assert found["audit"]["patient"] == "p"
    assert run(tmp_path / "right", note, *RIGHT_CHARGES, encounter(period=DAY)) == []


def test_what_was_billed_is_reviewed(tmp_path: Path) -> None:
    billed = [{**c, "status": "billed"} for c in RIGHT_CHARGES]
    (found,) = run(tmp_path, *billed, encounter(period=DAY))
    assert codes(found) == ["unsupported-line", "unsupported-line"]
    assert found["audit"]["directions"] == ["over", "over"]


def test_a_same_day_service_under_another_encounter_is_seen(tmp_path: Path) -> None:
    """The initial service may stand under the other encounter: nothing is asserted, a question is asked."""
    charges = (RIGHT_CHARGES[0], charge("c2", "37256", "RT", context={"reference": "Encounter/e2"}))
    for day, questions in (("2026-03-04", 2), ("2026-03-05", 0)):
        second = {**ACTS[1], "encounter": {"reference": "Encounter/e2"}, "performedDateTime": day}
        stays = (encounter(period=DAY), encounter("e2", period=DAY))
        assert run(tmp_path / day, ACTS[0], second, *charges, *stays) == []
        page = (tmp_path / day / "out" / "report.html").read_text("utf-8")
        assert f"{questions} without a finding whose record leaves a question open" in page, day


def test_a_resource_that_names_nobody_is_rejected_by_line(tmp_path: Path) -> None:
    lost = {k: v for k, v in ACTS[0].items() if k not in ("subject", "encounter")}
    audited(write(tmp_path / "in", [lost, *as_bulk(mission())]), tmp_path / "out")
    (reject,) = (json.loads(x) for x in (tmp_path / "out/rejects.ndjson").read_text().splitlines())
    assert (reject["file"], reject["line"]) == ("export.ndjson", 1)
    assert "neither a patient nor an encounter" in reject["why"]
