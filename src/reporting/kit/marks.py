"""What a spreadsheet's values do not tell: formulas where numbers were typed, merged cells, hidden rows, protection.

Reads the sheets' XML as a stream; `files.sheets` has refused what is too large or no workbook before.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from reporting.files.sheets import REFERENCE, column_number


@dataclass(slots=True)
class Marks:
    """Of one sheet. `formulas`, `errors`: cells (`E12`) that are computed, or hold an error; `merged`: ranges as written;
    `hidden`: rows nobody sees; `dates`: cells whose type says so."""

    formulas: set[str] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    protected: bool = False

    def merged_at(self, cell: str) -> str | None:
        """The merged range that a cell lies in."""
        place = REFERENCE.fullmatch(cell)
        if place is None:
            return None
        column, row = column_number(place[1]), int(place[2])
        for written in self.merged:
            ends = [REFERENCE.fullmatch(part) for part in written.split(":")]
            if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
                first, last = ends[0], ends[1]
                if column_number(first[1]) <= column <= column_number(last[1]) and int(
                    first[2]
                ) <= row <= int(last[2]):
                    return written
        return None


def marks_of(data: bytes) -> dict[str, Marks]:
    """By sheet name. `data`: a workbook that `files.sheets` has opened."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        book = next((name for name in names if name.lower().endswith("xl/workbook.xml")), None)
        if book is None:
            return {}
        folder = posixpath.dirname(book)
        targets = _relations(archive.read(posixpath.join(folder, "_rels/workbook.xml.rels")))
        by_name: dict[str, Marks] = {}
        for sheet, relation in _listed(archive.read(book)):
            part = posixpath.normpath(posixpath.join(folder, targets.get(relation, "")))
            part = targets.get(relation, "").lstrip("/") if part not in names else part
            if part in names:
                by_name[sheet] = _read(archive.read(part))
        return by_name


def linked(data: bytes) -> list[str]:
    """Parts that draw on another file or program (external links, DDE, connections)."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sorted(
            name
            for name in archive.namelist()
            if "/externallinks/external" in f"/{name.lower()}" or name.lower().endswith("/connections.xml")
        )


def _relations(data: bytes) -> dict[str, str]:
    targets: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(data, start)
    return targets


def _listed(data: bytes) -> list[tuple[str, str]]:
    """(sheet name, id of its relation)."""
    sheets: list[tuple[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            relation = next((text for key, text in attributes.items() if key.rpartition(":")[2] == "id"), "")
            sheets.append((attributes.get("name", ""), relation))

    _parse(data, start)
    return sheets


def _read(data: bytes) -> Marks:
    marks, at = Marks(), [""]

    def start(name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row" if attributes.get("hidden") in ("1", "true"):
                marks.hidden.add(int(attributes.get("r", "0")))
            case "c":
                at[0] = attributes.get("r", "")
                if attributes.get("t") == "e":
                    marks.errors.add(at[0])
            case "f":
                marks.formulas.add(at[0])
            case "mergeCell":
                marks.merged.append(attributes.get("ref", ""))
            case "sheetProtection":
                marks.protected = attributes.get("sheet") in ("1", "true")
            case _:
                return

    _parse(data, start)
    return marks


def _parse(data: bytes, start: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(data, True)
