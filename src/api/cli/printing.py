"""`reporting kit forms`: returns on paper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from api.cli.messages import message
from api.cli.progress import progress
from api.cli.runtime import running
from api.settings import Settings
from reporting.application.desk import Desk
from reporting.kit.paper.forms import MadePaper


@contextmanager
def at_the_desk() -> Iterator[tuple[Settings, Desk]]:
    """The settings and a desk over their database."""
    from reporting.application.service import Reporting
    from reporting.ledger import Ledger

    with running() as (settings, database):
        ledger = Ledger(database)
        try:
            yield settings, Desk(Reporting(ledger))
        finally:
            ledger.close()


def tell(out: Path, made: MadePaper) -> None:
    """Writes a document and says what of it no font has."""
    out.write_bytes(made.data)
    click.echo(f"{out}: {len(made.data):,} bytes")
    for lost in made.unprintable:
        click.echo(message("unprintable", text=lost.text, place=lost.place, points=lost.points), err=True)


@click.command()
@click.option("--election", required=True, metavar="CODE")
@click.option("--form", metavar="CODE", help="[default: every form and slot, blank and filled]")
@click.option("--slot", metavar="CODE")
@click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="CODE",
    help="only this one [default: all in the office's reach]",
)
@click.option(
    "--filled", is_flag=True, help="what stands, or another form holds, in the boxes [default: blank]"
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="the PDF; without --form a folder"
)
@click.option("--token", envvar="REPORTING_TOKEN", required=True, help="who asks (see `reporting token`)")
def forms(
    election: str,
    form: str | None,
    slot: str | None,
    units: tuple[str, ...],
    filled: bool,
    out: Path,
    token: str,
) -> None:
    """Print returns as forms to write on: A4, one page each where it fits, with a code to open the return by.

    \b
    Example:
      reporting kit forms --election mayor-2027 --form final_count --slot final --unit 28101 --out 28101.pdf
      reporting kit forms --election mayor-2027 --out forms
    """
    from api.cli.identity import who
    from reporting.kit.making import in_reach
    from reporting.kit.paper.fonts import fonts_of
    from reporting.kit.paper.forms import make_forms, office_forms

    if (form is None) != (slot is None):
        raise click.UsageError(message("form_and_slot"))
    with at_the_desk() as (settings, desk), progress(out.name):
        actor = who(settings, token)
        if form is None or slot is None:
            out.mkdir(parents=True, exist_ok=True)
            for name, data in office_forms(desk, election, actor, fonts_of(settings.fonts)):
                (out / name).write_bytes(data)
                click.echo(f"{out / name}: {len(data):,} bytes")
            return
        asked = units or in_reach(desk, election, form, slot, actor)
        made = make_forms(desk, election, form, slot, asked, actor, fonts_of(settings.fonts), filled=filled)
    tell(out, made)
