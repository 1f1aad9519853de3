"""Lots and what became of them: the pure fold of a contest's lots with its returns, run again whenever either moved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from psycopg import Connection

from projections.views.define import roster_of
from reporting.database.sql import load
from reporting.domain.election import ElectionDefinition
from reporting.domain.workflow_events import LotConfirmed, LotRecorded
from reporting.ledger.registry import recorded_by
from reporting.ledger.streams import lot_stream
from reporting.rules.lots import LotsOfCount, units_of

SQL = load(__package__)
TYPES = [LotRecorded.type, LotConfirmed.type]


def moved_lots(connection: Connection[Any], after: int) -> Iterable[tuple[Any, ...]]:
    """Counts of contests with lots some of whose returns the fold after this position moved; all that have lots when it is 0. Sent, not
    waited for."""
    return connection.execute(SQL["moved_lots" if after else "all_lots"])


def fold_lots(
    connection: Connection[Any], upto: int, moved: Iterable[tuple[Any, ...]], told: tuple[int, int] | None
) -> None:
    """Refold the lots of every count of a contest that `moved`, and of those that were told of up to `upto`. `told`: the part of the log
    that holds what was told of lots, None: nothing was. Depends on nothing but the log up to `upto` and the definitions in force there."""
    counts = set(moved)
    if told is not None:
        bounds = {"after": told[0], "upto": told[1], "types": TYPES}
        counts |= set(connection.execute(SQL["new_lots"], bounds))
    for election_no, form, slot, contest in sorted(counts):
        _refold(connection, upto, election_no, form, slot, contest)


def _refold(
    connection: Connection[Any], upto: int, election_no: int, form: str, slot: str, contest: str
) -> None:
    where = {"election_no": election_no, "form": form, "slot": slot, "contest": contest}
    ((code, stored, defined_at, registry, kept),) = connection.execute(SQL["lot_election"], where).fetchall()
    definition = ElectionDefinition.model_validate(stored)
    roster = roster_of(connection, definition, registry, kept)
    fold = LotsOfCount(definition, roster, form, slot, contest, defined_at)
    held = next((defined for defined in definition.contests if defined.code == contest), None)
    units = set() if held is None else set(units_of(roster, held))
    returns: dict[UUID, str] = {
        stream: unit for stream, unit in connection.execute(SQL["lot_returns"], where) if unit in units
    }
    streams = [*returns, lot_stream(code, form, slot, contest)]
    for row in connection.execute(SQL["deeds"], {"streams": streams, "upto": upto}):
        stored, by = recorded_by(row)
        fold.apply(returns.get(stored.stream_id), stored.event, stored.position, by)
    connection.execute(SQL["drop_lots"], where)
    rows = [
        {**asdict(lot), "among": list(lot.among), "winners": list(lot.winners), "election_no": election_no}
        for lot in fold.told()
    ]
    with connection.cursor() as cursor:
        cursor.executemany(SQL["put_lot"], rows)
