"""What a disposal would erase is told in time that grows as the log does, whatever statistics say: an office with a night behind it
waited for minutes."""

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

CLERK = Actor("person-1", "13101 選挙管理委員会", Role.WARD, "13101")
COMMANDS, OF_EACH = 200, 5
ELECTIONS = ("a", "b", "c")
ASKED: tuple[Any, ...] = (None, [], "a")
REPEATED = re.compile(
    r"Materialize|Hash (Left |Anti )?Join|Merge (Left |Anti )?Join|Join Filter|command_id = ANY|Seq Scan on event\b"
)
"""Where for each command others or their events are gone through once more, be it in memory."""


@pytest.fixture(scope="module")
def ledger(module_database: Database) -> Iterator[Ledger]:
    """Statistics of when it was empty, and commands of several events and elections."""
    ledger = Ledger(module_database)
    with module_database.connect(autocommit=True) as owner:
        owner.execute("ANALYZE ledger.event, ledger.command")
    for number in range(COMMANDS):
        events = tuple(
            NewEvent(UUID(int=number + 1), version, entered(ELECTIONS[(number + version) % len(ELECTIONS)]))
            for version in range(1, 1 + (OF_EACH if number % 2 else 1))
        )
        ledger.append(Command(uuid4(), b"{}", CLERK, Channel.API, events))
    yield ledger
    ledger.close()


def entered(election: str) -> FiguresEntered:
    figures = {f"c{number}|voters||": "1" for number in range(100)}
    return FiguresEntered(election=election, form="final", slot="final", unit="13101", figures=figures)


def rows_read(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """By this transaction until now."""
    return dict(
        connection.execute(
            "SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'ledger'"
        ).fetchall()
    )


@pytest.mark.parametrize("by_index", [False, True])
@pytest.mark.parametrize(("statement", "asked", "times"), [("disposable", ASKED, 2), ("words_left", None, 1)])
def test_every_event_is_read_once_in_each_pass(
    ledger: Ledger, module_database: Database, statement: str, asked: Any, times: int, by_index: bool
) -> None:
    with (
        psycopg.connect(module_database.dsn(by_index=by_index)) as connection,
        connection.transaction(),
    ):
        connection.execute(SQL[statement].encode(), asked)
        read = rows_read(connection)
    events = COMMANDS // 2 * (1 + OF_EACH)
    assert read["event"] <= times * events
    assert read["command"] <= times * COMMANDS


@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
@pytest.mark.parametrize(("statement", "asked"), [("disposable", ASKED), ("words_left", None)])
def test_nothing_is_gone_through_for_each_command(
    ledger: Ledger, module_database: Database, statement: str, asked: Any, mode: str
) -> None:
    lines = list[str]()
    with module_database.connect(autocommit=True) as connection:
        connection.add_notice_handler(lambda notice: lines.append(notice.message_primary or ""))
        connection.execute(
            "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;"
            f" SET plan_cache_mode = {mode}; SET client_min_messages = log".encode()
        )
        connection.execute(SQL[statement].encode(), asked)
    plans = "\n".join(lines)
    looked_up = 'Index Cond: ("position" = p."position")'
    assert looked_up in plans, "or this shows nothing"
    assert REPEATED.search(plans) is None


def test_all_elections_at_once_say_what_each_says(ledger: Ledger) -> None:
    each = {election: ledger.disposable(None, (), election).commands for election in ELECTIONS}
    assert ledger.words_left() == each
    assert sum(each.values()) > COMMANDS
    assert ledger.disposable(None, (), "a").elections == ELECTIONS
