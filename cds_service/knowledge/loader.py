"""Loads and validates the coding knowledge: codes, vessels, territories, rules, policies, sources.

Every fault names file and row. `load` refuses faulty knowledge; `problems` lists the faults for a person.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from cds_service.coding.anatomy import Lesion, Role, Territory, Treatment, Vessel
from cds_service.coding.codes import FAMILY, RETIRED, CodeRow, Knowledge, RuleRow, SourceRow, VesselRow
from cds_service.knowledge.cues import read_cues
from cds_service.knowledge.payers import PayerBook, read_payers
from cds_service.knowledge.policies import read_policies
from cds_service.knowledge.roles import RoleBook, read_roles
from cds_service.knowledge.tables import Table, read_text, read_toml
from cds_service.knowledge.terminology import Terminology, read_terminology
from cds_service.knowledge.terms import read_lexicon

FILES = (
    "manifest.toml",
    "sources.toml",
    "codes.csv",
    "vessels.csv",
    "territories.csv",
    "rules.csv",
    "concepts.csv",
    "pcs.csv",
    "systems.csv",
    "places.csv",
    "payers.csv",
    "roles.csv",
    "payers.toml",
    "terms.toml",
)
T = TypeVar("T")
_TREATMENTS = frozenset(t.value for t in Treatment) | {"lithotripsy", "catheter-placement"}


class KnowledgeProblem(ValueError):
    """The knowledge files cannot be used; the message lists every fault with file and row."""


def shipped() -> dict[str, str]:
    """The text of every knowledge file in the package, by name."""
    return {name: read_text(name) for name in FILES}


@lru_cache(maxsize=1)
def load() -> Knowledge:
    """The knowledge shipped with this version.

    Raises:
        KnowledgeProblem: a file is missing or a row is faulty.
    """
    return _sound(*read(shipped()))


@lru_cache(maxsize=1)
def load_terminology() -> Terminology:
    """The terminology shipped with this version.

    Raises:
        KnowledgeProblem: a row is faulty.
    """
    return _sound(*read_terminology(shipped(), load()))


@lru_cache(maxsize=1)
def load_payers() -> PayerBook:
    """The payers shipped with this version.

    Raises:
        KnowledgeProblem: a row is faulty.
    """
    return _sound(*read_payers(read_text("payers.csv"), load().sources))


@lru_cache(maxsize=1)
def load_roles() -> RoleBook:
    """The roles of users shipped with this version.

    Raises:
        KnowledgeProblem: a row is faulty.
    """
    return _sound(*read_roles(read_text("roles.csv"), load().sources))


def _sound(found: T | None, faults: list[str]) -> T:
    if faults or found is None:
        raise KnowledgeProblem("\n".join(faults))
    return found


def problems(texts: Mapping[str, str] | None = None) -> list[str]:
    """Every fault of the knowledge files (by name; the shipped ones by default), empty when there is none."""
    texts = shipped() if texts is None else texts
    knowledge, faults = read(texts)
    if knowledge is not None:
        faults += read_terminology(texts, knowledge)[1]
        faults += read_payers(texts["payers.csv"], knowledge.sources)[1]
        faults += read_roles(texts["roles.csv"], knowledge.sources)[1]
        faults += read_lexicon(texts["terms.toml"], knowledge.sources)[1]
        faults += read_cues(texts["terms.toml"], knowledge.sources)[1]
    return faults


def read(texts: Mapping[str, str]) -> tuple[Knowledge | None, list[str]]:
    """Read the coding tables; the second part lists their faults."""
    try:
        manifest = read_toml(texts["manifest.toml"])
        sources = {key: _source(key, row) for key, row in read_toml(texts["sources.toml"]).items()}
        version, start = str(manifest["version"]), manifest["family_from"]
    except (KeyError, ValueError, TypeError) as error:
        return None, [f"manifest.toml or sources.toml: {error}"]
    if not isinstance(start, date):
        return None, ["manifest.toml: family_from must be a date such as 2026-01-01"]
    tables = {name: Table(name, texts[name]) for name in FILES if name.endswith(".csv")}
    policies, wrong = read_policies(texts["payers.toml"], sources)
    knowledge = Knowledge(
        version=version,
        family_from=start,
        codes=_codes(tables["codes.csv"], sources),
        vessels=_vessels(tables["vessels.csv"], sources),
        limits=_limits(tables["territories.csv"], sources),
        rules=_rules(tables["rules.csv"], sources),
        sources=sources,
        policies=policies,
    )
    faults = [f for t in tables.values() for f in t.faults] + wrong
    return knowledge, faults or _across(knowledge)


def cpt_notice(*, short: bool = False) -> str:
    """The notice that goes with every CPT code shown; the short form stands on a card."""
    return str(read_toml(read_text("manifest.toml"))["cpt_card_notice" if short else "cpt_notice"])


def _source(key: str, row: Any) -> SourceRow:
    title = row["title"]
    return SourceRow(id=key, title=title, short=row.get("short", title), url=row["url"], seen=row["seen"])


def _codes(table: Table, sources: Mapping[str, SourceRow]) -> dict[str, CodeRow]:
    out: dict[str, CodeRow] = {}
    columns = ("code", "family", "territory", "treatment", "lesion", "role", "rank", "pairs_with", "mue", "replaces")
    for row in table.rows((*columns, "mue_indicator")):
        code = row.text("code")
        if code in out:
            row.fault(f"code {code} stands twice")
        built = CodeRow(
            code=code,
            family=row.text("family", allowed=(FAMILY, RETIRED, "adjacent")),
            territory=row.member("territory", Territory, optional=True),
            treatment=row.text("treatment", allowed=_TREATMENTS),
            lesion=row.member("lesion", Lesion, optional=True),
            role=row.member("role", Role) or Role.SEPARATE,
            rank=row.number("rank"),
            pairs_with=frozenset(row.text("pairs_with").split()),
            mue=row.number("mue"),
            mue_indicator=row.text("mue_indicator"),
            replaces=row.text("replaces"),
            effective_from=row.day("effective_from") or date.min,
            effective_to=row.day("effective_to", optional=True),
            source=row.text("source"),
            verified=row.cells["verified"] == "yes",
        )
        if len(code) != 5 or not code[:4].isdigit():
            row.fault(f"code is {code!r}; it must have five characters")
        if row.dated(sources):
            out[code] = built
    return out


def _vessels(table: Table, sources: Mapping[str, SourceRow]) -> dict[Vessel, VesselRow]:
    out: dict[Vessel, VesselRow] = {}
    for row in table.rows(("vessel", "territory", "unit", "order", "only_if_alone")):
        vessel, territory = row.member("vessel", Vessel), row.member("territory", Territory)
        order, alone = row.number("order", optional=False), row.flag("only_if_alone")
        if row.dated(sources) and vessel and territory and order is not None:
            unit = row.text("unit")
            out[vessel] = VesselRow(vessel=vessel, territory=territory, unit=unit, order=order, only_if_alone=alone)
    return out


def _limits(table: Table, sources: Mapping[str, SourceRow]) -> dict[Territory, int]:
    out: dict[Territory, int] = {}
    for row in table.rows(("territory", "most_additional")):
        territory, most = row.member("territory", Territory), row.number("most_additional", optional=False)
        if row.dated(sources) and territory and most is not None:
            out[territory] = most
    return out


def _rules(table: Table, sources: Mapping[str, SourceRow]) -> dict[str, RuleRow]:
    out: dict[str, RuleRow] = {}
    for row in table.rows(("id", "text", "confidence")):
        rule = RuleRow(
            id=row.text("id"),
            text=row.text("text"),
            source=row.text("source"),
            confidence=row.text("confidence", allowed="ABCD"),
            effective_from=row.day("effective_from") or date.min,
            verified=row.cells["verified"] == "yes",
        )
        if row.dated(sources):
            out[rule.id] = rule
    return out


def _across(knowledge: Knowledge) -> list[str]:
    """What no single row can show: pairs that exist, an additional code for every initial, every vessel known."""
    faults = []
    for code, row in knowledge.codes.items():
        faults += [f"codes.csv: {code} pairs with {p}, which has no row" for p in row.pairs_with - set(knowledge.codes)]
        if row.replaces and row.replaces not in knowledge.codes:
            faults.append(f"codes.csv: {code} replaces {row.replaces}, which has no row")
        if row.family == FAMILY and row.role is Role.INITIAL and row.territory and row.lesion:
            treatment = Treatment(row.treatment)
            if knowledge.service(row.territory, treatment, row.lesion, Role.ADDITIONAL) is None:
                faults.append(f"codes.csv: {code} is an initial code without its additional one")
    faults += [f"vessels.csv: no row for {v}" for v in Vessel if v not in knowledge.vessels]
    faults += [f"territories.csv: no row for {t}" for t in Territory if t not in knowledge.limits]
    return faults
