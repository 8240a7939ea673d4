"""The parts of a timeline: items with labelled rows of runs. Knows neither FHIR nor HTML."""

from dataclasses import dataclass

from cds_service.web.marking import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a row: words in runs; `code` for a code with its system, `long` for a text of its own."""

    runs: tuple[Run, ...]
    code: bool = False
    long: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled line of an item."""

    label: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One resource of the timeline; `kind` as a person calls it, `when` empty where no day is recorded."""

    kind: str
    ref: str
    when: str
    status: str
    rows: tuple[Row, ...]

    @property
    def quoted(self) -> bool:
        return any(run.places for row in self.rows for part in row.parts for run in part.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The items in order of their days, undated ones and charges last; `others` names what is not shown."""

    items: tuple[Item, ...]
    left_out: int
    others: str


def plain(text: str, *, code: bool = False) -> Part:
    """Words that nobody quotes."""
    return Part(runs=(Run(text=text),), code=code)
