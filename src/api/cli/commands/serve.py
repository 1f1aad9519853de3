"""`reporting serve`."""

from __future__ import annotations

import gc
import logging

import click

from api.cli.logs import configure
from api.cli.messages import message
from api.cli.runtime import running
from api.settings import Settings


@click.command("serve")
@click.option("--host", help="address to listen on [default: 127.0.0.1 or REPORTING_HOST]")
@click.option("--port", type=click.IntRange(1, 65535), help="port [default: 8000 or REPORTING_PORT]")
@click.option("--projector/--no-projector", default=None, help="keep the views up to date in this process")
def command(host: str | None, port: int | None, projector: bool | None) -> None:
    """Serve the GraphQL API with GraphiQL at /graphql.

    \b
    Example:
      reporting serve --port 8080
    """
    given = {"host": host, "port": port, "projector": projector}
    settings = Settings.from_env().overridden(**given)
    settings.look_at_places()
    if settings.database_url is None:  # also where it was set by a name that is none of ours
        click.echo(message("embedded_database", folder=settings.data_dir.absolute()), err=True)
    with running(settings, service=True) as (ready, _):
        gc.disable()  # all that is imported stays: looking through it for cycles again and again took a tenth of a start
        from api.cli.server import Server

        gc.enable()

        configure(logging.INFO)
        click.echo(f"GraphiQL: http://{ready.host}:{ready.port}/graphql", err=True)
        Server(ready).run()
