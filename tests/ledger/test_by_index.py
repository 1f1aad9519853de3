"""The log is looked up by index whatever its statistics say: they are of when it was small, and a plan that was kept is, too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from reporting.database.connect import Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.events import FiguresEntered
from reporting.ledger import Command, Ledger, NewEvent
from reporting.ledger.door import SQL
from reporting.ledger.rows import MANY, fetched

CLERK = Actor("person-1", "13101 選挙管理委員会", Role.WARD, "13101")
WHOLE = re.compile(r"Seq Scan on (event|command)\b|Hash|Merge")
"""Where a table is read whole, to be joined or without."""
STREAM, OTHER = UUID(int=1), UUID(int=2)
LOOKS: dict[str, Any] = {
    "beforehand": {
        "command": OTHER, "definition": STREAM, "registry": OTHER, "stream": STREAM, "beside": OTHER, "form": None, "slot": None,
    },
    "beforehand_of_many": {"command": OTHER, "definition": STREAM, "registry": OTHER, "streams": f"{{{STREAM},{OTHER}}}"},
    "deeds_of_two": {"stream": STREAM, "beside": OTHER, "types": None},
    "deeds": {"streams": [STREAM, OTHER], "types": None},
    "command_by_id": (STREAM,),
    "command_record": (STREAM,),
    "stream": (STREAM, 0),
    "streams": ([STREAM, OTHER],),
    "of_page": {"stream": STREAM, "form": b"x", "slot": b"y"},
    "of_types": ([STREAM, OTHER], ["FiguresEntered"]),
    "latest_change": (STREAM,),
    "doers": ([1, 2],),
    "both_stream_versions": {"streams": [STREAM, OTHER]},
    "stream_version": (STREAM,),
    "version_at": (STREAM, 1),
}  # fmt: skip


@pytest.fixture(scope="module")
def ledger(module_database: Database) -> Iterator[Ledger]:
    """So few events that all of them are read sooner than any index, and statistics that say so."""
    ledger = Ledger(module_database)
    for version in range(1, 6):
        figures = {"c|voters||": str(version)}
        event = FiguresEntered(election="e", form="final", slot="final", unit="13101", figures=figures)
        ledger.append(Command(uuid4(), b"{}", CLERK, Channel.API, (NewEvent(STREAM, version, event),)))
    with module_database.connect(autocommit=True) as owner:
        owner.execute("ANALYZE ledger.event, ledger.command")
    yield ledger
    ledger.close()


def plan(connection: psycopg.Connection[Any], statement: str) -> str:
    rows = connection.execute(f"EXPLAIN {SQL[statement]}".encode(), LOOKS[statement]).fetchall()
    return "\n".join(line for (line,) in rows)


def kept_plan(connection: psycopg.Connection[Any], statement: str) -> str:
    """For whatever streams: one that is kept."""
    asked: dict[str, str] = {}
    numbered = re.sub(
        r"%\((\w+)\)s", lambda named: asked.setdefault(named[1], f"${len(asked) + 1}"), SQL[statement]
    )
    values = ", ".join(
        "NULL" if LOOKS[statement][name] is None else f"'{LOOKS[statement][name]}'" for name in asked
    )
    connection.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE kept AS {numbered}".encode())
    rows = connection.execute(f"EXPLAIN EXECUTE kept ({values})".encode()).fetchall()
    connection.execute("DEALLOCATE kept; RESET plan_cache_mode")
    return "\n".join(line for (line,) in rows)


@pytest.mark.parametrize("statement", LOOKS)
def test_no_look_reads_the_whole_log(ledger: Ledger, module_database: Database, statement: str) -> None:
    lines = ledger._run(lambda connection: plan(connection, statement))
    assert WHOLE.search(lines) is None
    with module_database.connect(autocommit=True) as plain:
        assert WHOLE.search(plan(plain, statement)), "or this shows nothing"


@pytest.mark.parametrize("statement", ["beforehand", "beforehand_of_many", "deeds_of_two"])
def test_no_plan_of_a_log_without_statistics_reads_all_commands(database: Database, statement: str) -> None:
    """As it is in its first minute, here with long events of few commands: PostgreSQL takes a stream for a two-hundredth of it."""
    ledger = Ledger(database)
    figures = {f"c{number}|voters||": "1" for number in range(100)}
    long = FiguresEntered(election="e", form="final", slot="final", unit="13101", figures=figures)
    events = tuple(NewEvent(STREAM, version, long) for version in range(1, 1501))
    try:
        ledger.append(Command(uuid4(), b"{}", CLERK, Channel.API, events))
        lines = ledger._run(lambda connection: kept_plan(connection, statement))
    finally:
        ledger.close()
    assert WHOLE.search(lines) is None


def test_a_whole_slot_may_be_read_from_end_to_end(ledger: Ledger) -> None:
    """And the look after it may not."""
    allowed: list[str] = []

    def asking(connection: psycopg.Connection[Any]) -> None:
        for many in (MANY, MANY + 1, 1):
            ((setting,),) = fetched(connection, "SELECT current_setting('enable_seqscan')", None, many)
            allowed.append(setting)

    ledger._run(asking)
    assert allowed == ["off", "on", "off"]
    every = ledger.deeds([STREAM, *(UUID(int=n) for n in range(3, MANY + 10))])
    assert every == ledger.deeds([STREAM])
    assert ledger.doers(range(1, 2 * MANY)) == ledger.doers(range(1, MANY - 1))
