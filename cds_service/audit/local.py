"""The local engine: find, gather, decide, each portion or batch on whichever core is free, each step kept in the state.

Knows the order of steps. What a step does is the business of `finding`, `gathering` and `outcomes`; the order in which
workers finish changes nothing, because everything is read from the state in a fixed order.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from cds_service import __version__
from cds_service.advice import Adviser, Preferences, shipped_adviser
from cds_service.audit.crew import Work
from cds_service.audit.finding import Finder
from cds_service.audit.gathering import taken
from cds_service.audit.keys import Wanted
from cds_service.audit.outcomes import outcomes_as_kept, outcomes_of
from cds_service.audit.progress import Progress
from cds_service.audit.screen import Screen
from cds_service.audit.sources import Portion, blocks_of, portions_of
from cds_service.audit.state import State
from cds_service.fhir.resources import warm_up

BATCH = 64
_TITLES = {"find": "Looking for candidates", "gather": "Gathering their charts"}
_KEPT_BYTES = 8 * 1024 * 1024
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every worker needs to know: the output folder, and the installation's code map and preferences."""

    folder: Path
    code_map: str
    preferences: Preferences


class LocalEngine:
    """Audits files on this machine with a crew of `Worker`s."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def run(self, files: Sequence[tuple[Path, str]], state: State, work: Work) -> list[Portion]:
        """Bring the state to where the results can be written; the portions in order, for their names."""
        portions = portions_of(files)
        self._each("find", portions, state, work)
        state.index_hits()
        self._each("gather", portions, state, work)
        state.index_kept()
        self._decide(state, work)
        return portions

    def _each(self, phase: str, portions: Sequence[Portion], state: State, work: Work) -> None:
        behind = state.done(phase)
        sizes = {p.number: p.size for p in portions}
        left = (p for p in portions if p.number not in behind)
        with self._progress.step(
            _TITLES[phase], sum(sizes.values()), "bytes", sum(sizes[n] for n in behind)
        ) as advance:
            for portion in work(phase, left):
                advance(sizes[portion.number])

    def _decide(self, state: State, work: Work) -> None:
        groups, whole = list(state.undecided()), state.groups()
        batches = (groups[i : i + BATCH] for i in range(0, len(groups), BATCH))
        with self._progress.step("Deciding", whole, "patients", whole - len(groups)) as advance:
            for batch in work("decide", batches):
                advance(len(batch))


def fingerprint(files: Iterable[tuple[Path, str]], knowledge: str, house: House) -> str:
    """What a resumed run must share with the one before: the program, the files as they are, rules and preferences."""
    found: list[Any] = [__version__, knowledge, repr(house.preferences)]
    if house.code_map:
        found.append(hashlib.sha256(Path(house.code_map).read_bytes()).hexdigest())
    for path, name in files:
        about = path.stat()
        found.append([name, str(path), about.st_size, about.st_mtime_ns])
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


_advisers: dict[str, Adviser] = {}


def adviser_of(house: House) -> Adviser:
    """The adviser of a house, made once in a process and shared with its copies."""
    name = repr(house)
    if name not in _advisers:
        _advisers[name] = shipped_adviser(house.code_map, house.preferences)
    return _advisers[name]


def make_ready(house: House) -> None:
    """Make what the workers of a house share: its adviser, and the models that resources are checked by."""
    adviser_of(house)
    warm_up()


class Worker:
    """One process's part: it does one job after another, and each is in the state when it is done."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._open: State | None = None
        self._adviser = adviser_of(house)
        self._finder = Finder(Screen(self._adviser))
        self._wanted: Wanted | None = None
        self._groups = lru_cache(_REMEMBERED)(lambda key: self._state.groups_of(key))
        self._kinds: frozenset[str] = frozenset()

    @property
    def _state(self) -> State:
        """The worker's own connection, opened with its first job."""
        self._open = self._open or State(self._house.folder)
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()

    def do(self, phase: str, job: Any) -> None:
        """Do a job of a phase: a portion to find or gather, or groups to decide."""
        if phase == "find":
            self._find(job)
        elif phase == "gather":
            self._gather(job)
        else:
            self._decide(job)

    def _find(self, portion: Portion) -> None:
        self._state.add_found(self._finder.find(portion.number, blocks_of(portion)))

    def _gather(self, portion: Portion) -> None:
        self._wanted = self._wanted or Wanted(group for group, _ in self._state.hit_keys())
        rows: list[tuple[int, str, bytes]] = []
        held = 0
        for row in taken(portion, self._state.places(portion.number), self._wanted, self._groups):
            rows.append(row)
            held += len(row[2])
            if held > _KEPT_BYTES:
                self._state.add_kept(portion.number, rows, last=False)
                rows, held = [], 0
        self._state.add_kept(portion.number, rows, last=True)

    def _decide(self, groups: Sequence[str]) -> None:
        self._kinds = self._kinds or frozenset(self._state.kinds())
        state = self._state
        found = ((g, outcomes_of(state.chart(g), state.candidates(g), self._kinds, self._adviser)) for g in groups)
        state.add_decided([(g, outcomes_as_kept(o)) for g, o in found])
