"""An election on its way to another log: written meanwhile, ended anywhere, sent to both."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest
import tiny
from several_logs import BALANCED, EAST, WEST, SeveralLogs, correct, enter, shown
from tiny import AUDITOR, SYSTEM, WARD_CLERK

from projections.read import ViewReader
from projections.read.asof import position_at
from projections.read.snapshot import Sees
from projections.runner import Projector
from reporting.database.connect import WRITER
from reporting.domain.actor import Channel
from reporting.domain.events import FiguresEntered
from reporting.errors import HeldElsewhere, NotAuthorised, UnknownReference
from reporting.ledger import Command, Ledger, NewEvent, return_stream
from reporting.ledger.prepared import prepare
from reporting.ledger.store import SQL as LEDGER
from reporting.logs import moving
from reporting.logs.copying import Intake
from reporting.logs.directory import LogDirectory
from reporting.logs.errors import AreasDiffer, NotPlaced
from reporting.logs.moving import Mover

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


def test_what_is_held_while_it_moves_is_there_or_refused(logs: SeveralLogs) -> None:
    """One transaction has the head when the election leaves, and is part of it; the other was decided before and comes after."""
    logs.begin("a", EAST, **OPEN)
    late = entered("32", "7")
    mover = threading.Thread(target=logs.move, args=("a", WEST))
    with logs.installation.logs[EAST].at.connect(WRITER) as held:
        made = prepare(entered("31", "5"))
        row = held.execute(
            LEDGER["append"], (*([column] for column in made.columns), [1], *made.events)
        ).fetchone()
        assert row is not None
        assert row[0] == "appended"
        mover.start()
        mover.join(0.5)
        assert mover.is_alive()
        held.commit()
    mover.join()
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


def test_ended_anywhere_it_is_moved_again_and_nothing_is_lost_or_doubled(
    logs: SeveralLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after each thing that lasts, in turn; every time a page has two commands."""
    monkeypatch.setattr("reporting.logs.source.PAGE", 2)
    logs.begin("a", EAST, **OPEN)
    logs.begin("stays", EAST, **OPEN)
    for unit in ("12", "20"):
        enter(logs.services[EAST], "a", unit, **BALANCED)
        enter(logs.services[EAST], "stays", unit, voters=1)
    for version in range(1, 5):
        correct(logs.services[EAST], "a", "12", version, voters=100 + version)
    expected = shown(logs.installation.logs[EAST].at, election="a")
    left = 0

    def fragile(holder: Any, name: str) -> None:
        whole = getattr(holder, name)

        def step(*arguments: Any, **more: Any) -> Any:
            nonlocal left
            answer = whole(*arguments, **more)
            left -= 1
            if left == 0:
                raise Killed
            return answer

        monkeypatch.setattr(holder, name, step)

    fragile(Intake, "take")
    fragile(Ledger, "append")
    fragile(moving._Way, "_say_copied")
    fragile(LogDirectory, "moved")
    deaths = 0
    while True:
        left = deaths + 1
        try:
            logs.move("a", WEST)
        except Killed:
            deaths += 1
            continue
        break
    assert deaths >= 7
    monkeypatch.undo()
    assert shown(logs.installation.logs[WEST].at, election="a") == expected
    assert not logs.verify(gathered=False).findings
    correct(logs.services[WEST], "a", "20", 1, voters=101)


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
