"""A synthetic export: encounters one after another, written as they are made, with the truth beside them.

Knows files and how many of everything. The same seed gives the same bytes; memory does not grow with the size.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from types import TracebackType
from typing import IO, Self

import msgspec

from cds_service.audit.synthetic import rows
from cds_service.audit.synthetic.cases import CASES, Case
from cds_service.audit.synthetic.rows import PAYERS, Json

EVERY = 200
STAYS = 3
LINES_A_FILE = 200_000
_GROUPS = 12
_LEGS = {"right": ("RT", "LT"), "left": ("LT", "RT")}


class _Files:
    """One NDJSON file after another for each resource type."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, ExitStack()
        self._open: dict[str, IO[bytes]] = {}
        self._lines: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def write(self, resource: Json) -> None:
        kind = resource["resourceType"]
        count = self._lines.get(kind, 0)
        if count % LINES_A_FILE == 0:
            path = self._folder / f"{kind}.{count // LINES_A_FILE:04d}.ndjson"
            if kind in self._open:
                self._open[kind].close()
            self._open[kind] = self._stack.enter_context(path.open("wb", buffering=1 << 20))
        self._lines[kind] = count + 1
        self._open[kind].write(msgspec.json.encode(resource) + b"\n")


def generate(procedures: int, seed: int, folder: Path) -> int:
    """Write an export of so many Procedures into folder/export and its truth into folder/truth.ndjson.

    One encounter in 200 is an iliac case. Returns how many encounters have one.
    """
    export = folder / "export"
    export.mkdir(parents=True, exist_ok=True)
    for old in export.glob("*.ndjson"):
        old.unlink()
    cases = 0
    with _Files(export) as files, (folder / "truth.ndjson").open("wb") as truth:
        for made, known in _stays(procedures, seed):
            for resource in made:
                files.write(resource)
            if known is not None:
                truth.write(msgspec.json.encode(known) + b"\n")
                cases += 1
    return cases


def _stays(procedures: int, seed: int) -> Iterator[tuple[list[Json], Json | None]]:
    """Encounters with all that belongs to them until the Procedures are used up."""
    left, number, chosen = procedures, 0, -1
    rng = Random(f"iliac {seed}")  # noqa: S311 - made-up charts, nothing secret
    person = _Person("", PAYERS[0])
    while left > 0:
        if number % EVERY == 0:
            chosen = number + rng.randrange(EVERY)
        opened: list[Json] = []
        if number % STAYS == 0:
            person = _Person(f"pat-{seed}-{number // STAYS}", rng.choice(PAYERS))
            opened = person.resources(rng)
        case = CASES[number // EVERY % len(CASES)] if number == chosen else None
        acts = case.acts if case is not None and case.told != "note" else ()
        if case is not None and len(acts) > left:
            case = None
        stay = _Stay(f"enc-{seed}-{number}", person, rng)
        made = stay.iliac(case) if case is not None else stay.other(min(left, rng.choice((1, 2, 3, 4, 5))))
        left -= sum(r["resourceType"] == "Procedure" for r in made)
        yield opened + made, stay.truth(case) if case is not None else None
        number += 1


class _Person:
    """A patient with a payer."""

    def __init__(self, key: str, payer: tuple[str, str, str]) -> None:
        self.key, self.payer = key, payer

    def resources(self, rng: Random) -> list[Json]:
        where = (self.key, "", f"2025-{rng.randrange(1, 13):02d}-11")
        found = [rows.condition(f"con-{self.key}-{i}", where, rng) for i in range(rng.choice((1, 2, 3)))]
        return [rows.patient(self.key, rng), rows.coverage(self.key, self.key, self.payer), *found]


class _Stay:
    """An encounter with its day, site and clinician group."""

    def __init__(self, key: str, person: _Person, rng: Random) -> None:
        self._key, self._person, self._rng = key, person, rng
        self._day = f"2026-{rng.randrange(1, 10):02d}-{rng.randrange(1, 29):02d}"
        self._site = rng.choice(("22", "21"))
        self._group = rng.randrange(1, _GROUPS + 1)
        self._where = (person.key, key, self._day)

    def other(self, acts: int) -> list[Json]:
        """A stay for something else, with a charge for each act and sometimes a note or a report."""
        rng, where = self._rng, self._where
        made = [self._encounter()]
        charged: list[tuple[str, str, int]] = []
        for index in range(acts):
            act, code = rows.other_act(f"pro-{self._key}-{index}", where, self._group, rng)
            made.append(act)
            charged.append((code, "", 1))
        made += [rows.charge(f"chg-{self._key}-{i}", where, line) for i, line in enumerate(charged)]
        made.append(rows.claim(f"clm-{self._key}", where, charged))
        if rng.random() < 0.25:
            made.append(rows.other_note(f"doc-{self._key}", where, rng))
        if rng.random() < 0.25:
            made.append(rows.other_report(f"rep-{self._key}", where, rng))
        return made

    def iliac(self, case: Case) -> list[Json]:
        """A stay for an iliac case."""
        where, side = self._where, self._side()
        made = [self._encounter()]
        if case.told == "note":
            made.append(rows.iliac_note(f"doc-{self._key}", where, side, case))
        else:
            made += [
                rows.iliac_act(f"pro-{self._key}-{i}", where, self._group, (act, side, case.told))
                for i, act in enumerate(case.acts)
            ]
        own, other = _LEGS[side]
        lines = [(code, own if leg == "own" else other, units) for code, leg, units in case.charges]
        if case.claimed:
            return [*made, rows.claim(f"clm-{self._key}", where, lines)]
        return made + [rows.charge(f"chg-{self._key}-{i}", where, line) for i, line in enumerate(lines)]

    def truth(self, case: Case) -> Json:
        """What an audit must say of the case."""
        return {
            "patient": self._person.key,
            "encounter": self._key,
            "case": case.name,
            "side": self._side(),
            "date": self._day,
            "site": self._site,
            "payer": self._person.payer[0],
            "group": f"Organization/group-{self._group}",
            "findings": sorted(case.findings),
            "verdict": case.verdict,
        }

    def _side(self) -> str:
        return "right" if int(self._day[-2:]) % 2 else "left"

    def _encounter(self) -> Json:
        return rows.encounter(self._key, self._person.key, self._day, self._site)
