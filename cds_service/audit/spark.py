"""The Spark engine: the local engine's plan with Spark reading, shuffling and spreading; the same functions, the same
results.

Knows RDDs. Plain files are read in Spark's own splits, compressed ones whole, each by one task (2 GB at most). Every
executor needs iliac-cds[spark] installed.
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from py4j.protocol import Py4JError
from pyspark import RDD, SparkFiles
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from cds_service.advice import Adviser
from cds_service.audit.finding import Finder
from cds_service.audit.keys import Keys, Wanted
from cds_service.audit.local import House, adviser_of
from cds_service.audit.outcomes import outcomes_as_kept, outcomes_of
from cds_service.audit.results import Picture, Totals, write_results
from cds_service.audit.rows import KINDS, group_in
from cds_service.audit.screen import Screen
from cds_service.audit.sources import ENDINGS, Block, Interrupted, NoInput, Portion, blocks_of_packed, unmarked
from cds_service.audit.state import Found, State

_PLAIN = tuple(e for e in ENDINGS if not e.endswith((".gz", ".zst")))
_BLOCK = 500
_PACKED = tuple(e for e in ENDINGS if e not in _PLAIN)


class Stretch(NamedTuple):
    """Consecutive lines: the name rejects call their file, its path, and the byte the split begins at."""

    name: str
    path: str
    start: int


Line = tuple[Stretch, bytes, str]  # where, what, and in place of a line why a file breaks off there


def audit_on_spark(
    paths: Iterable[str], house: House, out: str, *, master: str, identifiers: bool, picture: Picture | None = None
) -> Totals:
    """Audit what Spark can read into what Spark can write; paths and `out` may be URLs.

    Raises:
        NoInput: nothing can be audited at the paths, or Spark cannot read or write there.
    """
    builder = SparkSession.builder.appName("iliac-cds audit")
    spark = (builder.master(master) if master else builder).getOrCreate()
    try:
        return _Run(spark, house, list(paths)).write(out, identifiers=identifiers, picture=picture)
    except (PySparkException, Py4JError) as error:
        raise NoInput(f"Spark gave up: {str(error).strip().splitlines()[0]}") from error
    finally:
        spark.stop()


class _Run:
    """One audit on a session."""

    def __init__(self, spark: SparkSession, house: House, paths: list[str]) -> None:
        self._spark, self._paths = spark, tuple(paths)
        if house.code_map:
            spark.sparkContext.addFile(house.code_map)
            house = replace(house, code_map=Path(house.code_map).name)
        self._house = house
        self._lines = spark.sparkContext.union([self._plain(), self._packed()])

    def write(self, out: str, *, identifiers: bool, picture: Picture | None) -> Totals:
        """Fill a state in a folder of the driver and write the results from it, as the local engine does."""
        with tempfile.TemporaryDirectory() as folder:
            state = State(Path(folder))
            try:
                portions = self._find(state)
                if not KINDS & set(state.kinds()):
                    raise NoInput(f"no line of {', '.join(self._paths)} is a resource that is audited")
                self._decide(state)
                results = Path(folder) / "results"
                results.mkdir()
                totals = write_results(state, portions, results, identifiers=identifiers, picture=picture)
            finally:
                state.close()
            self._put(results, out)
        return totals

    def _find(self, state: State) -> list[Portion]:
        """The first pass; portions are numbered in the order of names and bytes, however they were spread."""
        found = self._lines.mapPartitions(partial(_found, self._house)).collect()
        found.sort(key=lambda f: f[0])
        portions = []
        for number, (stretch, inside) in enumerate(found):
            state.add_found(replace(inside, portion=number))
            portions.append(Portion(number=number, path=stretch.path, name=stretch.name, start=stretch.start, end=None))
        state.index_hits()
        return portions

    def _decide(self, state: State) -> None:
        context = self._spark.sparkContext
        hits = list(state.hit_keys())
        wanted = context.broadcast(Wanted(group for group, _ in hits))
        kept = self._lines.mapPartitions(lambda lines: _taken(lines, wanted.value))
        charts = context.parallelize(hits).cogroup(kept)
        kinds = frozenset(state.kinds())
        decided = charts.mapPartitions(partial(_decided, self._house, kinds))
        for outcome in decided.toLocalIterator():
            state.add_decided([outcome])

    def _plain(self) -> RDD[Line]:
        """Lines of plain files with where their split begins; a line ends at a line feed and nowhere else."""
        reader = self._spark.read.option("recursiveFileLookup", True).option("lineSep", "\n")
        files = self._files(_PLAIN)
        if not files:
            return self._spark.sparkContext.emptyRDD()
        frame = reader.text(files).selectExpr(
            "CAST(value AS BINARY)", "_metadata.file_path", "_metadata.file_block_start"
        )
        return frame.rdd.mapPartitions(partial(_lines, self._paths))

    def _packed(self) -> RDD[Line]:
        files = self._files(_PACKED)
        if not files:
            return self._spark.sparkContext.emptyRDD()
        frame = self._spark.read.format("binaryFile").load(files).select("path", "content")
        paths = self._paths
        return frame.rdd.flatMap(lambda r: _unpacked(Stretch(_name(r[0], paths), r[0], 0), bytes(r[1])))

    def _files(self, endings: tuple[str, ...]) -> list[str]:
        """The files of the paths with these endings, as URLs."""
        frame = self._spark.read.format("binaryFile").option("recursiveFileLookup", True).load(list(self._paths))
        return sorted(r[0] for r in frame.select("path").collect() if unquote(r[0]).endswith(endings))

    def _put(self, results: Path, out: str) -> None:
        """Copy the results to where Spark can write."""
        context: Any = self._spark.sparkContext
        hadoop = context._jvm.org.apache.hadoop.fs
        target = hadoop.Path(out)
        system = target.getFileSystem(context._jsc.hadoopConfiguration())
        system.mkdirs(target)
        for path in sorted(results.iterdir()):
            system.copyFromLocalFile(False, True, hadoop.Path(path.as_uri()), target)


@lru_cache(maxsize=1000)
def _name(url: str, paths: tuple[str, ...]) -> str:
    """What rejects call a file: its path within the folder that was given, or its own name."""
    plain = unquote(url)
    for given in paths:
        folder = given.rstrip("/") if "://" in given else f"file:{Path(given).resolve().as_posix()}"
        for root in (folder, folder.replace("file:/", "file:///", 1)):
            if plain.startswith(f"{root}/"):
                return plain.removeprefix(f"{root}/")
    return plain.rsplit("/", 1)[-1]


def _lines(paths: tuple[str, ...], rows: Iterable[Any]) -> Iterator[Line]:
    """The lines of a partition; those of a split follow one another and share its name."""
    at: tuple[Any, Any] = (None, None)
    stretch = Stretch("", "", 0)
    for written, path, start in rows:
        if (path, start) != at:
            at, stretch = (path, start), Stretch(_name(path, paths), path, start)
        yield stretch, written, ""


def _unpacked(stretch: Stretch, content: bytes) -> Iterator[Line]:
    try:
        for _, block in blocks_of_packed(content):
            yield from ((stretch, line, "") for line in block.split(b"\n"))
    except Interrupted as reason:
        yield stretch, b"", str(reason)


def _adviser(house: House) -> Adviser:
    """The adviser of a Python worker on an executor; a site's code map was sent there by its name."""
    return adviser_of(replace(house, code_map=SparkFiles.get(house.code_map)) if house.code_map else house)


def _found(house: House, lines: Iterable[Line]) -> Iterator[tuple[Stretch, Found]]:
    """What each stretch of a partition holds; where its lines stand is of no use here."""
    finder = Finder(Screen(_adviser(house)))
    for stretch, inside in groupby(lines, key=lambda line: line[0]):
        yield stretch, replace(finder.find(0, _blocks(stretch, inside)), keys=b"", blocks=b"")


def _blocks(stretch: Stretch, lines: Iterable[Line]) -> Iterator[Block]:
    at, held = stretch.start, list[bytes]()
    for _, line, broken in lines:
        if broken or len(held) >= _BLOCK:
            if held:
                yield at, b"\n".join(held)
            at, held = at + 1, []
        if broken:
            raise Interrupted(broken)
        held.append(line)
    if held:
        yield at, b"\n".join(held)


Kept = tuple[tuple[Stretch, int], bytes]


def _taken(lines: Iterable[Line], wanted: Wanted) -> Iterator[tuple[str, Kept]]:
    """The lines of wanted groups by their group, each with its place in the export."""
    keys = Keys()
    for stretch, inside in groupby(lines, key=lambda line: line[0]):
        for number, (_, written, _broken) in enumerate(inside):
            line = written if number else unmarked(stretch.start, written)
            if wanted.holds(keys.of_line(line)) and (group := group_in(line)):
                yield group, ((stretch, number), line)


def _decided(
    house: House, kinds: frozenset[str], charts: Iterable[tuple[str, tuple[Iterable[str], Iterable[Kept]]]]
) -> Iterator[tuple[str, bytes]]:
    """The outcomes of the groups with candidates, as the state keeps them."""
    for group, (candidates, kept) in charts:
        encounters = sorted(set(candidates))
        if encounters:
            lines = [body for _, body in sorted(kept)]
            yield group, outcomes_as_kept(outcomes_of(lines, encounters, kinds, _adviser(house)))
