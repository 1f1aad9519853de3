"""A sample of mutants of the core, each tried on the tests that reach its line: how many do the tests notice?

Not part of the test run. In an environment of its own, for it writes into `src` (and puts everything back):

    git clone . ../mutants && cd ../mutants && python3 do.py setup
    .venv/bin/pip install cosmic-ray==8.7.0 pytest-cov
    .venv/bin/python -m pytest -q --cov=src/reporting --cov-context=test --cov-report= tests/domain tests/rules tests/ledger \\
        tests/transparency tests/application
    .venv/bin/python tests/mutation/sample.py 40 1 > mutants.jsonl

Arguments: mutants per package, seed. One line of JSON for each: file, line, operator, before and after, what became of it.
The packages take turns, so that a run that is cut off has something of each.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from coverage import CoverageData

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("domain", "rules", "ledger", "transparency")
AT_MOST = 40  # tests for one mutant, those without a database first
LEFT_OUT = ("core/RemoveDecorator", "core/ExceptionReplacer", "BitOr_", "Variable")
"""Decorators and exceptions of another name fail on loading; `|` stands in types nearly always."""
PURE = ("tests/domain", "tests/rules", "tests/transparency/test_merkle", "tests/transparency/test_v")
LOADING = (
    "tests/domain/test_returns.py",
    "tests/domain/test_registry.py",
    "tests/application/test_desk.py",
    "tests/projections",
)
"""For lines that run when a module is loaded, which no single test reaches."""


@dataclass(frozen=True)
class Place:
    file: Path
    operator: str
    occurrence: int
    line: int


@dataclass(frozen=True)
class Outcome:
    file: str
    line: int
    operator: str
    before: str
    after: str
    tests: int
    state: str
    seconds: int


def places(package: str, dice: random.Random) -> list[Place]:
    """One mutation for each place that has any, in random order."""
    at: dict[tuple[Path, tuple[int, int]], list[Place]] = {}
    names = [
        name
        for name in operator_names()
        if name.startswith("core/") and not any(out in name for out in LEFT_OUT)
    ]
    for file in sorted((ROOT / "src" / "reporting" / package).rglob("*.py")):
        tree = get_ast(file.read_text(encoding="utf-8"))
        for name in names:
            operator, occurrence = get_operator(name)(), 0
            for node in ast_nodes(tree):
                for start, _ in operator.mutation_positions(node):
                    at.setdefault((file, start), []).append(Place(file, name, occurrence, start[0]))
                    occurrence += 1
    chosen = [dice.choice(several) for several in at.values()]
    dice.shuffle(chosen)
    return chosen


def reaching(data: CoverageData, place: Place) -> list[str]:
    contexts = data.contexts_by_lineno(str(place.file)).get(place.line, [])
    found = sorted({context.split("|")[0] for context in contexts if "::" in context})
    return sorted(found, key=lambda test: not test.startswith(PURE))[:AT_MOST]


def tried(place: Place, tests: list[str]) -> Outcome | None:
    """None where the mutation changes nothing that can be compiled."""
    source = place.file.read_text(encoding="utf-8")
    mutant = mutate_code(source, get_operator(place.operator)(), place.occurrence)
    try:
        compile(mutant or "", str(place.file), "exec")
    except SyntaxError:
        return None
    if mutant is None or mutant == source:
        return None
    began = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "--timeout=120",
        *(tests or LOADING),
    ]
    try:
        place.file.write_text(mutant, encoding="utf-8")
        code = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=600).returncode
        state = "survived" if code == 0 else "killed"
    except subprocess.TimeoutExpired:
        state = "killed"
    finally:
        place.file.write_text(source, encoding="utf-8")
    lines = [
        (before.strip(), after.strip())
        for before, after in zip(source.splitlines(), mutant.splitlines(), strict=False)
        if before != after
    ]
    before, after = lines[0] if lines else ("", "")
    return Outcome(
        str(place.file.relative_to(ROOT)), place.line, place.operator, before, after, len(tests), state,
        int(time.monotonic() - began),
    )  # fmt: skip


def of_package(package: str, many: int, dice: random.Random, data: CoverageData) -> Iterator[None]:
    for place in places(package, dice):
        if many and (outcome := tried(place, reaching(data, place))) is not None:
            many -= 1
            print(json.dumps(asdict(outcome), ensure_ascii=False), flush=True)
            yield


def main() -> None:
    many, dice, data = int(sys.argv[1]), random.Random(sys.argv[2]), CoverageData(str(ROOT / ".coverage"))
    data.read()
    turns = [of_package(package, many, dice, data) for package in PACKAGES]
    while turns:
        turns = [turn for turn in turns if next(turn, turn) is None]


if __name__ == "__main__":
    main()
