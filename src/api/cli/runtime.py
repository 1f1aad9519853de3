"""What commands open: the settings and the database they name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

import click

from api.cli.messages import message
from api.settings import Settings
from reporting.database import embedded
from reporting.database.connect import AWAY, Database
from reporting.database.migrate import migrate
from reporting.database.starting import wait_until_up

if TYPE_CHECKING:
    from reporting.application.service import Placements, Reporting


FEW_LOOKS = (50_000, 20, 100)
"""Of the collector of cycles, in a process that does one thing and ends: neither a file's rows nor what is imported make any worth
freeing, and every 700 of them it would begin to look for some."""


@contextmanager
def running(
    settings: Settings | None = None, *, prepared: bool = True, service: bool = False, lasting: bool = False
) -> Iterator[tuple[Settings, Database]]:
    """The settings with a database that answers. One that is starting or recovering is waited for; by a `service`, which
    starts with its machine, also one that is not there yet.

    The embedded one is started (or joined, where `reporting serve` runs already), started again should it die under a
    `service` or what is `lasting` like one, and brought up to date; a server given by URL is used as it is, since migrating it
    is the operator's decision. `prepared` False leaves the embedded one as it is, too.
    """
    settings = settings or Settings.from_env()
    if settings.database_url is not None:
        wait_until_up(settings.database_url, _say_starting, absent=service)
        database = Database(settings.database_url)
        # A pooler, a password or a database that is not there is told before anything runs: not by the first who asks, nor by a pool,
        # which would try it several times for seconds. A service goes on, and finds it.
        with suppress(*AWAY) if service else nullcontext():
            database.connect().close()
        yield settings, database
        return
    with embedded.serve(settings.data_dir / "postgres", again=service or lasting) as url:
        wait_until_up(url, _say_starting)
        database = Database(url)
        if prepared:
            migrate(database)
        yield settings.at(url), database


def placements_of(settings: Settings) -> Placements | None:
    """Which log holds which election; None where the installation has one log."""
    if (installation := settings.installation()) is None:
        return None
    from reporting.logs.placing import Placing

    return Placing(installation)


@contextmanager
def service_of(database: Database, settings: Settings | None = None) -> Iterator[Reporting]:
    """The write side over a database, while a command runs; by `settings`, none: those of the environment, it knows of other logs."""
    from reporting.application.service import Reporting
    from reporting.ledger import Ledger

    with closing(Ledger(database)) as ledger:
        yield Reporting(ledger, placements=placements_of(settings or Settings.from_env()))


def _say_starting() -> None:
    click.echo(message("waiting_for_database_to_start"), err=True)
