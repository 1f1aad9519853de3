"""`reporting import history` and `reporting import errata`."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import click

from api.cli.messages import message
from api.cli.taking import DRY_RUN, FILE, REASON, take


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--shipped", metavar="NAME", help="a description that comes with this program, instead of FILE")
@click.option(
    "--list", "listed", is_flag=True, help="name the descriptions that come with it, and do nothing else"
)
@click.option(
    "--tables",
    type=click.Path(file_okay=False, path_type=Path),
    help="folder of the printed tables [default: that of FILE]",
)
@REASON
@DRY_RUN
def history(
    file: Path | None,
    shipped: str | None,
    listed: bool,
    tables: Path | None,
    reason: str | None,
    dry_run: bool,
) -> None:
    """Import past elections from the tables they were printed in: areas, definitions, figures and known errata, by one description
    (docs/history.md).

    Everything is read and checked before anything is taken. What stands otherwise is a correction and needs a reason.

    \b
    Examples:
      reporting import history --list
      reporting import history --shipped shugiin-turnout --tables shugiin-turnout-tables --dry-run
      reporting import history governors/history.toml --reason "県の年報の誤植を訂正"
    """
    from reporting.importing import import_history, shipped_histories, shipped_history_file

    if listed:
        for name, label in shipped_histories().items():
            click.echo(f"{name}: {label.words}")
        return
    if (file is None) == (shipped is None):
        raise click.UsageError(message("file_or_shipped"))
    if shipped is not None and tables is None:
        raise click.UsageError(message("shipped_needs_tables"))
    with nullcontext(file) if file is not None else shipped_history_file(shipped or "") as path:
        take(import_history, path, dry_run, tables=tables, reason=reason)


@click.command()
@FILE
@REASON
@DRY_RUN
def errata(file: Path, reason: str | None, dry_run: bool) -> None:
    """Import known differences between official publications, CSV (docs/history.md): each election that the file names gets the
    errata it says and no others. No figure is changed; every observation concerned names its erratum.

    \b
    Examples:
      reporting series errata > errata.csv
      reporting import errata errata.csv --dry-run
    """
    from reporting.importing import import_errata

    take(import_errata, file, dry_run, reason=reason)
