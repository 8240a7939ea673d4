"""The packaged scenarios: a hook request, the three lines that say why it is there, and the answer the rules call for.

Knows the folder layout of `fhir_fixtures`. A name is looked up in the listing and never becomes part of a path.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from cds_service.coding.answer import Verdict

_FIRST = "mission"
_UNGROUPED = "More scenarios"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario; `body` is the request as it stands in its file, `why` its lines of Markdown.

    `verdicts` are the expected answers on 37257 by session, `codes` the expected lines such as "37257-RT".
    """

    name: str
    why: tuple[str, ...]
    body: bytes
    verdicts: tuple[str, ...]
    codes: tuple[str, ...]

    @property
    def hook(self) -> str:
        """The hook the request names; empty when the file is not what it should be."""
        try:
            found = json.loads(self.body).get("hook")
        except (ValueError, AttributeError):
            return ""
        return found if isinstance(found, str) else ""

    @property
    def headline(self) -> str:
        return self.why[0].removeprefix("Story:").strip() if self.why else ""

    @property
    def title(self) -> str:
        return self.name.replace("-", " ").replace("_", " ")

    @property
    def verdict(self) -> str:
        """The answer on 37257 over all sessions: yes, review or no; none where nothing of the family was done."""
        return next((v.value for v in Verdict if v in self.verdicts), "none")

    @property
    def told(self) -> str:
        """What search looks through: title, story, rule, source and codes, in small letters."""
        return " ".join((self.title, *self.why, *self.codes)).lower()

    def matches(self, words: Iterable[str]) -> bool:
        """True when every word stands somewhere in what is told of the scenario."""
        return all(w in self.told for w in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Scenarios that answer one question."""

    question: str
    scenarios: tuple[Scenario, ...]


@lru_cache(maxsize=1)
def scenarios() -> Mapping[str, Scenario]:
    """The scenarios by name, to be read only: the mission first, the others in order of the alphabet."""
    found = {}
    for folder in files("fhir_fixtures").iterdir():
        request, why = folder / "request.json", folder / "why.md"
        if request.is_file() and why.is_file():
            lines = (line.strip().lstrip("#").strip() for line in why.read_text("utf-8").splitlines())
            sessions = _expected((folder / "expected.json").read_bytes())
            found[folder.name] = Scenario(
                name=folder.name,
                why=tuple(line for line in lines if line),
                body=request.read_bytes(),
                verdicts=tuple(s["verdict"] for s in sessions),
                codes=tuple("-".join(p for p in line[:2] if p) for s in sessions for line in s["lines"]),
            )
    return {name: found[name] for name in sorted(found, key=lambda n: (n != _FIRST, n))}


def grouped(found: Mapping[str, Scenario], words: Iterable[str] = ()) -> tuple[Group, ...]:
    """The scenarios by question, those only that match every word; groups without any are left out."""
    wanted, rest, groups = [w.lower() for w in words], dict(found), []
    for group in tomllib.loads(files("fhir_fixtures").joinpath("groups.toml").read_text("utf-8"))["group"]:
        mine = [rest.pop(name) for name in group["scenarios"] if name in rest]
        groups.append(Group(question=group["question"], scenarios=tuple(s for s in mine if s.matches(wanted))))
    groups.append(Group(question=_UNGROUPED, scenarios=tuple(s for s in rest.values() if s.matches(wanted))))
    return tuple(g for g in groups if g.scenarios)


def _expected(body: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(body)["sessions"]
    return found
