"""One synthetic export of every case, made and audited once for all tests."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from cds_service.audit.results import Totals
from cds_service.audit.synthetic.export import generate
from tests.audit.exports import audited

PROCEDURES = 10_500


@dataclass(frozen=True)
class Synthetic:
    folder: Path
    out: Path
    totals: Totals


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Synthetic:
    folder, out = tmp_path_factory.mktemp("synthetic"), tmp_path_factory.mktemp("audited")
    generate(PROCEDURES, 7, folder)
    return Synthetic(folder=folder, out=out, totals=audited(folder / "export", out))
