"""The item catalogue: items with purpose and legal basis, forms, election templates and slot plans, all from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import TypeVar

from reporting.definitions.compose import compose
from reporting.definitions.problems import FileProblem, FileRefused
from reporting.definitions.templates import (
    Additions,
    DimensionFile,
    ElectionFacts,
    ElectionTemplate,
    FormTemplate,
    FromFile,
    ItemFile,
    SlotPlan,
    VersionFile,
    read,
)
from reporting.domain.election import Dimension, ElectionDefinition, Item
from reporting.errors import UnknownReference

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
        dimensions = {one.code: one for file in self.dimension_files for one in file.dimensions}
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "dimensions", dimensions)

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """FileRefused with every problem of every file; OSError when the folder cannot be read."""
        problems: list[FileProblem] = []

        def all_of(pattern: str, model: type[M]) -> list[M]:
            found = []
            for path in sorted(folder.glob(pattern)):
                try:
                    found.append(read(path, model, path.relative_to(folder).as_posix()))
                except FileRefused as refused:
                    problems.extend(refused.problems)
            return found

        doubled: list[FileProblem] = []

        def by_code(pattern: str, model: type[M]) -> dict[str, M]:
            found: dict[str, M] = {}
            for one in all_of(pattern, model):
                code: str = one.code  # type: ignore[attr-defined]
                if code in found:
                    doubled.append(one.problem(code, "code", code, found[code].file))
                found[code] = one
            return found

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
                    FileProblem(folder.name, None, needed, "", "目録のファイル / a file of the catalogue")
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

    def compose(
        self,
        template: str,
        facts: ElectionFacts,
        plans: Sequence[SlotPlan] = (),
        additions: Sequence[Additions] = (),
    ) -> ElectionDefinition:
        """The election these make together. FileRefused naming file and place; UnknownReference for the template."""
        return compose(self, template, facts, plans, additions)

    def compose_file(self, path: Path) -> ElectionDefinition:
        """The same from an election's own file, with the slot plans and additions it names. Also OSError."""
        facts = read(path, ElectionFacts)
        plans, additions = self.parts(path, facts)
        return self.compose(facts.template, facts, plans, additions)

    def parts(self, path: Path, facts: ElectionFacts) -> tuple[tuple[SlotPlan, ...], tuple[Additions, ...]]:
        """The slot plans (of the catalogue, or files beside the election's) and additions an election names."""
        plans = []
        for name in facts.slot_plans:
            if name.endswith(".toml"):
                plans.append(read(path.parent / name, SlotPlan))
            elif name in self.plans:
                plans.append(self.plans[name])
            else:
                raise UnknownReference(kind="slot plan", found=name)
        return tuple(plans), tuple(read(path.parent / name, Additions) for name in facts.additions)


def shipped_catalogue() -> Catalogue:
    """The national catalogue as shipped in data/catalogue."""
    with as_file(files("reporting.definitions") / "data" / "catalogue") as folder:
        return Catalogue.load(folder)
