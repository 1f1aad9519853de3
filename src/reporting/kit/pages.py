"""A return that a page of the console took along and that was typed into without a line: it comes back as a workbook does.

What it knows of itself is the text of a workbook's hidden sheet, so that one comparison, one way of handing in and one set of
refusals serve both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reporting.domain.actor import Channel
from reporting.domain.figures import format_value
from reporting.domain.typed import read_cell
from reporting.errors import InvalidInput
from reporting.files.problems import FileProblem, FileRefused, Problems, shown
from reporting.files.strict_json import strict_json
from reporting.kit.messages import message
from reporting.kit.plan import FORMAT, MadeBook, digest_of
from reporting.kit.reading import ReadBook, ReadSheet, no_figure, read_book, units_in

OPENS = b"{"
"""First byte of a page that comes back; a workbook, which is a zip, never has it."""
MOST_BYTES = 2_000_000


class TypedPage(BaseModel):
    """`made`: text of the `MadeBook` that was taken along, of one return; `digest`: its SHA-256 (hex); `typed`: cell key → what its
    field holds, as it was typed. A cell that is left out was not on the page."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    made: str
    digest: str
    typed: Mapping[str, Annotated[str, Field(max_length=200)]]


def read_brought(file: str, data: bytes) -> ReadBook:
    """A workbook or a page, whichever it is. Errors of `read_book`."""
    return read_page(file, data) if data.startswith(OPENS) else read_book(file, data)


def units_brought(file: str, data: bytes) -> list[str]:
    """Units that it holds returns of, in their order; none of what is not understood at all."""
    if not data.startswith(OPENS):
        return units_in(file, data)
    try:
        return [sheet.unit for sheet in _read(file, data)[1].sheets]
    except FileRefused:
        return []


def read_page(file: str, data: bytes) -> ReadBook:
    """FileRefused for what is too large, was not made here, or was changed; `problems` names every cell that is not understood."""
    page, made = _read(file, data)
    (sheet,) = made.sheets
    typed, problems = dict[str, str](), Problems(file)
    headed = {cell.key: cell.told for cell in sheet.cells}
    for key, text in page.typed.items():
        if key not in headed:
            problems.add(FileProblem(file, None, shown(key), shown(text), message("cell_not_on_page")))
            continue
        try:
            value = read_cell(text)
        except InvalidInput as strange:
            problems.add(FileProblem(file, None, headed[key], shown(text), no_figure(strange)))
            continue
        typed[key] = "" if value is None else format_value(value)
    book = ReadBook(file, hashlib.sha256(data).hexdigest(), made, channel=Channel.API)
    book.sheets, book.problems = [ReadSheet(sheet, typed, ())], problems.told()
    return book


def _read(file: str, data: bytes) -> tuple[TypedPage, MadeBook]:
    def refused(there: str, expected: str) -> FileRefused:
        return FileRefused(file, [FileProblem(file, None, "", there, expected)])

    if len(data) > MOST_BYTES:
        raise refused(message("bytes", size=len(data)), message("bytes", size=MOST_BYTES))
    try:
        page = TypedPage.model_validate(strict_json(data))
        made = MadeBook.model_validate(strict_json(page.made))
    except (ValueError, ValidationError):
        raise refused(shown(repr(data[:40])), message("our_page")) from None
    if digest_of(page.made) != page.digest or len(made.sheets) != 1:
        raise refused(message("changed"), message("our_page"))
    if made.format != FORMAT:
        raise refused(str(made.format), message("format", format=FORMAT))
    return page, made
