"""payers.toml: what may stand in it, what the shipped entries say, and that a fault is named by file and entry."""

import re
from datetime import date

import pytest

from cds_service.coding.codes import PolicyNote
from cds_service.coding.facts import LineOfBusiness, PayerIdentity
from cds_service.knowledge import load
from cds_service.knowledge.policies import read_policies

NOTES = load().policies
IDS = [n.id for n in NOTES]
PLAIN = """
[[note]]
id = "a"
payer = "aetna"
lines = ["commercial"]
treatments = ["stent"]
policy = "Stents"
number = "7"
publisher = "Aetna"
text = "Policy on stents; check the plan."
seen = 2026-02-01
review_by = 2026-12-31
effective_from = 2026-01-01
source = "cms-ncd-20-7"
verified = true
"""


def faults(text: str) -> list[str]:
    return read_policies(text, load().sources)[1]


def test_a_sound_entry_is_read_as_it_stands() -> None:
    (note,), wrong = read_policies(PLAIN + "effective_to = 2026-06-30\n", load().sources)
    assert wrong == []
    assert note == PolicyNote(
        id="a",
        payer=PayerIdentity.AETNA,
        lines=frozenset({LineOfBusiness.COMMERCIAL}),
        treatments=note.treatments,
        policy="Stents",
        number="7",
        publisher="Aetna",
        contractor="",
        text="Policy on stents; check the plan.",
        seen=date(2026, 2, 1),
        review_by=date(2026, 12, 31),
        effective_from=date(2026, 1, 1),
        effective_to=date(2026, 6, 30),
        source="cms-ncd-20-7",
        verified=True,
    )
    assert [t.value for t in note.treatments] == ["stent"]


FAULTS = [
    ('id = "a"\n', "", "lacks id", "an entry is cited by its id"),
    ('id = "a"', 'id = ""', "id is empty", "as good as none"),
    ('"aetna"', '"other"', "payer is 'other'", "anybody else has no policy"),
    ('"aetna"', '"acme"', "payer is 'acme'", "a payer not known here"),
    ('"commercial"', '"unknown"', "lines has 'unknown'", "an Aetna plan of unknown line may be a Medicare plan"),
    ('"commercial"', '"medicaid"', "lines has 'medicaid'", "a state's programme has its own"),
    ('"commercial"', '"medicare"', "lines has 'medicare'", "Medicare itself is no brand's"),
    ('"aetna"', '"medicare"', "lines has 'commercial'", "Medicare's policy does not bind private plans"),
    ('["commercial"]', "[]", "lines is empty", "it would never be shown"),
    ('["commercial"]', '"commercial"', "lines is 'commercial'; it must be a list", "one line is a list too"),
    ('["commercial"]', "[1]", "lines has 1", "no line"),
    ('["stent"]', '["bypass"]', "treatments has 'bypass'", "no treatment known here"),
    ("2026-02-01", '"2026-02-01"', "seen is '2026-02-01'; it must be a date", "a date is written without quotes"),
    ("2026-02-01", "2026-02-01T10:00:00", "seen is datetime", "a time of day is no day"),
    (
        "review_by = 2026-12-31",
        "review_by = 2026-01-31",
        "review_by 2026-01-31 is before seen",
        "due before it was read",
    ),
    (
        "effective_from = 2026-01-01",
        "effective_from = 2027-01-01",
        "review_by 2026-12-31 is before effective_from",
        "x",
    ),
    (
        "verified = true",
        "verified = true\neffective_to = 2025-12-31",
        "effective_to 2025-12-31 is before",
        "never in force",
    ),
    ("verified = true", 'verified = "yes"', "verified is 'yes'; it must be true or false", "a word is not an answer"),
    ("verified = true", 'verified = true\ncontractor = "Novitas"', "contractor is 'Novitas'", "only Medicare has them"),
    ("verified = true", 'verified = true\nurl = "x"', "has url, which no note has", "the page is the source's"),
    ('"cms-ncd-20-7"', '"nobody"', "source is 'nobody'", "a source that is not listed"),
    ('"cms-ncd-20-7"', '"payer-names"', "source 'payer-names' has no public page", "nobody could look it up"),
    ("check the plan.", "check it", "text must be one sentence", "no full stop"),
    ("; check the plan.", ". Check the plan.", "text must be one sentence", "two sentences"),
    ("check the plan.", f"{'x' * 220}.", "text must be one sentence", "too long for a card"),
]


@pytest.mark.parametrize(("right", "wrong", "said", "why"), FAULTS, ids=[f"{f[2]}: {f[3]}" for f in FAULTS])
def test_a_fault_is_named_by_file_and_entry(right: str, wrong: str, said: str, why: str) -> None:
    assert right in PLAIN
    found = faults(PLAIN.replace(right, wrong, 1))
    assert any(re.match(r"payers\.toml, note 1 \(.*?\): ", f) and said in f for f in found), found


def test_a_faulty_entry_is_left_out_and_spoils_no_other() -> None:
    second = PLAIN.replace('id = "a"', 'id = "b"').replace('"aetna"', '"acme"')
    third = PLAIN.replace('id = "a"', 'id = "c"')
    notes, wrong = read_policies(PLAIN + second + third, load().sources)
    assert [n.id for n in notes] == ["a", "c"]
    assert [f.partition(":")[0] for f in wrong] == ["payers.toml, note 2 (b)"]


def test_an_id_stands_once() -> None:
    assert faults(PLAIN + PLAIN) == ["payers.toml, note 2 (a): an earlier note has this id"]


@pytest.mark.parametrize("text", ["", "[note", "note = 1", PLAIN + '[other]\nx = "y"\n', "note = [1]"])
def test_a_file_of_another_shape_is_named(text: str) -> None:
    notes, wrong = read_policies(text, load().sources)
    assert notes == ()
    assert [f[:11] for f in wrong] == ["payers.toml"]


def test_every_named_payer_has_an_entry_and_nobody_else() -> None:
    assert {n.payer for n in NOTES} == set(PayerIdentity) - {PayerIdentity.OTHER}


@pytest.mark.parametrize("note", NOTES, ids=IDS)
def test_every_entry_names_policy_publisher_date_and_a_public_page(note: PolicyNote) -> None:
    assert note.policy
    assert note.publisher
    assert date(2014, 1, 1) <= note.seen <= note.review_by
    assert load().sources[note.source].url.startswith("https://")


@pytest.mark.parametrize("note", NOTES, ids=IDS)
def test_no_reading_is_promised_beyond_the_year_of_the_knowledge(note: PolicyNote) -> None:
    assert note.review_by <= date(int(load().version[:4]), 12, 31)


MONEY = r"[$€£]|\b(pay|paid|reimburs|money|fee\b|fees\b|bill|charge|cost|price|claim|den(y|ial)|revenue|rvu|dollar)"
DESCRIPTOR = (
    r"\b\d{5}\b|\b\d{4}T\b|unilateral|initial vessel|each additional|open or percutaneous|including|\binclusive"
)
PERSON = r"\b(Dr|Mr|Ms|Mrs|MD|DO|PhD)\b"
CRITERIA = (
    r"claudication|rest pain|ulcer|gangrene|\bABI\b|rutherford|TASC|medically necessary|\d+ ?(%|mm|cm|weeks|months)"
)


@pytest.mark.parametrize(
    "banned", [MONEY, DESCRIPTOR, PERSON, CRITERIA], ids=["money", "descriptor", "person", "criteria"]
)
@pytest.mark.parametrize("note", NOTES, ids=IDS)
def test_no_sentence_speaks_of_money_copies_a_text_or_names_a_person(note: PolicyNote, banned: str) -> None:
    flags = re.NOFLAG if banned == PERSON else re.IGNORECASE
    assert re.search(banned, note.text, flags) is None


def test_a_contractors_policy_says_whose_states_it_binds() -> None:
    bound = [n for n in NOTES if n.contractor]
    assert [n.number for n in bound] == ["LCD L35998", "LCD L33763"]
    assert all(f"only the states of {n.contractor}" in n.text for n in bound)


def test_what_was_not_read_on_the_publishers_own_page_is_not_verified() -> None:
    verified = {n.id: load().sources[n.source].url for n in NOTES if n.verified}
    assert set(verified) == {"medicare-ncd-20-7", "carelon-endovascular-2025"}
    assert verified["medicare-ncd-20-7"].startswith("https://www.cms.gov/")
    assert verified["carelon-endovascular-2025"].startswith("https://guidelines.carelonmedicalbenefitsmanagement.com/")
