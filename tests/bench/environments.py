"""Environments of systems that are not part of this project, each in a folder of the cache, made when it is missing.

What they hold is pinned in `systems/`. An environment is made anew when its pins change.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

SYSTEMS = Path(__file__).parent / "systems"
_PINS = {"healthchain": "requirements-healthchain.txt", "node": "package.json"}
_LONGEST = 900


class Missing(Exception):
    """An environment that cannot be had here; the message says why in one line."""


def environment(name: str, cache: Path) -> Path:
    """The folder of an environment, ready to be used; an empty name is this very environment.

    Raises:
        Missing: a program is not there, or the registry or a build says no.
    """
    if not name:
        return Path(sys.prefix)
    folder, pins = cache / name, (SYSTEMS / _PINS[name]).read_bytes()
    mark, wanted = folder / "made-from", hashlib.sha256(pins).hexdigest()
    if not mark.exists() or mark.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _MAKERS[name](folder)
        mark.write_text(wanted)
    if name == "node":
        _lay_scripts(folder)
    return folder


def _make_python(folder: Path) -> None:
    _run([sys.executable, "-m", "venv", str(folder)], folder)
    pins = str(SYSTEMS / _PINS["healthchain"])
    _run([str(folder / "bin/python"), "-m", "pip", "install", "-q", "-r", pins], folder)


def _make_node(folder: Path) -> None:
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Missing(f"{program} is not on the PATH")
    shutil.copy(SYSTEMS / _PINS["node"], folder)
    _run(["npm", "install", "--no-audit", "--no-fund", "--silent"], folder)


def _lay_scripts(folder: Path) -> None:
    """The scripts stand beside node_modules, where node looks for what they import; the rule is translated there."""
    for pattern in ("*.mjs", "*.cql", "*.xml"):
        for script in SYSTEMS.glob(pattern):
            shutil.copy(script, folder)
    _run(["node", "translate.mjs"], folder)


_MAKERS = {"healthchain": _make_python, "node": _make_node}


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_LONGEST)
    except subprocess.TimeoutExpired:
        raise Missing(f"{Path(command[0]).name} took longer than {_LONGEST} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Missing(f"{Path(command[0]).name} failed: {said[-1] if said else done.returncode}")
