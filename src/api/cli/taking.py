"""What every `reporting import` does with its file: one importer, run as somebody, and what came of it in a line."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from api.cli.messages import message
from api.cli.progress import progress
from api.cli.runtime import FEW_LOOKS, placements_of, running

FILE = click.argument("file", type=click.Path(path_type=Path))
REASON = click.option(
    "--reason", metavar="WORDS", help="why; needed where figures that stand are called or counted otherwise"
)
DRY_RUN = click.option("--dry-run", is_flag=True, help="check everything, change nothing")


def take(
    importer: Callable[..., Any], file: Path, dry_run: bool, token: str | None = None, **more: Any
) -> None:
    """Run one importer as whom the token names, else as the installation, and say what came of it."""
    from api.cli.identity import operator, who
    from reporting.application.service import Reporting
    from reporting.ledger import Ledger

    gc.set_threshold(*FEW_LOOKS)
    with running() as (settings, database):
        actor = operator() if token is None else who(settings, token)
        ledger = Ledger(database)
        service = Reporting(ledger, placements=placements_of(settings))
        try:
            with progress(file.name) as report:
                result = importer(file, service, actor, dry_run=dry_run, progress=report, **more)
        finally:
            ledger.close()
    for note in result.notes:
        click.echo(note, err=True)
    click.echo(_summary(file, result, dry_run))


def _summary(file: Path, result: Any, dry_run: bool) -> str:
    if dry_run:
        return f"{file.name}: {result.rows:,} rows are in order; nothing was changed (--dry-run)"
    if result.proposal is not None:
        return f"{file.name}: {message('proposal_waits', proposal=result.proposal)}"
    handed_in = f", {result.submitted:,} returns submitted" if result.submitted else ""
    if result.repeated:
        return f"{file.name}: already taken, nothing changed; position {result.position:,}{handed_in}"
    if not result.events and not result.submitted:
        return f"{file.name}: {result.rows:,} rows, all of which stand already; nothing changed"
    return f"{file.name}: {result.rows:,} rows, {result.events:,} events, position {result.position:,}{handed_in}"
