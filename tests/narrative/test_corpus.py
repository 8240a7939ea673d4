"""Public FHIR examples, none of them about an iliac artery, go through the reader with no crash and no code."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.charts import explained

CORPUS = Path(os.environ.get("ILIAC_CDS_TEST_CORPUS", "no-corpus-given"))
FILES = sorted(CORPUS.rglob("*.json")) if CORPUS.is_dir() else []


def _as_request(value: Any) -> dict[str, Any]:
    """A file as `explain` takes it: a hook request as it is, anything else as a request that carries nothing else."""
    if isinstance(value, dict) and "resourceType" not in value:
        return value
    return {"context": {}, "prefetch": {"procedures": value}}


@pytest.mark.skipif(not FILES, reason="ILIAC_CDS_TEST_CORPUS names no folder of public FHIR files")
def test_no_file_of_the_public_corpus_gives_a_code_of_the_family() -> None:
    found: list[str] = []
    for path in FILES:
        document = explained(_as_request(json.loads(path.read_text("utf-8"))))
        found += [f"{path.name}: {line['code']}" for s in document["sessions"] for line in s["lines"]]
    assert not found
    assert len(FILES) > 800


def test_an_unrelated_example_of_every_kind_gives_nothing() -> None:
    shapes: list[Any] = [{}, {"resourceType": "Bundle"}, {"resourceType": "Patient", "id": "p"}]
    assert all(explained(_as_request(s))["sessions"] == [] for s in shapes)
