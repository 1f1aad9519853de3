"""`reporting documents`."""

from __future__ import annotations

import click

from api.cli.messages import message
from api.cli.runtime import running


@click.group("documents")
def command() -> None:
    """Look after the scans attached to returns, in the folder REPORTING_DOCUMENTS.

    \b
    Example:
      reporting documents verify
    """


@command.command()
def verify() -> None:
    """Read every document that the log knows, and name those that are missing or changed. Exit code 1 where there are any.

    \b
    Example:
      reporting documents verify
    """
    from reporting.application.documents import lost_documents
    from reporting.documents import Documents
    from reporting.ledger import Ledger

    lost = count = 0
    with running() as (settings, database):
        ledger = Ledger(database)
        try:
            for state in lost_documents(ledger, Documents(settings.documents)):
                count += 1
                if state is not None:
                    lost += 1
                    where = "/".join(state.place)
                    at = f"{state.position:,}"
                    if state.state == "missing":
                        told = message("document_missing", where=where, position=at)
                    else:
                        told = message("document_changed", where=where, position=at)
                    click.echo(f"{state.document}: {told}", err=True)
        finally:
            ledger.close()
    click.echo(message("documents_verified", count=f"{count:,}", lost=f"{lost:,}"))
    if lost:
        raise click.exceptions.Exit(1)
