"""`reporting migrate`."""

from __future__ import annotations

import click

from api.cli.messages import message
from api.cli.runtime import running
from reporting.database.migrate import migrate, of_a_later_build


@click.command("migrate")
def command() -> None:
    """Bring the database to this build's tables. Safe to run at any time and twice at once. Of tables of a later build it says so.

    Needs a login that may create roles and schemas; the other commands need less (see deploy/).

    \b
    Example:
      REPORTING_DATABASE_URL=postgresql://owner@db/reporting reporting migrate
    """
    with running(prepared=False) as (_, database):
        applied = migrate(database, report=lambda name: click.echo(name))
        later = of_a_later_build(database)
    if later:
        click.echo(message("tables_of_a_later_build", names=", ".join(later)), err=True)
    elif applied:
        click.echo(message("migrated", number=len(applied)))
    else:
        click.echo(message("tables_up_to_date"))
