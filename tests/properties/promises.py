"""What must hold of every answer to whatever is sent, and a guard for calls that never end.

Knows HTTP answers, OperationOutcomes and cards. Says what is wrong; raises nothing.
"""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from random import Random
from typing import Any

from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from cards.lint import faults
from tests.charts import BALLOON, COMMON, EXTERNAL, INTERNAL, LEFT, OCCLUSION, RIGHT, STENOSIS, STENT, request, treated
from tests.contract.response_schema import RESPONSE
from tests.narrative.generator import note
from tests.narrative.scoring import chart_of

ARGUED = "37257"
OTHER = "Patient/other"
STATUSES = (200, 400, 404, 412, 413, 415)
"""What a call that is taken in can be answered with; 503 tells of capacity and stores, of which a test has enough."""
SEVERITIES = ("fatal", "error", "warning", "information")
CODES = (
    "invalid", "structure", "required", "value", "not-supported", "not-found", "too-long", "processing", "informational",
)  # fmt: skip
_RESPONSE = Draft202012Validator(RESPONSE)


class Hung(BaseException):
    """A call used up the processor time that it is given; not an Exception, so that nobody goes on in spite of it."""


@contextmanager
def guarded(seconds: float) -> Iterator[None]:
    """Break off the block when this process has computed for so long: far beyond what it needs, however busy we are."""

    def broken_off(*_: Any) -> None:
        raise Hung(f"after {seconds} s of processor time")

    before = signal.signal(signal.SIGVTALRM, broken_off)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def broken(answer: TestResponse, marks: tuple[str, ...] = ()) -> list[str]:
    """What an answer of a service breaks."""
    if answer.status_code not in STATUSES:
        return [f"the status is {answer.status_code}"]
    if answer.mimetype != "application/json":
        return [f"the media type is {answer.mimetype}"]
    try:
        body = json.loads(answer.data.decode("utf-8"), parse_constant=_none)
    except ValueError as error:
        return [f"the body is no JSON: {error}"]
    return _of_outcome(body) if answer.status_code >= 400 else _of_cards(body, marks)


def _none(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _of_outcome(body: Any) -> list[str]:
    if (
        not isinstance(body, dict)
        or set(body) != {"resourceType", "issue"}
        or body["resourceType"] != "OperationOutcome"
    ):
        return ["it is no OperationOutcome"]
    out = [] if body["issue"] else ["an outcome without an issue"]
    for issue in body["issue"]:
        if issue["severity"] not in SEVERITIES or issue["code"] not in CODES:
            out.append(f"an issue is {issue['severity']} {issue['code']}")
        if not issue["diagnostics"].strip() or not issue["diagnostics"].isprintable():
            out.append("an issue says nothing that can be printed")
        if len(issue["diagnostics"]) > 1000:
            out.append("an issue says too much")
    return out


def _of_cards(body: Any, marks: tuple[str, ...]) -> list[str]:
    out = [f"{e.json_path}: {e.message[:200]}" for e in _RESPONSE.iter_errors(body)]
    return out or [fault for card in body["cards"] for fault in faults(card, marks)]


def supported(body: Any) -> int:
    """The units of 37257 that an answer says the record supports, or offers to charge; 0 for none."""
    told = offered = 0
    for card in body["cards"]:
        coding = card.get("extension", {}).get("org.iliac-cds.coding", {})
        told += sum(x["units"] for x in coding.get("lines", ()) if x["code"] == ARGUED and x["status"] == "supported")
        told = max(told, coding["answer37257"]["units"] if coding.get("answer37257", {}).get("verdict") == "yes" else 0)
        for suggestion in card.get("suggestions", ()):
            offered += any(ARGUED in a["description"] and a["type"] != "delete" for a in suggestion["actions"])
    return max(told, offered)


@cache
def without_contradiction(seed: int) -> str:
    """A chart, as JSON, in which every statement speaks for itself: each artery of a leg is treated at most once, with
    one lesion or none told. Whatever of it is taken away or spoiled, no more units of 37257 can be due than before.

    (Where a record contradicts itself, or a stent stands beside a balloon in one artery, less record may well support
    more. Some acts are not done, or of another day or encounter: that they are, may not get lost either.)
    """
    pick = Random(f"plain {seed}")
    places = [(v, s) for v in (COMMON, EXTERNAL, INTERNAL) for s in (RIGHT, LEFT)]
    acts = []
    for number, (vessel, side) in enumerate(pick.sample(places, pick.randint(1, 4))):
        odd: dict[str, Any] = {}
        if pick.random() < 0.3:
            odd = pick.choice((
                {"status": "not-done"}, {"status": "entered-in-error"}, {"status": "preparation"}, {"performedDateTime": "2026-03-09"},
                {"encounter": {"reference": "Encounter/e2"}}, {"subject": {"reference": OTHER}}, {"performedDateTime": "2024-03-04"},
            ))  # fmt: skip
        lesion = pick.choice((STENOSIS, OCCLUSION, OCCLUSION, None))
        acts.append(treated(f"p{number}", pick.choice((STENT, BALLOON, BALLOON)), vessel, side, lesion, **odd))
    return json.dumps(request(*acts, hook=pick.choice(("org.iliac-cds.charge-review", "encounter-discharge"))))


def as_it_may_be_read(whole: str, part: str) -> str:
    """The whole record, with another patient's work as this patient's where the part lost whose it is: a resource without
    a subject is the patient's of the call (SECURITY.md, "Not defended").
    """
    return whole if part.count(OTHER) == whole.count(OTHER) else whole.replace(OTHER, "Patient/p")


@cache
def note_of_stenoses(seed: int) -> str:
    """A note in which no artery is said to be occluded: whatever words it loses, no 37257 can be due."""
    for n in range(seed * 1000, seed * 1000 + 1000):
        text = note(n).text
        if not any(w in text.casefold() for w in ("occlu", "cto", "100", "total", "recanal", "thromb")):
            return text
    raise AssertionError("no such note was found")


def reported(text: str, seed: int) -> dict[str, Any]:
    """A request whose record is this note, in a Procedure, a report or a document."""
    return chart_of({"source": ("note", "report", "document", "code-text")[seed % 4], "text": text})
