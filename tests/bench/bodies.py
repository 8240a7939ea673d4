"""The requests that are measured: the mission, and the same among 200 procedures of a full chart."""

import json
from pathlib import Path

MISSION = Path(__file__).parents[2] / "fhir_fixtures/mission/request.json"


def bodies() -> dict[str, bytes]:
    """Request bodies by name."""
    raw = MISSION.read_bytes()
    full = json.loads(raw)
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
    return {"mission": raw, "chart-200": json.dumps(full).encode()}
