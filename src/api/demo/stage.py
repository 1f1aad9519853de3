"""One performance: a drill of the demo's election with robots in every office, the server beside it, the night watched."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import click

from api.cli.runtime import placements_of
from api.demo import board
from api.demo.messages import message
from api.demo.people import people_of
from api.demo.tally import Tally
from api.demo.watch import Watcher
from api.settings import Settings
from api.training.truth import new_drill
from projections.keeper import Keeper
from projections.read import ViewReader
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import AWAY, Database
from reporting.definitions.load import demo_election
from reporting.domain.units import Roster
from reporting.errors import Unavailable
from reporting.ledger import GroupAppender, Ledger
from reporting.training.copy import LEAD, Clock, nominal_times
from reporting.training.drill import Drill, OnClock
from reporting.training.plan import DrillPlan
from reporting.training.robots import Care

EVERYWHERE = "*"
MISTAKES_A_HUNDRED = 8  # returns with a mistake in them, of a hundred units
CARE = Care(clerk=0.9, approver=0.7, punctual=0.97)
"""Most mistakes are found before they are published; some after, which makes notices."""
REFRESH_S, LINE_EVERY_S = 0.5, 5.0
SETTLE_S = 10.0  # for the views to reach the last figure


@dataclass(frozen=True, slots=True)
class DemoWishes:
    """The command line's wishes; see `reporting demo --help`."""

    speed: float
    units: int
    seed: int
    once: bool
    serve: bool


def perform(plan: DemoWishes, settings: Settings, database: Database) -> None:
    """Play the night; with `serve` and not `once` go on serving until interrupted."""
    stop = threading.Event()
    with ExitStack() as stack:
        stack.callback(stop.set)
        ledger = Ledger(database)
        stack.callback(ledger.close)
        group = GroupAppender(ledger)
        stack.callback(group.close)
        service = Reporting(ledger, group, placements=placements_of(settings))
        stack.enter_context(_projecting(database))
        reader = ViewReader(database, max_connections=2)
        stack.callback(reader.close)
        clock = Clock(datetime.now(UTC), plan.speed)
        sheet = new_drill(
            service, clock, election=None, area=EVERYWHERE, units=plan.units, speed=plan.speed,
            errors=max(6, plan.units * MISTAKES_A_HUNDRED // 100), kinds=(), seed=plan.seed,
        )  # fmt: skip
        election = service.catalog.election(sheet.election)
        _announce(sheet)
        if plan.serve:
            people = people_of(sheet, election.roster)
            stack.enter_context(_served(replace(settings, practice=people)))
            _invite(settings, sheet, election.roster)
        watcher = Watcher(reader, election.definition, election.roster)
        _watch(Drill(service, sheet, CARE), clock, Tally(ledger, sheet.election), watcher, stop)
        if plan.serve and not plan.once:
            click.echo(
                message("the_night_is_over_still_serving"),
                err=True,
            )
            threading.Event().wait()


def _announce(sheet: DrillPlan) -> None:
    units = len({page.unit for page in sheet.pages})
    click.echo(
        f"election {sheet.election} (isTest), {units:,} units, {len(sheet.pages):,} returns, {len(sheet.injected)} mistakes",
        err=True,
    )


def _invite(settings: Settings, sheet: DrillPlan, roster: Roster) -> None:
    at = f"http://{settings.host}:{settings.port}"
    click.echo(f"{board.HEADINGS['console'].beside}: {at}/　GraphiQL: {at}/graphql", err=True)
    click.echo(message("people_to_act"), err=True)
    for actor in people_of(sheet, roster):
        click.echo(f"  {actor.office} {actor.person} ({actor.role.value} {actor.jurisdiction})", err=True)


def _begins() -> int:
    """When the night begins, in minutes after midnight of the polling day."""
    first = min(nominal_times(demo_election()).values()) - LEAD
    return first.hour * 60 + first.minute


def _watch(drill: Drill, clock: Clock, tally: Tally, watcher: Watcher, stop: threading.Event) -> None:
    """Play in the background and show the board until the views hold everything that was sent."""
    playing = threading.Thread(target=drill.run, args=(OnClock(clock, stop),), name="night")
    begins = _begins()
    playing.start()
    try:
        with _display() as show:
            while playing.is_alive():
                playing.join(REFRESH_S)
                with suppress(
                    Unavailable, *AWAY
                ):  # the night goes on when the database is back, and so does the board
                    show(watcher.board(begins + clock.minute(datetime.now(UTC)), tally.read()), False)
            last, deadline = tally.position, time.monotonic() + SETTLE_S
            while (final := watcher.board(begins + drill.sheet.ends, tally.read())).position < last:
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
    Projector(database).create_if_missing()
    thread = threading.Thread(target=Keeper(database).run, args=(stop,), name="projector")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _served(settings: Settings) -> Iterator[object]:
    from api.cli.server import Server

    server = Server(replace(settings, projector=False))
    server.start()
    try:
        yield server
    finally:
        server.stop()
