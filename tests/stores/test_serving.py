"""The real server with two workers on both stores: what it promises while it is killed, and while its store is away."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from cds_service.stores.database import Database
from cds_service.stores.opening import database_at, existing_database_at, upgraded_database_at
from cds_service.stores.place import FILE_NAME, Place
from cds_service.stores.schema import FEEDBACK, METADATA, SHOWN
from tests.charts import mission
from tests.ports import free_port
from tests.scenarios.golden import loaded, names
from tests.stores.postgres import new_url, server
from tests.stores.samples import card_id
from tests.web.test_servers import CHARGE, call, started, until_ready

pytestmark = [pytest.mark.server, pytest.mark.enable_socket]
FEED = f"{CHARGE}/feedback"


def environment(place: Place) -> dict[str, str]:
    where = {"ILIAC_CDS_DATABASE_URL": place.url} if place.url else {"ILIAC_CDS_DATA_DIR": place.directory}
    return {"ILIAC_CDS_AUTH": "off", **where}


@contextmanager
def serving(place: Place) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_port()
    with started("serve", "--port", str(port), "--workers", "2", **environment(place)) as process:
        until_ready(port, process)
        yield port, process


@pytest.fixture
def ready(place: Place) -> Place:
    """A place where `serve` may start: a server's tables are made beforehand, an embedded file is made by `serve`."""
    if place.url:
        upgraded_database_at(place)[0].close()
    return place


def item(card: str, **more: Any) -> dict[str, Any]:
    return {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-07-05T10:00:00Z", **more}


def send(port: int, *items: dict[str, Any]) -> int:
    return call(port, FEED, json.dumps({"feedback": items}).encode())[0]


def deliver(port: int, *items: dict[str, Any]) -> None:
    """Send until it is taken, as a client does that is told to come again."""
    until(lambda: send(port, *items) == 200)


def ask(port: int, instance: str) -> list[dict[str, Any]]:
    status, answer = call(port, CHARGE, json.dumps({**mission(), "hookInstance": instance}).encode())
    assert status == 200
    found: list[dict[str, Any]] = answer["cards"]
    return found


def until(true: Callable[[], Any]) -> Any:
    for _ in range(1200):
        found = true()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come true in time")


def kept(place: Place) -> list[str]:
    with closing(existing_database_at(place)) as database, database.reading() as connection:
        return [card for (card,) in connection.execute(select(FEEDBACK.c.card))]


def test_a_kill_right_after_the_answer_loses_no_feedback(ready: Place) -> None:
    """Four clients send until every process of the server is killed at once; whatever was answered 200 is there.

    What was on its way may be there or not: a process that dies while the disk writes for it ends when the disk has
    done, so such a card may even come to light after the first reading.
    """
    sent: list[str] = []
    taken: list[str] = []

    def client(number: int, port: int) -> None:
        for n in range(100_000):
            card = card_id(1 + number * 1_000_000 + n)
            sent.append(card)
            try:
                if send(port, item(card)) == 200:
                    taken.append(card)
            except (OSError, ValueError, HTTPException):
                return

    with serving(ready) as (port, process):
        threads = [Thread(target=client, args=(n, port)) for n in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(taken) >= 100)
        os.killpg(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join(60)
        process.wait(60)
    found = kept(ready)
    assert len(taken) >= 100
    assert set(taken) <= set(found)
    assert len(found) == len(set(found))
    with serving(ready) as (port, _):
        deliver(port, *[item(card) for card in taken[:500]], item(card_id(77)))
    after = kept(ready)
    assert len(after) == len(set(after))
    assert {*found, card_id(77)} <= set(after) <= {*sent, card_id(77)}


def test_an_answered_card_stays_away_over_workers_and_restarts(ready: Place) -> None:
    with serving(ready) as (port, _):
        (card,) = ask(port, "first")
        deliver(port, item(card["uuid"]))
        until(lambda: all(ask(port, f"again-{n}") == [] for n in range(8)))
    with serving(ready) as (port, _):
        until(lambda: all(ask(port, f"after the restart-{n}") == [] for n in range(8)))


def test_what_was_shown_is_written_before_a_server_that_is_told_to_stop_ends(ready: Place) -> None:
    with serving(ready) as (port, process):
        shown = {ask(port, f"call-{n}")[0]["uuid"] for n in range(20)}
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    with closing(existing_database_at(ready)) as database, database.reading() as connection:
        found = connection.execute(select(SHOWN)).all()
    assert {row.card for row in found} == shown
    assert {(row.audience, row.verdict, row.service) for row in found} == {("coding", "yes", "iliac-charge-review")}


@contextmanager
def away(place: Place) -> Iterator[None]:
    """The store cannot be used: its file is locked, or its database is gone and comes back empty."""
    if not place.url:
        with closing(sqlite3.connect(place.file, isolation_level=None)) as blocker:
            blocker.execute("BEGIN IMMEDIATE")
            yield
        return
    name = re.findall(r"/(test_\d+)", place.url)[0]
    with psycopg.connect(server().get_uri(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        yield
        connection.execute(f"CREATE DATABASE {name}")
    upgraded_database_at(place)[0].close()


def test_while_the_store_is_away_calls_are_answered_and_feedback_is_503(ready: Place) -> None:
    with serving(ready) as (port, process):
        before = ask(port, "call")
        with away(ready):
            for _ in range(6):
                status, outcome = call(port, FEED, json.dumps({"feedback": [item(card_id(5))]}).encode())
                assert (status, outcome["issue"][0]["code"]) == (503, "transient")
                assert ask(port, "call") == before
        deliver(port, item(card_id(5)))
        deliver(port, item(card_id(6)))
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=60)[0]
    assert "Traceback" not in output
    assert sorted(kept(ready)) == [card_id(5), card_id(6)]


def test_serve_refuses_a_server_whose_tables_are_not_up_to_date_and_names_the_command() -> None:
    place = Place(url=new_url())
    with started("serve", **environment(place)) as process:
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 2
    assert len(output.splitlines()) == 1
    assert "iliac-cds db upgrade" in output
    with started("db", "upgrade", **environment(place)) as process:
        assert "was made at revision" in process.communicate(timeout=60)[0]
    assert process.returncode == 0
    with serving(place) as (port, _):
        deliver(port, item(card_id(1)))


def test_serve_starts_without_a_server_that_cannot_be_reached_and_says_so() -> None:
    port = free_port()
    url = "postgresql://cds:planted-password@127.0.0.1:1/cds"
    with started("serve", "--port", str(port), ILIAC_CDS_AUTH="off", ILIAC_CDS_DATABASE_URL=url) as process:
        until_ready(port, process)
        assert len(ask(port, "call")) == 1
        assert send(port, item(card_id(1))) == 503
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=60)[0]
    assert "cannot be reached" in output
    assert "planted-password" not in output


PATIENT = {
    "resourceType": "Patient",
    "id": "plant-patient",
    "name": [{"family": "Plantname", "given": ["Zebulon"]}],
    "birthDate": "1931-07-09",
    "identifier": [{"value": "MRN-PLANT-4711"}],
}
PLANTED = (
    "plant-",
    "Plantname",
    "Zebulon",
    "1931-07-09",
    "MRN-PLANT",
    "2026-03-0",
    "planted",
    "Practitioner",
    "Encounter",
)


def planted(value: Any, key: str = "") -> Any:
    """A request whose every id and reference can be found again."""
    if isinstance(value, dict):
        return {k: planted(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [planted(v, key) for v in value]
    if key in ("id", "patientId", "encounterId", "userId"):
        return "/".join([*value.split("/")[:-1], f"plant-{value.split('/')[-1]}"])
    if key == "reference" and not value.startswith(("#", "urn:")):
        kind, _, name = value.rpartition("/")
        return f"{kind}/plant-{name}" if kind else value
    return value


def everything(place: Place) -> bytes:
    """All that a store holds: the bytes of an embedded file and its log, the rows of a server's tables."""
    if not place.url:
        return b"".join(f.read_bytes() for f in Path(place.directory).glob(f"{FILE_NAME}*"))
    with closing(database_at(place)) as database, database.reading() as connection:
        found = (connection.exec_driver_sql(f"SELECT t::text FROM {name} t") for name in METADATA.tables)
        return "\n".join(row for rows in found for (row,) in rows).encode()


def test_no_table_holds_patient_data_after_every_scenario_and_the_oddest_feedback(ready: Place) -> None:
    with serving(ready) as (port, process):
        cards = []
        for name in names():
            sent = planted(loaded(name, "request.json"))
            sent["prefetch"]["patient"] = PATIENT
            sent["hookInstance"] = f"planted-instance-{name}"
            path = "/cds-services/iliac-order-sign" if sent["hook"] == "order-sign" else CHARGE
            status, answer = call(port, path, json.dumps(sent).encode())
            assert status == 200, name
            cards += answer["cards"]
        reason = {"reason": {"code": "Zebulon Plantname", "display": "Plantname"}, "userComment": "MRN-PLANT-4711"}
        accepted = {"outcome": "accepted", "acceptedSuggestions": [{"id": "Zebulon Plantname"}]}
        deliver(port, *[item(c["uuid"], overrideReason=reason) for c in cards])
        deliver(port, item("Zebulon Plantname", **accepted), item("plant-patient", overrideReasons=reason))
        until(lambda: everything(ready).count(b"R-LESION") > 20)
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=60)[0]
    held = everything(ready)
    assert len(cards) > 50
    assert all(c["uuid"].encode() in held for c in cards)
    assert [word for word in PLANTED if word.encode() in held] == []
    assert [word for word in PLANTED if word in output] == []


def test_the_scan_finds_what_is_there(ready: Place) -> None:
    with closing(upgraded_database_at(ready)[0]) as database:
        plant(database)
    assert b"Plantname" in everything(ready)


def plant(database: Database) -> None:
    from cds_service.stores.sql import SqlCardStore
    from tests.stores.samples import shown

    SqlCardStore(database).record([shown(1, verdict="Plantname")])
