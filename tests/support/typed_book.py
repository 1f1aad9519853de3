"""Types into a workbook as a clerk would, and recomputes it where LibreOffice is installed."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from reporting.kit.plan import ABSENCES
from reporting.kit.reading import ReadBook, read_book

TOGETHER = 100
"""Files that LibreOffice is given at once."""
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


def opened(data: bytes) -> Workbook:
    return load_workbook(io.BytesIO(data))


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def typed(data: bytes, values: Mapping[tuple[str, str], Any]) -> bytes:
    """`values`: (unit, cell key) → what is typed; an absence in its canonical text is typed in words."""
    book, made = opened(data), read_book("b.xlsx", data).made
    for sheet in made.sheets:
        for cell in sheet.cells:
            if (sheet.unit, cell.key) in values:
                value = values[sheet.unit, cell.key]
                book[sheet.name][f"E{cell.row}"] = ABSENCES.get(value, value)
    return saved(book)


def read(data: bytes) -> ReadBook:
    return read_book("b.xlsx", data)


def said(sheet: Worksheet) -> set[tuple[str, str, str]]:
    """Rule and sentence in both languages of every check that a recomputed sheet finds violated."""
    return {
        (str(sheet[f"A{row}"].value), str(sheet[f"B{row}"].value), str(sheet[f"F{row}"].value))
        for row in range(1, sheet.max_row + 1)
        if sheet[f"J{row}"].value is True
    }


def recomputed(folder: Path, books: Mapping[str, bytes], profile: Path | None = None) -> dict[str, Workbook]:
    """The same workbooks with every formula worked out by LibreOffice. `profile`: a folder of its own, for several calls."""
    assert OFFICE is not None
    source, target = folder / "typed", folder / "done"
    source.mkdir()
    for name, data in books.items():
        (source / name).write_bytes(data)
    files = sorted(map(str, source.iterdir()))
    for start in range(0, len(files), TOGETHER):
        done = subprocess.run(
            [
                OFFICE, "--headless", f"-env:UserInstallation=file://{profile or folder / 'profile'}", "--convert-to",
                "xlsx:Calc MS Excel 2007 XML", "--outdir", str(target), *files[start : start + TOGETHER],
            ],
            check=True, capture_output=True, timeout=600, text=True,
        )  # fmt: skip
        assert len(list(target.iterdir())) == min(start + TOGETHER, len(files)), done.stderr
    return {name: load_workbook(target / name, data_only=True) for name in books}
