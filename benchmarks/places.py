"""20,000 polling places of 1,900 units beside what there was before them: their import beside that of as many figures, their captures
beside first figures of returns, the board of all of them beside the board of the returns, in turns; and what one unit is offered.

CPU seconds of the process and of the database server: they are the same on a machine that others load."""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks import stage
from benchmarks.measure import Compared, alternate, cpu_seconds
from benchmarks.table import Row
from projections.read import Sees, ViewReader
from projections.read.desk import board
from projections.read.polling_places import place_board
from projections.runner import Projector
from reporting.application.commands import CellInput, EnterFigures
from reporting.application.polling_places import CapturePlace, PollingPlaces
from reporting.application.rolling_up import day_of, kinds_asked, said_by_places
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.importing import import_returns
from reporting.importing.polling_places import import_places
from reporting.ledger import GroupAppender, Ledger, return_stream

ROUNDS, WRITERS, LOOKS, IMPORTS = 11, 24, 100, 5
TIMES = 2.0
FORM, SLOT = "night", "s12"
BOARDS = 10
AGAIN = 5
"""A round of looks takes a tenth of a second, and the server's time is told in hundredths."""
UNDER_LOAD = "CPU seconds of the process and of the server, in turns: so it can be told on a machine that other work loads, too."


def run(server_url: str, quick: bool) -> list[Row]:
    rounds, count = (2, 60) if quick else (ROUNDS, stage.UNITS)
    with (
        stage.database(server_url, "bench_places") as database,
        psycopg.connect(server_url, autocommit=True) as server,
    ):
        stage.define(database, elections=2)
        ledger = Ledger(database, max_connections=8)
        appender = GroupAppender(ledger)
        service = Reporting(ledger, appender)
        projector = Projector(database)
        projector.create_if_missing()
        try:
            imported = _imported(server, service, rounds, count)
            captured = _captured(server, service, rounds, count)
            projector.catch_up()
            boards = _boards(server, database, service, rounds * count)
            offered = _offers(server, service, rounds, count)
        finally:
            appender.close()
            ledger.close()
    places = rounds * count
    return [
        _row(f"import of {places:,} places", imported, f"import of {places:,} figures",
             f"`import_places` of a file of all units, each round all names anew, beside `import_returns` of a tidy file of as many cells; {IMPORTS}"
             f" rounds. {UNDER_LOAD}"),
        _row(f"{places:,} captures", captured, f"first figures of {places:,} returns",
             f"{count:,} in a round, one place or return of each unit, by {WRITERS} writers through the command service and its group"
             f" append. {UNDER_LOAD}"),
        _row(f"board of {places:,} places", boards, f"status board of {stage.UNITS:,} returns",
             f"Numbers of who has arrived and who is missing, from the views to rows, {BOARDS} looks a round; every place had arrived. {UNDER_LOAD}"),
        _row(f"{LOOKS} units offered what {rounds} places say", offered, f"as many units with {rounds} returns read",
             f"Read from the log, folded and added up, as every submission does; a stream of places beside as many streams of returns. {UNDER_LOAD}"),
    ]  # fmt: skip


def _row(what: str, compared: Compared, peer: str, note: str) -> Row:
    return Row(
        f"places: {what}", f"{compared.ours:.2f} CPU-s a round", f"{compared.peer:.2f} CPU-s ({peer})",
        f"{compared.ratio:.2f}×", f"≤ {TIMES:.0f}×", compared.ratio <= TIMES, note,
    )  # fmt: skip


def _imported(server: psycopg.Connection[Any], service: Reporting, places: int, count: int) -> Compared:
    """Seconds of an import. The figures are of an election of their own, each round of another slot."""
    cells = [(contest, item) for contest in stage.CONTESTS for item in stage.ITEMS][:places]
    taken = {"places": 0, "returns": 0}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sent.csv"

        def write(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([head, *rows])

        def listed() -> float:
            taken["places"] += 1
            write(
                ("unit", "number", "name", "district"),
                [
                    (stage.unit(unit), number, f"第{number}投票所（{taken['places']}）", number)
                    for unit in range(count)
                    for number in range(1, places + 1)
                ],
            )
            return cpu_seconds(server, lambda: import_places(path, service, stage.ACTOR, election="e1"))

        def returned() -> float:
            taken["returns"] += 1
            write(
                ("election", "form", "slot", "unit", "contest", "item", "value"),
                [
                    ("e2", FORM, f"s{taken['returns']}", stage.unit(unit), contest, item, 1_000 + unit)
                    for unit in range(count)
                    for contest, item in cells
                ],
            )
            return cpu_seconds(server, lambda: import_returns(path, service, stage.ACTOR))

        return alternate(IMPORTS, listed, returned)


def _captured(server: psycopg.Connection[Any], service: Reporting, rounds: int, count: int) -> Compared:
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
        with ThreadPoolExecutor(WRITERS) as writers:
            return cpu_seconds(server, lambda: list(writers.map(send, range(count))))

    return alternate(rounds, lambda: seconds("places", capture), lambda: seconds("returns", enter))


def _boards(server: psycopg.Connection[Any], database: Database, service: Reporting, places: int) -> Compared:
    defined, reader = service.catalog.election("e1"), ViewReader(database)
    units = defined.reporting_units(FORM, SLOT)

    def of_places() -> None:
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            row, day = snapshot.election("e1"), day_of(defined.definition, FORM, SLOT)
            told = place_board(snapshot, row, (FORM, SLOT), kinds_asked(defined, FORM, SLOT), day, units)
        assert sum(unit.arrived for unit in told.rows) == places

    def of_returns() -> None:
        with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
            row = snapshot.election("e1")
            told = board(snapshot, row, FORM, "s1", "adm", "municipality", None, units, {})
        assert len(told) == stage.UNITS

    def looked(look: Callable[[], None]) -> Callable[[], float]:
        def looks() -> None:
            for _ in range(BOARDS):
                look()

        return lambda: cpu_seconds(server, looks)

    try:
        of_places()  # connections and statements ready
        of_returns()
        return alternate(6, looked(of_places), looked(of_returns))
    finally:
        reader.close()


def _offers(server: psycopg.Connection[Any], service: Reporting, rounds: int, count: int) -> Compared:
    """Seconds of a round of looks; the returns are those of the rounds before."""
    defined, dice = service.catalog.election("e1"), random.Random(5)

    def units() -> list[str]:
        return [stage.unit(dice.randrange(count)) for _ in range(LOOKS)]

    def offers() -> None:
        for unit in units():
            assert said_by_places(service.ledger, defined, FORM, SLOT, unit)

    def returns() -> None:
        for unit in units():
            streams = [return_stream("e1", FORM, f"s{slot}", unit) for slot in range(1, rounds + 1)]
            assert len(service.return_cases(streams)) == rounds

    def seconds(look: Callable[[], None]) -> float:
        def looks() -> None:
            for _ in range(AGAIN):
                look()

        return cpu_seconds(server, looks) / AGAIN

    offers()  # statements ready
    returns()
    return alternate(6, lambda: seconds(offers), lambda: seconds(returns))
