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

from reporting.files.sheets import REFERENCE, column_letters, column_number

SHOWN = 7
"""Columns of a sheet that people see: those behind them work out the checks."""


@dataclass(slots=True)
class Marks:
    """Of one sheet. `formulas`, `errors`: cells (`E12`) that are computed, or hold an error; `twice`: that are written more than
    once; `foreign`: those whose formula reaches another file or a program (empty: of a format or a validation); `merged`: ranges
    as written; `hidden`: rows nobody sees, `hidden_columns`: columns of the first SHOWN; `unseen`: the sheet itself."""

    formulas: set[str] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)
    twice: set[str] = field(default_factory=set)
    merged: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
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
    """By sheet name. `data`: a workbook that `files.sheets` has opened, which reads the same part as the workbook."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        book = next((name for name in names if name.lower() == "xl/workbook.xml"), None)
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


def foreign_names(data: bytes) -> bool:
    """Whether a name that the workbook defines reaches another file or a program."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = next(name for name in archive.namelist() if name.lower() == "xl/workbook.xml")
        marks = _MarksReader({"definedName"})
        _parse(archive.read(book), marks.start, marks.end, marks.text)
    return bool(marks.marks.foreign)


def _read(data: bytes) -> Marks:
    reader = _MarksReader({"f", "formula", "formula1", "formula2"})
    _parse(data, reader.start, reader.end, reader.text)
    return reader.marks


class _MarksReader:
    """A sheet's XML as it streams by. A cell or a row that does not say where it stands follows the one before it. `formulas`: elements
    that hold one."""

    def __init__(self, formulas: set[str]) -> None:
        self.marks = Marks()
        self._formulas, self._formula = formulas, list[str]()
        self._in_formula = False
        self._row = self._column = 0
        self._at = ""
        """Cell that is being read; empty beside the cells."""
        self._seen: set[str] = set()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        marks, tag = self.marks, name.rpartition(":")[2]
        match tag:
            case "row":
                self._row, self._column = int(attributes.get("r", self._row + 1)), 0
                if attributes.get("hidden") in ("1", "true"):
                    marks.hidden.add(self._row)
            case "col" if attributes.get("hidden") in ("1", "true"):
                first, last = int(attributes.get("min", "0")), int(attributes.get("max", "0"))
                marks.hidden_columns.update(range(first, min(last, SHOWN) + 1))
            case "c":
                self._enter(attributes.get("r", ""))
                if attributes.get("t") == "e":
                    marks.errors.add(self._at)
            case "mergeCell":
                marks.merged.append(attributes.get("ref", ""))
            case "sheetProtection":
                marks.protected = attributes.get("sheet") in ("1", "true")
            case _ if tag in self._formulas:
                self._in_formula = True
                self._formula.clear()
                if self._at:
                    marks.formulas.add(self._at)

    def _enter(self, written: str) -> None:
        if place := REFERENCE.fullmatch(written):
            self._row, self._column, self._at = int(place[2]), column_number(place[1]), written
        else:
            self._column += 1
            self._at = f"{column_letters(self._column)}{self._row}"
        if self._at in self._seen:
            self.marks.twice.add(self._at)
        self._seen.add(self._at)

    def end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if self._in_formula and tag in self._formulas:
            if REACHES_OUT.search(QUOTED.sub("", "".join(self._formula))):
                self.marks.foreign.add(self._at)
            self._in_formula = False
        elif tag == "c":
            self._at = ""

    def text(self, said: str) -> None:
        if self._in_formula:
            self._formula.append(said)


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
