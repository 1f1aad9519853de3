"""One performance: registry and election declared, service, projector and server running, the night played."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from uuid import uuid5

import click

from api.demo import board
from api.demo.night import Arrival, timetable
from api.demo.play import NAMESPACE, Clock, Player
from api.demo.watch import Watcher
from api.settings import Settings
from projections.read import ViewReader
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.definitions.load import demo_election, shipped_registry
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.election import Contest, ElectionDefinition
from reporting.ledger import GroupAppender, Ledger, election_stream

STAGE = Actor("demo", "模擬選挙 / simulation", Role.SYSTEM, "*")
LEAD_MINUTES = 2  # of the night, before the first arrival
REFRESH_S, LINE_EVERY_S = 0.5, 5.0
SETTLE_S = 10.0  # for the views to reach the last figure


@dataclass(frozen=True, slots=True)
class Plan:
    """The command line's wishes; see `reporting demo --help`."""

    speed: float
    units: int | None
    seed: int
    election: str | None
    once: bool
    serve: bool


def perform(plan: Plan, settings: Settings, database: Database) -> None:
    """Play the night; with `serve` and not `once` go on serving until interrupted."""
    stop = threading.Event()
    with ExitStack() as stack:
        stack.callback(stop.set)
        server = stack.enter_context(_served(settings)) if plan.serve else None
        ledger = Ledger(database)
        stack.callback(ledger.close)
        group = GroupAppender(ledger)
        stack.callback(group.close)
        service = Reporting(ledger, group)
        stack.enter_context(_projecting(database))
        reader = ViewReader(database, max_connections=2)
        stack.callback(reader.close)
        definition = _declare(service, plan)
        known = service.catalog.election(definition.code)
        watcher = Watcher(reader, definition, known.roster)
        contests = {one.code: one for one in definition.contests}
        units: dict[str, list[Contest]] = {
            unit: [contests[code] for code in sorted(of)]
            for unit, of in sorted(known.contests_of_unit.items())
        }
        chosen = (
            dict(list(units.items())[:: max(1, len(units) // plan.units)][: plan.units])
            if plan.units
            else units
        )
        night = timetable(definition, chosen, plan.seed)
        click.echo(
            f"election {definition.code} (isTest), {len(chosen):,} units, {len(night):,} messages", err=True
        )
        if server is not None:
            click.echo(f"GraphiQL: http://{settings.host}:{settings.port}/graphql", err=True)
        _watch(service, definition, night, plan, watcher, stop)
        if server is not None and not plan.once:
            click.echo("The night is over; still serving. Ctrl-C ends it.", err=True)
            threading.Event().wait()


def _declare(service: Reporting, plan: Plan) -> ElectionDefinition:
    """The shipped registry and a demo election of this plan, as any operator would declare them."""
    registry = shipped_registry()
    service.declare_registry(
        registry.registry, registry.geographies, registry.areas, STAGE, uuid5(NAMESPACE, f"{registry!r}")
    )
    template = demo_election()
    code = plan.election or _unused(service, template.code)
    definition = template.model_copy(update={"code": code, "is_test": True})
    service.define_election(
        definition, STAGE, uuid5(NAMESPACE, f"{definition!r}"), channel=Channel.SIMULATION
    )
    return definition


def _unused(service: Reporting, stem: str) -> str:
    """`stem`, `stem-2`, `stem-3` …: the first that no election has."""
    number, code = 1, stem
    while service.ledger.stream_version(election_stream(code)):
        number += 1
        code = f"{stem}-{number}"
    return code


def _watch(
    service: Reporting,
    definition: ElectionDefinition,
    night: list[Arrival],
    plan: Plan,
    watcher: Watcher,
    stop: threading.Event,
) -> None:
    """Play in the background and show the board until the views hold everything that was sent."""
    clock = Clock(night[0].minute - LEAD_MINUTES, plan.speed)
    player = Player(service, definition.code, plan.seed)
    playing = threading.Thread(target=player.play, args=(night, clock, stop), name="night")
    playing.start()
    try:
        with _display() as show:
            while playing.is_alive():
                playing.join(REFRESH_S)
                show(watcher.board(clock.minute(), player.tally), False)
            last, deadline = service.ledger.position(), time.monotonic() + SETTLE_S
            while (final := watcher.board(night[-1].minute, player.tally)).position < last:
                if time.monotonic() > deadline:
                    break
                time.sleep(0.05)
            show(final, True)
    finally:
        stop.set()
        playing.join()


@contextmanager
def _display() -> Iterator[board.Show]:
    """A table in place on a terminal; elsewhere a line now and then, and the last one always."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.live import Live

        console = Console()
        with Live(console=console, auto_refresh=False) as live:
            yield lambda now, last: live.update(board.table(now, console.size.height), refresh=True)
        return
    said_at = float("-inf")

    def show(now: board.Board, last: bool) -> None:
        nonlocal said_at
        if last or time.monotonic() - said_at >= LINE_EVERY_S:
            said_at = time.monotonic()
            click.echo(board.line(now))

    yield show


@contextmanager
def _projecting(database: Database) -> Iterator[None]:
    """The views follow the ledger in a thread."""
    stop = threading.Event()
    projector = Projector(database)
    projector.create_if_missing()
    thread = threading.Thread(target=projector.run, args=(stop,), name="projector")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _served(settings: Settings) -> Iterator[object]:
    from dataclasses import replace

    from api.cli.server import Server

    server = Server(replace(settings, projector=False))
    server.start()
    try:
        yield server
    finally:
        server.stop()
