"""Data sets of series that were made, as files: `name/position/`, each there whole or not at all, never replaced."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.open_data.shelf import DataFile, Shelf
from projections.series_set.making import LIST_OF_FILES, MadeSeries
from reporting.domain.figures import CODE
from reporting.errors import ReportingError
from reporting.words import Words


class SeriesSetDiffers(ReportingError):
    """facts: `name`, `position`. What is at an address for ever is not replaced."""

    code = "series_set_differs"
    template_ja = "{name} の位置 {position} のデータは作成済みで、今回の内容と異なります。別の名前（--name）を付けてください。"
    template_en = "{name} at position {position} was made before with other contents. Give it another --name."


@dataclass(frozen=True, slots=True)
class SeriesSet:
    """One of them. `boundaries`: `as_reported`, or the day of the areas."""

    name: str
    position: int
    title: Words
    boundaries: str
    observations: int
    licence: str
    publisher: Words
    files: tuple[DataFile, ...]

    @property
    def path(self) -> str:
        """Below `/data/series/`."""
        return f"{self.name}/{self.position}"


class SeriesSets:
    """In one folder, which need not be there yet. What is in it is public: it is made of what is released alone."""

    def __init__(self, folder: Path) -> None:
        self._shelf = Shelf(folder)

    def keep(self, made: MadeSeries) -> SeriesSet:
        """SeriesSetDiffers where another one has its name and position."""
        files = self._shelf.made(f"{made.name}/{made.position}", lambda: made.files)
        if {file.name: file.sha256 for file in files} != {file.name: file.sha256 for file in made.files}:
            raise SeriesSetDiffers(name=made.name, position=made.position)
        return _told(made.name, made.position, files)

    def at(self, name: str, position: int) -> SeriesSet | None:
        if not CODE.fullmatch(name) or (files := self._shelf.ready(f"{name}/{position}")) is None:
            return None
        return _told(name, position, files)

    def names(self) -> list[str]:
        return _codes(self._shelf.folder)

    def newest(self, name: str) -> SeriesSet | None:
        positions = self._positions(name) if name in self.names() else []
        return self.at(name, positions[-1]) if positions else None

    def every(self) -> Sequence[SeriesSet]:
        """By name, oldest first."""
        places = ((name, position) for name in self.names() for position in self._positions(name))
        return [made for name, position in places if (made := self.at(name, position)) is not None]

    def _positions(self, name: str) -> list[int]:
        return sorted(int(text) for text in _codes(self._shelf.folder / name) if text.isdecimal())


def _codes(folder: Path) -> list[str]:
    """Names of folders; one that is being made begins with a point, as no code does."""
    if not folder.is_dir():
        return []
    return sorted(inner.name for inner in folder.iterdir() if inner.is_dir() and CODE.fullmatch(inner.name))


def _told(name: str, position: int, files: tuple[DataFile, ...]) -> SeriesSet:
    listed = next(file for file in files if file.name == LIST_OF_FILES)
    told = json.loads(listed.path.read_bytes())
    title, publisher = (Words(told[name]["ja"], told[name]["en"]) for name in ("title", "publisher"))
    return SeriesSet(
        name,
        position,
        title,
        told["boundaries"],
        told["observations"],
        told["licence"]["url"],
        publisher,
        files,
    )
