"""What belongs to one module or one class stays there: nobody reaches for another's private names."""

from __future__ import annotations

import ast
import re
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

from parsed import below, every_node, nodes, parsed

SOURCE = Path(__file__).resolve().parents[2] / "src"
DOORS = {("api/execute.py", "schema._schema"), ("api/graphql/schema.py", "schema._schema")}
"""The one way Strawberry has to the schema of graphql-core."""


NamedTuple_ = namedtuple("NamedTuple_", ())


def is_private(name: str) -> bool:
    """`_asdict` and the like are what a NamedTuple offers to everybody."""
    return name.startswith("_") and not name.startswith("__") and not hasattr(NamedTuple_, name)


def own_names(tree: ast.AST) -> frozenset[str]:
    """What a class calls its own by `self` or `cls`: another object of it may be asked for that."""
    return frozenset(
        node.attr
        for node in nodes(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
    )


def reaching(tree: ast.AST) -> Iterator[str]:
    """Uses of private names that are not the user's own."""
    nothing: frozenset[str] = frozenset()
    waiting = [(tree, nothing)]
    while waiting:
        node, own = waiting.pop()
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names if is_private(alias.name))
        elif (
            isinstance(node, ast.Attribute)
            and is_private(node.attr)
            and node.attr not in own
            and ast.unparse(node.value) != "super()"
        ):
            yield ast.unparse(node)
        its = own_names(node) if isinstance(node, ast.ClassDef) else own
        waiting += [(part, its) for part in reversed(below(node))]


def test_the_search_finds_what_it_looks_for() -> None:
    source = """
from elsewhere import _secret
class Thing:
    def __init__(self, other):
        self._own = other._own
        self.there = other.there._ledger
def f(thing): return thing._own
"""
    assert list(reaching(ast.parse(source))) == ["elsewhere._secret", "other.there._ledger", "thing._own"]


def test_nobody_uses_the_private_names_of_another() -> None:
    found = {
        (str(file.relative_to(SOURCE)), use)
        for file in sorted(SOURCE.rglob("*.py"))
        for use in reaching(parsed(file))
    }
    assert found - DOORS == set()
    assert DOORS - found == set(), "no longer needed"


def test_every_folder_says_what_it_takes_and_gives() -> None:
    """Pages of the console are one folder each, and say it in their documents."""
    pages = SOURCE / "api" / "console" / "pages"
    silent = [
        str(door.parent.relative_to(SOURCE))
        for door in sorted(SOURCE.rglob("__init__.py"))
        if door.parent.parent != pages
        and not {"takes", "gives"} <= set(re.findall(r"\w+", (_docstring(door) or "").lower()))
    ]
    assert silent == []


def _docstring(door: Path) -> str | None:
    return ast.get_docstring(parsed(door))


def test_nothing_outside_the_application_makes_figures() -> None:
    """Every figure event of the program is made where authority, phase and rules are asked."""
    makers = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for call in every_node(path) if "FiguresEntered" in text or "FiguresCorrected" in text else ():
            if isinstance(call, ast.Call):
                made = call.func.value if isinstance(call.func, ast.Attribute) else call.func
                if isinstance(made, ast.Name) and made.id in ("FiguresEntered", "FiguresCorrected"):
                    makers.add(path.relative_to(SOURCE).parts[:2])
    assert makers == {("reporting", "application")}
