"""A module is short enough to be read at one sitting, and no two of them need each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from parsed import parsed

SOURCE = Path(__file__).resolve().parents[2] / "src"
LINES = 400
LONGER = {
    "api/cli/verify.py": "one file that an auditor takes along and reads, with nothing of ours beside it"
}


def modules() -> dict[str, Path]:
    """Dotted name → file; a package is its `__init__`."""
    parts = {path: path.relative_to(SOURCE).with_suffix("").parts for path in sorted(SOURCE.rglob("*.py"))}
    return {".".join(part for part in names if part != "__init__"): path for path, names in parts.items()}


def imported(tree: ast.AST) -> Iterator[str]:
    """Everything a module may ask for, in functions, too; what is only for the types is none."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)
                yield module
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
        yield from imported(node)


def needs(sources: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Module → modules it imports. Of `from package import module` the module counts, not the package around it."""
    needed: dict[str, set[str]] = {}
    for name, tree in sources.items():
        asked = {*imported(tree)} & sources.keys()
        packages = {module.rpartition(".")[0] for module in asked}
        needed[name] = asked - packages - {name}
    return needed


def test_no_two_modules_need_each_other() -> None:
    sources = {name: parsed(path) for name, path in modules().items()}
    TopologicalSorter(needs(sources)).prepare()


def test_a_circle_would_be_found_in_functions_too() -> None:
    texts = {"a.b": "from a.c import rebuild", "a.c": "def late():\n    from a import b"}
    circle = {name: ast.parse(text) for name, text in texts.items()}
    with pytest.raises(CycleError):
        TopologicalSorter(needs(circle)).prepare()


def test_long_modules_have_a_reason() -> None:
    long = {
        path.relative_to(SOURCE).as_posix()
        for path in modules().values()
        if len(path.read_text(encoding="utf-8").splitlines()) > LINES
    }
    assert long == LONGER.keys()


def test_no_file_stands_twice() -> None:
    """What two need is asked of one; an empty `__init__` or one that only names its package is nothing to copy."""
    by_content: dict[bytes, list[str]] = {}
    for path in sorted(SOURCE.rglob("*")):
        if (
            path.suffix in (".py", ".sql", ".graphql", ".html", ".js", ".css", ".toml")
            and path.name != "__init__.py"
        ):
            by_content.setdefault(path.read_bytes(), []).append(path.relative_to(SOURCE).as_posix())
    assert [names for names in by_content.values() if len(names) > 1] == []
