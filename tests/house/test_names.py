"""Names say what they hold: no variable is called by a word that fits everything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from parsed import nodes, parsed

SOURCE = Path(__file__).resolve().parents[2] / "src"
VAGUE = {"one", "found", "known"}
FOUND = {
    "api/graphql/mutations.py",
    "api/oidc/settings.py",
    "reporting/definitions/checks.py",
    "reporting/definitions/templates.py",
    "reporting/domain/returns.py",
    "reporting/errors.py",
    "reporting/files/problems.py",
    "reporting/files/strict_json.py",
    "reporting/importing/checking.py",
    "reporting/importing/titles.py",
    "reporting/lineage/official.py",
    "reporting/training/watch.py",
    "reporting/wording.py",
}
"""Where `found` is the word of the field: what stood there, beside `expected`; the minute a planted mistake was found."""


def variables(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """(name, line) of every name that code binds or reads; attributes and keywords of calls are somebody else's."""
    for node in nodes(tree):
        match node:
            case ast.Name():
                yield node.id, node.lineno
            case ast.arg():
                yield node.arg, node.lineno
            case (
                ast.FunctionDef()
                | ast.AsyncFunctionDef()
                | ast.ClassDef()
                | ast.ExceptHandler(name=str())
                | ast.MatchAs(name=str())
                | ast.MatchStar(name=str())
            ):
                yield str(node.name), node.lineno
            case ast.MatchMapping(rest=str()):
                yield str(node.rest), node.lineno
            case _:
                pass


def test_no_variable_has_a_name_that_fits_everything() -> None:
    standing = {
        (file.relative_to(SOURCE).as_posix(), name, line)
        for file in sorted(SOURCE.rglob("*.py"))
        for name, line in variables(parsed(file))
        if name in VAGUE
    }
    assert {place for place in standing if place[1] != "found" or place[0] not in FOUND} == set()
    assert {file for file, name, _ in standing if name == "found"} == FOUND, (
        "what holds nothing leaves the list"
    )
