"""An election on its way to another log: written meanwhile, ended anywhere, sent to both."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import tiny
from beside import beside
from several_logs import BALANCED, EAST, SOUTH, WEST, SeveralLogs, correct, enter, shown
from thorough import TIMES
from tiny import AUDITOR, SYSTEM, WARD_CLERK

from projections.read import ViewReader
from projections.read.moment import position_at
from projections.read.snapshot import Sees
from projections.runner import Projector
from reporting.database.connect import READER, WRITER
from reporting.domain.actor import Channel
from reporting.domain.events import FiguresEntered
from reporting.errors import HeldElsewhere, InvalidInput, NotAuthorised, UnknownReference
from reporting.ledger import Command, Ledger, NewEvent, return_stream
from reporting.ledger.door import door_arguments
from reporting.ledger.store import SQL as LEDGER
from reporting.logs import moving
from reporting.logs.copying import Intake
from reporting.logs.directory import LogDirectory
from reporting.logs.errors import AreasDiffer, ClockAhead, NotPlaced, OnItsWay
from reporting.logs.moving import Mover
from reporting.logs.standing import leaving

OPEN: dict[str, Any] = {"workflow": None}


def entered(unit: str, value: str) -> Command:
    """As decided before the election moved."""
    event = FiguresEntered(
        election="a", form="final", slot="final", unit=unit, figures={"pr|voters||": value}
    )
    return Command(
        uuid4(), b"{}", SYSTEM, Channel.API, (NewEvent(return_stream("a", "final", "final", unit), 1, event),)
    )


def test_who_may_move_and_what_may_be_moved(logs: SeveralLogs) -> None:
    logs.begin("a", EAST, **OPEN)
    mover = Mover(logs.installation, logs.directory)
    for actor in (AUDITOR, WARD_CLERK):
        with pytest.raises(NotAuthorised):
            mover.move("a", WEST, actor)
        with pytest.raises(NotAuthorised):
            logs.directory.place(uuid4(), "b", WEST, actor, None)
    with pytest.raises(InvalidInput):
        mover.move("a", WEST, SYSTEM, reason="―")
    with pytest.raises(InvalidInput):
        logs.directory.place(uuid4(), "b", WEST, SYSTEM, "。")
    with pytest.raises(NotPlaced):
        logs.move("nowhere", WEST)
    with pytest.raises(UnknownReference):
        logs.move("a", "north")
    more = tiny.AREAS[0].model_copy(update={"code": "99"})
    logs.services[EAST].declare_registry("tinyland", (), (more,), SYSTEM, uuid4())
    with pytest.raises(AreasDiffer):
        logs.move("a", WEST)
    logs.services[WEST].declare_registry("tinyland", (), (more,), SYSTEM, uuid4())
    assert logs.move("a", WEST).copied
    assert logs.move("a", WEST).copied == 0


def test_a_log_whose_clock_is_ahead_does_not_carry_its_time_to_another(
    logs: SeveralLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recorded times never run back: every election there would be recorded an hour ahead, for an hour."""
    logs.begin("a", EAST, **OPEN)
    true, of_west = Ledger.time, logs.services[WEST].ledger.position()

    def time(ledger: Ledger) -> datetime:
        return true(ledger) + timedelta(hours=ledger.position() != of_west)

    with monkeypatch.context() as wrong:
        wrong.setattr(Ledger, "time", time)
        with pytest.raises(ClockAhead) as told:
            logs.move("a", WEST)
    assert (told.value.facts["log"], told.value.facts["other"]) == (EAST, WEST)
    assert 3_590 < told.value.facts["seconds"] <= 3_600
    assert logs.services[WEST].ledger.position() == of_west
    assert enter(logs.services[EAST], "a", "31", voters=1).position == logs.position(EAST)
    assert logs.move("a", WEST).copied > 0


def test_what_is_held_while_it_moves_is_there_or_refused(logs: SeveralLogs) -> None:
    """One transaction has the head when the election leaves, and is part of it; the other was decided before and comes after."""
    logs.begin("a", EAST, **OPEN)
    late = entered("32", "7")
    with logs.installation.logs[EAST].at.connect(WRITER) as held:
        row = held.execute(LEDGER["append"], door_arguments([entered("31", "5")])).fetchone()
        assert row is not None
        assert row[0] == "appended"
        with beside(lambda: logs.move("a", WEST), let_go=held.commit) as (mover,):
            mover.join(0.5)
            assert mover.is_alive()
    assert [row[7] for row in shown(logs.installation.logs[WEST].at) if row[0] == "figures"] == [5]
    before = logs.position(EAST)
    for refused in (late, entered("12", "8")):
        with pytest.raises(HeldElsewhere) as told:
            logs.services[EAST].ledger.append(refused)
        assert told.value.facts == {"election": "a", "log": WEST, "address": "https://west.example/"}
    assert logs.position(EAST) == before
    logs.begin("stays", EAST, **OPEN)
    enter(logs.services[EAST], "stays", "31", voters=1)


def test_the_same_command_counts_once_wherever_it_is_sent(logs: SeveralLogs) -> None:
    logs.begin("a", EAST, **OPEN)
    command_id = uuid4()
    first = enter(logs.services[EAST], "a", "20", command_id=command_id, **BALANCED)
    logs.move("a", WEST)
    positions = logs.position(EAST), logs.position(WEST)
    for log in (EAST, WEST):
        again = enter(logs.services[log], "a", "20", command_id=command_id, **BALANCED)
        assert again.repeated
        assert (again.version, again.recorded_at) == (first.version, first.recorded_at)
    assert (logs.position(EAST), logs.position(WEST)) == positions
    correct(logs.services[WEST], "a", "20", 1, voters=101)
    with pytest.raises(HeldElsewhere):
        correct(logs.services[EAST], "a", "20", 1, voters=101)


class Killed(Exception):
    """The machine that moved it is gone."""


def killed() -> None:
    raise Killed


def dying(monkeypatch: pytest.MonkeyPatch, logs: SeveralLogs) -> None:
    """Whoever moves is killed once at each step for each state that the logs are in: before and after what lasts, and in the midst of
    transactions."""
    met: set[tuple[Any, ...]] = set()

    def step(*which: Any) -> None:
        at = (*which, *map(logs.position, logs.services))
        if at not in met:
            met.add(at)
            raise Killed

    def fragile(holder: Any, name: str, before: bool = False) -> None:
        whole = getattr(holder, name)

        def tried(*arguments: Any, **more: Any) -> Any:
            if before:
                step(name, "before")
            answer = whole(*arguments, **more)
            step(name, "after")
            return answer

        monkeypatch.setattr(holder, name, tried)

    fragile(Intake, "look")
    fragile(Intake, "take")
    fragile(moving._Way, "_say_copied")
    fragile(moving._Way, "_leave", before=True)
    fragile(moving._Way, "_arrive", before=True)
    fragile(LogDirectory, "moved", before=True)


def written_at(logs: SeveralLogs, code: str) -> set[str]:
    """Logs that take events of an election now."""
    return {
        name
        for name, service in logs.services.items()
        if code in service.catalog.codes() and code not in service.ledger.elsewhere()
    }


def test_ended_anywhere_it_is_moved_again_and_nothing_is_lost_or_doubled(
    three: SeveralLogs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From one of three logs to the next and back to the first, killed at each step in turn. Meanwhile one log at most takes its
    events, and no other move of it than the one that began is taken. (`THOROUGH`: on each way; else on the first.)"""
    logs, way = three, [EAST, WEST, SOUTH, EAST]
    logs.begin("a", EAST, **OPEN)
    logs.begin("stays", SOUTH, **OPEN)
    for unit in ("12", "20"):
        enter(logs.services[EAST], "a", unit, **BALANCED)
        enter(logs.services[SOUTH], "stays", unit, voters=1)
    for version in range(1, 3):
        correct(logs.services[EAST], "a", "12", version, voters=100 + version)
    for number, (came_from, to) in enumerate(pairwise(way)):
        expected = shown(logs.installation.logs[came_from].at, election="a")
        deaths, tried = 0, set[str]()
        with monkeypatch.context() as killing:
            if not number or TIMES > 1:
                killing.setattr("reporting.logs.source.PAGE", 5)
                dying(killing, logs)
            while True:
                try:
                    logs.move("a", to)
                except Killed:
                    deaths += 1
                else:
                    break
                holders = written_at(logs, "a")
                assert len(holders) <= 1
                if came_from not in holders and not tried and logs.directory.told().placed["a"] != to:
                    for other in (tried := {EAST, WEST, SOUTH} - {to}):
                        with pytest.raises(OnItsWay):
                            logs.move("a", other)
        assert deaths >= 12 or not tried
        assert written_at(logs, "a") == {to}
        assert shown(logs.installation.logs[to].at, election="a") == expected
        correct(logs.services[to], "a", "20", number + 1, voters=number)
    logs.gather()
    everything = shown(logs.installation.logs[EAST].at, election="a")
    everything += shown(logs.installation.logs[SOUTH].at, election="stays")
    assert shown(logs.reading) == sorted(everything, key=repr)
    for name in logs.services:
        logs.sign(name, tmp_path)
    done = logs.verify()
    assert not done.findings
    assert done.heads == 6


def test_where_a_move_was_given_up_another_leads_by_and_later_there(
    three: SeveralLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was copied before the election left stays, and holds up nothing: no wall sends people to where it was then."""
    logs = three
    logs.begin("a", EAST, **OPEN)
    for unit in ("12", "20"):
        enter(logs.services[EAST], "a", unit, **BALANCED)
    with monkeypatch.context() as killing:
        killing.setattr("reporting.logs.source.PAGE", 2)
        dying(killing, logs)
        for _ in range(5):
            with pytest.raises(Killed):
                logs.move("a", SOUTH)
    assert written_at(logs, "a") == {EAST}
    assert logs.position(SOUTH) > 2
    told = logs.directory.told()
    assert not leaving(logs.installation.logs[EAST], told)
    logs.move("a", WEST)
    correct(logs.services[WEST], "a", "20", 1, voters=7)
    with monkeypatch.context() as killing:
        killing.setattr(moving._Way, "_arrive", lambda *given: killed())
        with pytest.raises(Killed):
            logs.move("a", SOUTH)
    assert leaving(logs.installation.logs[WEST], logs.directory.told()) == {"a": SOUTH}
    expected = shown(logs.installation.logs[WEST].at, election="a")
    logs.move("a", SOUTH)
    assert written_at(logs, "a") == {SOUTH}
    assert shown(logs.installation.logs[SOUTH].at, election="a") == expected
    assert not logs.verify(gathered=False).findings


def test_an_instant_is_found_among_copies_whose_times_are_older(logs: SeveralLogs) -> None:
    """Those stand where they were taken in; in what gathers all logs, where they were recorded."""
    logs.begin("a", EAST, **OPEN)
    old = enter(logs.services[EAST], "a", "20", voters=1).recorded_at
    logs.begin("b", WEST, **OPEN)
    own = enter(logs.services[WEST], "b", "20", voters=2)
    logs.move("a", WEST)
    last = correct(logs.services[WEST], "b", "20", 1, voters=3)
    logs.gather()
    west, reading = logs.installation.logs[WEST].at, logs.reading
    Projector(west).catch_up()
    for database, instant, found in (
        (west, old, "registry"),
        (west, own.recorded_at, 2),
        (west, last.recorded_at, 3),
        (reading, old, 1),
    ):
        with closing(ViewReader(database)) as reader, reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            position = position_at(snapshot, instant)
        with closing(Ledger(database)) as ledger:
            (event,) = ledger.read(position - 1, 1)
        figures = event.event.figures["pr|voters||"] if hasattr(event.event, "figures") else "registry"
        assert figures == str(found)


MOVE = """
import sys
from reporting.logs import source
source.PAGE = 20
from api.cli.group import root
from reporting.logs import directory, moving
print("ready", flush=True)
root(["logs", "move", "a", sys.argv[1]])
"""


def test_a_process_that_moves_is_killed_at_any_moment_and_said_again(
    three: SeveralLogs, tmp_path: Path
) -> None:
    """By the system, wherever it is; the same command finishes it."""
    logs, dice, killed = three, random.Random(3), 0
    logs.begin("a", EAST, **OPEN)
    enter(logs.services[EAST], "a", "20", **BALANCED)
    for version in range(1, 300):
        correct(logs.services[EAST], "a", "20", version, voters=100 + version)
    env = os.environ | {"REPORTING_LOGS": str(logs.written(tmp_path)), "REPORTING_LOG": EAST}
    for came_from, to in pairwise([EAST, WEST, SOUTH, EAST]):
        expected = shown(logs.installation.logs[came_from].at, election="a")
        code = None
        while code is None:
            with subprocess.Popen(
                [sys.executable, "-c", MOVE, to], env=env, stdout=subprocess.PIPE
            ) as process:
                assert process.stdout is not None
                assert process.stdout.readline() == b"ready\n"
                try:
                    code = process.wait(dice.uniform(0.1, 0.4 + killed / 20))
                except subprocess.TimeoutExpired:
                    process.kill()
                    killed += 1
            assert len(written_at(logs, "a")) <= 1
        assert code == 0
        assert written_at(logs, "a") == {to}
        assert shown(logs.installation.logs[to].at, election="a") == expected
    logs.gather()
    assert shown(logs.reading, election="a") == shown(logs.installation.logs[EAST].at, election="a")
    assert not logs.verify().findings
    with logs.installation.logs[EAST].at.connect(READER) as connection:
        counted = "SELECT count(*) FROM ledger.event WHERE type = 'FiguresCorrected'"
        assert connection.execute(counted).fetchall() == [(299,)]
    print(f"killed {killed} times")
    assert killed
