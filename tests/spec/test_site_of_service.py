"""Where a session took place: what settles the place of service, what only looks as if it did, and what contradicts."""

from typing import Any

import pytest

from tests.charts import (
    BALLOON,
    COMMON,
    CPT,
    EXTERNAL,
    OCCLUSION,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    bundle,
    claim,
    coding,
    concept,
    encounter,
    explained,
    request,
    session,
    snomed,
    treated,
)

POS = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
EX_POS = "http://terminology.hl7.org/CodeSystem/ex-serviceplace"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0004"
NUCC = "http://nucc.org/provider-taxonomy"
EPIC = "urn:oid:1.2.840.114350.1.72.1.7.7.10.696784.13260"
PHYSICAL = "http://terminology.hl7.org/CodeSystem/location-physical-type"
ASC, OFFICE, HOSPITAL_CLINIC = coding(SNOMED, "405607001"), coding(SNOMED, "39350007"), coding(SNOMED, "5584006")
HOSPITAL = coding(ROLE, "HOSP")


def place(key: str, *kinds: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Location", "id": key, "type": [concept(k) for k in kinds], **more}


def organization(key: str, *kinds: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Organization", "id": key, "type": [concept(k) for k in kinds], **more}


def at(*keys: str, **more: Any) -> dict[str, Any]:
    """An ambulatory encounter at these locations."""
    found = [{"location": {"reference": f"Location/{k}"}} for k in keys]
    return encounter(**{"code": "AMB", "location": found, **more})


def done(*others: dict[str, Any], stay: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The mission in an ambulatory encounter, with other resources beside it; `more` is on its Procedures."""
    acts = (
        treated("a", STENT, COMMON, RIGHT, STENOSIS, **more),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION, **more),
    )
    return request(*acts, encounter=stay or encounter(code="AMB"), others=bundle(*others))


def charged(
    pos: str, code: str = "37258", system: str = POS, *, item: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A draft Claim with one line of encounter e1 and the session's day."""
    out = claim("c1", (code, ["RT"], 1))
    where = {"locationCodeableConcept": concept(coding(system, pos)), "servicedDate": "2026-03-04"}
    out["item"][0].update({**where, "encounter": [{"reference": "Encounter/e1"}], **(item or {})})
    return {**out, **more}


def both(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {**first, "item": [*first["item"], *second["item"]]}


def history(*rows: tuple[str, str, str], code: str = "IMP") -> dict[str, Any]:
    spans = [
        {"class": coding(ACT, c), "period": {k: v for k, v in (("start", s), ("end", e)) if v}} for c, s, e in rows
    ]
    return encounter(code=code, classHistory=spans)


def classes(*codes: str) -> dict[str, Any]:
    """An R5 encounter with a list of classes."""
    return {**encounter(), "status": "completed", "class": [concept(coding(ACT, c)) for c in codes]}


def typed(kind: dict[str, Any], code: str = "AMB") -> dict[str, Any]:
    return encounter(code=code, type=[concept(kind)])


def based(**order: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    out = {"resourceType": "ServiceRequest", "id": "o1", "status": "completed", "intent": "order"}
    return {**out, "subject": {"reference": "Patient/p"}, "code": snomed(STENT), **order}, {
        "basedOn": [{"reference": "ServiceRequest/o1"}]
    }


def extended(code: str) -> dict[str, Any]:
    return {"extension": [{"url": "https://ehr.example.org/pos", "valueCodeableConcept": concept(coding(POS, code))}]}


ORDERED, BASED = based(locationCode=[concept(coding(POS, "24"))])
ORDERED_ROLE, _ = based(locationCode=[concept(coding(ROLE, "PROFF"))])
MORNING = {"start": "2026-03-04T07:00:00-05:00", "end": "2026-03-04T09:00:00-05:00"}
AT_TEN = {"performedDateTime": "2026-03-04T10:00:00-05:00"}

Row = tuple[dict[str, Any], str | None, tuple[str, ...], str]
EXPLICIT: list[Row] = [
    (done(charged("22")), "22", ("Claim.item.location 22",), "the claim line of this session says so"),
    (done(charged("19")), "19", (), "off the campus is a place of its own"),
    (done(charged("21", system=EX_POS)), "21", (), "HL7's example system has the same number for inpatient"),
    (done(charged("24", item={"encounter": None})), "24", (), "the day and our own code are enough"),
    (done(charged("24", item={"servicedDate": None})), "24", (), "the encounter is enough"),
    (done(charged("24", item={"encounter": None, "servicedDate": None})), "24", (), "the draft under review"),
    (done(charged("22", "99223")), "22", (), "another service of the same encounter was done where this one was"),
    (done(stay=encounter(code="AMB", **extended("24"))), "24", ("Encounter.extension 24",), "an extension states it"),
    (done(**extended("11")), "11", ("Procedure.extension 11",), "an extension of the Procedure states it"),
    (done(ORDERED, **BASED), "24", ("ServiceRequest.locationCode 24",), "the order the act rests on names it"),
    (done(ORDERED_ROLE, **BASED), "11", (), "a role code in locationCode is a kind of place"),
    (done(charged("22"), stay=encounter(code="OBSENC")), "22", ("Claim",), "the claim and the class agree"),
    (done(charged("19"), stay=encounter(code="OBSENC")), "19", (), "observation off the campus"),
    (done(charged("21"), stay=encounter(code="AMB")), "21", (), "AMB proves nothing, so the claim stands"),
]
NOT_OURS: list[Row] = [
    (done(charged("24", item={"encounter": [{"reference": "Encounter/e9"}]})), None, (), "another encounter's claim"),
    (done(charged("24", item={"encounter": [{"reference": "Encounter/e9"}], "servicedDate": None})), None, (), "same"),
    (done(charged("24", item={"servicedDate": "2026-02-01"})), None, (), "the encounter's claim of another day"),
    (done(charged("24", item={"encounter": None, "servicedDate": "2025-03-04"})), None, (), "last year's claim"),
    (
        done(charged("24", item={"encounter": None, "servicedDate": None}, billablePeriod={"end": "2026-01-31"})),
        None,
        (),
        "a claim for January",
    ),
    (done(charged("11", "99213", item={"encounter": None})), None, (), "the clinic visit of that morning"),
    (done(charged("24", item={"encounter": None, "servicedDate": None}, status="active")), None, (), "says of nobody"),
    (done(charged("24", status="entered-in-error")), None, (), "a claim that was a mistake"),
    (done(charged("24", use="preauthorization")), None, (), "a request for authorization is not a place"),
    (done(charged("24", system="https://ehr.example.org/pos")), None, (), "a number of an unknown system"),
    (done(charged("49")), None, ("Claim.item.location 49",), "a place this product does not know"),
    (done(ORDERED), None, (), "an order no act rests on"),
    (done(based(locationCode=[concept(coding(POS, "24"))], status="revoked")[0], **BASED), None, (), "revoked"),
]
CLASS: list[Row] = [
    (done(stay=encounter(code="IMP")), "21", ("Encounter.class IMP",), "inpatient"),
    (done(stay=encounter(code="ACUTE")), "21", (), "inpatient acute"),
    (done(stay=encounter(code="OBSENC")), "22", ("campus not recorded",), "observation is outpatient hospital"),
    (done(stay=encounter(code="EMER")), "23", (), "emergency department"),
    (done(), None, ("Encounter.class AMB",), "ambulatory proves nothing"),
    (done(stay=encounter(code="SS")), None, ("Encounter.class SS",), "short stay may be either"),
    (done(place("l", HOSPITAL), stay=at("l", code="SS")), None, (), "a short stay in a hospital may be either"),
    (done(place("l", HOSPITAL_CLINIC), stay=at("l", code="SS")), None, (), "the room does not tell who was admitted"),
    (done(place("l", ASC), stay=at("l", code="SS")), "24", (), "nobody is admitted to a surgery centre"),
    (done(stay=encounter(code="PRENC")), None, (), "planned"),
    (
        done(stay={**encounter(), "class": coding(EPIC, "13", "Inpatient")}),
        None,
        (),
        "an Epic OID; displays never count",
    ),
    (done(stay={**encounter(), "class": coding(ACT, "AMB", "inpatient")}), None, (), "a display against its code"),
    (done(stay={**encounter(), "class": coding(ACT, "IMP", "ED patient visit")}), "21", (), "the code counts"),
    (done(stay={**encounter(), "class": coding(SNOMED, "183452005")}), None, (), "a SNOMED code not known here"),
    (done(stay={**encounter(), "class": coding("", "IMP")}), None, (), "a code of no system"),
    (done(stay={**encounter(), "class": coding(V2, "I")}), "21", (), "HL7 v2 inpatient"),
    (done(stay={**encounter(), "class": coding(V2, "O")}), None, (), "HL7 v2 outpatient is any of four places"),
    (done(stay=classes("IMP")), "21", (), "R5 has a list"),
    (done(stay=classes("AMB")), None, (), "R5, ambulatory"),
    (done(stay=classes("EMER", "IMP")), None, ("EMER", "IMP"), "R5, two classes and no time to tell them apart"),
    (done(stay=classes("AMB", "IMP")), None, ("AMB", "IMP"), "the patient was an outpatient at some time"),
    (done(stay=classes("AMB", "OBSENC")), "22", (), "both are outpatients"),
    (done(stay=typed(coding(V2, "E"))), "23", ("Encounter.type E",), "the type tells what AMB leaves open"),
    (done(stay=typed(coding(V2, "I"))), None, ("contradictory",), "ambulatory and inpatient"),
    (done(stay=typed(coding(V2, "E"), "IMP")), "21", (), "the class goes before the type"),
    (done(stay=typed(coding(CPT, "99223"))), "22", (), "hospital care of somebody not admitted"),
    (done(stay=typed({"display": "Inpatient"})), None, (), "words are not read"),
]
CLASS_IN_TIME: list[Row] = [
    (
        done(stay=history(("OBSENC", "2026-03-04T08:00:00-05:00", "2026-03-04T20:00:00-05:00")), **AT_TEN),
        "22",
        ("classHistory OBSENC",),
        "in observation when it was done, admitted later",
    ),
    (
        done(stay=history(("EMER", "2026-03-04T02:00:00-05:00", "2026-03-04T08:00:00-05:00")), **AT_TEN),
        "21",
        ("IMP",),
        "admitted from the emergency department before it was done",
    ),
    (
        done(stay=history(("EMER", "2026-03-04T02:00:00-05:00", "2026-03-04T08:00:00-05:00"))),
        None,
        ("EMER", "IMP"),
        "the day alone does not tell before or after admission",
    ),
    (
        done(stay=history(("OBSENC", "2026-03-01", "2026-03-03"), ("IMP", "2026-03-03", "2026-03-09"))),
        "21",
        (),
        "admitted the day before",
    ),
    (done(stay=history(("IMP", "2026-03-05", ""))), None, (), "admitted the day after; what it was before is unknown"),
    (
        done(stay=history(("OBSENC", "2026-03-04T15:00:00Z", "2026-03-04T16:00:00Z")), **AT_TEN),
        "22",
        (),
        "times of two zones are compared as times",
    ),
]
PLACES: list[Row] = [
    (done(place("l", ASC), stay=at("l")), "24", ("Location.type 405607001",), "ambulatory surgery centre"),
    (done(place("l", OFFICE), stay=at("l")), "11", (), "physicians' office"),
    (done(place("l", HOSPITAL_CLINIC), stay=at("l")), "22", (), "hospital outpatient clinic"),
    (done(place("l", HOSPITAL), stay=at("l")), "22", ("AMB", "HOSP"), "an outpatient in a hospital"),
    (done(place("l", HOSPITAL), stay=at("l", code="IMP")), "21", (), "an inpatient in a hospital"),
    (done(place("l", HOSPITAL_CLINIC), stay=at("l", code="IMP")), "21", (), "an inpatient in an outpatient room"),
    (
        done(place("l", HOSPITAL), stay={**at("l"), "class": coding(EPIC, "13")}),
        None,
        ("Location.type HOSP",),
        "a hospital, and nobody knows whether the patient was admitted",
    ),
    (done(place("l", coding(ROLE, "CATH")), stay=at("l")), None, (), "a catheter laboratory may be anyone's"),
    (done(place("l", coding(ROLE, "CVDX")), stay=at("l")), None, (), "so may an angiography suite"),
    (done(place("l", coding(ROLE, "SU")), stay=at("l")), None, (), "a surgery clinic is no licensed centre"),
    (done(place("l", coding(ROLE, "ER")), stay=at("l")), "23", (), "emergency room"),
    (
        done(place("l", coding(ROLE, "CATH"), partOf={"reference": "Location/h"}), place("h", HOSPITAL), stay=at("l")),
        "22",
        (),
        "the laboratory is part of a hospital",
    ),
    (
        done(place("l", ASC, partOf={"reference": "Location/h"}), place("h", HOSPITAL), stay=at("l")),
        "24",
        (),
        "a surgery centre in a hospital is one all the same",
    ),
    (
        done(place("l", OFFICE, partOf={"reference": "Location/h"}), place("h", HOSPITAL), stay=at("l")),
        None,
        ("39350007", "HOSP"),
        "an office in a hospital may be a department of it",
    ),
    (
        done(place("l", partOf={"reference": "Location/l"}, type=[]), stay=at("l")),
        None,
        (),
        "a location that is part of itself ends somewhere",
    ),
    (
        done(place("l", physicalType=concept(coding(PHYSICAL, "bd"))), stay=at("l")),
        None,
        (),
        "a physical type never decides",
    ),
    (done(place("l", {"display": "Ambulatory surgery center"}), stay=at("l")), None, (), "a display never decides"),
    (done(stay=at("elsewhere")), None, (), "a location nobody sent"),
    (done(place("l", ASC), location={"reference": "Location/l"}), "24", (), "the Procedure names its location"),
    (
        done(
            place("l", managingOrganization={"reference": "Organization/o"}),
            organization("o", coding(NUCC, "261QA1903X")),
            stay=at("l"),
        ),
        "24",
        ("Organization.type 261QA1903X",),
        "the taxonomy of who runs it",
    ),
    (
        done(
            organization("o", coding(NUCC, "261QA1903X")),
            stay=encounter(code="AMB", serviceProvider={"reference": "Organization/o"}),
        ),
        "24",
        (),
        "the taxonomy of who provides the encounter",
    ),
    (
        done(
            place("l", coding(ROLE, "CATH"), managingOrganization={"reference": "Organization/o"}),
            organization("o", partOf={"reference": "Organization/h"}),
            organization("h", coding(NUCC, "282N00000X")),
            stay=at("l"),
        ),
        "22",
        (),
        "a laboratory whose owner is part of a hospital",
    ),
    (
        done(
            place("er", coding(ROLE, "ER")),
            place("clinic", HOSPITAL_CLINIC),
            stay=encounter(
                code="AMB",
                location=[
                    {"location": {"reference": "Location/er"}, "period": MORNING},
                    {"location": {"reference": "Location/clinic"}, "period": {"start": "2026-03-04T09:30:00-05:00"}},
                ],
            ),
            **AT_TEN,
        ),
        "22",
        (),
        "only the location at the time of the procedure counts",
    ),
    (
        done(
            place("l", ASC),
            stay=encounter(code="AMB", location=[{"location": {"reference": "Location/l"}, "status": "planned"}]),
        ),
        None,
        (),
        "a location that was only planned",
    ),
]
CONTRADICTORY: list[Row] = [
    (done(charged("22"), stay=encounter(code="IMP")), None, ("22", "IMP"), "the claim against the class"),
    (done(charged("24"), place("l", HOSPITAL), stay=at("l")), None, ("24", "HOSP"), "the claim against the location"),
    (done(place("l", ASC), stay=at("l", code="IMP")), None, ("IMP", "405607001"), "an inpatient in a surgery centre"),
    (done(place("l", OFFICE), stay=at("l", code="OBSENC")), None, ("OBSENC", "39350007"), "observation in an office"),
    (done(place("l", HOSPITAL, OFFICE), stay=at("l")), None, ("HOSP", "39350007"), "two types of one location"),
    (done(both(charged("22"), charged("24", "37257"))), None, ("22", "24"), "two lines of one claim"),
    (
        done(
            place("l", HOSPITAL),
            organization("o", coding(NUCC, "261QA1903X")),
            stay=at("l", serviceProvider={"reference": "Organization/o"}),
        ),
        None,
        ("HOSP", "261QA1903X"),
        "a surgery centre that provides care in a hospital",
    ),
]
ALL = [*EXPLICIT, *NOT_OURS, *CLASS, *CLASS_IN_TIME, *PLACES, *CONTRADICTORY]


@pytest.mark.parametrize(("sent", "pos", "named", "why"), ALL, ids=[r[3] for r in ALL])
def test_the_site_is_what_the_record_settles(
    sent: dict[str, Any], pos: str | None, named: tuple[str, ...], why: str
) -> None:
    (site,) = (s["siteOfService"] for s in explained(sent)["sessions"] if s["treated"])
    assert site["pos"] == pos, (why, site)
    assert [n for n in named if n not in site["basis"]] == [], (why, site)


@pytest.mark.parametrize(("sent", "pos", "named", "why"), CONTRADICTORY, ids=[r[3] for r in CONTRADICTORY])
def test_what_contradicts_is_called_so(sent: dict[str, Any], pos: None, named: tuple[str, ...], why: str) -> None:
    assert session(sent)["siteOfService"]["basis"].startswith("contradictory: "), why


def test_without_any_mark_the_basis_says_that_nothing_is_recorded() -> None:
    assert session(done(stay={"resourceType": "Encounter", "id": "e1"}))["siteOfService"] == {
        "pos": None,
        "basis": "not recorded",
    }


def test_a_surgical_case_without_a_class_of_its_own_takes_that_of_its_stay() -> None:
    case = encounter("e2", code="AMB", partOf={"reference": "Encounter/e1"})
    sent = done(case, stay=encounter(), encounter={"reference": "Encounter/e2"})
    assert session(sent)["siteOfService"] == {"pos": "21", "basis": "Encounter.class IMP"}


def test_the_emergency_part_of_a_stay_is_emergency() -> None:
    part = encounter("e2", code="EMER", partOf={"reference": "Encounter/e1"})
    sent = done(part, stay=encounter(), encounter={"reference": "Encounter/e2"})
    assert session(sent)["siteOfService"]["pos"] == "23"


def test_an_encounter_of_another_time_lends_nothing_to_a_session_that_names_its_own() -> None:
    sent = done(encounter("e9"), stay=encounter(), encounter={"reference": "Encounter/e2"})
    del sent["context"]["encounterId"]
    assert session(sent)["siteOfService"] == {"pos": None, "basis": "not recorded"}


def ordered(**more: Any) -> dict[str, Any]:
    order, _ = based(status="draft", bodySite=[snomed(COMMON), snomed(RIGHT)], **more)
    sent = request(hook="order-sign", encounter=at("l", code="IMP"), place=place("l", HOSPITAL))
    sent["context"]["draftOrders"] = bundle(order)
    sent["prefetch"].pop("procedures")
    return sent


PLANNED = [
    (ordered(locationCode=[concept(coding(POS, "24"))]), "24", "the order's word goes before where it was written"),
    (ordered(location=[{"concept": concept(coding(POS, "24"))}]), "24", "R5"),
    (
        ordered(locationReference=[{"reference": "Location/l"}]),
        None,
        "a hospital; in- or outpatient is not planned yet",
    ),
    (ordered(), "21", "nothing else is known than where the patient is"),
]


@pytest.mark.parametrize(("sent", "pos", "why"), PLANNED, ids=[p[2] for p in PLANNED])
def test_a_planned_service_is_where_its_order_wants_it(sent: dict[str, Any], pos: str | None, why: str) -> None:
    assert session(sent)["siteOfService"]["pos"] == pos, why


ODD: list[Any] = [None, 7, "x", [], {}, [None], {"reference": 3}, {"coding": "x"}, [{"coding": [{"code": 1}]}]]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("name", ["class", "classHistory", "type", "location", "serviceProvider", "extension"])
def test_odd_encounters_settle_nothing_and_break_nothing(name: str, odd: Any) -> None:
    found = explained(done(stay={**encounter(code="AMB"), name: odd}))["sessions"]
    assert [s["siteOfService"]["pos"] for s in found] == [None]
