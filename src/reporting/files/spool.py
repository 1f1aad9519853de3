"""What is too much to be held: rows and objects on disk while one piece of work lasts, gone with it.

Temporary files without a name: nobody else reads them, and a crash leaves none behind."""

from __future__ import annotations

import pickle
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, NamedTuple, Self, TypeVar

CACHE_KB = 8_000
"""Memory of one `SortedRows`, whatever its number of rows."""

R = TypeVar("R", bound=NamedTuple)
T = TypeVar("T")


class SortedRows(Generic[R]):
    """Rows whose fields are numbers, texts or None, put in any order, read in the order of their first `by` fields (None
    before all, texts by code point; what is equal, in any order)."""

    def __init__(self, kind: type[R], by: int) -> None:
        fields = kind._fields
        self._rows = sqlite3.connect(
            "", isolation_level=None
        )  # no name: a private file, once the cache is full
        settings = (
            "journal_mode = OFF",
            "synchronous = OFF",
            "temp_store = FILE",
            f"cache_size = -{CACHE_KB}",
        )
        for setting in settings:
            self._rows.execute(f"PRAGMA {setting}")
        named = [f'"{field}"' for field in fields]
        self._rows.execute(f"CREATE TABLE kept ({', '.join(named)})")
        self._rows.execute("BEGIN")
        self._rows.row_factory = lambda cursor, row: kind._make(row)
        self._insert = f"INSERT INTO kept VALUES ({', '.join('?' * len(fields))})"
        self._select = f"SELECT * FROM kept ORDER BY {', '.join(named[:by])}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._rows.close()

    def put(self, rows: Iterable[R]) -> None:
        self._rows.executemany(self._insert, rows)

    def __iter__(self) -> Iterator[R]:
        return self._rows.execute(self._select)


class Spool(Generic[T]):
    """Objects in the order in which they were put, read as often as one likes. Pickled: they are our own, and nobody else
    can write to the file."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, value: T) -> None:
        pickle.dump(value, self._file, pickle.HIGHEST_PROTOCOL)
        self.count += 1

    def __iter__(self) -> Iterator[T]:
        self._file.seek(0)
        for _ in range(self.count):
            yield pickle.load(self._file)
