"""The long attack: mutated requests against the service in this process, and mutated notes against the readers.

`python -m tests.properties.campaign --requests 100000 --minutes 30` (add `nice`) sends as many as it can in the time,
counts what was answered, writes everything that broke a promise to a folder, and ends with 1 if anything did. A
seed gives the same attacks every time.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any

from flask.testing import FlaskClient

from cds_service.app import create_app
from cds_service.fhir.attachments import read_attachment
from cds_service.fhir.narrative import read_narrative
from cds_service.fhir.notes.plain import plain
from cds_service.knowledge.terms import load_lexicon
from cds_service.settings import Settings
from tests.charts import adviser
from tests.contract.generated import crowded, generated
from tests.narrative.generator import note
from tests.narrative.test_any_text import quotes_of
from tests.properties.bombs import attachments
from tests.properties.mutations import LESSENING, damaged_note, mutated, words_lost, written
from tests.properties.promises import (
    Hung,
    as_it_may_be_read,
    broken,
    guarded,
    note_of_stenoses,
    reported,
    supported,
    without_contradiction,
)
from tests.scenarios.golden import loaded, names

CHARGE, ORDER = "/cds-services/iliac-charge-review", "/cds-services/iliac-order-sign"
JSON = "application/json"
GUARD = 20.0
"""Seconds of processor time after which a call counts as hung; the longest that was measured took 1.1."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was sent and what came of it. `slowest` is in seconds of processor time, with the attack it was."""

    sent: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    def slow(self, seconds: float, name: str) -> None:
        self.slowest = max(self.slowest, (seconds, name))


@cache
def client() -> FlaskClient:
    """The service with its try-it pages and a store in memory, so that feedback is taken too."""
    return create_app(Settings(patient_view=True), sandbox=True, adviser=adviser()).test_client()


@cache
def scenarios() -> tuple[str, ...]:
    return tuple(json.dumps(loaded(name, "request.json")) for name in names())


def path_of(sent: Any) -> str:
    return ORDER if isinstance(sent, dict) and sent.get("hook") == "order-sign" else CHARGE


def _base(random: Random) -> Any:
    """A request of any hook: a scenario, or a generated chart, quiet or crowded."""
    kind = random.random()
    if kind < 0.5:
        sent = json.loads(random.choice(scenarios()))
    elif kind < 0.75:
        sent = generated(random.randrange(5000))
    else:
        sent = crowded(random.randrange(5000))
    if random.random() < 0.15:
        sent["hook"] = random.choice(("encounter-discharge", "patient-view"))
    return sent


def hook_call(random: Random, tally: Tally) -> None:
    """Any mutation of any request: a documented status, an outcome or valid cards."""
    sent, done = mutated(_base(random), random)
    raw = written(sent, random)
    _judged(tally, "hook", raw, lambda: _called(path_of(sent), raw, tally), "+".join(done))


def lessened_call(random: Random, tally: Tally) -> None:
    """Less record: never more of 37257 than the whole record supports."""
    whole = without_contradiction(random.randrange(3000))
    sent, done = mutated(json.loads(whole), random, LESSENING)
    part = json.dumps(sent)
    raw = part.encode()

    def checked() -> list[str]:
        answer = client().post(CHARGE, data=raw, content_type=JSON)
        tally.answered[str(answer.status_code)] += 1
        after = supported(answer.get_json()) if answer.status_code == 200 else 0
        before = _due(as_it_may_be_read(whole, part)) if after else 0
        more = after > before
        return broken(answer) + [f"37257 x{after} from a part of a record that supports x{before}"] * more

    _judged(tally, "lessened", raw, checked, "+".join(done))


@lru_cache(maxsize=4096)
def _due(whole: str) -> int:
    return supported(client().post(CHARGE, data=whole, content_type=JSON).get_json())


def note_read(random: Random, tally: Tally) -> None:
    """A mutated note, straight on the reader: nothing raised, every quote where it is said to stand."""
    text = damaged_note(note(random.randrange(20_000)).text, random)

    def checked() -> list[str]:
        told = read_narrative(text, load_lexicon(notes=True))
        return ["a quote stands elsewhere"] * any(
            not plain(text).startswith(q.words, q.start) for t in told for q in quotes_of(t)
        )

    _judged(tally, "note read", text.encode("utf-8", "replace"), checked, "note")


def note_call(random: Random, tally: Tally) -> None:
    """A mutated note, wherever a record may hold one."""
    text = damaged_note(note(random.randrange(20_000)).text, random)
    raw = json.dumps(reported(text, random.randrange(4))).encode()
    _judged(tally, "note", raw, lambda: _called(CHARGE, raw, tally), "note")


def lessened_note(random: Random, tally: Tally) -> None:
    """A note that names no occlusion and lost words: no 37257."""
    text = words_lost(note_of_stenoses(random.randrange(400)), random)
    raw = json.dumps(reported(text, random.randrange(4))).encode()

    def checked() -> list[str]:
        answer = client().post(CHARGE, data=raw, content_type=JSON)
        return broken(answer) or ["37257 without an occlusion"] * bool(supported(answer.get_json()))

    _judged(tally, "note without occlusion", raw, checked, "words_lost")


def file_read(random: Random, tally: Tally) -> None:
    """A damaged file, straight on the reader: text or a reason, nothing raised."""
    made = attachments(random)["content"][0]["attachment"]

    def checked() -> list[str]:
        tally.answered[type(read_attachment(made)).__name__] += 1
        return []

    _judged(tally, "file", json.dumps(made).encode(), checked, "file")


def feedback_call(random: Random, tally: Tally) -> None:
    """Mutated feedback: a status of the specification, and an outcome every time."""
    item = {
        "card": "5f0c6d1e-1b7a-4b0e-9a55-0d3d0a4f7a11",
        "outcome": "overridden",
        "outcomeTimestamp": "2026-03-05T14:30:00Z",
    }
    reason = {"reason": {"code": "not-my-task", "system": "x"}, "userComment": "x"}
    accepted = {**item, "outcome": "accepted", "acceptedSuggestions": [{"id": "x"}]}
    sent, done = mutated({"prefetch": {}, "feedback": [item, {**item, "overrideReason": reason}, accepted]}, random)
    raw = written(sent, random)

    def checked() -> list[str]:
        answer = client().post(f"{CHARGE}/feedback", data=raw, content_type=JSON)
        tally.answered[f"feedback {answer.status_code}"] += 1
        body = answer.get_json()
        is_outcome = isinstance(body, dict) and body.get("resourceType") == "OperationOutcome" and body["issue"]
        return [] if answer.status_code in (200, 400, 413) and is_outcome else [f"status {answer.status_code}"]

    _judged(tally, "feedback", raw, checked, "+".join(done))


def page_call(random: Random, tally: Tally) -> None:
    """The same mutations pasted into the try-it page: a page, without anything that could run."""
    sent, done = mutated(_base(random), random)
    raw = written(sent, random)

    def checked() -> list[str]:
        answer = client().post("/try", data={"request": raw.decode("utf-8", "replace")})
        tally.answered[f"page {answer.status_code}"] += 1
        is_page = answer.status_code in (200, 400, 413, 422) and answer.mimetype == "text/html"
        return ([] if is_page else [f"page {answer.status_code}"]) + ["a script"] * (answer.text.count("<script") > 1)

    _judged(tally, "page", raw, checked, "+".join(done))


Attack = Callable[[Random, Tally], None]
ATTACKS: dict[Attack, int] = {
    hook_call: 35, lessened_call: 15, note_read: 24, note_call: 6, lessened_note: 6, file_read: 10, feedback_call: 3,
    page_call: 1,
}  # fmt: skip


def _called(path: str, raw: bytes, tally: Tally) -> list[str]:
    answer = client().post(path, data=raw, content_type=JSON)
    tally.answered[str(answer.status_code)] += 1
    return broken(answer)


def _judged(tally: Tally, name: str, raw: bytes, checked: Callable[[], list[str]], done: str) -> None:
    start = time.process_time()
    try:
        with guarded(GUARD):
            faults = checked()
    except Hung as hung:
        faults = [f"hung {hung}"]
    except Exception as error:  # a promise that cannot be judged is a fault to look at, not the end of the campaign
        faults = [f"{type(error).__name__}: {error}"[:300]]
    tally.slow(time.process_time() - start, f"{name} {done}, {len(raw)} bytes")
    tally.sent[name] += 1
    if faults:
        tally.faults.append((f"{name} {done}", faults, raw))


def attacks(count: int, seed: int) -> Iterator[tuple[Attack, Random]]:
    """So many attacks, each with a source of chance of its own: any of them can be had again by itself."""
    for number in range(count):
        random = Random(f"{seed} {number}")
        yield random.choices(list(ATTACKS), list(ATTACKS.values()))[0], random


def resident() -> int:
    """The most memory this process had in its life, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run(count: int, minutes: float, seed: int, tally: Tally) -> Tally:
    end = time.monotonic() + minutes * 60
    for done, (attack, random) in enumerate(attacks(count, seed)):
        if time.monotonic() > end:
            break
        attack(random, tally)
        if done % 5000 == 4999:
            print(f"{done + 1} sent, {len(tally.faults)} faults, {resident()} MiB at most", flush=True)
    return tally


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=100_000)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    tally = run(given.requests, given.minutes, given.seed, Tally())
    print("sent:", dict(tally.sent.most_common()), "together", tally.sent.total())
    print("answered:", dict(tally.answered.most_common()))
    print(f"slowest: {tally.slowest[0]:.2f} s of processor time, {tally.slowest[1]}; memory at most {resident()} MiB")
    if tally.faults:
        folder = Path(tempfile.mkdtemp(prefix="campaign-"))
        for number, (name, faults, raw) in enumerate(tally.faults[:200]):
            (folder / f"{number}.json").write_bytes(raw)
            print(f"{number}: {name}: {faults[:3]}")
        print(f"{len(tally.faults)} broke a promise; what was sent is in {folder}")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
