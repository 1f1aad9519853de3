"""`reporting migrate`."""

from __future__ import annotations

import click

from api.cli.runtime import running
from reporting.database.migrate import migrate


@click.command("migrate")
def command() -> None:
    """Bring the database to this build's tables. Safe to run at any time and twice at once.

    Needs a login that may create roles and schemas; the other commands need less (see deploy/).

    \b
    Example:
      REPORTING_DATABASE_URL=postgresql://owner@db/reporting reporting migrate
    """
    with running(prepared=False) as (_, database):
        applied = migrate(database, report=lambda name: click.echo(name))
    click.echo(f"{len(applied)} migrations applied." if applied else "Up to date.")
