"""Charge lines in odd shapes: sites below sites, lines that lead to a Procedure, encounters known by number."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.charts import (
    BALLOON,
    COMMON,
    EXTERNAL,
    LEFT,
    OCCLUSION,
    RIGHT,
    SNOMED,
    STENOSIS,
    STENT,
    charge,
    claim,
    coding,
    concept,
    encounter,
    explained,
    findings,
    mission,
    request,
    session,
    snomed,
    treated,
)

EIA_RIGHT = concept(coding(SNOMED, EXTERNAL), coding(SNOMED, RIGHT))
PAIR = (("37258", ["RT"], 1), ("37257", [], 1))


def second(**item: Any) -> dict[str, Any]:
    """The mission's claim; its second item names no leg by modifier and has these elements."""
    found = claim("k", *PAIR)
    found["item"][1].update(item)
    return found


def leg_and_vessel(draft: dict[str, Any], **more: Any) -> list[tuple[Any, Any]]:
    from tests.charts import adviser

    reading, _ = adviser().decide(mission(drafts=(draft,), **more))
    lines = [x for s in reading.sessions for x in s.draft if x.code == "37257"]
    return [(x.side.value if x.side else None, tuple(v.value for v in x.vessels)) for x in lines]


BOTH = [("right", ("external-iliac",))]
SITES: list[tuple[dict[str, Any], list[tuple[Any, Any]], str]] = [
    ({"bodySite": EIA_RIGHT}, BOTH, "R4: one concept"),
    ({"bodySite": snomed(EXTERNAL), "subSite": [snomed(RIGHT)]}, BOTH, "R4: the side below the site"),
    ({"bodySite": snomed(RIGHT), "subSite": [snomed(EXTERNAL)]}, BOTH, "R4: the vessel below the side"),
    ({"subSite": [EIA_RIGHT]}, BOTH, "R4: only below"),
    ({"bodySite": [{"site": [{"concept": EIA_RIGHT}]}]}, BOTH, "R5: a concept"),
    ({"bodySite": [{"site": [{"concept": snomed(EXTERNAL)}], "subSite": [snomed(RIGHT)]}]}, BOTH, "R5: side below"),
    ({"bodySite": [{"site": [{"reference": {"reference": "BodyStructure/bs"}}]}]}, BOTH, "R5: a BodyStructure"),
    ({"bodySite": {"text": "Right external iliac artery"}}, BOTH, "words"),
    ({"modifier": [{"text": "RT"}]}, [("right", ())], "the modifier in words"),
    ({"modifier": [concept(coding("https://example.org/m", "rt"))]}, [("right", ())], "in small letters"),
    ({"modifier": [concept(coding("x", "RT")), concept(coding("x", "59"))]}, [("right", ())], "two modifiers"),
    ({"modifier": [concept(coding("x", "RT")), concept(coding("x", "LT"))]}, [(None, ())], "both legs on one line"),
    ({"procedureSequence": [2]}, [(None, ("external-iliac",))], "the Procedure of the claim"),
    ({"procedureSequence": [9]}, [(None, ())], "a sequence that is not there"),
    ({"procedureSequence": [1, 2]}, [(None, ("common-iliac", "external-iliac"))], "two Procedures"),
    ({"bodySite": snomed(LEFT), "procedureSequence": [2]}, [("left", ())], "its own site comes first"),
    ({}, [(None, ())], "nothing said"),
]
STRUCTURE = {
    "resourceType": "BodyStructure",
    "id": "bs",
    "includedStructure": [{"structure": snomed(EXTERNAL), "laterality": snomed(RIGHT)}],
}
PROCEDURES = [
    {"sequence": 1, "procedureReference": {"reference": "Procedure/stent"}},
    {"sequence": 2, "procedureReference": {"reference": "Procedure/balloon"}},
]


@pytest.mark.parametrize(("item", "expected", "why"), SITES, ids=[s[2] for s in SITES])
def test_a_claim_item_names_its_leg_and_vessel_in_many_ways(
    item: dict[str, Any], expected: list[tuple[Any, Any]], why: str
) -> None:
    draft = {**second(**item), "procedure": PROCEDURES}
    more = {"structures": {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": STRUCTURE}]}}
    assert leg_and_vessel(draft, **more) == expected, why


def test_the_procedure_of_a_claim_may_be_a_code() -> None:
    pcs = {
        "sequence": 2,
        "procedureCodeableConcept": concept(coding("http://www.cms.gov/Medicare/Coding/ICD10", "047H3ZZ")),
    }
    assert leg_and_vessel({**second(procedureSequence=[2]), "procedure": [pcs]}) == [(None, ("external-iliac",))]


def test_a_charge_item_leads_to_its_procedure_in_either_release() -> None:
    for service in ([{"reference": "Procedure/balloon"}], [{"reference": {"reference": "Procedure/balloon"}}]):
        assert leg_and_vessel(charge("c", "37257", service=service)) == BOTH


def test_a_charge_that_leads_to_the_other_leg_is_on_the_wrong_one() -> None:
    acts = (
        treated("s", STENT, COMMON, RIGHT, STENOSIS),
        treated("b", BALLOON, EXTERNAL, RIGHT, OCCLUSION),
        treated("l", STENT, COMMON, LEFT, STENOSIS),
    )
    drafts = (
        charge("c1", "37258", "RT"),
        charge("c2", "37258", "LT"),
        charge("c3", "37257", service=[{"reference": "Procedure/l"}]),
    )
    assert "wrong-leg" in findings(session(request(*acts, drafts=drafts)))


def test_a_claim_line_that_leads_to_a_procedure_still_needs_its_modifier() -> None:
    draft = {**second(procedureSequence=[2]), "procedure": PROCEDURES}
    assert findings(session(mission(drafts=(draft,)))) == {"wrong-modifier"}


def test_every_item_is_a_line_of_its_own() -> None:
    draft = claim("k", ("37258", ["RT"], 1), ("37257", ["RT"], 1), ("37257", ["RT"], 1), ("99214", ["25"], 1))
    found = session(mission(drafts=(draft,)))
    assert [x["code"] for x in found["draft"]["lines"]] == ["37258", "37257", "37257"]
    assert findings(found) == {"duplicate-line", "over-mue"}


def test_a_charge_of_an_encounter_known_by_number_is_that_encounters() -> None:
    def context(number: str) -> dict[str, Any]:
        return {"context": {"identifier": {"system": "urn:visits", "value": number}}}

    ours = encounter(identifier=[{"system": "urn:visits", "value": "1"}])
    pair = (charge("c1", "37258", "RT", **context("1")), charge("c2", "37257", "RT", **context("1")))
    other = charge("c3", "37257", "LT", **context("2"))
    assert findings(session(mission(drafts=(*pair, other), encounter=ours))) == set()


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda x: (
        st.lists(x, max_size=2)
        | st.dictionaries(st.sampled_from(["site", "concept", "coding", "code", "text", "reference", "sequence"]), x)
    ),
    max_leaves=6,
)
FIELDS = ("bodySite", "subSite", "procedureSequence", "modifier", "quantity", "servicedDate", "encounter")


@settings(deadline=None, derandomize=True)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JUNK)), JUNK)
def test_any_claim_is_read_or_reported_and_never_breaks(item: dict[str, Any], procedures: Any) -> None:
    explained(mission(drafts=({**second(**item), "procedure": procedures}, charge("c", "37257", service=procedures))))
