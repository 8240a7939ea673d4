"""Who pays and under which line of business: what names, codes and plans say, and what they must not be taken for."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.coding.facts import LineOfBusiness, PayerIdentity
from cds_service.coding.policy_notes import policies_for
from cds_service.fhir.bundle import Chart
from cds_service.fhir.coverage import payers_of
from cds_service.fhir.elements import When
from cds_service.fhir.reader import read_request
from cds_service.fhir.vocabulary import shipped_vocabulary
from cds_service.knowledge import load
from tests.charts import bundle, cards, coding, concept, encounter, explained, mission, request, session, treated

SOPT = "https://nahdo.org/sopt"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
NAIC = "urn:oid:2.16.840.1.113883.6.300"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType"
CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"


def coverage(key: str = "c1", name: str = "", sopt: str = "", **more: Any) -> dict[str, Any]:
    """An active R4 Coverage; `name` is the display of its payor, `sopt` the code of its type."""
    out: dict[str, Any] = {
        "resourceType": "Coverage",
        "id": key,
        "status": "active",
        "beneficiary": {"reference": "Patient/p"},
        "payor": [{"display": name}] if name else None,
        "type": concept(coding(SOPT, sopt)) if sopt else None,
        **more,
    }
    return {k: v for k, v in out.items() if v is not None}


def organization(name: str, key: str = "o1", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Organization", "id": key, "name": name, **more}


def payers(*resources: dict[str, Any]) -> list[tuple[str, str]]:
    found = session(mission(coverage=bundle(*resources)))["payers"]
    assert all(p["basis"] for p in found)
    return [(p["payer"], p["lineOfBusiness"]) for p in found]


def plan(value: str, **more: Any) -> list[dict[str, Any]]:
    return [{"type": concept(coding(CLASS, "plan")), "value": value, **more}]


def by_identifier(value: str, kind: str = "payerid", **more: Any) -> list[dict[str, Any]]:
    return [{"identifier": {"type": concept(coding(CARIN, kind)), "value": value, **more}}]


TO_O1 = [{"reference": "Organization/o1"}]
MEDICARE, UNKNOWN = ("medicare", "medicare"), ("other", "unknown")

NAMES = [
    ("Medicare", MEDICARE, "the programme by its name"),
    ("  MEDICARE ", MEDICARE, "case and space do not matter"),
    ("U.S. Medicare", MEDICARE, "nor do full stops"),
    ("Medicare Part B", MEDICARE, "a part of it that pays for procedures"),
    ("Medicare Part A & B", MEDICARE, "both"),
    ("Medicare Fee-for-Service", MEDICARE, "hyphens"),
    ("Original Medicare", MEDICARE, "as against Medicare Advantage"),
    ("Centers for Medicare & Medicaid Services", MEDICARE, "who runs it; Medicaid in its name says nothing"),
    ("Novitas Solutions - Medicare Part B JL", MEDICARE, "a contractor that handles Medicare's own claims"),
    ("Palmetto GBA Railroad Medicare", MEDICARE, "railroad workers' Medicare is Medicare"),
    ("Services Australia - Medicare", UNKNOWN, "another country's"),
    ("Medicare Australia", UNKNOWN, "another country's"),
    ("New Brunswick Medicare", UNKNOWN, "another country's"),
    ("Humana Medicare", UNKNOWN, "a payer not known here runs some plan"),
    ("Medicare Secondary Payer Recovery", UNKNOWN, "more words than the name"),
    ("Medicarelink", UNKNOWN, "no word of its own"),
    ("Aetna Medicare Advantage", ("aetna", "medicare-advantage"), "line of business before brand"),
    ("Aetna Medicare", ("aetna", "medicare-advantage"), "Medicare run by a private payer"),
    ("UnitedHealthcare Medicare Advantage", ("unitedhealthcare", "medicare-advantage"), "line before brand"),
    ("Cigna Healthspring", ("cigna", "medicare-advantage"), "the name of its Medicare Advantage plans"),
    ("Blue Cross Medicare Advantage PPO", ("bcbs", "medicare-advantage"), "line before brand"),
    ("Medicare Advantage", ("other", "medicare-advantage"), "nobody says who runs it"),
    ("Medicare Supplement", ("other", "medicare-supplement"), "a second payer, not Medicare"),
    ("Aetna Medicare Supplement Plan G", ("aetna", "medicare-supplement"), "not Medicare Advantage"),
    ("Medigap Plan N", ("other", "medicare-supplement"), "another word for it"),
    ("Aetna Medicare Rx (PDP)", ("aetna", "medicare-drug"), "pays for drugs only"),
    ("Medicare Part D", ("other", "medicare-drug"), "pays for drugs only"),
    ("Medicare-Medicaid Plan", ("other", "dual"), "both programmes"),
    ("State Medicaid", ("other", "medicaid"), "Medicaid"),
    ("Aetna", ("aetna", "unknown"), "the brand alone does not tell the line"),
    ("AETNA, INC.", ("aetna", "unknown"), "commas and suffixes"),
    ("Aetna Missouri POS - Open", ("aetna", "unknown"), "POS is a plan type"),
    ("Aetnaville Health Trust", UNKNOWN, "the brand is not a word of it"),
    ("Cigna Open Access Plus", ("cigna", "unknown"), "a plan name behind the brand"),
    ("UHC Open Access Plus", ("unitedhealthcare", "unknown"), "Open Access Plus does not make it Cigna"),
    ("Open Access Plus", UNKNOWN, "a plan name without a brand"),
    ("United Healthcare", ("unitedhealthcare", "unknown"), "in two words"),
    ("United Way Benefits", UNKNOWN, "United alone is nobody"),
    ("UHCare Partners", UNKNOWN, "no word of its own"),
    ("Blue Shield of California", ("bcbs", "unknown"), "Shield without Cross"),
    ("BlueCross BlueShield of South Carolina", ("bcbs", "unknown"), "in one word"),
    ("Anthem", ("bcbs", "unknown"), "a licensee"),
    ("Highmark Inc.", ("bcbs", "unknown"), "a licensee"),
    ("Red Cross", UNKNOWN, "not every cross is blue"),
    ("UMR", UNKNOWN, "a row that is not verified says nothing"),
    ("Aetna / UnitedHealthcare", UNKNOWN, "two payers in one name"),
    ("TRICARE East", ("other", "government"), "the armed forces"),
    ("Self-pay", ("other", "self-pay"), "nobody else pays"),
    ("private", ("other", "commercial"), "as synthetic records say it"),
    ("Acme Health Plan", UNKNOWN, "not known here"),
    ("\u00a0Medicare\u00a0", MEDICARE, "odd spaces"),
    ("Aetna " + "x" * 5000, ("aetna", "unknown"), "a very long name"),
]


@pytest.mark.parametrize(("name", "payer", "why"), NAMES, ids=[f"{n[0][:40]}: {n[2]}" for n in NAMES])
def test_a_name_alone(name: str, payer: tuple[str, str], why: str) -> None:
    assert payers(coverage(name=name)) == [payer], why
    assert payers(coverage(payor=TO_O1), organization(name)) == [payer], why
    assert payers(coverage(insurer={"display": name}, kind="insurance")) == [payer], why


TYPES = [
    ("121", "", MEDICARE, "fee for service"),
    ("12", "", MEDICARE, "not managed"),
    ("1", "", MEDICARE, "Medicare, and no payer is named"),
    ("121", "Acme Contractor", MEDICARE, "a contractor not known here"),
    ("1", "Acme Health Plan", UNKNOWN, "it may be one that runs a plan"),
    ("1", "Aetna", ("aetna", "medicare-advantage"), "Medicare run by a private payer"),
    ("122", "Medicare", ("other", "medicare-drug"), "the drug benefit is not the programme that pays for procedures"),
    ("11", "", ("other", "medicare-advantage"), "managed"),
    ("111", "Aetna", ("aetna", "medicare-advantage"), "line from the code, brand from the name"),
    ("1112", "Humana", ("other", "medicare-advantage"), "every code below 11"),
    ("112", "Medicare", ("other", "medicare-advantage"), "the code is more special than the name"),
    ("111", "Aetna Medicare Advantage", ("aetna", "medicare-advantage"), "both agree"),
    ("14", "", ("other", "dual"), "both programmes"),
    ("2", "State Medicaid", ("other", "medicaid"), "Medicaid"),
    ("3114", "", ("other", "government"), "TRICARE for Life supplements Medicare and is not it"),
    ("512", "Aetna", ("aetna", "commercial"), "private"),
    ("512", "Cigna", ("cigna", "commercial"), "private"),
    ("511", "UnitedHealthcare", ("unitedhealthcare", "commercial"), "private"),
    ("523", "Aetna", ("aetna", "medicare-supplement"), "a supplement among the private codes"),
    ("523", "Medicare Supplement", ("other", "medicare-supplement"), "a supplement"),
    ("6", "", ("bcbs", "commercial"), "the code names Blue Cross"),
    ("611", "Acme Blue Plan", ("bcbs", "commercial"), "the code names Blue Cross, the name is not known"),
    ("623", "", ("bcbs", "medicare-supplement"), "its supplement"),
    ("81", "", ("other", "self-pay"), "self-pay"),
    ("99", "Aetna", ("aetna", "unknown"), "no typology"),
    ("512", "Medicare", ("other", "unknown"), "private against Medicare"),
    ("2", "Medicare", ("other", "unknown"), "Medicaid against Medicare"),
    ("121", "Aetna", ("aetna", "unknown"), "fee for service against a private payer"),
    ("121", "Aetna Medicare Advantage", ("aetna", "unknown"), "fee for service against Medicare Advantage"),
    ("512", "Aetna Medicare Advantage", ("aetna", "unknown"), "private against Medicare Advantage"),
    ("61", "Aetna", ("other", "commercial"), "Blue Cross against Aetna"),
]


@pytest.mark.parametrize(("sopt", "name", "payer", "why"), TYPES, ids=[f"{t[0]} {t[1]}: {t[3]}" for t in TYPES])
def test_source_of_payment_and_name(sopt: str, name: str, payer: tuple[str, str], why: str) -> None:
    assert payers(coverage(name=name, sopt=sopt)) == [payer], why
    old = concept(coding("urn:oid:2.16.840.1.113883.3.221.5", sopt))
    assert payers(coverage(name=name, type=old)) == [payer], why


SHAPES = [
    (coverage(type=concept(coding(ACT, "MCPOL", "Medicare")), name="Acme"), UNKNOWN, "MC is managed care"),
    (coverage(type=concept(coding(ACT, "MCPOL"))), None, "a plan type alone names nobody"),
    (coverage(type=concept(coding(ACT, "POS")), name="Aetna"), ("aetna", "unknown"), "POS is a plan type"),
    (coverage(type=concept(coding(ACT, "PUBLICPOL")), name="State plan"), UNKNOWN, "public is not proof of Medicare"),
    (coverage(type=concept(coding(ACT, "PUBLICPOL")), name="Medicare"), MEDICARE, "the name is"),
    (
        coverage(type=concept(coding(SOPT, "512", "Medicare")), name="Aetna"),
        ("aetna", "commercial"),
        "code over display",
    ),
    (coverage(type=concept(text="medicare"), name="medicare"), MEDICARE, "as synthetic records say it"),
    (coverage(type=concept(text="private"), name="private"), ("other", "commercial"), "as synthetic records say it"),
    (coverage(type=concept(text="medicaid"), name="medicaid"), ("other", "medicaid"), "as synthetic records say it"),
    (coverage(type=concept(text="Medicare")), MEDICARE, "the type's words where nobody is named"),
    (coverage(type=concept(text="Acme Medicare Choice")), UNKNOWN, "words around Medicare prove nothing"),
    (coverage(type=concept(coding("https://ehr.example.org/fc", "2", "Medicare"))), MEDICARE, "a local code's display"),
    (coverage(type=concept(text="Medicare"), name="Services Australia"), UNKNOWN, "another country's"),
    (coverage(type=concept(text="Medicare Advantage"), name="Aetna"), ("aetna", "medicare-advantage"), "line in words"),
    (coverage(name="Aetna", **{"class": plan("Medicare Advantage PPO")}), ("aetna", "medicare-advantage"), "the plan"),
    (coverage(name="Aetna", **{"class": plan("x1", name="Medigap G")}), ("aetna", "medicare-supplement"), "its name"),
    (coverage(**{"class": [{"value": "Medicare Part A"}]}, payor=[{"reference": "Organization/x"}]), MEDICARE, "CRD"),
    (
        coverage(
            payor=[{"identifier": {"value": "Centers for Medicare and Medicaid Services"}}], **{"class": plan("Part C")}
        ),
        ("other", "medicare-advantage"),
        "Part C of Medicare is run by others",
    ),
    (coverage(name="Acme", **{"class": plan("Medicare Part B")}), UNKNOWN, "somebody else is named as payer"),
    (coverage(name="Acme Administrators", **{"class": plan("Cigna PPO network")}), UNKNOWN, "a rented network"),
    (
        coverage(name="Acme", **{"class": [{"type": concept(coding(CLASS, "group")), "name": "Aetna Medicare staff"}]}),
        UNKNOWN,
        "a group is the employer",
    ),
    (coverage(insurer={"display": "Aetna"}, kind="insurance"), ("aetna", "unknown"), "R5 insurer"),
    (
        coverage(kind="insurance", paymentBy=[{"party": {"display": "Cigna"}}]),
        ("cigna", "unknown"),
        "R5 paymentBy without an insurer",
    ),
    (
        coverage(insurer={"display": "Cigna"}, kind="insurance", **{"class": [{"value": {"value": "Medicare HMO"}}]}),
        ("cigna", "medicare-advantage"),
        "R5 class value is an Identifier",
    ),
    (coverage(kind="self-pay", paymentBy=[{"party": {"reference": "Patient/p"}}]), ("other", "self-pay"), "R5 kind"),
    (coverage(payor=[{"reference": "Patient/p"}]), ("other", "self-pay"), "the patient pays"),
    (coverage(payor=[{"reference": "https://x.org/RelatedPerson/9/_history/2"}]), ("other", "self-pay"), "a relative"),
    (
        coverage(payor=[{"reference": "#me"}], contained=[{"resourceType": "Patient", "id": "me"}]),
        ("other", "self-pay"),
        "contained",
    ),
    (
        coverage(payor=[{"reference": "Patient/p"}, {"display": "Aetna"}]),
        ("aetna", "unknown"),
        "a share of the patient's",
    ),
    (
        coverage(type=concept(coding("http://terminology.hl7.org/CodeSystem/coverage-selfpay", "pay"))),
        ("other", "self-pay"),
        "the code for it",
    ),
    (coverage(payor=[{"reference": "#o"}], contained=[organization("Aetna", "o")]), ("aetna", "unknown"), "contained"),
    (coverage(payor=by_identifier("60054")), ("aetna", "unknown"), "identifier only"),
    (coverage(payor=by_identifier("62308")), ("cigna", "unknown"), "identifier only"),
    (
        coverage(payor=by_identifier("87726"), type=concept(coding(SOPT, "112"))),
        ("unitedhealthcare", "medicare-advantage"),
        "and line",
    ),
    (coverage(payor=[{"identifier": {"value": "87726"}}]), UNKNOWN, "a number of no kind"),
    (coverage(payor=by_identifier("87726", "npi")), UNKNOWN, "a number of another kind"),
    (
        coverage(payor=[{"identifier": {"system": NAIC, "value": "55555"}, "display": "Acme"}]),
        UNKNOWN,
        "a number not known",
    ),
    (coverage(payor=[{"identifier": {"system": NAIC, "value": "79413"}}]), UNKNOWN, "a row that is not verified"),
    (coverage(payor=by_identifier("60054", display="x")), ("aetna", "unknown"), "an odd identifier"),
    (coverage(payor=[{"display": "Cigna", **by_identifier("60054")[0]}]), UNKNOWN, "name and identifier contradict"),
    (coverage(payor=[{"reference": "Organization/nobody"}]), UNKNOWN, "a payer nobody sent"),
    (coverage(), None, "a Coverage that says nothing"),
]


@pytest.mark.parametrize(("found", "payer", "why"), SHAPES, ids=[f"{i} {s[2]}" for i, s in enumerate(SHAPES)])
def test_shapes_and_traps(found: dict[str, Any], payer: tuple[str, str] | None, why: str) -> None:
    assert payers(found) == ([payer] if payer else []), why


def test_the_organizations_own_name_goes_before_what_a_reference_displays() -> None:
    shown = coverage(payor=[{**TO_O1[0], "display": "Medicare"}])
    assert payers(shown, organization("Services Australia - Medicare")) == [UNKNOWN]
    assert payers(shown, organization("Acme Holding", alias=["Aetna"])) == [("aetna", "unknown")]
    assert payers(shown) == [MEDICARE]


A, B = coverage("a", "Aetna", order=1), coverage("b", "Medicare", order=2)
LISTS: list[tuple[tuple[dict[str, Any], ...], list[str], str]] = [
    ((B, A), ["aetna", "medicare"], "the lowest order is primary"),
    ((coverage("x", "Cigna"), B, A), ["aetna", "medicare", "cigna"], "without an order: last"),
    ((A, coverage("x", "Cigna", order="0")), ["cigna", "aetna"], "an order written as text"),
    ((A, coverage("x", "Cigna", order=True)), ["aetna", "cigna"], "an order that is none"),
    ((A, {**B, "status": "cancelled"}), ["aetna"], "cancelled"),
    ((A, {**B, "status": "entered-in-error"}), ["aetna"], "a mistake"),
    ((A, {**B, "status": "draft"}), ["aetna"], "not yet in force"),
    ((A, {**B, "status": None}), ["aetna", "medicare"], "no status, as some senders have it"),
    ((A, {**B, "period": {"start": "2025-01-01", "end": "2026-03-03"}}), ["aetna"], "ended the day before"),
    ((A, {**B, "period": {"start": "2026-03-04", "end": "2026-03-04"}}), ["aetna", "medicare"], "that very day"),
    ((A, {**B, "period": {"start": "2026-03-05"}}), ["aetna"], "began the day after"),
    ((A, {**B, "period": {"end": "2026-02"}}), ["aetna"], "ended the month before"),
    ((A, {**B, "period": {"start": "2026", "end": "2026-03"}}), ["aetna", "medicare"], "to the end of the month"),
    ((A, {**B, "period": {"start": "2025-01-01T00:00:00Z"}}), ["aetna", "medicare"], "open-ended"),
    ((A, {**B, "period": {"end": "soon"}}), ["aetna", "medicare"], "a period nobody can read rules nothing out"),
    ((A, {**B, "beneficiary": {"reference": "Patient/other"}}), ["aetna"], "somebody else's"),
    ((B, coverage("x", "Medicare Part B")), ["medicare"], "two parts of Medicare are one payer"),
    ((coverage("x", payor=[{"display": "Aetna"}, {"display": "Cigna"}]),), ["aetna", "cigna"], "two payers of one"),
    ((), [], "no Coverage"),
]


@pytest.mark.parametrize(("sent", "expected", "why"), LISTS, ids=[x[2] for x in LISTS])
def test_every_payer_in_force_is_listed_primary_first(
    sent: tuple[dict[str, Any], ...], expected: list[str], why: str
) -> None:
    assert [p for p, _ in payers(*sent)] == expected, why


def test_each_session_has_the_payers_of_its_own_day() -> None:
    first = treated("a", "103716009", "73634005", "24028007", "415582006")
    second = treated("b", "68457009", "113269004", "24028007", "2929001", performedDateTime="2026-06-01")
    sent = request(
        first,
        second,
        coverage=bundle(
            coverage("a", "Aetna", period={"end": "2026-04-30"}),
            coverage("b", "Medicare", period={"start": "2026-05-01"}),
        ),
    )
    assert [(s["date"], [p["payer"] for p in s["payers"]]) for s in explained(sent)["sessions"]] == [
        ("2026-03-04", ["aetna"]),
        ("2026-06-01", ["medicare"]),
    ]


def test_the_basis_says_where_it_was_read_and_repeats_nothing_the_sender_wrote() -> None:
    secret = "Aetna Medicare Advantage for Jane Roe, MRN 12345"
    (found,) = session(mission(coverage=bundle(coverage(name=secret, sopt="111"))))["payers"]
    assert found == {
        "payer": "aetna",
        "lineOfBusiness": "medicare-advantage",
        "basis": "Coverage.payor medicare advantage, aetna; Coverage.type code 11*",
    }
    (other,) = session(mission(coverage=bundle(coverage(name="Jane Roe"))))["payers"]
    assert other["basis"] == "Coverage.payor is not a payer known here"


def test_payers_come_after_the_site_and_are_an_empty_list_where_none_is_known() -> None:
    found = session(mission())
    assert list(found)[3:5] == ["siteOfService", "payers"]
    assert found["payers"] == []


SEPARATE = [
    ((coverage(name="Medicare"),), True, "Medicare itself"),
    ((coverage(name="Medicare"), coverage("s", sopt="523", order=2)), True, "a supplement as second payer"),
    ((coverage("m", "Medicare", order=2), coverage("a", "Aetna", order=1)), True, "Medicare as second payer"),
    ((coverage(name="Aetna Medicare Advantage"),), False, "a plan run for Medicare"),
    ((coverage(sopt="523"),), False, "a supplement alone"),
    ((coverage(name="Medicare", period={"end": "2026-01-31"}),), False, "Medicare of another time"),
    ((coverage(name="Medicare Part D"),), False, "the drug benefit"),
    ((), False, "nobody knows"),
]


@pytest.mark.parametrize(("sent", "medicare", "why"), SEPARATE, ids=[s[2] for s in SEPARATE])
def test_only_medicare_itself_raises_its_outpatient_question(
    sent: tuple[dict[str, Any], ...], medicare: bool, why: str
) -> None:
    lithotripsy = treated("i", "103716009", "73634005", "24028007", "415582006", code=ivl())
    found = session(request(lithotripsy, encounter=encounter(code="OBSENC"), coverage=bundle(*sent)))
    assert ("R-SEPARATE" in {n["rule"] for n in found["notes"]}) is medicare, why


def ivl() -> dict[str, Any]:
    return concept(text="Intravascular lithotripsy and stent of right common iliac artery")


VOCABULARY = shipped_vocabulary()
KEYS = st.sampled_from(
    [
        "status",
        "order",
        "type",
        "kind",
        "payor",
        "insurer",
        "paymentBy",
        "period",
        "class",
        "contained",
        "beneficiary",
        "coding",
        "code",
        "system",
        "text",
        "display",
        "reference",
        "identifier",
        "value",
        "name",
        "party",
        "start",
        "end",
        "alias",
        "id",
        "resourceType",
    ]
)
WORDS = st.sampled_from(
    [
        "active",
        "Aetna",
        "Medicare",
        "medicare advantage",
        "121",
        "6",
        SOPT,
        ACT,
        NAIC,
        CARIN,
        "payerid",
        "60054",
        "#o",
        "Organization/o1",
        "Patient/p",
        "2026-03-04",
        "2026-13-99",
        "self-pay",
        "\ud800",
        "\u0662",
        "",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8)
JSON = st.recursive(LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(KEYS, x, max_size=4), max_leaves=25)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(
    st.dictionaries(KEYS, JSON, max_size=8),
    st.dictionaries(KEYS, JSON, max_size=4),
    st.sampled_from([{}, {"status": "active", "beneficiary": {}, "period": {}}]),
    st.sampled_from([When(), When(year=2026)]),
)
def test_whatever_stands_in_a_coverage_nothing_breaks(
    found: dict[str, Any], payer: dict[str, Any], fixed: dict[str, Any], day: When
) -> None:
    chart = Chart(patient="p")
    chart.add({**found, **fixed, "resourceType": "Coverage", "id": "c"})
    chart.add({**payer, "resourceType": "Organization", "id": "o1"})
    for one in payers_of(chart, day, VOCABULARY):
        assert one.identity in PayerIdentity
        assert one.line in LineOfBusiness
        assert one.basis
        assert (one.identity is PayerIdentity.MEDICARE) == (one.line is LineOfBusiness.MEDICARE)


ODD: list[Any] = [None, 7, "x", [], {}, [None], [[]], {"reference": 3}, {"coding": "x"}, [{"coding": [{"code": 1}]}]]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize(
    "name", ["status", "order", "type", "payor", "insurer", "paymentBy", "period", "class", "kind"]
)
def test_odd_elements_break_no_request(name: str, odd: Any) -> None:
    assert cards(mission(coverage=bundle({**coverage(name="Aetna", sopt="512"), name: odd})))


POLICIES = [
    ([coverage(name="Medicare Part B")], ["NCD 20.7"], "Medicare's own"),
    ([coverage(name="Aetna Medicare Advantage")], ["NCD 20.7"], "line of business before brand"),
    ([coverage(name="Medicare"), coverage("c2", name="Medigap Plan N")], ["NCD 20.7"], "a supplement adds nothing"),
    ([coverage(name="Anthem", sopt="6")], ["CAR07-0925.1"], "a commercial Blue plan"),
    ([coverage(name="Anthem")], [], "a brand alone does not tell the line"),
    ([coverage(name="Anthem Medicaid", sopt="2")], [], "Medicaid run by a brand"),
    ([coverage(name="Aetna", sopt="512")], [], "no policy of it was confirmed"),
    ([coverage(name="Acme Health Plan")], [], "not known here"),
    ([], [], "no payer is known"),
]


@pytest.mark.parametrize(("coverages", "numbers", "why"), POLICIES, ids=[p[2] for p in POLICIES])
def test_the_policies_named_beside_a_chart(coverages: list[dict[str, Any]], numbers: list[str], why: str) -> None:
    (found,) = read_request(mission(coverage=bundle(*coverages)), load(), shipped_vocabulary()).sessions
    assert [n.number for n in policies_for(found, load())] == numbers, why
