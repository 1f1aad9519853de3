"""Columns of the door's arrays, as PostgreSQL takes them in binary form.

Each value is packed once, by the thread that asks; whoever appends only joins them. Left to the driver, a list is packed value by
value by the one thread that all others wait for.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct
from typing import ClassVar
from uuid import UUID

from psycopg import adapters
from psycopg.abc import AdaptContext
from psycopg.adapt import Dumper
from psycopg.pq import Format

from reporting.ledger.registry import no_text

_NULL = b"\xff\xff\xff\xff"
_LENGTH, _INT, _SMALLINT = Struct("!i").pack, Struct("!ii").pack, Struct("!ih").pack
_UUID = _LENGTH(16)
_HEAD, _EMPTY = Struct("!iiIii").pack, Struct("!iiI").pack
"""Dimensions, a flag that the server sets by itself, the elements' type; how many there are, and the number of the first."""


class PackedColumn:
    """A one-dimensional array. `values`: each as one of the functions below packs it."""

    __slots__ = ("values",)
    array: ClassVar[int]
    element: ClassVar[int]

    def __init__(self, values: Iterable[bytes]) -> None:
        self.values = list(values)

    def packed(self) -> bytes:
        if not self.values:
            return _EMPTY(0, 0, self.element)
        return _HEAD(1, 0, self.element, len(self.values), 1) + b"".join(self.values)


class UuidColumn(PackedColumn):
    __slots__ = ()
    array, element = 2951, 2950


class ByteaColumn(PackedColumn):
    __slots__ = ()
    array, element = 1001, 17


class TextColumn(PackedColumn):
    __slots__ = ()
    array, element = 1009, 25


class IntColumn(PackedColumn):
    __slots__ = ()
    array, element = 1007, 23


class SmallintColumn(PackedColumn):
    __slots__ = ()
    array, element = 1005, 21


def uuid_value(value: UUID | None) -> bytes:
    return _NULL if value is None else _UUID + value.bytes


def bytea_value(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def text_value(value: str | None) -> bytes:
    """InvalidInput for a text with NUL in it, which PostgreSQL does not hold."""
    if value is None:
        return _NULL
    if "\0" in value:
        raise no_text("command")
    return bytea_value(value.encode())


word_value = lru_cache(maxsize=1_000)(text_value)
"""`text_value` of what comes again and again: most commands are of few people, offices, roles and channels, and most events of
few types."""


def int_value(value: int | None) -> bytes:
    return _NULL if value is None else _INT(4, value)


def smallint_value(value: int) -> bytes:
    return _SMALLINT(2, value)


class _PackedDumper(Dumper):
    format = Format.BINARY

    def __init__(self, cls: type[PackedColumn], context: AdaptContext | None = None) -> None:
        super().__init__(cls, context)
        self.oid = cls.array

    def dump(self, obj: PackedColumn) -> bytes:
        return obj.packed()


for _kind in (UuidColumn, ByteaColumn, TextColumn, IntColumn, SmallintColumn):
    adapters.register_dumper(_kind, _PackedDumper)
