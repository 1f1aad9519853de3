"""20,000 polling places of 1,900 units beside what there was before them: their captures beside first figures of returns, the board
of all of them beside the board of the returns, in turns; and what one unit is offered."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from benchmarks import stage
from benchmarks.measure import Compared, alternate
from benchmarks.table import Row
from projections.read import Sees, ViewReader
from projections.read.desk import board
from projections.read.polling_places import place_board
from projections.runner import Projector
from reporting.application.commands import CellInput, EnterFigures
from reporting.application.polling_places import CapturePlace, PollingPlaces, RegisterPlaces
from reporting.application.rolling_up import day_of, kinds_asked, said_by_places
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.polling_places import PollingPlace
from reporting.ledger import GroupAppender, Ledger, return_stream

ROUNDS, WRITERS, LOOKS = 11, 24, 100
TIMES = 2.0
FORM, SLOT = "night", "s12"


def run(server_url: str, quick: bool) -> list[Row]:
    rounds, count = (2, 60) if quick else (ROUNDS, stage.UNITS)
    with stage.database(server_url, "bench_places") as database:
        stage.define(database)
        ledger = Ledger(database, max_connections=8)
        appender = GroupAppender(ledger)
        service = Reporting(ledger, appender)
        projector = Projector(database)
        projector.create_if_missing()
        try:
            begun = time.perf_counter()
            _register(service, rounds, count)
            registered = time.perf_counter() - begun
            captured = _captured(service, rounds, count)
            projector.catch_up()
            boards = _boards(database, service, rounds * count)
            offered = _offers(service, rounds, count)
        finally:
            appender.close()
            ledger.close()
    places = rounds * count
    return [
        _row(f"{places:,} captures", captured, f"first figures of {places:,} returns",
             f"{count:,} in a round, one place or return of each unit, by {WRITERS} writers through the command service and its group"
             f" append. The lists of all places were one command of {registered:.1f} s."),
        _row(f"board of {places:,} places", boards, f"status board of {stage.UNITS:,} returns",
             "Numbers of who has arrived and who is missing, from the views to rows; every place had arrived."),
        _row(f"{LOOKS} units offered what {rounds} places say", offered, f"as many units with {rounds} returns read",
             "Read from the log, folded and added up, as every submission does; a stream of places beside as many streams of returns."),
    ]  # fmt: skip


def _row(what: str, compared: Compared, peer: str, note: str) -> Row:
    return Row(
        f"places: {what}", f"{1_000 * compared.ours:.0f} ms a round", f"{1_000 * compared.peer:.0f} ms ({peer})",
        f"{compared.ratio:.2f}×", f"≤ {TIMES:.0f}×", compared.ratio <= TIMES, note,
    )  # fmt: skip


def _register(service: Reporting, places: int, count: int) -> None:
    listed = tuple(
        PollingPlace(number=str(number), name=f"第{number}投票所", district=str(number))
        for number in range(1, places + 1)
    )
    units = {stage.unit(unit): listed for unit in range(count)}
    request = RegisterPlaces(command_id=uuid4(), election="e1", units=units)
    PollingPlaces(service).register(request, stage.ACTOR)


def _captured(service: Reporting, rounds: int, count: int) -> Compared:
    """Seconds of a round; a place's captures are all of one slot, a return's each of another."""
    polling = PollingPlaces(service)
    taken = {"places": 0, "returns": 0}

    def figures(unit: int) -> tuple[CellInput, ...]:
        return tuple(
            CellInput(contest=contest, item="electors", value=str(1_000 + unit)) for contest in ("c1", "c2")
        )

    def capture(unit: int) -> None:
        request = CapturePlace(
            command_id=uuid4(), election="e1", form=FORM, slot=SLOT, unit=stage.unit(unit),
            number=str(taken["places"]), figures=figures(unit),
        )  # fmt: skip
        polling.capture(request, stage.ACTOR)

    def enter(unit: int) -> None:
        request = EnterFigures(
            command_id=uuid4(), election="e1", form=FORM, slot=f"s{taken['returns']}", unit=stage.unit(unit),
            expected_version=0, figures=figures(unit),
        )  # fmt: skip
        service.enter_figures(request, stage.ACTOR)

    def seconds(what: str, send: Callable[[int], None]) -> float:
        taken[what] += 1
        begun = time.perf_counter()
        with ThreadPoolExecutor(WRITERS) as writers:
            for _ in writers.map(send, range(count)):
                pass
        return time.perf_counter() - begun

    return alternate(rounds, lambda: seconds("places", capture), lambda: seconds("returns", enter))


def _boards(database: Database, service: Reporting, places: int) -> Compared:
    defined, reader = service.catalog.election("e1"), ViewReader(database)
    units = defined.reporting_units(FORM, SLOT)

    def of_places() -> float:
        begun = time.perf_counter()
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            row, day = snapshot.election("e1"), day_of(defined.definition, FORM, SLOT)
            told = place_board(snapshot, row, (FORM, SLOT), kinds_asked(defined, FORM, SLOT), day, units)
        taken = time.perf_counter() - begun
        assert sum(unit.arrived for unit in told.rows) == places
        return taken

    def of_returns() -> float:
        begun = time.perf_counter()
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            row = snapshot.election("e1")
            told = board(snapshot, row, FORM, "s1", "adm", "municipality", None, units, {})
        taken = time.perf_counter() - begun
        assert len(told) == stage.UNITS
        return taken

    try:
        of_places(), of_returns()  # connections and statements ready
        return alternate(20, of_places, of_returns)
    finally:
        reader.close()


def _offers(service: Reporting, rounds: int, count: int) -> Compared:
    """Seconds of a round of looks; the returns are those of the rounds before."""
    defined, dice = service.catalog.election("e1"), random.Random(5)

    def units() -> list[str]:
        return [stage.unit(dice.randrange(count)) for _ in range(LOOKS)]

    def offers() -> float:
        begun = time.perf_counter()
        for unit in units():
            assert said_by_places(service.ledger, defined, FORM, SLOT, unit)
        return time.perf_counter() - begun

    def returns() -> float:
        begun = time.perf_counter()
        for unit in units():
            streams = [return_stream("e1", FORM, f"s{slot}", unit) for slot in range(1, rounds + 1)]
            assert len(service.return_cases(streams)) == rounds
        return time.perf_counter() - begun

    return alternate(10, offers, returns)
