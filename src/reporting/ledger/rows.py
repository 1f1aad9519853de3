"""What rows of the log are made into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection

from reporting.errors import CommandIdReused
from reporting.ledger.records import Appended, Deed
from reporting.ledger.registry import canonical, recorded

Page = tuple[str, str]
"""Form and slot."""


MANY = 500
"""Streams or positions: of more it is cheaper to read whole tables than to look each up."""


def fetched(connection: Connection[Any], statement: LiteralString, asked: Any, many: int) -> list[Any]:
    """Rows of a statement on so `many` streams or positions, which may read whole tables where these are MANY (`BY_INDEX`)."""
    if many <= MANY:
        return connection.execute(statement, asked).fetchall()
    with connection.transaction():
        connection.execute("SET LOCAL enable_seqscan = on")
        return connection.execute(statement, asked).fetchall()


def bytes_of(page: Page | None) -> dict[str, bytes | None]:
    """What the canonical bytes of an event of a page hold."""
    if page is None:
        return {"form": None, "slot": None}
    return {"form": b'"form":' + canonical(page[0]), "slot": b'"slot":' + canonical(page[1])}


def without_replaced(rows: Sequence[Sequence[Any]], replacing: str | None) -> list[Sequence[Any]]:
    """Rows of events by position, of a type whose last event in a stream says all that those before it said that one alone."""
    last = {row[1]: row[0] for row in rows if row[5] == replacing}
    return [row for row in rows if row[5] != replacing or last[row[1]] == row[0]]


def repeated(command_id: UUID, body_hash: bytes, row: Sequence[Any] | None) -> Appended | None:
    """Of a row (hash of the body, first and last position, when) of a command in the log; None where there is none. CommandIdReused where
    another one has its id."""
    if row is None or row[0] is None:
        return None
    if bytes(row[0]) != body_hash:
        raise CommandIdReused(command_id=str(command_id))
    return Appended(row[1], row[2], row[3], repeated=True)


def deed(row: Sequence[Any]) -> Deed:
    *stored, person, office, role, on_behalf_of, reason = row
    return Deed(recorded(stored), person, office, role, on_behalf_of, reason)


def array(streams: Iterable[UUID]) -> str:
    """A parameter for `uuid[]`, as PostgreSQL reads one: the driver writes a list element by element, 2 µs each."""
    return f"{{{','.join([stream.hex for stream in streams])}}}"
