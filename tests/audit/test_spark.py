"""The Spark engine gives the same results as the local one, byte for byte, on two local cores."""

import gzip
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from tests.audit.conftest import Synthetic
from tests.audit.exports import audited, results

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed"),
    pytest.mark.skipif(shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="there is no Java"),
]
COMMAND = [sys.executable, "-c", "from cds_service.cli import main; main()", "audit"]
PATIENCE = 550.0


def on_spark(path: Path, out: Path, *more: str) -> None:
    words = [*COMMAND, str(path), "--out", str(out), "--engine", "spark", "--master", "local[2]", *more]
    own = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(words, env={**os.environ, **own}, capture_output=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


@pytest.fixture(scope="module")
def mixed(synthetic: Synthetic, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic export with its files packed in turn, one cut off, and a broken line here and there."""
    folder = tmp_path_factory.mktemp("mixed")
    for number, path in enumerate(sorted((synthetic.folder / "export").iterdir())):
        lines = path.read_bytes().split(b"\n")
        lines[number * 11 : number * 11] = [b"", b'{"broken": \xff', b"[]"]
        whole = b"\n".join(lines)
        if number % 3 == 1:
            (folder / f"{path.name}.gz").write_bytes(gzip.compress(whole)[:-9000])
        elif number % 3 == 2:
            (folder / f"{path.name}.zst").write_bytes(zstandard.compress(whole))
        else:
            (folder / "plain files").mkdir(exist_ok=True)
            (folder / "plain files" / path.name).write_bytes(whole)
    return folder


def test_results_of_both_engines_are_the_same_bytes(mixed: Path, tmp_path: Path) -> None:
    audited(mixed, tmp_path / "local", identifiers=True)
    on_spark(mixed, tmp_path / "spark", "--with-identifiers")
    assert results(tmp_path / "spark") == results(tmp_path / "local")
    assert (tmp_path / "local" / "rejects.ndjson").read_bytes().count(b"\n") > 18
    assert (tmp_path / "local" / "findings.ndjson").read_bytes().count(b"\n") > 5


def test_without_identifiers_too(synthetic: Synthetic, tmp_path: Path) -> None:
    audited(synthetic.folder / "export", tmp_path / "local", identifiers=False)
    on_spark(synthetic.folder / "export", tmp_path / "spark")
    assert results(tmp_path / "spark") == results(tmp_path / "local")
