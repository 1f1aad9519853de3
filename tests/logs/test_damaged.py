"""Whatever a superuser alters in a log or in a copy is named, with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from several_logs import BALANCED, EAST, WEST, SeveralLogs, correct, enter
from tiny import SYSTEM

from reporting.database.connect import Database
from reporting.logs.verifying import LogFinding
from reporting.transparency.errors import LogDisagrees
from reporting.transparency.signer import Signer

OPEN: dict[str, Any] = {"workflow": None}


def alter(database: Database, statement: str) -> None:
    """As a superuser, who switches the guards off first."""
    with database.connect() as connection:
        for table in ("event", "checkpoint"):
            connection.execute(f"ALTER TABLE ledger.{table} DISABLE TRIGGER append_only".encode())
        connection.execute(statement.encode())
        for table in ("event", "checkpoint"):
            connection.execute(f"ALTER TABLE ledger.{table} ENABLE ALWAYS TRIGGER append_only".encode())


def findings(logs: SeveralLogs) -> list[tuple[str, int, str]]:
    def told(finding: LogFinding) -> tuple[str, int, str]:
        return finding.log, finding.position, finding.detail.partition(" / ")[2]

    return [told(finding) for finding in logs.verify().findings]


FORGED = "state = replace(convert_from(state, 'UTF8'), '\"100\"', '\"900\"')::bytea"


def test_every_damage_is_named_where_it_is(logs: SeveralLogs, tmp_path: Path) -> None:
    logs.begin("a", EAST, **OPEN)
    enter(logs.services[EAST], "a", "20", **BALANCED)
    correct(logs.services[EAST], "a", "20", 1, voters=101)
    logs.move("a", WEST)
    correct(logs.services[WEST], "a", "20", 2, voters=102)
    for log in (EAST, WEST):
        logs.sign(log, tmp_path)
    logs.gather()
    assert findings(logs) == []
    reading = logs.reading
    with reading.connect() as connection:
        ((position, at_west),) = connection.execute(
            "SELECT e.position, g.source_position FROM ledger.event e JOIN ledger.origin g USING (position)"
            " WHERE e.type = 'FiguresEntered' AND g.log = 'west'"
        ).fetchall()
    alter(reading, f"UPDATE ledger.event SET {FORGED} WHERE position = {position}")
    assert findings(logs) == [
        ("", position, f"the copy is not what the ledger {EAST} recorded at position 5")
    ]
    alter(reading, f"DELETE FROM ledger.event WHERE position = {position}")
    assert findings(logs) == [
        ("", position, f"the event at position 5 of the ledger {EAST} is missing"),
        ("", 0, f"the event at position {at_west} of the ledger {WEST} is missing"),
    ]


def test_a_log_that_was_rewritten_is_not_the_one_that_was_noted(logs: SeveralLogs, tmp_path: Path) -> None:
    """Whole, with a new signer's state: it proves itself, and the directory's heads prove it wrong."""
    logs.begin("a", WEST, **OPEN)
    enter(logs.services[WEST], "a", "20", **BALANCED)
    logs.sign(WEST, tmp_path)
    size = logs.position(WEST)
    west = logs.installation.logs[WEST].at
    alter(west, f"UPDATE ledger.event SET {FORGED} WHERE type = 'FiguresEntered'")
    alter(west, "DELETE FROM ledger.checkpoint")
    signer = Signer(west, logs.keys[WEST], tmp_path / "forged.json")
    signer.step()
    signer.close()
    assert findings(logs) == [
        (
            WEST,
            size,
            f"not the head of {size} events that the directory noted: the ledger was rewritten, or has two heads",
        )
    ]
    enter(logs.services[WEST], "a", "31", voters=1)
    signer = Signer(west, logs.keys[WEST], tmp_path / "forged.json")
    signer.step()
    signer.close()
    with pytest.raises(LogDisagrees):
        logs.directory.note(uuid4(), WEST, SYSTEM)


def test_a_forged_copy_in_a_log_is_named_by_the_log_that_recorded_it(logs: SeveralLogs) -> None:
    logs.begin("a", EAST, **OPEN)
    enter(logs.services[EAST], "a", "20", **BALANCED)
    logs.move("a", WEST)
    west = logs.installation.logs[WEST].at
    with west.connect() as connection:
        ((position, source),) = connection.execute(
            "SELECT e.position, o.source_position FROM ledger.event e JOIN ledger.original o USING (position)"
            " WHERE e.type = 'FiguresEntered'"
        ).fetchall()
    alter(west, f"UPDATE ledger.event SET {FORGED} WHERE position = {position}")
    told = findings(logs)
    assert (WEST, position, f"the copy is not what the ledger {EAST} recorded at position {source}") in told
    assert any(
        detail == "the events after it are not those that it says were copied" for _, _, detail in told
    )
