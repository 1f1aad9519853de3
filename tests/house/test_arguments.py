"""The API's arguments have one name, type and description each, wherever they are taken."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from parsed import parsed

GRAPHQL = Path(__file__).resolve().parents[2] / "src" / "api" / "graphql"


def test_no_kind_of_argument_is_declared_twice() -> None:
    declared: dict[str, list[str]] = defaultdict(list)
    for file in sorted(GRAPHQL.rglob("*.py")):
        for node in parsed(file).body:
            if isinstance(node, ast.Assign) and "strawberry.argument(" in ast.unparse(node.value):
                declared[ast.unparse(node.targets[0])].append(file.name)
    assert len(declared) > 30
    assert {name: files for name, files in declared.items() if len(files) > 1} == {}
