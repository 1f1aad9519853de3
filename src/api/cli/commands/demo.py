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
@click.option(
    "--units", type=click.IntRange(1), default=120, show_default=True, help="so many reporting units"
)
@click.option("--seed", type=int, default=1, show_default=True, help="the same seed gives the same night")
@click.option("--once", is_flag=True, help="end when the night ends, also with --serve")
@click.option("--serve", is_flag=True, help="run the console and the API beside it")
@click.option("--host", help="address to listen on with --serve")
@click.option("--port", type=click.IntRange(1, 65535), help="port to listen on with --serve")
def command(
    speed: float, units: int, seed: int, once: bool, serve: bool, host: str | None, port: int | None
) -> None:
    """Run a simulated election night: robots of every office send, err, send back, approve and correct.

    Every figure is invented and everything is marked as a test (isTest). Slots are published on time, some mistakes are
    found only afterwards, a difference is declared. With --serve you may act beside the robots: log in as one of the
    people it names.

    \b
    Examples:
      reporting demo --serve
      reporting demo --speed 1200 --units 200 --once
    """
    from api.demo.stage import DemoWishes, perform

    configure(logging.WARNING)
    given = {"host": host, "port": port}
    settings = Settings.from_env().overridden(**given)
    plan = DemoWishes(speed=speed, units=units, seed=seed, once=once, serve=serve)
    with running(settings, lasting=True) as (ready, database):
        perform(plan, ready, database)
