"""`reporting projections`."""

from __future__ import annotations

import gc
import logging
import threading
from contextlib import suppress

import click

from api.cli.failure import Different
from api.cli.messages import message
from api.cli.progress import progress
from api.cli.runtime import running


@click.group("projections")
def command() -> None:
    """Look after the views that totals are read from. They can always be made again from the ledger.

    \b
    Example:
      reporting projections status
    """


@command.command()
def status() -> None:
    """Which version is live, how far it has read, and why it stopped if it did. Exit code 1 when it stopped, or was made by
    another build.

    \b
    Example:
      reporting projections status
    """
    from projections import versions
    from projections.errors import ViewsOutdated
    from reporting.database.connect import READER
    from reporting.database.migrate import refuse_older
    from reporting.ledger import Ledger

    with running() as (_, database):
        ledger = Ledger(database)
        try:
            with database.connect(READER, autocommit=True) as connection:
                refuse_older(connection)
                live = versions.live(connection)
            head = ledger.position()
        finally:
            ledger.close()
    if live is None:
        click.echo(f"no views yet; ledger at {head:,} (`reporting projections rebuild` makes them)")
        return
    click.echo(
        f"version {live.number} {live.state} at {live.position:,} of {head:,} ({head - live.position:,} behind)"
    )
    if live.outdated:
        other = ViewsOutdated(version=live.number)
        click.echo(f"{other.message_ja} / {other.message_en}", err=True)
        raise click.exceptions.Exit(1)
    if live.state == "stopped":
        click.echo(f"stopped: {live.error}", err=True)
        raise click.exceptions.Exit(1)


@command.command()
def follow() -> None:
    """Keep the views up to date until interrupted; for installations that run `serve --no-projector`.

    Any number may run: one works, the others stand by.

    \b
    Example:
      reporting projections follow
    """
    from api.cli.logs import configure
    from projections.keeper import Keeper
    from reporting.database.connect import AWAY, PROJECTOR
    from reporting.database.migrate import refuse_older

    with running(service=True) as (_, database):
        with suppress(*AWAY), database.connect(PROJECTOR, autocommit=True) as connection:
            refuse_older(connection)
        configure(logging.INFO)
        gc.collect()
        gc.freeze()  # as `serve` does: a full look for cycles would walk all that was imported in the middle of a step
        Keeper(database).run(threading.Event())


@command.command()
@click.option(
    "--replace",
    is_flag=True,
    help="The live views are damaged or gone: compare with the log itself instead (slower; another build's always are).",
)
@click.option(
    "--fast",
    is_flag=True,
    help="As fast as the machine can, although others write meanwhile: they wait longer for their answers.",
)
def rebuild(replace: bool, fast: bool) -> None:
    """Make the views again beside the live ones, compare, then switch over. Readers notice nothing.

    While others write it goes slowly, so that they hardly notice either.

    \b
    Example:
      reporting projections rebuild
      reporting projections rebuild --replace
      reporting projections rebuild --fast
    """
    from projections.rebuild import rebuild as build

    with running() as (_, database), progress(message.table("progress")["rebuild"].beside) as report:
        version = build(database, report, replace=replace, makes_way=not fast)
    click.echo(f"version {version} is live")


@command.command()
def verify() -> None:
    """Prove that live views, fresh views and an independent sum agree, row for row. Exit code 1 when they differ.

    \b
    Example:
      reporting projections verify
    """
    from projections.runner import Projector
    from projections.verify import verify as prove

    with running() as (_, database), progress(message.table("progress")["verify"].beside) as report:
        Projector(database).create_if_missing()
        result = prove(database, report)
    for difference in result.differences:
        click.echo(difference)
    if not result.equal:
        raise Different(
            detail=message("rows_and_position", count=len(result.differences), position=result.position)
        )
    click.echo(
        f"live = rebuilt = independent fold at position {result.position:,}: "
        f"{result.figures:,} figures, {result.totals:,} totals"
    )
