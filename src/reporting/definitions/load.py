"""Definition files to checked records: area registries and elections, JSON or TOML, with areas in a tidy CSV."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from reporting.definitions.problems import FileProblem, FileRefused, not_readable, problems_of
from reporting.definitions.tables import read_table
from reporting.domain.areas import AreaRecord, AreaRegistryDefinition
from reporting.domain.election import ElectionDefinition
from reporting.errors import InvalidInput

AREA_COLUMNS = ("geography", "code", "level", "name", "parent", "valid_from", "valid_to")
AREA_OPTIONAL = ("name_en", "kana")

M = TypeVar("M", bound=BaseModel)


def load_election(path: Path) -> ElectionDefinition:
    """One election. FileRefused naming every place that is wrong; OSError when the file cannot be read."""
    return checked(path.name, read_file(path), ElectionDefinition)


def names_template(path: Path) -> bool:
    """Whether the file only adds to a template, so that it has to be composed. FileRefused, OSError."""
    data = read_file(path)
    return isinstance(data, dict) and "template" in data


def load_registry(path: Path) -> AreaRegistryDefinition:
    """A registry file; where it names no areas they come from the CSV of the same name beside it."""
    definition = checked(path.name, read_file(path), AreaRegistryDefinition)
    beside = path.with_suffix(".csv")
    if definition.areas or not beside.exists():
        return definition
    return definition.model_copy(update={"areas": load_areas(beside)})


def load_areas(path: Path) -> tuple[AreaRecord, ...]:
    """Areas of a tidy CSV with the columns of AREA_COLUMNS and, optionally, AREA_OPTIONAL."""
    areas: list[AreaRecord] = []
    problems: list[FileProblem] = []
    for row, fields in read_table(path.name, path.read_bytes(), AREA_COLUMNS, AREA_OPTIONAL):
        given = {key: text for key, text in fields.items() if text != ""}
        try:
            areas.append(AreaRecord.model_validate(given))
        except ValidationError as wrong:
            problems += problems_of(path.name, row, wrong, given)
    if problems:
        raise FileRefused(path.name, problems)
    return tuple(areas)


SHIPPED_REGISTRIES = ("japan",)
"""Names of the registries that come with this program: folders of `data`, each with its PROVENANCE.md."""


@contextmanager
def shipped_registry_file(name: str) -> Iterator[Path]:
    """The definition file of a shipped registry, its CSV beside it. InvalidInput for another name."""
    if name not in SHIPPED_REGISTRIES:
        raise InvalidInput(field="--shipped", found=name, expected=", ".join(SHIPPED_REGISTRIES))
    with as_file(files("reporting.definitions") / "data" / name) as folder:
        yield folder / f"{name}.json"


def shipped_registries() -> dict[str, AreaRegistryDefinition]:
    """Name → registry."""
    return {name: shipped_registry(name) for name in SHIPPED_REGISTRIES}


def shipped_registry(name: str = "japan") -> AreaRegistryDefinition:
    """A registry as shipped; sources and checks in its PROVENANCE.md."""
    with shipped_registry_file(name) as path:
        return load_registry(path)


def demo_election() -> ElectionDefinition:
    """The simulated election of the demo, on the shipped registry; every name in it is invented."""
    with as_file(files("reporting.definitions") / "data" / "demo" / "election.json") as path:
        return load_election(path)


def read_file(path: Path) -> Any:
    """What a JSON or TOML file holds. FileRefused for what is neither; OSError."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
        if path.suffix == ".json":
            return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        if path.suffix == ".toml":
            return read_toml(path.name, text)
    except json.JSONDecodeError as wrong:
        raise not_readable(path.name, text, "JSON", wrong.lineno, wrong.colno) from None
    except UnicodeDecodeError as wrong:
        row, found = data.count(b"\n", 0, wrong.start) + 1, data[wrong.start : wrong.start + 4].hex(" ")
        raise FileRefused(
            path.name, [FileProblem(path.name, row, "", found, "UTF-8 の文字 / text in UTF-8")]
        ) from None
    except RecursionError:
        deep = FileProblem(
            path.name, None, "", "入れ子が深すぎる / nested too deeply", "浅い構造 / a flat structure"
        )
        raise FileRefused(path.name, [deep]) from None
    except _NotJson as wrong:
        raise FileRefused(
            path.name, [FileProblem(path.name, None, "", wrong.found, wrong.expected)]
        ) from None
    raise FileRefused(
        path.name,
        [
            FileProblem(
                path.name,
                None,
                "",
                path.suffix or path.name,
                "拡張子 .json か .toml / a name ending in .json or .toml",
            )
        ],
    )


_AT = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)")


def read_toml(file: str, text: str) -> dict[str, Any]:
    """FileRefused naming the place where it ceases to be TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        at = _AT.search(str(wrong))
        row, column = (int(at[1]), int(at[2])) if at else (None, None)
        raise not_readable(file, text, "TOML", row, column) from None


def checked(file: str, given: Any, model: type[M]) -> M:
    """What a file holds as its model; FileRefused naming every place that is wrong."""
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        raise FileRefused(file, problems_of(file, None, wrong, given)) from None


class _NotJson(Exception):
    """What the reader would take and we do not."""

    def __init__(self, found: str, expected: str) -> None:
        self.found, self.expected = found, expected
        super().__init__(found)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _NotJson(key, "1 つの { } に同じ名前は 1 回 / each name once in an object")
        found[key] = value
    return found


def _no_constant(text: str) -> Any:
    raise _NotJson(text, "JSON の数 / a number of JSON")
