"""`reporting demo`."""

from __future__ import annotations

import logging

import click

from api.cli.logs import configure
from api.cli.runtime import running
from api.settings import Settings


@click.command("demo")
@click.option(
    "--speed", type=click.FloatRange(1, 100_000), default=120, show_default=True, help="60: an hour a minute"
)
@click.option("--units", type=click.IntRange(1), help="only so many reporting units [default: all]")
@click.option("--seed", type=int, default=1, show_default=True, help="the same seed gives the same figures")
@click.option("--election", metavar="CODE", help="go on with this demo election [default: a new one]")
@click.option("--once", is_flag=True, help="end when the night ends, also with --serve")
@click.option("--serve", is_flag=True, help="run the HTTP API beside it, with GraphiQL at /graphql")
@click.option("--host", help="address to listen on with --serve")
@click.option("--port", type=click.IntRange(1, 65535), help="port to listen on with --serve")
def command(
    speed: float,
    units: int | None,
    seed: int,
    election: str | None,
    once: bool,
    serve: bool,
    host: str | None,
    port: int | None,
) -> None:
    """Run a simulated election night and watch the totals move.

    Every figure is invented and everything is marked as a test (isTest). Figures arrive by municipality through the
    same application service as a clerk's, with slips that are corrected later.

    \b
    Examples:
      reporting demo --serve
      reporting demo --speed 1200 --units 200 --once
    """
    from api.demo.stage import Plan, perform

    configure(logging.WARNING)
    given = {"host": host, "port": port}
    settings = Settings.from_env().overridden(**given)
    plan = Plan(speed=speed, units=units, seed=seed, election=election, once=once, serve=serve)
    with running(settings) as (ready, database):
        perform(plan, ready, database)
