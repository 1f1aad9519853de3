"""Whether a database takes changes: the primary, a standby that follows it (hot standby), or one that only lets read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from reporting.database.sql import load
from reporting.errors import ReportingError

SQL = load(__package__)


class TakesNoChanges(ReportingError):
    """facts: `where_ja`, `where_en`. Sent again here it would never succeed; with the same command id elsewhere it counts once."""

    code = "read_only"
    template_ja = (
        "このサーバーは待機系で、閲覧だけができます。同じ操作番号のまま、{where_ja}へ送信してください。"
    )
    template_en = (
        "This server is a standby, for reading only. Send it with the same command id to {where_en}."
    )

    @classmethod
    def to(cls, url: str | None) -> TakesNoChanges:
        """`url`: where changes go; None: nobody said."""
        return cls(where_ja=url or "本系のサーバー", where_en=url or "the main server")


@dataclass(frozen=True, slots=True)
class Standing:
    """`standby`: it replays another one's log; `takes_changes`: neither that nor set to read only. The rest is of a standby:
    `received` and `replayed` are places in PostgreSQL's own log (WAL), `behind_s` seconds between now and the last change replayed,
    0 where everything received is replayed and the primary is heard."""

    takes_changes: bool
    standby: bool
    receiving: bool
    received: str | None
    replayed: str | None
    behind_s: float


def standing_in(row: TupleRow | None) -> Standing:
    """Of an answer to STANDING."""
    assert row is not None
    standby, set_read_only, receiving, received, replayed, behind_s = row
    return Standing(not standby and not set_read_only, standby, receiving, received, replayed, behind_s)


STANDING = SQL["standing"]


def standing_of(connection: Connection[Any]) -> Standing:
    return standing_in(connection.execute(STANDING).fetchone())
