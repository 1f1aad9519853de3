"""Definition files to checked records: area registries and elections, JSON or TOML, with areas in a tidy CSV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from pydantic import ValidationError

from reporting.domain.areas import AreaRecord, AreaRegistryDefinition
from reporting.domain.election import ElectionDefinition
from reporting.domain.surveys import SurveyDefinition
from reporting.errors import InvalidInput
from reporting.files.problems import FileProblem, FileRefused, problems_of
from reporting.files.structured import checked, read_file
from reporting.files.tables import read_table

AREA_COLUMNS = ("geography", "code", "level", "name", "parent", "valid_from", "valid_to")
AREA_OPTIONAL = ("name_en", "kana", "official_code")


def load_election(path: Path) -> ElectionDefinition:
    """One election, or one survey. FileRefused naming every place that is wrong; OSError when the file cannot be read."""
    data = read_file(path)
    if not isinstance(data, dict) or "survey" not in data or "code" in data:
        return checked(path.name, data, ElectionDefinition)
    survey = checked(path.name, data, SurveyDefinition)
    try:
        return survey.definition()
    except ValidationError as wrong:
        raise FileRefused(path.name, problems_of(path.name, None, wrong, data)) from None


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
