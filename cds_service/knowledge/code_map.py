"""A site's own map: local codes as concepts, in the words of concepts.csv, checked row by row.

Knows one CSV file and how it must agree with the shipped tables. It adds to what is shipped and never outvotes it.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cds_service.coding.anatomy import Territory, Vessel
from cds_service.knowledge.loader import KnowledgeProblem, load_terminology
from cds_service.knowledge.tables import Row, Table
from cds_service.knowledge.terminology import (
    ASPECTS,
    EXCLUSIONS,
    LESIONS,
    SIDES,
    TREATMENTS,
    Concept,
    Terminology,
    bare_uri,
)

COLUMNS = ("system", "code", "aspect", "territory", "vessel", "side", "treatment", "lesion", "excludes")
OPTIONAL = ("note",)
EXAMPLE = "code-map-example.csv"
_SAYS = {
    "body": ("territory", "vessel", "side", "excludes"),
    "side": ("side",),
    "procedure": ("territory", "vessel", "side", "treatment", "lesion", "excludes"),
    "disorder": ("territory", "vessel", "side", "lesion", "excludes"),
    "device": ("treatment", "excludes"),
}
_LESIONS_TREATED = ("", "stenosis", "occlusion")
_FIXED = ("cpt", "hcpcs", "icd10pcs")
_EXTENDED = ("snomed", "icd10cm", "ops")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMap:
    """Concepts of local codes, by code system as it is compared and code; empty when a site has none."""

    concepts: Mapping[Key, Concept] = field(default_factory=dict)

    def lookup(self, terminology: Terminology, uri: str, code: str) -> Concept | None:
        """The concept of a site's code; a code sent without a system matches only rows without one."""
        return self.concepts.get(_key(terminology, uri, code))


def load_code_map(path: str) -> CodeMap:
    """The map at a path, an empty one for an empty path.

    Raises:
        KnowledgeProblem: it cannot be read or has a fault; the message is one line.
    """
    if not path:
        return CodeMap()
    code_map, faults = read_code_map(path)
    if faults:
        more = f" (and {len(faults) - 1} more; `iliac-cds knowledge validate` lists them)" if faults[1:] else ""
        raise KnowledgeProblem(f"the code map cannot be used: {faults[0]}{more}")
    return code_map


def read_code_map(path: str) -> tuple[CodeMap, list[str]]:
    """Read a site's map; the second part lists its faults by file and row.

    Raises:
        KnowledgeProblem: there is no such file, or it is no UTF-8 text.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise KnowledgeProblem(f"the code map {path} is not UTF-8 text; save it as CSV UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such file"
        raise KnowledgeProblem(f"the code map {path} cannot be read ({reason})") from None
    return parse_code_map(Path(path).name, text, load_terminology())


def parse_code_map(name: str, text: str, terminology: Terminology) -> tuple[CodeMap, list[str]]:
    """The map of a CSV text, and its faults; cells are compared without regard to case and outer spaces."""
    table = Table(name, text)
    _check_header(table)
    concepts: dict[Key, Concept] = {}
    for row in [] if table.faults else table.rows(COLUMNS, also=()):
        if not any(v.strip() for v in row.cells.values()):
            continue
        key, concept = _read_row(row, terminology)
        if key in concepts:
            row.fault(f"code {key[1]} stands twice for this system")
        if row.sound:
            concepts[key] = concept
    return CodeMap(concepts=concepts), table.faults


def _check_header(table: Table) -> None:
    """A misspelt column would drop its cells without a word, so a column nobody knows is a fault."""
    header = next(csv.reader(table.text.splitlines()), [])
    if len(header) == 1 and ";" in header[0]:
        table.faults.append(f"{table.name}: the columns are separated by semicolons; separate them by commas")
        return
    odd = [c for c in header if c not in (*COLUMNS, *OPTIONAL)]
    if odd:
        known = ", ".join((*COLUMNS, *OPTIONAL))
        table.faults.append(f"{table.name}: the header has {', '.join(map(repr, odd))}; the columns are {known}")
    twice = sorted({c for c in header if header.count(c) > 1})
    if twice:
        table.faults.append(f"{table.name}: the header has {', '.join(twice)} twice")


def _read_row(row: Row, terminology: Terminology) -> tuple[Key, Concept]:
    row.cells = {k: v if k in ("system", "code") else v.strip().lower() for k, v in row.cells.items()}
    uri, code = row.text("system"), row.text("code")
    aspect = row.text("aspect", allowed=ASPECTS)
    vessel = row.member("vessel", Vessel, optional=True)
    concept = Concept(
        aspect=aspect,
        territory=_territory(row, vessel, terminology),
        vessel=vessel,
        sides=SIDES.get(row.text("side", allowed=SIDES), ()),
        treatment=row.text("treatment", allowed=TREATMENTS),
        lesion=row.text("lesion", allowed=LESIONS),
        excludes=row.text("excludes", allowed=EXCLUSIONS),
        verified=False,
    )
    for fault in (*_about_code(uri, code, terminology), *_about_meaning(row, aspect)):
        row.fault(fault)
    return _key(terminology, uri, code), concept


def _territory(row: Row, vessel: Vessel | None, terminology: Terminology) -> Territory | None:
    """The territory, which a vessel tells by itself."""
    stated = row.member("territory", Territory, optional=True)
    told = terminology.knowledge.vessels[vessel].territory if vessel else None
    if stated and told and stated is not told:
        row.fault(f"vessel {vessel} lies in {told}, not in {stated}")
    return stated or told


def _about_code(uri: str, code: str, terminology: Terminology) -> Iterator[str]:
    if not code:
        yield "code is empty"
        return
    system = terminology.system(uri, code)
    if system in _FIXED:
        yield f"code {code} belongs to {system}, whose codes mean the same everywhere; a site's map cannot give them"
    elif system and terminology.lookup(system, code) is not None:
        yield f"code {code} of {system} is shipped with its meaning; a site's map cannot change it"
    elif system and system not in _EXTENDED:
        yield f"system is known as {system}, which holds no procedures, vessels, lesions or devices"


def _about_meaning(row: Row, aspect: str) -> Iterator[str]:
    """What one row may say together: a row that says nothing, too much, or both yes and no is a mistake."""
    said = [c for c in COLUMNS[3:] if row.cells[c]]
    allowed = _SAYS.get(aspect, COLUMNS)
    beside = [c for c in said if c not in allowed]
    if not said:
        yield f"says nothing; a row of aspect {aspect} says {_either(allowed)}"
    elif beside:
        yield f"aspect {aspect} cannot say {', '.join(beside)}; it says {_either(allowed)}"
    if row.cells["excludes"] and (row.cells["treatment"] or row.cells["lesion"]):
        yield "excludes takes the code out of the family, so treatment and lesion must be empty"
    if aspect == "procedure" and row.cells["lesion"] not in _LESIONS_TREATED:
        yield "lesion of a procedure must be stenosis, occlusion or empty"


def _either(columns: Iterable[str]) -> str:
    return " or ".join(columns)


def _key(terminology: Terminology, uri: str, code: str) -> Key:
    """Code systems as they are compared: a standard one by its short name, any other without scheme and version."""
    return terminology.system(uri, code) or bare_uri(uri), code.strip()
