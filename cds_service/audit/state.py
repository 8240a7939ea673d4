"""The state of an audit: one SQLite file that holds what was found so far, so that a run can stop at any point.

Knows tables and transactions. A portion's rows count once its `done` row is committed; what a killed worker left behind
is removed when the run resumes. It holds chart data and stays in the output folder until the audit ends.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cds_service.audit.keys import number_of

_BUSY = 600.0
_LAYOUT = 2
_TABLES = """
CREATE TABLE IF NOT EXISTS plan (fingerprint TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS done (phase TEXT, portion INTEGER, lines INTEGER, PRIMARY KEY (phase, portion));
CREATE TABLE IF NOT EXISTS kinds (portion INTEGER, kind TEXT, lines INTEGER);
CREATE TABLE IF NOT EXISTS rejects (portion INTEGER, line INTEGER, why TEXT);
CREATE TABLE IF NOT EXISTS hits (portion INTEGER, key INTEGER, who TEXT, encounter TEXT);
CREATE TABLE IF NOT EXISTS places (portion INTEGER, keys BLOB, blocks BLOB);
CREATE TABLE IF NOT EXISTS kept (portion INTEGER, line INTEGER, who TEXT, body BLOB);
CREATE TABLE IF NOT EXISTS decided (rank TEXT PRIMARY KEY, who TEXT UNIQUE, outcome BLOB) WITHOUT ROWID;
"""
_PARTS = {"find": ("kinds", "rejects", "hits", "places"), "gather": ("kept",)}
_ALL = ("plan", "done", "decided", *(t for parts in _PARTS.values() for t in parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the first pass found in a portion: lines by kind, rejects as (line, why), candidates as (group,
    encounter); line numbers count within the portion, from 1.

    `blocks` has three numbers for each block of lines: the byte where it begins, its length, and twice the number of
    its keys, plus 1 where references may be written in any way. `keys` has 32-bit keys of the groups that its lines are
    about, block after block. Both are arrays as bytes.
    """

    portion: int
    lines: int
    kinds: dict[str, int]
    rejects: list[tuple[int, str]]
    hits: list[tuple[str, str]]
    keys: bytes
    blocks: bytes


class State:
    """A connection to the state file of an output folder; each process opens its own."""

    NAME = "audit-state.sqlite"

    def __init__(self, folder: Path) -> None:
        os.close(os.open(folder / self.NAME, os.O_CREAT | os.O_RDWR, 0o600))  # chart data is the owner's only
        self._db = sqlite3.connect(folder / self.NAME, timeout=_BUSY, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("PRAGMA cache_size=-32768")
        self._lay_out()

    def close(self) -> None:
        self._db.close()

    def _lay_out(self) -> None:
        """Make the tables; those of a program that laid them out otherwise go."""
        with self._change() as db:
            if db.execute("PRAGMA user_version").fetchone()[0] != _LAYOUT:
                for table in _ALL:
                    db.execute(f"DROP TABLE IF EXISTS {table}")
                db.execute(f"PRAGMA user_version = {_LAYOUT}")
            for table in _TABLES.strip().splitlines():
                db.execute(table)

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def begin(self, fingerprint: str) -> bool:
        """Take up the run with this fingerprint; True when there was one to resume. Another run's state is dropped."""
        with self._change() as db:
            known = db.execute("SELECT fingerprint FROM plan").fetchone()
            resumed = known is not None and known[0] == fingerprint
            if not resumed:
                for table in _ALL:
                    db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
                db.execute("INSERT INTO plan VALUES (?)", (fingerprint,))
            for phase, tables in _PARTS.items():
                for table in tables:
                    db.execute(
                        f"DELETE FROM {table} WHERE portion NOT IN (SELECT portion FROM done WHERE phase = ?)",  # noqa: S608
                        (phase,),
                    )
        return resumed

    def done(self, phase: str) -> set[int]:
        """The portions a phase has behind it."""
        return {row[0] for row in self._db.execute("SELECT portion FROM done WHERE phase = ?", (phase,))}

    def add_found(self, found: Found) -> None:
        """What the first pass found in a portion; the portion is done."""
        with self._change() as db:
            db.executemany(
                "INSERT INTO kinds VALUES (?, ?, ?)", ((found.portion, k, n) for k, n in found.kinds.items())
            )
            db.executemany("INSERT INTO rejects VALUES (?, ?, ?)", ((found.portion, n, w) for n, w in found.rejects))
            hits = ((found.portion, number_of(who), who, encounter) for who, encounter in found.hits)
            db.executemany("INSERT INTO hits VALUES (?, ?, ?, ?)", hits)
            db.execute("INSERT INTO places VALUES (?, ?, ?)", (found.portion, found.keys, found.blocks))
            db.execute("INSERT OR REPLACE INTO done VALUES ('find', ?, ?)", (found.portion, found.lines))

    def places(self, portion: int) -> tuple[bytes, bytes]:
        """Keys and blocks of a portion."""
        found: tuple[bytes, bytes] = self._db.execute(
            "SELECT keys, blocks FROM places WHERE portion = ?", (portion,)
        ).fetchone()
        return found

    def add_kept(self, portion: int, rows: Iterable[tuple[int, str, bytes]], *, last: bool) -> None:
        """Lines of candidate groups as (place, group, body); with `last` the portion is done."""
        with self._change() as db:
            db.executemany("INSERT INTO kept VALUES (?, ?, ?, ?)", ((portion, *row) for row in rows))
            if last:
                db.execute("INSERT OR REPLACE INTO done VALUES ('gather', ?, 0)", (portion,))

    def index_hits(self) -> None:
        """Sort the candidates by group and by key; SQLite does it on disk."""
        self._db.execute("CREATE INDEX IF NOT EXISTS hits_by_group ON hits (who)")
        self._db.execute("CREATE INDEX IF NOT EXISTS hits_by_key ON hits (key)")

    def index_kept(self) -> None:
        """Sort what was kept by group."""
        self._db.execute("CREATE INDEX IF NOT EXISTS kept_by_group ON kept (who, portion, line)")

    def kinds(self) -> dict[str, int]:
        """Lines by resource type."""
        rows = self._db.execute("SELECT kind, SUM(lines) FROM kinds GROUP BY kind ORDER BY kind")
        return {str(kind): int(count) for kind, count in rows}

    def lines(self) -> list[tuple[int, int]]:
        """The portions read with the number of lines in each, in order."""
        return list(self._db.execute("SELECT portion, lines FROM done WHERE phase = 'find' ORDER BY portion"))

    def rejects(self) -> Iterator[tuple[int, int, str]]:
        """Portion, line within it and why, in order."""
        yield from self._db.execute("SELECT portion, line, why FROM rejects ORDER BY portion, line, why")

    def hit_keys(self) -> Iterator[tuple[str, str]]:
        """Group and encounter of every candidate, each pair once."""
        with closing(self._db.cursor()) as cursor:
            yield from cursor.execute("SELECT DISTINCT who, encounter FROM hits")

    def groups_of(self, key: int) -> list[str]:
        """The groups with candidates that have a key."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT who FROM hits WHERE key = ?", (key,))]

    def groups(self) -> int:
        """How many groups have candidates."""
        return int(self._db.execute("SELECT COUNT(DISTINCT who) FROM hits").fetchone()[0])

    def undecided(self) -> Iterator[str]:
        """The groups with candidates that no decision was kept for, in order."""
        rows = self._db.execute("SELECT DISTINCT who FROM hits WHERE who NOT IN (SELECT who FROM decided) ORDER BY who")
        yield from (row[0] for row in rows)

    def candidates(self, who: str) -> list[str]:
        """The candidate encounters of a group; empty for rows without one."""
        rows = self._db.execute("SELECT DISTINCT encounter FROM hits WHERE who = ? ORDER BY encounter", (who,))
        return [row[0] for row in rows]

    def chart(self, who: str) -> list[bytes]:
        """Every line kept of a group, in the order of the export."""
        rows = self._db.execute("SELECT body FROM kept WHERE who = ? ORDER BY portion, line", (who,))
        return [row[0] for row in rows]

    def add_decided(self, outcomes: Sequence[tuple[str, bytes]]) -> None:
        """The outcomes of groups, all or none."""
        with self._change() as db:
            db.executemany("INSERT OR REPLACE INTO decided VALUES (?, ?, ?)", ((rank_of(w), w, o) for w, o in outcomes))

    def outcomes(self) -> Iterator[bytes]:
        """Every outcome, in an order that is always the same and says nothing about patients' numbers."""
        yield from (row[0] for row in self._db.execute("SELECT outcome FROM decided ORDER BY rank"))


def rank_of(group: str) -> str:
    """Where a group stands in the results."""
    return hashlib.sha256(group.encode("utf-8", "replace")).hexdigest()
