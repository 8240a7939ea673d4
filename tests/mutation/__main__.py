"""Mutation testing: `python -m tests.mutation coding` (or `narrative`) says which changes of the code no test notices.

Needs mutmut 3.8.1 (`pip install mutmut==3.8.1`), which makes the mutants. Exit 1: a mutant survived that survivors.toml
does not justify. `--sample N --seed S` tries N mutants of each file; `--files` only some of them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from tests.mutation.making import ROOT, Mutant, copied, mutated
from tests.mutation.survivors import justified

PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "coding": (
        ("cds_service/coding/*.py",),
        (
            "tests/properties/test_engine_against_oracle.py",
            "tests/properties/test_engine_invariants.py",
            "tests/properties/test_accepting.py",
            "tests/properties/test_drafts.py",
            "tests/properties/test_cut_lists.py",
            "tests/properties/test_standings.py",
            "tests/unit/test_policies.py",
            "tests/unit/test_policy_notes.py",
            "tests/scenarios",
            "tests/contract/test_both_legs.py",
            "tests/spec/test_traps.py",
            "tests/spec/test_oddities_prefetch.py",
        ),
    ),
    "narrative": (
        ("cds_service/fhir/notes/*.py", "cds_service/fhir/narrative.py", "cds_service/fhir/telling.py"),
        (
            "tests/narrative/test_reading_rules.py",
            "tests/narrative/test_wordings.py",
            "tests/narrative/test_whose_work.py",
            "tests/narrative/test_no_occlusion.py",
            "tests/unit/test_clauses.py",
            "tests/unit/test_layout.py",
            "tests/unit/test_note_tables.py",
            "tests/unit/test_polarity.py",
            "tests/unit/test_phrases.py",
            "tests/spec/test_sessions_of_texts.py",
            "tests/spec/test_documents.py",
            "tests/spec/test_merging.py",
            "tests/scenarios",
        ),
    ),
}


def main() -> int:
    options = _options()
    patterns, tests = PARTS[options.part]
    files = sorted(str(p.relative_to(ROOT)) for pattern in patterns for p in ROOT.glob(pattern))
    if options.files:
        files = [f for f in files if Path(f).stem in options.files]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder)
        copied(tree)
        chosen = _chosen(mutated(tree, files), options)
        print(f"{len(chosen)} mutants of {len(files)} files", flush=True)
        refused = _untyped(tree, chosen, files)
        rows = _rows(tree, [m for m in chosen if m.name not in refused.get(m.file, set())], tests, options.seconds)
        return _told(chosen, rows, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--files", nargs="*", default=[], help="names of modules, without .py")
    parser.add_argument("--sample", type=int, default=0, help="mutants of each file; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=180.0, help="processor time for one mutant")
    parser.add_argument("--out", type=Path, default=None, help="keep every result here, a JSON object a line")
    return parser.parse_args()


def _chosen(mutants: list[Mutant], options: argparse.Namespace) -> list[Mutant]:
    if not options.sample:
        return mutants
    random, out = Random(options.seed), []
    for file in sorted({m.file for m in mutants}):
        own = [m for m in mutants if m.file == file]
        out += random.sample(own, min(options.sample, len(own)))
    return out


def _untyped(tree: Path, mutants: list[Mutant], files: list[str]) -> dict[str, set[str]]:
    """The mutants that mypy refuses, which CI runs, by file."""
    command = [sys.executable, "-m", "mypy", "--output", "json", *files]
    said = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False).stdout
    errors: dict[str, set[int]] = {}
    for found in (json.loads(line) for line in said.splitlines() if line.startswith("{")):
        if found["severity"] == "error" and found["code"] != "unused-ignore":  # mutmut's own marks
            errors.setdefault(found["file"], set()).add(found["line"])
    out: dict[str, set[str]] = {}
    for m in mutants:
        if any(m.lines[0] <= line <= m.lines[1] for line in errors.get(m.file, ())):
            out.setdefault(m.file, set()).add(m.name)
    return out


def _rows(tree: Path, mutants: list[Mutant], tests: tuple[str, ...], seconds: float) -> list[dict[str, Any]]:
    """What became of each mutant, tried in the tree."""
    asked, answered = tree / "mutants.json", tree / "results.jsonl"
    asked.write_text(json.dumps([{**asdict(m), "module": m.module} for m in mutants]), encoding="utf-8")
    answered.touch()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "tests.mutation.trying", "-p", "no:cacheprovider"]
    command += ["--hypothesis-profile=mutants", f"--mutants={asked}", f"--mutants-out={answered}"]
    command += [f"--mutant-seconds={seconds}", *tests]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    rows = [json.loads(line) for line in answered.read_text("utf-8").splitlines()]
    if len(rows) != len(mutants):
        raise SystemExit(
            f"only {len(rows)} of {len(mutants)} mutants were tried:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )
    return rows


def _told(chosen: list[Mutant], rows: list[dict[str, Any]], options: argparse.Namespace) -> int:
    """Print the figures and every survivor that is not justified; 1 where there is one."""
    if options.out:
        options.out.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    by_key = {m.name: m for m in chosen}
    known = justified()
    left = [by_key[r["name"]] for r in rows if not r["killer"]]
    new = [m for m in left if m.key not in known]
    count: Counter[str] = Counter({"mutants": len(chosen), "refused by mypy": len(chosen) - len(rows)})
    count["failed by a test"] = len(rows) - len(left)
    count["survive, justified"], count["survive, new"] = len(left) - len(new), len(new)
    print(", ".join(f"{name}: {number}" for name, number in count.items()))
    for m in new:
        print(f"\n{m.file} {m.function}{' (prose)' if m.prose else ''}\n- {m.was}\n+ {m.becomes}")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
