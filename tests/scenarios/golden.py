"""The golden answers of the scenarios: `python -m tests.scenarios.golden` writes them anew; read the diff before you keep it."""

import json
from pathlib import Path
from typing import Any

from tests.charts import adviser

FIXTURES = Path(__file__).parents[2] / "fhir_fixtures"


def names() -> list[str]:
    return sorted(p.parent.name for p in FIXTURES.glob("*/request.json"))


def loaded(name: str, file: str) -> Any:
    return json.loads((FIXTURES / name / file).read_text("utf-8"))


def written(name: str) -> str:
    """The answer to a scenario as it is kept."""
    return json.dumps(adviser().answer(loaded(name, "request.json")), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in names():
        (FIXTURES / each / "cards.json").write_text(written(each), encoding="utf-8")
