"""Who is shown what: a coder may see codes, a clinician sees a question; the user's role decides over the hook."""

from dataclasses import replace
from typing import Any

import pytest

from cds_service.advice import CODER_HOOKS, Preferences, audiences_of
from cds_service.knowledge import problems
from cds_service.knowledge.loader import shipped
from cds_service.knowledge.roles import Audience
from cds_service.settings import Settings
from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    adviser,
    bundle,
    coding,
    concept,
    mission,
    request,
    treated,
)

NUCC = "http://nucc.org/provider-taxonomy"
HL7 = "http://terminology.hl7.org/CodeSystem/practitioner-role"


def role(*codes: dict[str, Any], user: str = "Practitioner/c", key: str = "r", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "PractitionerRole",
        "id": key,
        "practitioner": {"reference": user},
        "code": list(codes),
        **more,
    }


def topics(sent: dict[str, Any], preferences: Preferences | None = None) -> list[str]:
    one = replace(adviser(), preferences=preferences or Preferences())
    return [c["source"]["topic"]["code"] for c in one.answer(sent)["cards"]]


def unclear(**more: Any) -> dict[str, Any]:
    """A chart that brings both cards to a coder: a lesion nobody recorded."""
    return request(treated("a", STENT, COMMON, RIGHT, STENOSIS), treated("b", BALLOON, EXTERNAL, RIGHT), **more)


CODED, ASKED = ["coding", "clarification"], ["clarification"]
ROLES = [
    (concept(coding(NUCC, "2086S0129X")), ASKED, "a vascular surgeon by taxonomy code"),
    (concept(coding("urn:oid:2.16.840.1.113883.6.101", "2085R0204X")), ASKED, "the taxonomy under its OID"),
    (concept(coding(NUCC, "363AS0400X")), ASKED, "a surgical physician assistant"),
    (concept(coding(NUCC, "246YC3301X")), CODED, "a coding specialist by taxonomy code"),
    (concept(coding(HL7, "doctor")), ASKED, "HL7's doctor"),
    (concept(text="Vascular Surgeons"), ASKED, "a job in words, in the plural"),
    (concept(text="Medical Coder III"), CODED, "a coder in words"),
    (concept(coding("https://local.example", "77", "Revenue Integrity Analyst")), CODED, "the display of a local code"),
    (concept(text="Physician Billing Specialist"), CODED, "one who bills for physicians"),
    (concept(text="Physician and coder"), ASKED, "both at once: no code is shown"),
    (concept(text="Unit clerk"), CODED, "a role nobody knows: the hook decides"),
    (concept(coding(NUCC, "246YC3301X"), text="Surgeon"), CODED, "a known code goes before words"),
]


@pytest.mark.parametrize(("what", "expected", "why"), ROLES, ids=[r[2] for r in ROLES])
def test_the_role_of_the_user_decides_who_sees_codes(what: dict[str, Any], expected: list[str], why: str) -> None:
    assert topics(unclear(user=role(what))) == expected, why
    assert topics(unclear(user=bundle(role(what)))) == expected, why


@pytest.mark.parametrize(
    ("job", "specialty", "expected"),
    [
        (None, concept(coding(SNOMED, "408455009", "Interventional radiology")), ASKED),
        (None, concept(coding(SNOMED, "394579002")), ASKED),
        (None, concept(text="Cardiology"), ASKED),
        (None, concept(coding(NUCC, "246YC3302X")), CODED),
        (concept(text="Coder"), concept(text="Vascular surgery"), CODED),
        (concept(text="Attending"), None, ASKED),
        (concept(text="Unit clerk"), concept(text="Vascular surgery"), ASKED),
    ],
)
def test_who_has_a_specialty_and_does_not_code_treats(
    job: dict[str, Any] | None, specialty: dict[str, Any] | None, expected: list[str]
) -> None:
    found = role(*([job] if job else []), **({"specialty": [specialty]} if specialty else {}))
    assert topics(unclear(user=found)) == expected


def test_the_role_is_found_by_its_own_reference_too() -> None:
    sent = unclear(user=role(concept(text="surgeon"), user="Practitioner/other"))
    sent["context"]["userId"] = "PractitionerRole/r"
    assert topics(sent) == ASKED


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (role(concept(text="surgeon"), user="Practitioner/somebody-else"), "the role of another person"),
        (role(concept(text="surgeon"), active=False), "a role that ended"),
        (role(user="Practitioner/c"), "a role that says nothing"),
    ],
)
def test_a_role_that_is_not_the_users_says_nothing(found: dict[str, Any], why: str) -> None:
    assert topics(unclear(user=found)) == CODED, why


def test_several_roles_of_which_one_treats_are_a_clinicians() -> None:
    both = bundle(role(concept(text="coder")), role(concept(text="surgeon"), key="r2"))
    assert topics(unclear(user=both)) == ASKED


@pytest.mark.parametrize("hook", CODER_HOOKS)
def test_a_setting_decides_by_hook_where_the_role_is_not_known(hook: str) -> None:
    clinician = Preferences(audiences={hook: Audience.CLINICIAN})
    assert topics(unclear(hook=hook)) == CODED
    assert topics(unclear(hook=hook), clinician) == ASKED
    assert topics(unclear(hook=hook, user=role(concept(text="coder"))), clinician) == CODED


def test_order_sign_names_no_code_even_to_a_coder() -> None:
    assert topics(mission(hook="order-sign", user=role(concept(text="coder")))) == []


def test_a_clinician_with_a_clear_record_is_left_alone() -> None:
    assert topics(mission(user=role(concept(text="surgeon")))) == []


@pytest.mark.parametrize(
    "written", ["order-sign=coder", "encounter-discharge", "encounter-discharge=nurse", "patient-view=coder=x"]
)
def test_a_faulty_setting_names_what_is_wrong_and_what_would_be_right(written: str) -> None:
    with pytest.raises(ValueError, match="write hook=reader with one of"):
        audiences_of(written)
    with pytest.raises(ValueError, match="audiences"):
        Settings(audiences=written)


def test_the_setting_reads_several_hooks() -> None:
    assert audiences_of(" encounter-discharge = clinician ,patient-view=coder") == {
        "encounter-discharge": Audience.CLINICIAN,
        "patient-view": Audience.CODER,
    }


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("nucc,20*,surgeon,2000-01-01,,nucc,yes", "audience is"),
        ("phrase,Surgeon!,clinician,2000-01-01,,role-names,yes", "must be written 'surgeon'"),
        ("phrase,surgeon,clinician,2000-01-01,,role-names,yes", "stands twice"),
        ("title,surgeon,clinician,2000-01-01,,role-names,yes", "kind is"),
    ],
)
def test_a_faulty_row_of_roles_is_named(row: str, fault: str) -> None:
    texts = {**shipped(), "roles.csv": shipped()["roles.csv"] + row + "\n"}
    found = [f for f in problems(texts) if f.startswith("roles.csv, row ")]
    assert found
    assert fault in found[0]
