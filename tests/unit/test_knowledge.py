"""The knowledge files: what they hold, and that a fault in any of them is named by file and row."""

import csv
import re
from datetime import date
from importlib.resources import files

import pytest

from cds_service.coding.anatomy import Role
from cds_service.knowledge import load, load_payers, problems
from cds_service.knowledge.loader import FILES, shipped
from cds_service.knowledge.payers import read_payers
from cds_service.knowledge.terms import load_lexicon

DATED = [name for name in FILES if name.endswith(".csv")]


def test_the_shipped_files_have_no_fault() -> None:
    assert problems() == []


def test_the_family_has_its_46_codes_and_22_additional_ones() -> None:
    knowledge = load()
    assert len(knowledge.family) == 46
    assert sum(knowledge.codes[c].role is Role.ADDITIONAL for c in knowledge.family) == 22
    assert knowledge.initials_for("37257") == {"37256", "37258", "37260"}


@pytest.mark.parametrize("name", DATED)
def test_every_row_has_its_dates_its_source_and_whether_it_is_verified(name: str) -> None:
    rows = list(csv.DictReader(shipped()[name].splitlines()))
    assert rows
    for row in rows:
        assert row["effective_from"], row
        assert row["source"] in load().sources, row
        assert row["verified"] in ("yes", "no"), row


FAULTS = [
    ("codes.csv", "37257,lower", "37257,lower-x", "codes.csv, row 5: family"),
    (
        "codes.csv",
        "iliac,angioplasty,occlusion,additional,2",
        "iliac,angioplasty,occluded,additional,2",
        "codes.csv, row 5: lesion",
    ),
    ("codes.csv", "37257,", "37256,", "codes.csv, row 5: code 37256 stands twice"),
    (
        "codes.csv",
        "additional,2,37256 37258 37260,1,3",
        "additional,2,37256 99999 37260,1,3",
        "codes.csv: 37257 pairs with 99999",
    ),
    (
        "vessels.csv",
        "common-iliac,iliac,common-iliac,1",
        "common-iliac,iliac,common-iliac,first",
        "vessels.csv, row 2: order",
    ),
    ("vessels.csv", "2026-01-01", "1 January", "vessels.csv, row 2: effective_from"),
    ("rules.csv", ",A,2026-01-01,,cms-aoc", ",E,2026-01-01,,cms-aoc", "rules.csv, row 2: confidence"),
    ("territories.csv", "scai-2026", "nobody", "territories.csv, row 2: source"),
    ("concepts.csv", "snomed,10293006,body", "snomed,10293006,bone", "concepts.csv, row 2: aspect"),
    ("pcs.csv", "operation,047", "operatoin,047", "pcs.csv, row 2: axis"),
    ("systems.csv", "equals", "like", "systems.csv, row 2: match"),
    ("places.csv", ",yes", ",perhaps", "places.csv, row 2: verified"),
    ("payers.csv", "exact,medicare,", "exactly,medicare,", "payers.csv, row 2: kind"),
    ("payers.csv", "exact,us medicare,", "exact,U.S. Medicare,", "payers.csv, row 3: value"),
    ("payers.csv", "exact,us medicare,", "exact,medicare,", "payers.csv, row 3: exact 'medicare' stands twice"),
    (
        "payers.csv",
        "medicare,medicare,medicare-unspecified",
        "medicare,cms,medicare-unspecified",
        "payers.csv, row 2: identity",
    ),
    (
        "payers.csv",
        "medicare,medicare,medicare-unspecified",
        "medicare,medicare,medicare-any",
        "payers.csv, row 2: line",
    ),
    ("payers.csv", "exact,part a,,medicare,", "exact,part a,,,", "payers.csv, row 20: says nothing"),
    ("payers.csv", "sopt,11*,", "sopt,11.*,", "payers.csv, row 96: value"),
    ("payers.toml", 'payer = "aetna"', 'payer = "other"', "payers.toml, note 4 (aetna-cpb-0785): payer is 'other'"),
    ("terms.toml", "'SFAs?'", "'SFA('", "terms.toml, term 7: pattern"),
    ("terms.toml", 'kind = "vessel"', 'kind = "vesel"', "terms.toml, term 1: kind"),
    ("manifest.toml", "family_from = 2026-01-01", 'family_from = "soon"', "manifest.toml: family_from"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "said"), FAULTS, ids=[f[3] for f in FAULTS])
def test_a_fault_is_named_by_file_and_row(name: str, right: str, wrong: str, said: str) -> None:
    texts = shipped()
    assert right in texts[name]
    texts[name] = texts[name].replace(right, wrong, 1)
    assert any(f.startswith(said) for f in problems(texts)), problems(texts)


def test_a_payer_row_that_is_not_verified_says_nothing_until_it_is() -> None:
    texts, sources = shipped(), load().sources
    row = next(r for r in texts["payers.csv"].splitlines() if r.startswith("phrase,umr,"))
    assert row.endswith(",no")
    assert load_payers().name("UMR", None).values == ()
    book, faults = read_payers(texts["payers.csv"].replace(row, row.removesuffix("no") + "yes"), sources)
    assert (faults, book.name("UMR", None).values) == ([], ("umr",))


def test_a_closed_payer_row_counts_until_its_last_day_and_its_successor_after() -> None:
    head = "kind,value,identity,line,effective_from,effective_to,source,verified"
    old = "phrase,acme,cigna,,2000-01-01,2025-12-31,project-reading,yes"
    new = "phrase,acme,aetna,,2026-01-01,,project-reading,yes"
    book, faults = read_payers("\n".join([head, old, new]), load().sources)
    days = (date(2025, 12, 31), date(2026, 1, 1), None)
    assert faults == []
    assert [[i.value for i in book.name("Acme", d).identities] for d in days] == [["cigna"], ["aetna"], ["aetna"]]


def test_a_missing_column_and_a_short_row_are_named() -> None:
    texts = shipped()
    texts["rules.csv"] = texts["rules.csv"].replace("id,text,confidence", "id,text,trust", 1)
    texts["vessels.csv"] = texts["vessels.csv"].replace("2026-01-01,,scai-2026,yes", "2026-01-01", 1)
    found = problems(texts)
    assert "rules.csv: the header lacks confidence" in found
    assert any(f.startswith("vessels.csv, row 2: has not as many cells") for f in found)


def test_no_descriptor_stands_beside_a_code() -> None:
    """Code numbers and our own structure words only: no cell of the code table is longer than a structure word."""
    for row in csv.DictReader(shipped()["codes.csv"].splitlines()):
        assert not any(re.search(r"[a-z]+ [a-z]+", cell) for cell in row.values()), row


def test_no_amount_of_money_or_relative_value_is_shipped() -> None:
    for name in FILES:
        text = (files("cds_service.knowledge") / name).read_text("utf-8").lower()
        assert not re.search(r"\brvu\b|\$\s?\d|dollar|payment amount", text), name


def test_the_index_of_beginnings_finds_what_trying_every_term_finds() -> None:
    lexicon = load_lexicon()
    for text in (*_TEXTS, "right common iliac artery stent " * 50 + "a" * 500 + " " * 500):
        found = {(t.kind, t.value, t.start, t.end) for t in lexicon.scan(text)}
        every = {(t.kind, t.value, m.start(), m.end()) for t in lexicon.terms for m in t.pattern.finditer(text)}
        assert found <= every
        kept = {(start, end) for *_, start, end in found}
        for *_, start, end in every - found:
            longer = [k for k in kept if k[0] < end and start < k[1] and k[1] - k[0] >= end - start]
            assert longer, f"{text[start:end]!r} was not found in {text!r}"


_TEXTS = (
    "R CIA 80% stenosis -> stent; REIA 100 % (CTO), POBA 6x60. (L) EIA patent? LCIA s/p stent, 99 %-stenosis",
    "Via left CFA access the occluded right external iliac a. was dilated; +/- stent. DES. Rt. hypogastric: coils",
    "COMPLETION: NO RESIDUAL STENOSIS. (R) COMMON ILIAC, IN-STENT RESTENOSIS 70 %; ? SUBTOTAL OCCLUSION",
)
