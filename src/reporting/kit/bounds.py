"""How much one workbook holds: what is made here can be read again in a small process."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator

from reporting.application.asked import contests_asked
from reporting.application.catalog import KnownElection
from reporting.errors import InvalidInput
from reporting.files.sheets import MAX_BYTES, WorkbookLimits
from reporting.kit.messages import message

MOST_RETURNS = 300
"""Sheets of a workbook."""
MOST_CELLS = 15_000
"""Cells to type in, of all sheets together: with their rules some 35 MB unpacked, made in about 15 s of one core."""
LIMITS = WorkbookLimits(
    unpacked=64 * 1024 * 1024, rows=5_000, columns=60, cells=100_000, cells_together=1_500_000
)
"""Of a workbook that comes back; read within 200 MB of memory."""


def parts_of(
    defined: KnownElection, form: str, slot: str, units: Iterable[str], most: int = MOST_RETURNS
) -> list[list[str]]:
    """Units in their order, as many together as one workbook holds; `most`: no more than these. A return that is larger by itself
    stands alone."""
    parts: list[list[str]] = []
    room = 0
    for unit, cells in cells_of(defined, form, slot, units):
        if not parts or len(parts[-1]) == most or cells > room:
            parts.append([])
            room = MOST_CELLS
        parts[-1].append(unit)
        room -= cells
    return parts


def cells_of(defined: KnownElection, form: str, slot: str, units: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each unit with how many cells it is asked."""
    counts: dict[frozenset[str], int] = {}
    for unit in units:
        contests = frozenset(defined.contests_of_unit[unit])
        if contests not in counts:
            asked = contests_asked(defined, form, slot, unit)
            counts[contests] = sum(len(contest.cells) for contest in asked)
        yield unit, counts[contests]


def require_one_part(parts: list[list[str]]) -> None:
    """InvalidInput where one workbook does not hold them."""
    if len(parts) > 1:
        raise _too_many(sum(map(len, parts)), len(parts[0]))


def require_readable(data: bytes, returns: int) -> None:
    """InvalidInput for a workbook that was made and could not be read when it comes back: rules of a definition may be any number."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    share = min(LIMITS.unpacked / unpacked, MAX_BYTES / len(data))
    if share < 1:
        raise _too_many(returns, int(returns * share))


def require_rows(rows: int) -> None:
    """InvalidInput for a return that no sheet holds."""
    if rows > LIMITS.rows:
        raise _refused("form", rows, message("rows_at_most", most=LIMITS.rows))


def _too_many(returns: int, most: int) -> InvalidInput:
    return _refused("units", returns, message("returns_at_most", most=most))


def _refused(field: str, many: int, expected: str) -> InvalidInput:
    return InvalidInput(field=field, found=many, expected=expected)
