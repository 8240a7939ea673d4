"""The requests that are measured: the mission, and the same among 200 procedures of a full chart."""

import json
from pathlib import Path

MISSION = Path(__file__).parents[2] / "fhir_fixtures/mission/request.json"


def write_bodies(folder: Path) -> dict[str, Path]:
    """A file for each request, as the load generator reads it, by its name."""
    mission, full = (json.loads(MISSION.read_bytes()) for _ in range(2))
    entries = full["prefetch"]["procedures"]["entry"]
    for number in range(200 - len(entries)):
        code = {"system": "http://snomed.info/sct", "code": "73761001", "display": "Colonoscopy"}
        other = {
            "resourceType": "Procedure",
            "id": f"other-{number}",
            "status": "completed",
            "subject": entries[0]["resource"]["subject"],
            "encounter": {"reference": "Encounter/earlier"},
            "performedDateTime": f"20{10 + number % 15}-05-06",
            "code": {"coding": [code], "text": "Colonoscopy, screening"},
            "note": [{"text": "Tolerated well. No polyp was seen. Follow up in ten years. " * 8}],
        }
        entries.append({"fullUrl": f"https://ehr.example/Procedure/other-{number}", "resource": other})
    found = {}
    for name, request in (("mission", mission), ("chart-200", full)):
        found[name] = folder / f"{name}.txt"
        found[name].write_text(json.dumps(request) + "\n", encoding="utf-8")
    return found
