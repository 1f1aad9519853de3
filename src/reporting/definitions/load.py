"""Definition files to checked records: area registries and elections, JSON or TOML, with areas in a tidy CSV."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from reporting.definitions.problems import FileProblem, FileRefused, shown
from reporting.definitions.tables import read_table
from reporting.domain.areas import AreaRecord, AreaRegistryDefinition
from reporting.domain.election import ElectionDefinition
from reporting.errors import InvalidInput

AREA_COLUMNS = ("geography", "code", "level", "name", "parent", "valid_from", "valid_to")
AREA_OPTIONAL = ("name_en", "kana")

M = TypeVar("M", bound=BaseModel)


def load_election(path: Path) -> ElectionDefinition:
    """One election. FileRefused naming every place that is wrong; OSError when the file cannot be read."""
    return _checked(path.name, _read(path), ElectionDefinition)


def load_registry(path: Path) -> AreaRegistryDefinition:
    """A registry file; where it names no areas they come from the CSV of the same name beside it."""
    definition = _checked(path.name, _read(path), AreaRegistryDefinition)
    beside = path.with_suffix(".csv")
    if definition.areas or not beside.exists():
        return definition
    return definition.model_copy(update={"areas": load_areas(beside)})


def load_areas(path: Path) -> tuple[AreaRecord, ...]:
    """Areas of a tidy CSV with the columns of AREA_COLUMNS and, optionally, AREA_OPTIONAL."""
    areas: list[AreaRecord] = []
    problems: list[FileProblem] = []
    for row, fields in read_table(path.name, path.read_bytes(), AREA_COLUMNS, AREA_OPTIONAL):
        try:
            areas.append(AreaRecord.model_validate({key: text for key, text in fields.items() if text != ""}))
        except ValidationError as wrong:
            problems += _problems(path.name, row, wrong)
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


def _read(path: Path) -> Any:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
        if path.suffix == ".json":
            return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        if path.suffix == ".toml":
            return tomllib.loads(text)
    except (ValueError, RecursionError) as wrong:
        row = getattr(wrong, "lineno", None)
        raise FileRefused(
            path.name, [FileProblem(path.name, row, "", shown(wrong), path.suffix[1:].upper())]
        ) from None
    raise FileRefused(
        path.name, [FileProblem(path.name, None, "", path.suffix or path.name, ".json / .toml")]
    )


def _checked(file: str, data: Any, model: type[M]) -> M:
    try:
        return model.model_validate(data)
    except ValidationError as wrong:
        raise FileRefused(file, _problems(file, None, wrong)) from None


def _problems(file: str, row: int | None, wrong: ValidationError) -> Sequence[FileProblem]:
    return [
        FileProblem(
            file,
            row,
            ".".join(map(str, one["loc"])),
            "なし / missing" if one["type"] == "missing" else shown(one["input"]),
            one["msg"],
        )
        for one in wrong.errors(include_url=False)
    ]


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one object")
        found[key] = value
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
