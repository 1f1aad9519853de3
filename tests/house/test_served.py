"""What stands in src serves the product: a function or class that only tests use is the tests' own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from parsed import nodes, parsed

SOURCE = Path(__file__).resolve().parents[2] / "src"
SERVED_FROM_OUTSIDE = {
    "tile_path": "paths of tlog-tiles, for who keeps a mirror; the published vectors hold us to them",
    "parse_tile_path": "the same, read back",
}


def defined(tree: ast.Module) -> Iterator[str]:
    """Functions and classes of a module that nothing registers by decorating them."""
    for node in tree.body:
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.decorator_list
        ):
            yield node.name


def used(tree: ast.AST) -> Iterator[str]:
    """Names that code asks for; what only a text or a comment mentions is not used."""
    for node in nodes(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name


def test_nothing_serves_tests_only() -> None:
    modules = {path: parsed(path) for path in sorted(SOURCE.rglob("*.py"))}
    uses = {name for tree in modules.values() for name in used(tree)}
    by_name = set(re.findall(r"\w+", (SOURCE.parent / "pyproject.toml").read_text(encoding="utf-8")))
    unserved = {
        f"{path.relative_to(SOURCE)}: {name}"
        for path, tree in modules.items()
        for name in defined(tree)
        if name not in uses and name not in by_name
    }
    assert {place.split(": ")[1] for place in unserved} == SERVED_FROM_OUTSIDE.keys(), unserved


def test_a_function_that_nobody_calls_is_found() -> None:
    tree = ast.parse("def called(): ...\ndef idle(): return f'{called()}'\n")
    assert [name for name in defined(tree) if name not in set(used(tree))] == ["idle"]
