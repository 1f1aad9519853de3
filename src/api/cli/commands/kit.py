"""`reporting kit`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.messages import message
from api.cli.printing import approval, check, forms, names
from api.cli.progress import progress
from api.cli.runtime import running

TOKEN = click.option(
    "--token", envvar="REPORTING_TOKEN", required=True, help="who asks (see `reporting token`)"
)
PAIR = "UNIT KEY"


@click.group("kit")
def command() -> None:
    """Work without a line: returns as workbooks, and back.

    \b
    Examples:
      reporting kit workbook --election mayor-2027 --form final_count --slot final --out returns.xlsx
      reporting kit take returns.xlsx
      reporting kit take returns.xlsx --submit --reason 転記誤り
    """


@command.command()
@click.option("--election", required=True, metavar="CODE")
@click.option("--form", required=True, metavar="CODE")
@click.option("--slot", required=True, metavar="CODE")
@click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="CODE",
    help="only this one [default: all in the office's reach]",
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="the workbook")
@TOKEN
def workbook(election: str, form: str, slot: str, units: tuple[str, ...], out: Path, token: str) -> None:
    """Make one .xlsx of the returns as they stand: a sheet for each, the rules in it, cells to type in unlocked.

    \b
    Example:
      reporting kit workbook --election mayor-2027 --form final_count --slot final --unit 28101 --out 28101.xlsx
    """
    from api.cli.identity import who
    from reporting.application.desk import Desk
    from reporting.application.service import Reporting
    from reporting.kit.making import in_reach, make_book
    from reporting.ledger import Ledger

    with running() as (settings, database):
        ledger = Ledger(database)
        try:
            desk, actor = Desk(Reporting(ledger)), who(settings, token)
            asked = units or in_reach(desk, election, form, slot, actor)
            data = make_book(desk, election, form, slot, asked, actor)
        finally:
            ledger.close()
    out.write_bytes(data)
    click.echo(f"{out}: {len(asked):,} {message('returns')}, {len(data):,} bytes")


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--submit", is_flag=True, help="hand in what is ready [default: only say what would happen]")
@click.option(
    "--reason", metavar="WORDS", help="why values that stood are changed, or differences are gone or declared"
)
@click.option("--explain", nargs=3, multiple=True, metavar=f"{PAIR} WORDS", help="why a warning is in order")
@click.option("--declare", nargs=3, multiple=True, metavar=f"{PAIR} CLASS", help="a difference that stands")
@click.option("--take", nargs=2, multiple=True, metavar=PAIR, help="a conflict in which the sheet is right")
@click.option("--keep", nargs=2, multiple=True, metavar=PAIR, help="a conflict in which what stands is right")
@TOKEN
def take(
    file: Path,
    submit: bool,
    reason: str | None,
    explain: tuple[tuple[str, str, str], ...],
    declare: tuple[tuple[str, str, str], ...],
    take: tuple[tuple[str, str], ...],
    keep: tuple[tuple[str, str], ...],
    token: str,
) -> None:
    """Compare a workbook that came back with what stands, cell by cell, and hand it in as the desk does. KEY is a finding's
    or a cell's key, as this command prints it.

    \b
    Examples:
      reporting kit take returns.xlsx
      reporting kit take returns.xlsx --submit --reason 転記誤り --take 28101 'mayor|votes||1'
    """
    from api.cli.identity import who
    from reporting.application.desk import Desk
    from reporting.application.service import Reporting
    from reporting.kit.handing_in import Said, hand_in, preview
    from reporting.kit.reading import read_book
    from reporting.ledger import Ledger

    said = Said(
        reason=reason,
        explanations={(unit, key): words for unit, key, words in explain},
        declarations={(unit, key): why for unit, key, why in declare},
        take=frozenset(take),
        keep=frozenset(keep),
    )
    with running() as (settings, database), progress(file.name):
        ledger = Ledger(database)
        try:
            desk, actor = Desk(Reporting(ledger)), who(settings, token)
            book = read_book(file.name, file.read_bytes())
            outcomes = (hand_in if submit else preview)(desk, book, actor, said)
        finally:
            ledger.close()
    for outcome in outcomes:
        for line in outcome.lines():
            click.echo(line)
    if any(outcome.state in ("conflict", "refused") for outcome in outcomes):
        raise SystemExit(1)


for printed in (forms, approval, check, names):
    command.add_command(printed)
