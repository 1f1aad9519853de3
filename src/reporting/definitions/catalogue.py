"""The item catalogue: items with purpose and legal basis, forms, election templates and slot plans, all from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import TypeVar

from reporting.definitions.messages import message
from reporting.definitions.templates import (
    DimensionFile,
    ElectionTemplate,
    FormTemplate,
    FromFile,
    ItemFile,
    SlotPlan,
    VersionFile,
    read,
)
from reporting.domain.items import Dimension, Item
from reporting.files.problems import FileProblem, FileRefused

M = TypeVar("M", bound=FromFile)


@dataclass(frozen=True)
class Catalogue:
    """Everything a folder of catalogue files says; `doubled`: codes that stand twice, for the linter to tell."""

    folder: Path
    dimension_files: tuple[DimensionFile, ...]
    item_files: tuple[ItemFile, ...]
    forms: Mapping[str, FormTemplate]
    templates: Mapping[str, ElectionTemplate]
    plans: Mapping[str, SlotPlan]
    versions: VersionFile
    doubled: tuple[FileProblem, ...] = ()
    items: Mapping[str, Item] = field(init=False)
    dimensions: Mapping[str, Dimension] = field(init=False)

    def __post_init__(self) -> None:
        items = {item.code: item for file in self.item_files for item in file.items}
        dimensions = {
            dimension.code: dimension for file in self.dimension_files for dimension in file.dimensions
        }
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "dimensions", dimensions)

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """FileRefused with every problem of every file; OSError when the folder cannot be read."""
        problems: list[FileProblem] = []

        def all_of(pattern: str, model: type[M]) -> list[M]:
            contents = []
            for path in sorted(folder.glob(pattern)):
                try:
                    contents.append(read(path, model, path.relative_to(folder).as_posix()))
                except FileRefused as refused:
                    problems.extend(refused.problems)
            return contents

        doubled: list[FileProblem] = []

        def by_code(pattern: str, model: type[M]) -> dict[str, M]:
            content_by_code: dict[str, M] = {}
            for content in all_of(pattern, model):
                code: str = content.code  # type: ignore[attr-defined]
                if code in content_by_code:
                    doubled.append(content.problem(code, "code", code, content_by_code[code].file))
                content_by_code[code] = content
            return content_by_code

        dimension_files = all_of("dimensions.toml", DimensionFile)
        item_files = all_of("items/*.toml", ItemFile)
        forms, templates, plans = (
            by_code("forms/*.toml", FormTemplate),
            by_code("templates/*.toml", ElectionTemplate),
            by_code("slots/*.toml", SlotPlan),
        )
        versions = all_of("versions.toml", VersionFile)
        for needed, there in (("dimensions.toml", dimension_files), ("items/*.toml", item_files)):
            if not there and not problems:
                problems.append(
                    FileProblem(folder.name, None, needed, "", message("a_file_of_the_catalogue"))
                )
        if problems:
            raise FileRefused(folder.name, problems)
        return cls(
            folder,
            tuple(dimension_files),
            tuple(item_files),
            forms,
            templates,
            plans,
            versions[0] if versions else VersionFile(),
            tuple(doubled),
        )


def shipped_catalogue() -> Catalogue:
    """The national catalogue as shipped in data/catalogue."""
    with as_file(files("reporting.definitions") / "data" / "catalogue") as folder:
        return Catalogue.load(folder)
