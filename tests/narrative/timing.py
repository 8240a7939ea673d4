"""How long 50,000 characters take to read: `python -m tests.narrative.timing` prints milliseconds of processor time.

Best and median of runs; the time other programs take in between does not count.
"""

import statistics
import time
from datetime import date

from cds_service.fhir.narrative import read_narrative
from cds_service.knowledge.terms import load_lexicon
from tests.narrative.scoring import wordings

SIZE, RUNS = 50_000, 25
DAYS = (date(2026, 3, 4),)
CHART = """Hospital course. Patient seen and examined, in no acute distress. Vital signs stable, afebrile, blood pressure
132/78, heart rate 72 and regular. Metoprolol 25 mg twice daily, atorvastatin 40 mg nightly, aspirin 81 mg daily.
Lungs clear to auscultation. Abdomen soft, no tenderness. Hemoglobin 12.4, creatinine 1.1, potassium 4.2, INR 1.0.
Tolerating diet, ambulating with physical therapy, pain controlled. Wound clean and dry. Follow up in four weeks.
Discussed with family; questions answered. Social work is arranging transport. No nausea, no vomiting, no fever.

"""


def notes() -> dict[str, str]:
    """A chart that ends or begins with one operative note, and one operative note after another."""
    told = [w["text"] for w in wordings("opened_1") if w["source"] != "code-text"]
    one = max(told, key=len)
    chart = CHART * (SIZE // len(CHART))
    dense = "\n\n".join(told)
    return {
        "a chart of progress notes, one operative note at its end": (chart + one)[-SIZE:],
        "a chart of progress notes, one operative note at its head": f"{one}\n\n{chart}"[:SIZE],
        "operative notes only, every line about vessels": (dense * (SIZE // len(dense) + 1))[:SIZE],
    }


def timed(text: str) -> list[float]:
    lexicon, taken = load_lexicon(notes=True), []
    for _ in range(RUNS):
        start = time.process_time()
        read_narrative(text, lexicon, days=DAYS)
        taken.append((time.process_time() - start) * 1000)
    return taken


if __name__ == "__main__":
    for name, text in notes().items():
        taken = timed(text)
        print(f"{name}, {len(text)} characters: best {min(taken):.1f} ms, median {statistics.median(taken):.1f} ms")
