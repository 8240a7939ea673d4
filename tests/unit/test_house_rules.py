"""What this house keeps of its code: modules of at most 250 lines, functions of at most 50, four positional parameters."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted(p for folder in ("cds_service", "cards") for p in (ROOT / folder).rglob("*.py"))
MOST_LINES, MOST_OF_A_FUNCTION, MOST_POSITIONAL = 250, 50, 4


def functions(module: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(module.read_text("utf-8"))
    yield from (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def named(module: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return f"{module.relative_to(ROOT)}:{function.lineno} {function.name}"


def positional(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    found = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    return len(found) - (found[:1] in (["self"], ["cls"]))


def test_there_are_modules_to_look_at() -> None:
    assert len(MODULES) > 200


def test_no_module_is_longer_than_the_house_likes() -> None:
    long = {str(m.relative_to(ROOT)): n for m in MODULES if (n := len(m.read_text("utf-8").splitlines())) > MOST_LINES}
    assert long == {}


def test_no_function_is_longer_than_the_house_likes() -> None:
    lengths = {named(m, f): (f.end_lineno or f.lineno) - f.lineno + 1 for m in MODULES for f in functions(m)}
    assert {name: n for name, n in lengths.items() if n > MOST_OF_A_FUNCTION} == {}


def test_no_function_takes_more_than_four_positional_parameters() -> None:
    taken = {named(m, f): positional(f) for m in MODULES for f in functions(m)}
    assert {name: n for name, n in taken.items() if n > MOST_POSITIONAL} == {}
