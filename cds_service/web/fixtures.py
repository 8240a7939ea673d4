"""The packaged scenarios: a hook request and the three lines that say why it is there.

Knows the folder layout of `fhir_fixtures`. A name is looked up in the listing and never becomes part of a path.
"""

import json
from dataclasses import dataclass
from importlib.resources import files

_FIRST = "mission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scenario; `body` is the request as it stands in its file, `why` its lines of Markdown."""

    name: str
    why: tuple[str, ...]
    body: bytes

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


def scenarios() -> dict[str, Scenario]:
    """The scenarios by name: the mission first, the others in order of the alphabet."""
    found = {}
    for folder in files("fhir_fixtures").iterdir():
        request, why = folder / "request.json", folder / "why.md"
        if request.is_file() and why.is_file():
            lines = (line.strip().lstrip("#").strip() for line in why.read_text("utf-8").splitlines())
            kept = tuple(line for line in lines if line)
            found[folder.name] = Scenario(name=folder.name, why=kept, body=request.read_bytes())
    return {name: found[name] for name in sorted(found, key=lambda n: (n != _FIRST, n))}
