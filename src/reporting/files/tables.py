"""Tidy CSV: UTF-8, one header row, comma, every row of the same width. Bytes in, named fields out."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import BinaryIO

from reporting.files.messages import message
from reporting.files.problems import FileProblem, FileRefused, Problems, shown
from reporting.files.sheets import OLE2

MAX_BYTES = 512 * 1024 * 1024
MAX_FIELD = 10_000
UTF_8 = message("utf_8_table")

SHIFT_JIS = message("shift_jis_table")

CSV = message("csv")

Row = tuple[int, dict[str, str]]
Line = tuple[int, list[str]]
"""Number of the line in the file, and its cells."""


NO_TEXT = ((b"PK\x03\x04", message("workbook")), (OLE2, message("workbook")))
"""How a file of no text begins, and what it is: told as bytes of another encoding it would be sent again as Shift_JIS."""

ENCODINGS = {
    "utf-8": ("utf-8-sig", UTF_8),
    "cp932": ("cp932", SHIFT_JIS),
    "utf-16": ("utf-16", message("utf_16_table")),
}
"""What a file may be written in → Python's codec, and what is expected where its bytes are not."""


def read_table(
    file: str, data: bytes, required: Sequence[str], optional: Sequence[str] = (), encoding: str = "utf-8"
) -> Iterator[Row]:
    """`read_stream` of a file that is in memory."""
    return read_stream(file, io.BytesIO(data), required, optional, encoding)


def read_stream(
    file: str,
    source: BinaryIO,
    required: Sequence[str],
    optional: Sequence[str] = (),
    encoding: str = "utf-8",
) -> Iterator[Row]:
    """(row number, column → text as typed) for every row, a few of which are in memory at a time; FileRefused for another
    encoding, header or width. `source`: can be read from its beginning more than once."""
    with closing(read_lines(file, source, encoding)) as lines:
        _, headings = next(lines, (1, []))
        header = checked_header(file, headings, required, optional)
        narrow = Problems(file)
        for number, cells in same_width(file, len(header), lines, narrow):
            if not narrow:
                yield number, dict(zip(header, cells, strict=True))
        narrow.refuse()


def read_lines(
    file: str, source: BinaryIO, encoding: str = "utf-8", delimiter: str | None = None
) -> Generator[Line, None, None]:
    """(line number, cells as typed) of every row, the header too, whatever its width. FileRefused for another encoding, and
    for what is no CSV. `source`: can be read from its beginning more than once; `delimiter` None: as its headings stand."""
    codec, written = ENCODINGS[encoding]
    size = source.seek(0, io.SEEK_END)
    if size > MAX_BYTES:
        most = message("bytes_at_most", most=MAX_BYTES)
        raise FileRefused(file, [FileProblem(file, None, "", message("bytes", size=size), most)])
    delimiter = delimiter or _delimiter(source, codec)
    source.seek(0)
    begins = source.read(len(OLE2))
    if wrong := next((there for mark, there in NO_TEXT if begins.startswith(mark)), None):
        raise FileRefused(file, [FileProblem(file, None, "", wrong, written)])
    if not begins:
        raise FileRefused(file, [FileProblem(file, None, "", message("empty_file"), message("table"))])
    source.seek(0)
    text = io.TextIOWrapper(source, codec, newline="")
    reader = csv.reader(text, strict=True, delimiter=delimiter)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except UnicodeError:  # UTF-16 without its byte order mark is no UnicodeDecodeError
        raise FileRefused(file, [_not_written_so(file, source, codec, written)]) from None
    except csv.Error:
        raise FileRefused(file, [FileProblem(file, reader.line_num, "", "", CSV)]) from None
    finally:
        text.detach()  # or it would close what is not its own


def _delimiter(source: BinaryIO, codec: str) -> str:
    """Of a table whose first row is its headings: a tab where they stand between tabs, as a spreadsheet saves them as text (always
    in UTF-16), else a comma."""
    source.seek(0)
    first = source.read(MAX_FIELD).decode(codec, errors="ignore").partition("\n")[0]
    return "\t" if "\t" in first and "," not in first else ","


def without_empty_end(cells: Sequence[str], least: int = 0) -> list[str]:
    """Spreadsheets write columns that were touched once and hold nothing behind the last one that does."""
    end = len(cells)
    while end > least and not cells[end - 1].strip():
        end -= 1
    return list(cells[:end])


def same_width(file: str, width: int, lines: Iterable[Line], problems: Problems) -> Iterator[Line]:
    """Rows of so many columns, but for empty ones behind them; every other is added to `problems`. Rows in which nothing stands are
    passed over."""
    for number, given in lines:
        cells = without_empty_end(given, width) if len(given) > width else given
        if not any(cells):
            continue
        if len(cells) != width:
            there, expected = (message("columns", count=count) for count in (len(cells), width))
            problems.add(FileProblem(file, number, "", there, expected))
        elif not _plain(cells):
            problems.add(FileProblem(file, number, "", *_strange(cells)))
        else:
            yield number, cells


def _plain(cells: Sequence[str]) -> bool:
    """Looked at together first: a row has rarely as many characters as one field may have."""
    whole = "".join(cells)
    return "\x00" not in whole and (len(whole) <= MAX_FIELD or max(map(len, cells)) <= MAX_FIELD)


def _strange(cells: Sequence[str]) -> tuple[str, str]:
    """Of a row that is not plain: its first field that is not, as it may be printed, and what is expected."""
    field = next(cell for cell in cells if not _plain((cell,)))
    if "\x00" in field:
        return shown(field.replace("\x00", "\N{SYMBOL FOR NULL}")), message("plain_text")
    return shown(field), message("characters_at_most", most=MAX_FIELD)


def _not_written_so(file: str, source: BinaryIO, codec: str, written: str) -> FileProblem:
    """The first line whose bytes are none of the encoding: in UTF-8 and cp932 no other character holds a line's end."""
    source.seek(0)
    if codec == "utf-16":
        return FileProblem(file, None, "", source.read(4).hex(" "), written)
    for row, line in enumerate(source, 1):
        try:
            line.decode(codec)
        except UnicodeDecodeError as wrong:
            return FileProblem(file, row, "", line[wrong.start : wrong.start + 4].hex(" "), written)
    return FileProblem(file, None, "", "", written)  # cut off within its last character


def checked_header(
    file: str, headings: Sequence[str], required: Sequence[str], optional: Sequence[str]
) -> list[str]:
    """The columns, of headings as they stand: blanks around one, which nobody sees, are none of it. FileRefused for a column that is
    missing, there twice, or none of these; and for a table between semicolons, in which a comma may be one of decimals."""
    allowed = {*required, *optional}
    header = [name if name in allowed else name.strip() for name in without_empty_end(headings)]
    if len(header) == 1 and ";" in header[0] and header[0] not in allowed:
        told = FileProblem(file, 1, "", message("semicolons"), message("commas_or_tabs"))
        raise FileRefused(file, [told])
    problems = [
        FileProblem(file, 1, name, message("missing"), message("column", name=name))
        for name in required
        if name not in header
    ]
    written = " ".join([*required, *optional])
    for place, name in enumerate(header):
        if name not in allowed:
            expected = message("one_of_columns", names=written)
            problems.append(FileProblem(file, 1, shown(name), shown(name), expected))
        elif name in header[:place]:
            problems.append(FileProblem(file, 1, name, message("twice"), message("once")))
    if problems:
        raise FileRefused(file, problems)
    return header
