"""`reporting import`."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.argument("file", type=click.Path(path_type=Path))
DRY_RUN = click.option("--dry-run", is_flag=True, help="check everything, change nothing")


@click.group("import")
def command() -> None:
    """Import areas, an election, returns or an official workbook.

    A file is taken whole or not at all. Taking the same file twice changes nothing. The forms are described in
    docs/formats.md.

    \b
    Example:
      reporting import returns returns.csv --dry-run
    """
