"""Tidy CSV: UTF-8, one header row, comma, every row of the same width. Bytes in, named fields out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from reporting.files.problems import FileProblem, FileRefused, Problems, shown

MAX_BYTES = 512 * 1024 * 1024
MAX_FIELD = 10_000
UTF_8 = "UTF-8（Excel では「CSV UTF-8」で保存。Shift_JIS なら --encoding cp932） / UTF-8 (in Excel save as “CSV UTF-8”; for Shift_JIS --encoding cp932)"

SHIFT_JIS = "cp932（Shift_JIS）の文字。UTF-8 で書き出せるならその方が確実です / characters of cp932 (Shift_JIS); UTF-8 is safer where it can be written"

CSV = "CSV（引用符は 2 つ重ねる、RFC 4180） / CSV (quotes inside quotes doubled, RFC 4180)"

Row = tuple[int, dict[str, str]]


ENCODINGS = {"utf-8": ("utf-8-sig", UTF_8), "cp932": ("cp932", SHIFT_JIS)}
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
    codec, written = ENCODINGS[encoding]
    size = source.seek(0, io.SEEK_END)
    if size > MAX_BYTES:
        found, most = f"{size:,} バイト / bytes", f"{MAX_BYTES:,} バイト以下 / at most {MAX_BYTES:,} bytes"
        raise FileRefused(file, [FileProblem(file, None, "", found, most)])
    source.seek(0)
    text = io.TextIOWrapper(source, codec, newline="")
    reader = csv.reader(text, strict=True)
    narrow = Problems(file)
    try:
        header = next(reader, [])
        _check_header(file, header, required, optional)
        for cells in reader:
            if len(cells) != len(header):
                found, wide = f"{len(cells)} 列 / columns", f"{len(header)} 列 / columns"
                narrow.add(FileProblem(file, reader.line_num, "", found, wide))
            elif any("\x00" in field or len(field) > MAX_FIELD for field in cells):
                narrow.add(FileProblem(file, reader.line_num, "", shown(cells), "文字 / plain text"))
            elif not narrow:
                yield reader.line_num, dict(zip(header, cells, strict=True))
    except UnicodeDecodeError:
        raise FileRefused(file, [_not_written_so(file, source, codec, written)]) from None
    except csv.Error:
        raise FileRefused(file, [FileProblem(file, reader.line_num, "", "", CSV)]) from None
    finally:
        text.detach()  # or it would close what is not its own
    narrow.refuse()


def _not_written_so(file: str, source: BinaryIO, codec: str, written: str) -> FileProblem:
    """The first line whose bytes are none of the encoding: in both of them no other character holds a line's end."""
    source.seek(0)
    for row, line in enumerate(source, 1):
        try:
            line.decode(codec)
        except UnicodeDecodeError as wrong:
            return FileProblem(file, row, "", line[wrong.start : wrong.start + 4].hex(" "), written)
    return FileProblem(file, None, "", "", written)  # cut off within its last character


def _check_header(file: str, header: list[str], required: Sequence[str], optional: Sequence[str]) -> None:
    problems = [
        FileProblem(file, 1, name, "なし / missing", f"見出し {name} / a column {name}")
        for name in required
        if name not in header
    ]
    allowed, told = {*required, *optional}, " ".join([*required, *optional])
    for place, name in enumerate(header):
        if name not in allowed:
            problems.append(
                FileProblem(
                    file,
                    1,
                    shown(name),
                    shown(name),
                    f"次の見出しのいずれか: {told} / one of these columns: {told}",
                )
            )
        elif name in header[:place]:
            problems.append(FileProblem(file, 1, name, "2 回目 / twice", "1 回 / once"))
    if problems:
        raise FileRefused(file, problems)
