"""What a database server is: the primary, a standby that follows it (hot standby), or one that only lets read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow

from reporting.database.messages import message
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
        where = message.words("main_server")
        return cls(where_ja=url or where.ja, where_en=url or where.en)


class OnlyGathers(TakesNoChanges):
    """facts: as above. The database holds what other logs recorded, and records nothing itself."""

    template_ja = "このサーバーは各台帳の写しを集めたもので、閲覧だけができます。同じ操作番号のまま、{where_ja}へ送信してください。"
    template_en = "This server shows what is gathered from the ledgers, for reading only. Send it with the same command id to {where_en}."


@dataclass(frozen=True, slots=True)
class Replication:
    """`standby`: it replays another one's log; `takes_changes`: neither that nor set to read only. The rest is of a standby:
    `received` and `replayed` are places in PostgreSQL's own log (WAL), `behind_s` seconds between now and the last change replayed,
    0 where everything received is replayed and the primary is heard."""

    takes_changes: bool
    standby: bool
    receiving: bool
    received: str | None
    replayed: str | None
    behind_s: float


def replication_in(row: TupleRow | None) -> Replication:
    """Of an answer to REPLICATION."""
    assert row is not None
    standby, set_read_only, receiving, received, replayed, behind_s = row
    return Replication(not standby and not set_read_only, standby, receiving, received, replayed, behind_s)


REPLICATION = SQL["replication"]


def replication_of(connection: Connection[Any]) -> Replication:
    return replication_in(connection.execute(REPLICATION).fetchone())
