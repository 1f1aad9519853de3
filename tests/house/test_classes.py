"""One name, one thing: no two public classes of the product are called the same."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from parsed import parsed

SOURCE = Path(__file__).resolve().parents[2] / "src"
BY_THEMSELVES = {"api/cli/verify.py"}
"""A program that auditors take alone: it shares no line with what it checks."""
SCHEMA = "api/graphql/"
"""A type of the schema is called like the record that it shows: one class here, and one that is not."""
STILL = {
    "Deed": "of the ledger: an event and who did it; of the console: a form's mutation",
    "Words": "a text in both languages; of the console: what translates a page's",
}
"""To be told apart yet."""


def classes() -> dict[str, list[str]]:
    """Name → modules that define a public class of it."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in sorted(SOURCE.rglob("*.py")):
        if (module := path.relative_to(SOURCE).as_posix()) in BY_THEMSELVES:
            continue
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module)
    return places


def ambiguous(places: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {
        name: list(modules)
        for name, modules in places.items()
        if len([module for module in modules if module.startswith(SCHEMA)]) > 1
        or len([module for module in modules if not module.startswith(SCHEMA)]) > 1
    }


def test_no_two_classes_have_the_same_name() -> None:
    assert ambiguous(classes()).keys() == STILL.keys(), ambiguous(classes())


def test_what_would_be_found() -> None:
    places = {
        "Release": ["api/graphql/releases.py", "reporting/domain/released.py"],
        "Finding": ["reporting/rules/model.py", "reporting/series/report.py"],
        "Change": ["api/graphql/a.py", "api/graphql/b.py"],
    }
    assert ambiguous(places).keys() == {"Finding", "Change"}
