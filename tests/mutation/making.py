"""A copy of the tree in which every function of some files stands with all its mutants, made by mutmut 3.8.1.

Knows mutmut's way of writing mutants: `x_name__mutmut_orig` beside `x_name__mutmut_1` and so on, one change each.
"""

import ast
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from mutmut.mutation.file_mutation import mutate_file_contents

ROOT = Path(__file__).parents[2]
COPIED = ("cds_service", "cards", "tests", "fhir_fixtures", "pyproject.toml", "README.md", "CHANGELOG.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: `name` is mutmut's, `was` and `becomes` the changed lines. `prose` changes but a text with a blank."""

    file: str
    name: str
    function: str
    was: str
    becomes: str
    prose: bool
    lines: tuple[int, int]

    @property
    def module(self) -> str:
        return self.file.removesuffix(".py").replace("/", ".")

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from every other change, whatever else of its file moves."""
        return (self.file, self.function, self.was, self.becomes)


def copied(to: Path) -> None:
    """The tree as far as the tests need it."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy2(source, to / name)


def mutated(tree: Path, files: Iterable[str]) -> list[Mutant]:
    """Write these files of the tree with their mutants, and say which there are."""
    out: list[Mutant] = []
    for file in files:
        made = mutate_file_contents(file, (tree / file).read_text("utf-8"))
        (tree / file).write_text(made.code, encoding="utf-8")
        out += _mutants(file, made.code)
    return out


def _mutants(file: str, code: str) -> Iterator[Mutant]:
    functions = {
        n.name: n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.FunctionDef) and "__mutmut_" in n.name
    }
    lines = code.splitlines()
    for name, node in functions.items():
        stem, _, number = name.rpartition("_")
        if number == "orig":
            continue
        original = functions[f"{stem}_orig"]
        was, becomes = _difference(_source(lines, original), _source(lines, node))
        yield Mutant(
            file=file,
            name=name,
            function=stem.removesuffix("__mutmut").removeprefix("x_").removeprefix("xǁ").replace("ǁ", "."),
            was=was,
            becomes=becomes,
            prose=_is_prose(original, node),
            lines=(node.lineno, node.end_lineno or node.lineno),
        )


def _source(lines: list[str], node: ast.FunctionDef) -> list[str]:
    return [x.strip() for x in lines[node.lineno : node.end_lineno]]


def _difference(was: list[str], becomes: list[str]) -> tuple[str, str]:
    found = [x for x in unified_diff(was, becomes, lineterm="", n=0) if not x.startswith(("---", "+++", "@@"))]
    return tuple(" ".join(x[1:] for x in found if x[0] == sign) for sign in "-+")  # type: ignore[return-value]


def _is_prose(original: ast.FunctionDef, mutant: ast.FunctionDef) -> bool:
    """True when all that differs is the wording of a text for people."""
    pairs = zip(ast.walk(original), ast.walk(mutant), strict=False)
    changed = [
        (a, b) for a, b in pairs if isinstance(a, ast.Constant) and isinstance(b, ast.Constant) and a.value != b.value
    ]
    texts = [a.value for a, _ in changed if isinstance(a.value, str) and " " in a.value]
    return bool(changed) and len(texts) == len(changed) and _shape(original) == _shape(mutant)


def _shape(node: ast.AST) -> list[type]:
    return [type(n) for n in ast.walk(node)]
