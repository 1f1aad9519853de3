"""What goes over packed is what the driver would have sent, value for value."""

from __future__ import annotations

from uuid import UUID

import pytest

from reporting.database.connect import Database
from reporting.errors import InvalidInput
from reporting.ledger import columns
from reporting.ledger.columns import PackedColumn

IDS = [UUID(int=0), None, UUID(int=2**128 - 1)]
BYTES = [b"", b"\x00\xff", b"{}" * 500]
TEXTS = ["", None, "区 \U0001f5f3", "NULL", '{"a"}', "\\"]
INTS, SMALL = [0, -1, 2**31 - 1], [1, -(2**15)]


def test_packed_columns_are_the_arrays_of_their_values(database: Database) -> None:
    given: list[tuple[PackedColumn, str, list[object]]] = [
        (columns.UuidColumn(map(columns.uuid_value, IDS)), "uuid[]", [*IDS]),
        (columns.ByteaColumn(map(columns.bytea_value, BYTES)), "bytea[]", [*BYTES]),
        (columns.TextColumn(map(columns.text_value, TEXTS)), "text[]", [*TEXTS]),
        (columns.TextColumn(map(columns.word_value, TEXTS)), "text[]", [*TEXTS]),
        (columns.IntColumn(map(columns.int_value, INTS)), "int[]", [*INTS]),
        (columns.SmallintColumn(map(columns.smallint_value, SMALL)), "smallint[]", [*SMALL]),
    ]
    with database.connect(autocommit=True) as connection:
        for column, kind, values in given:
            for packed, expected in ((column, values), (type(column)(()), [])):
                asked = f"SELECT %s, pg_typeof(%s)::text = '{kind}'::regtype::text, array_position(%s, NULL)".encode()
                told = connection.execute(asked, [packed] * 3).fetchall()
                place = expected.index(None) + 1 if None in expected else None
                assert told == [(expected, True, place)]


def test_a_text_that_postgresql_cannot_hold_is_refused() -> None:
    for pack in (columns.text_value, columns.word_value):
        with pytest.raises(InvalidInput):
            pack("a\0b")
