"""The client as a distribution of its own: what it needs, what it asks, what is in its wheel."""

from __future__ import annotations

import ast
import os
import sys
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from functools import cache
from pathlib import Path

import pytest
import reporting_client
from graphql import GraphQLSchema, build_schema, parse, validate
from hatchling import build
from reporting_client import queries

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "clients" / "python"
MODULES = sorted((PROJECT / "src").rglob("*.py"))
NEEDED, OPTIONAL = {"httpx"}, {"pandas", "polars", "cryptography"}


@cache
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text("utf-8"))


def imported(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Topmost name, and whether it is imported with the module (not in a function, nor for types alone)."""
    late = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name.split(".")[0], id(node) not in late) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield str(node.module).split(".")[0], id(node) not in late


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_it_needs_httpx_alone_and_nothing_of_the_server(module: Path) -> None:
    for name, at_once in imported(ast.parse(module.read_text("utf-8"), feature_version=(3, 10))):
        own = name in sys.stdlib_module_names or name == "reporting_client"
        assert own or name in NEEDED or (name in OPTIONAL and not at_once), name


def test_the_check_of_imports_finds_them() -> None:
    source = "import httpx\nfrom reporting.errors import X\ndef f():\n    import pandas"
    assert [*imported(ast.parse(source))] == [("httpx", True), ("reporting", True), ("pandas", False)]


@pytest.mark.parametrize(
    "name", sorted(name for name in vars(queries) if name.isupper() and name != "COLUMNS" and name[0] != "_")
)
def test_what_it_asks_fits_the_schema(name: str) -> None:
    assert validate(schema(), parse(getattr(queries, name))) == []


def test_the_wheel_holds_the_typed_package_and_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT)
    wheel = tmp_path / build.build_wheel(os.fspath(tmp_path))
    with zipfile.ZipFile(wheel) as held:
        names = set(held.namelist())
        metadata = Parser().parsestr(held.read("reporting_client-0.1.0.dist-info/METADATA").decode())
    assert {f"reporting_client/{module.name}" for module in MODULES} | {"reporting_client/py.typed"} <= names
    assert metadata["Requires-Python"] == ">=3.10"
    needed = metadata.get_all("Requires-Dist") or []
    assert [line for line in needed if "extra ==" not in line] == ["httpx<1,>=0.27"]
    assert {"pandas", "polars", "verify"} == set(metadata.get_all("Provides-Extra") or [])


def test_the_surface_is_small_and_all_of_it_explained() -> None:
    assert sorted(reporting_client.__all__) == reporting_client.__all__
    public = [name for name in vars(reporting_client.Client) if not name.startswith("_")]
    assert public == [
        "close",
        "series",
        "observation",
        "elections",
        "codebook",
        "areas",
        "area_changes",
        "releases",
        "download",
    ]
    for name in reporting_client.__all__:
        assert getattr(reporting_client, name).__doc__, name


def test_its_version_is_told_to_the_server() -> None:
    from reporting_client import connection

    version = next(
        line for line in (PROJECT / "pyproject.toml").read_text().splitlines() if line.startswith("version")
    )
    assert version.split('"')[1] in Path(connection.__file__).read_text()
