"""`reporting rehearse`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from api.cli.messages import message
from api.cli.progress import progress
from api.cli.runtime import running, service_of

SHARE = click.FloatRange(0, 1)
SHEET = click.argument("sheet", metavar="SHEET", type=click.Path(path_type=Path, dir_okay=False))
PLAN = (
    click.option("--election", metavar="CODE", help="a past election [default: the simulated one of the demo]"),
    click.option("--area", metavar="CODE", help="units below it; *: all [default: the smallest area below the top]"),
    click.option("--units", type=click.IntRange(1), help="only so many of them [default: all]"),
    click.option(
        "--speed", type=click.FloatRange(0.1, 10_000), default=10, show_default=True,
        help="minutes of the night in one minute",
    ),
    click.option("--errors", type=click.IntRange(0), default=12, show_default=True, help="mistakes put in"),
    click.option("--kind", "kinds", multiple=True, metavar="KIND", help="only of this kind; see docs/training.md"),
    click.option("--seed", type=int, default=1, show_default=True, help="the same seed gives the same drill"),
)  # fmt: skip


def planned(function: Any) -> Any:
    """The options every new drill has."""
    for option in reversed(PLAN):
        function = option(function)
    return function


@click.group("rehearse")
def command() -> None:
    """Rehearse an election night: a copy of an election with real mistakes in it, and a score.

    Everything is marked as a test (isTest) and stands under a code of its own, CODE-drill-N. The sheet with the hidden
    truth is a file of the drill's leader; it is never stored in the database.

    \b
    Examples:
      reporting rehearse robots --area 28 --errors 12
      reporting rehearse start --area 28 --speed 10 --sheet drill.json
      reporting rehearse serve
    """


@command.command()
@click.option("--host", help="address to listen on [default: 127.0.0.1 or REPORTING_HOST]")
@click.option("--port", type=click.IntRange(1, 65535), help="port [default: 8000 or REPORTING_PORT]")
def serve(host: str | None, port: int | None) -> None:
    """Serve a practice room: rehearsals are opened, joined, watched and scored in the browser, at /training.

    Without an identity provider people only say their name, so that the database must be one of its own: it is refused
    where it holds an election that is no test. With one, everybody acts for the office of their login.

    \b
    Example:
      REPORTING_DATA_DIR=.practice reporting rehearse serve --port 8080
    """
    import logging
    from dataclasses import replace

    from api.cli.logs import configure
    from api.settings import Settings

    settings = Settings.from_env().overridden(host=host, port=port)
    with running(settings, service=True) as (ready, database):
        from api.cli.server import Server
        from api.training.people import HOSTS, must_be_for_practice
        from api.training.room import PracticeRoom

        configure(logging.INFO)
        if ready.oidc is None:
            with service_of(database) as service:
                must_be_for_practice(service)
            ready = replace(ready, practice=HOSTS)
        click.echo(f"http://{ready.host}:{ready.port}/training", err=True)
        Server(ready, drills=PracticeRoom).run()


@command.command()
@planned
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), required=True, help="file to write")
@click.option(
    "--people",
    multiple=True,
    metavar="LEVEL",
    help="level where people approve, e.g. prefecture [default: the one that publishes]",
)
@click.option("--no-play", is_flag=True, help="define it and write the sheet; send nothing")
def start(sheet: Path, people: tuple[str, ...], no_play: bool, **wishes: Any) -> None:
    """Begin a drill with people: robots send what the units would, on the drill's clock; people find the mistakes.

    Runs until the night is over or Ctrl-C; then `reporting rehearse score` tells how it went.

    \b
    Examples:
      reporting rehearse start --area 28 --speed 10 --errors 12 --sheet drill.json
      reporting rehearse start --election upper-2025 --area 28 --people prefecture --sheet drill.json
    """
    import threading
    from datetime import UTC, datetime

    from api.training.truth import new_drill
    from reporting.training.copy import Clock
    from reporting.training.drill import Drill, OnClock

    with _new(sheet), running() as (_, database), service_of(database) as service:
        clock = Clock(datetime.now(UTC), wishes["speed"])
        made = new_drill(service, clock, **wishes)
        _announce(made)
        workflow = service.catalog.election(made.election).definition.workflow
        levels = people or ((workflow.publish_at_level,) if workflow else ())
        drill = Drill(service, made, people=levels)
        _write(sheet, drill.sheet.to_json())
        if no_play:
            return
        with progress(message.table("progress")["drill"].beside) as report:
            done = drill.run(OnClock(clock, threading.Event()), report)
        _write(sheet, done.to_json())
        _troubles(drill)


@command.command()
@planned
@click.option("--care", type=SHARE, default=0.8, show_default=True, help="refusals that clerks look into")
@click.option("--notice", type=SHARE, default=0.6, show_default=True, help="hidden mistakes approvers find")
@click.option(
    "--evade", type=SHARE, default=0, show_default=True, help="officials who evade: clerks and approvers"
)
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="also write the sheet here")
@click.option("--json", "as_data", is_flag=True, help="the score as JSON")
def robots(
    care: float, notice: float, evade: float, sheet: Path | None, as_data: bool, **wishes: Any
) -> None:
    """Play a whole drill without people, as fast as it goes, and print the score.

    \b
    Examples:
      reporting rehearse robots --area 28 --errors 12 --seed 3
      reporting rehearse robots --area 31 --care 0.3 --notice 0 --json
      reporting rehearse robots --area 28 --kind negative_ballots --evade 0.5
    """
    from datetime import UTC, datetime

    from api.training.truth import new_drill, source_of
    from reporting.training.drill import Drill, scored
    from reporting.training.prepare import already_over
    from reporting.training.robots import Care

    with (
        nullcontext() if sheet is None else _new(sheet),
        running() as (_, database),
        service_of(database) as service,
    ):
        source = source_of(service, wishes["election"])
        clock = already_over(source, datetime.now(UTC), wishes["speed"])
        made = new_drill(service, clock, **wishes)
        _announce(made)
        drill = Drill(service, made, Care(clerk=care, approver=notice, evade=evade))
        with progress(message.table("progress")["drill"].beside) as report:
            done = drill.run(progress=report)
        _troubles(drill)
        if sheet is not None:
            _write(sheet, done.to_json())
        click.echo(_told(scored(service, done), as_data), nl=False)


@command.command()
@SHEET
@click.option("--json", "as_data", is_flag=True, help="the score as JSON")
def score(sheet: Path, as_data: bool) -> None:
    """Print the score of a drill as it stands now; may be asked again and again.

    \b
    Examples:
      reporting rehearse score drill.json
      reporting rehearse score drill.json --json > score.json
    """
    from reporting.publication.kinds import training
    from reporting.training.drill import scored

    plan = _read(sheet)
    with running() as (_, database), service_of(database) as service:
        training(service, plan.election)
        with progress(message.table("progress")["score"].beside) as report:
            drill_score = scored(service, plan)
            report(1, 1)
        click.echo(_told(drill_score, as_data), nl=False)


@command.command()
@SHEET
@click.argument("unit")
def paper(sheet: Path, unit: str) -> None:
    """Print what a unit's records say, for the leader who answers its telephone. Not for participants.

    \b
    Example:
      reporting rehearse paper drill.json 28201
    """
    from reporting.errors import UnknownReference

    pages = [page for page in _read(sheet).pages if page.unit == unit]
    if not pages:
        raise UnknownReference(kind="unit", found=unit)
    for page in pages:
        click.echo(f"{page.form}/{page.slot}")
        for key, text in page.truth.items():
            click.echo(f"  {key}\t{text}")


def _announce(made: Any) -> None:
    units = len({page.unit for page in made.pages})
    click.echo(
        f"【{message.words('training').beside}】election {made.election} (isTest), {units:,} units, {len(made.pages):,} returns, "
        f"{len(made.injected)} mistakes, ×{made.speed:g}",
        err=True,
    )


def _troubles(drill: Any) -> None:
    """What robots could not do, which is no fault of the participants."""
    for minute, what in drill.trouble:
        click.echo(f"+{minute} {what}", err=True)


def _told(drill_score: Any, as_data: bool) -> str:
    from reporting.training.report import as_json, as_text

    return as_json(drill_score) if as_data else as_text(drill_score)


def _read(path: Path) -> Any:
    from reporting.training.plan import DrillPlan

    return DrillPlan.from_json(path.read_text(encoding="utf-8"))


@contextmanager
def _new(sheet: Path) -> Iterator[None]:
    """Before anything is defined: a drill without its sheet has no score for good. What is there already is another drill's truth."""
    try:
        os.close(os.open(sheet, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise click.BadParameter(
            message("sheet_is_there_already", sheet=sheet), param_hint="--sheet"
        ) from None
    try:
        yield
    finally:
        if sheet.stat().st_size == 0:
            sheet.unlink()


def _write(path: Path, text: str) -> None:
    """All of it or what was there. Readable by its owner only: it holds the answers."""
    new = path.with_name(f"{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)
