"""SNOMED CT expressions: the concepts of a plain one, and anything else left whole."""

import pytest

from cds_service.fhir.elements import codings
from cds_service.fhir.expressions import concepts_of


@pytest.mark.parametrize(
    ("code", "concepts"),
    [
        ("113269004", ("113269004",)),
        ("113269004 |Structure of external iliac artery|", ("113269004",)),
        ("113269004:272741003=7771000", ("113269004", "7771000")),
        ("=== 113269004 : 272741003 = 7771000 |Left|", ("113269004", "7771000")),
        ("68457009:{405813007=(113269004:272741003=7771000)}", ("68457009", "113269004", "7771000")),
        ("68457009+1231:363704007=113269004", ("68457009+1231:363704007=113269004",)),
        ("68457009+387713003:363704007=113269004", ("68457009", "387713003", "113269004")),
        ("6074000:408729009=410516002", ("6074000:408729009=410516002",)),
        ("113269004:272741003=7771000,408729009=410516002", ("113269004:272741003=7771000,408729009=410516002",)),
        ("37257:RT", ("37257:RT",)),
        ("047C3ZZ", ("047C3ZZ",)),
        ("", ("",)),
    ],
)
def test_an_expression_is_its_concepts_where_it_only_adds_place_leg_or_means(
    code: str, concepts: tuple[str, ...]
) -> None:
    assert concepts_of(code) == concepts


def test_what_an_expression_is_called_is_said_of_its_focus_once() -> None:
    sent = {"coding": [{"system": "http://snomed.info/sct", "code": "68457009:405813007=113269004", "display": "PTA"}]}
    assert [(c.code, c.display) for c in codings(sent)] == [("68457009", "PTA"), ("113269004", "")]
