"""What a spreadsheet's values do not tell: formulas where numbers were typed, merged cells, hidden rows, protection.

Reads the sheets' XML as a stream; `files.sheets` has refused what is too large or no workbook before.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from reporting.files.sheets import REFERENCE, column_number


@dataclass(slots=True)
class Marks:
    """Of one sheet. `formulas`, `errors`: cells (`E12`) that are computed, or hold an error; `foreign`: those whose formula reaches
    another file or a program; `merged`: ranges as written; `hidden`: rows nobody sees; `unseen`: the sheet itself."""

    formulas: set[str] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    protected: bool = False
    unseen: bool = False

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
        for sheet in _listed(archive.read(book)):
            target = targets.get(sheet.relation, "")
            part = posixpath.normpath(posixpath.join(folder, target))
            part = target.lstrip("/") if part not in names else part
            if part in names:
                by_name[sheet.name] = _read(archive.read(part))
                by_name[sheet.name].unseen = sheet.unseen
        return by_name


def linked(data: bytes) -> list[str]:
    """Parts that draw on another file or program, or are one (external links, DDE, connections, embedded files)."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sorted(name for name in archive.namelist() if FOREIGN.search(f"/{name.lower()}"))


def _relations(data: bytes) -> dict[str, str]:
    targets: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(data, start)
    return targets


@dataclass(frozen=True, slots=True)
class _Listed:
    """A sheet as the workbook lists it; `relation`: id of what says where it is."""

    name: str
    relation: str
    unseen: bool


def _listed(data: bytes) -> list[_Listed]:
    sheets: list[_Listed] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            relation = next((text for key, text in attributes.items() if key.rpartition(":")[2] == "id"), "")
            unseen = attributes.get("state", "visible") != "visible"
            sheets.append(_Listed(attributes.get("name", ""), relation, unseen))

    _parse(data, start)
    return sheets


def _read(data: bytes) -> Marks:
    marks, at = Marks(), ""
    formula: list[str] | None = None

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal at, formula
        match name.rpartition(":")[2]:
            case "row" if attributes.get("hidden") in ("1", "true"):
                marks.hidden.add(int(attributes.get("r", "0")))
            case "c":
                at = attributes.get("r", "")
                if attributes.get("t") == "e":
                    marks.errors.add(at)
            case "f":
                marks.formulas.add(at)
                formula = []
            case "mergeCell":
                marks.merged.append(attributes.get("ref", ""))
            case "sheetProtection":
                marks.protected = attributes.get("sheet") in ("1", "true")
            case _:
                return

    def end(name: str) -> None:
        nonlocal formula
        if formula is not None and name.rpartition(":")[2] == "f":
            if REACHES_OUT.search(QUOTED.sub("", "".join(formula))):
                marks.foreign.add(at)
            formula = None

    def text(said: str) -> None:
        if formula is not None:
            formula.append(said)

    _parse(data, start, end, text)
    return marks


FOREIGN = re.compile(r"/(externallinks/external|embeddings/|activex/)|/connections\.xml$|/oleobject[^/]*$")
QUOTED = re.compile(r'"[^"]*"')
REACHES_OUT = re.compile(r"[\[|]|\b(?:HYPERLINK|WEBSERVICE|RTD|CALL|REGISTER)\b", re.IGNORECASE)
"""`[1]Sheet!A1`, `cmd|'/c calc'!A1` and functions that fetch or run something; none of our formulas holds any of it."""


def _parse(
    data: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    if end is not None and text is not None:
        parser.EndElementHandler, parser.CharacterDataHandler = end, text
    parser.Parse(data, True)
