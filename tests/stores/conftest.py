"""Both databases, empty and ready, for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds_service.stores.database import Database
from cds_service.stores.opening import upgraded_database_at
from cds_service.stores.place import Place
from tests.stores.postgres import new_url

KINDS = ("sqlite", "postgresql")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a store is to be; nothing is there yet."""
    return Place(directory=str(tmp_path / "store")) if request.param == "sqlite" else Place(url=new_url())


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    found = upgraded_database_at(place)[0]
    yield found
    found.close()
