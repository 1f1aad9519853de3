"""One command with 21,000 events through the ledger, against COPY of the very same rows.

COPY gets its rows ready in PostgreSQL's binary format, into a table with the same columns and indexes: nobody writes
durable rows faster. Ours also encodes the events, checks 21,000 streams' versions and stores the command.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from psycopg import Connection

from benchmarks import stage
from benchmarks.measure import compare
from benchmarks.table import Row
from reporting.database.sql import load
from reporting.domain.actor import Channel
from reporting.domain.events import FiguresEntered
from reporting.ledger import Appended, Command, Ledger, NewEvent

TARGET = 0.25


def run(server_url: str, quick: bool) -> list[Row]:
    events, rounds = (2_000, 2) if quick else (21_000, 7)
    pairs = []
    with stage.database(server_url, "bench_bulk") as database, database.connect(autocommit=True) as plain:
        ledger = Ledger(database)
        plain.execute(load("benchmarks")["plain_table"])
        _copy(plain, ledger.append(_command(1_000)))  # everything prepared and warm
        for _ in range(rounds):
            command = _command(events)
            begun = time.perf_counter()
            appended = ledger.append(command)
            taken = time.perf_counter() - begun
            pairs.append((events / taken, events / _copy(plain, appended)))
        ledger.close()
    found = compare(pairs)
    return [
        Row(
            f"bulk: one command of {events:,} events",
            f"{found.ours:,.0f} events/s",
            f"{found.peer:,.0f} rows/s (COPY)",
            f"{found.ratio:.2f}×",
            f"≥ {TARGET}×",
            found.ratio >= TARGET,
            "`Ledger.append` of one command, four figures an event, a stream each, against binary COPY of the same rows into"
            " a table with the same columns, primary key and index; both durable.",
        )
    ]


def _command(events: int) -> Command:
    """As an import makes it: every return is a stream of its own."""
    made = (
        FiguresEntered(
            election="e1",
            form="night",
            slot="s1",
            unit=stage.unit(number % stage.UNITS),
            figures={f"c1|{item}||": str(10_000 + number) for item in stage.ITEMS},
        )
        for number in range(events)
    )
    new = tuple(NewEvent(uuid4(), 1, event) for event in made)
    return Command(uuid4(), b"{}", stage.ACTOR, Channel.IMPORT, new)


def _copy(connection: Connection[Any], appended: Appended) -> float:
    """Seconds to COPY the rows just appended into the plain table."""
    between = f"position BETWEEN {appended.first_position} AND {appended.last_position}"
    with connection.cursor() as cursor:
        rows = f"COPY (SELECT * FROM ledger.event WHERE {between}) TO STDOUT (FORMAT binary)"
        with cursor.copy(rows.encode()) as out:
            data = b"".join(bytes(part) for part in out)
        begun = time.perf_counter()
        with cursor.copy("COPY public.plain_event FROM STDIN (FORMAT binary)") as into:
            into.write(data)
        return time.perf_counter() - begun
