"""Why was this suggested in March? One card by its uuid: when, for whom, by which rules and knowledge, and its answers."""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cds_service.app import create_app
from cds_service.cli import main
from cds_service.knowledge import load
from cds_service.settings import Settings
from cds_service.stores import Stores
from cds_service.stores.database import Database
from cds_service.stores.memory import MemoryTokenStore
from cds_service.stores.opening import upgraded_database_at
from cds_service.stores.place import Place
from cds_service.stores.records import OverrideReason
from cds_service.stores.sql import SqlCardStore
from tests.charts import mission
from tests.stores.samples import NOW, card_id, item, shown

CHARGE = "/cds-services/iliac-charge-review"
POLICY = OverrideReason(code="policy-differs", system="https://iliac-cds.org/CodeSystem/override-reason")
Ask = Callable[..., Result]


@pytest.fixture
def ask(place: Place, database: Database, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The command on a store."""
    monkeypatch.setenv("ILIAC_CDS_DATABASE_URL", place.url)
    monkeypatch.setenv("ILIAC_CDS_DATA_DIR", place.directory)
    return lambda *words: CliRunner().invoke(main, ["feedback", "card", *words])


def test_a_card_that_was_answered_is_told_from_its_showing_to_its_answers(ask: Ask, database: Database) -> None:
    store = SqlCardStore(database)
    store.record([shown(1)])
    store.keep(
        [
            item(1, reason=POLICY, commented=True),
            item(1, outcome="accepted", suggestions=(card_id(900),), at=NOW + timedelta(hours=1)),
        ]
    )
    lines = ask(card_id(1).upper()).output.splitlines()
    assert lines[:4] == [
        f"Card {card_id(1)}",
        "Shown 2026-03-05 12:00:00 UTC by iliac-charge-review on org.iliac-cds.charge-review, to https://ehr.example.org",
        "For the coder; 37257: yes",
        "Knowledge 2026.2",
    ]
    rules = load().rules
    assert lines[4].startswith(f"  R-LESION: {rules['R-LESION'].text} (")
    assert "in force from 2026-01-01" in lines[5]
    assert lines[6:] == [
        "Findings: missing-line",
        f"Suggestions: {card_id(900)}",
        "Overridden 2026-03-05 12:00:00 UTC: Payer or local policy differs; with a comment, which is not kept",
        f"Accepted 2026-03-05 13:00:00 UTC: {card_id(900)}",
        "The chart is not kept here. `iliac-cds explain REQUEST.json` decides a request again, with its evidence.",
    ]


def test_what_is_not_known_is_said(ask: Ask, database: Database) -> None:
    store = SqlCardStore(database)
    store.record([shown(1, rules=("R-GONE",), knowledge="2025.1", topics=(), suggestions=(), verdict="", issuer="")])
    store.keep([item(2)])
    told = ask(card_id(1)).output
    assert f"Knowledge 2025.1; this program has {load().version}, whose words follow" in told
    assert "R-GONE: no rule of this program's knowledge" in told
    assert "37257: not said" in told
    assert "No answer to it was sent." in told
    assert "only feedback on it was kept" in ask(card_id(2)).output


@pytest.mark.parametrize(("word", "said"), [("nonsense", "that is no uuid"), (card_id(5), "nobody remembers the card")])
def test_a_card_that_cannot_be_told_of_is_one_line_and_status_2(ask: Ask, word: str, said: str) -> None:
    found = ask(word)
    assert found.exit_code == 2
    assert said in found.output
    assert found.output.count("\n") == 1


def test_without_a_store_there_is_nothing_to_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILIAC_CDS_DATA_DIR", str(tmp_path))
    found = CliRunner().invoke(main, ["feedback", "card", card_id(1)])
    assert found.exit_code == 2
    assert "there is no store" in found.output


def test_the_uuid_of_a_card_that_the_service_answered_leads_to_its_rules(place: Place, ask: Ask) -> None:
    with closing(upgraded_database_at(place)[0]) as database:
        stores = Stores(cards=SqlCardStore(database), tokens=MemoryTokenStore())
        app = create_app(Settings(), stores=stores).test_client()
        (card,) = app.post(CHARGE, json=mission()).get_json()["cards"]
    told = ask(card["uuid"]).output
    coding: dict[str, Any] = card["extension"]["org.iliac-cds.coding"]
    assert "37257: yes" in told
    assert all(f"  {rule}: " in told for line in coding["lines"] for rule in line["rules"])
    assert all(s["uuid"] in told for s in card["suggestions"])
    assert json.dumps(mission()["context"]["patientId"]) not in told
