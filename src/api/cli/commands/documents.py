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
    """Read every document that the log knows, and name those that are missing or changed, or are there although two people disposed
    of them. Exit code 1 where there are any. What was disposed of is counted apart.

    \b
    Example:
      reporting documents verify
    """
    from api.document_words import line_of
    from reporting.application.kept_documents import WRONG, KeptDocuments
    from reporting.documents import Documents
    from reporting.ledger import Ledger

    lost = count = disposed = 0
    with running() as (settings, database):
        ledger = Ledger(database)
        try:
            for row in KeptDocuments.of(ledger).states(Documents(settings.documents)):
                count += 1
                disposed += row.state == "disposed"
                if row.state in WRONG:
                    lost += 1
                    click.echo(line_of(row).beside, err=True)
        finally:
            ledger.close()
    click.echo(message("documents_verified", count=f"{count:,}", lost=f"{lost:,}", disposed=f"{disposed:,}"))
    if lost:
        raise click.exceptions.Exit(1)


@command.command()
@click.argument("disposal")
def dispose(disposal: str) -> None:
    """Carry out a DISPOSAL of documents that one person proposed and another confirmed (reporting retention): their files go from the
    folder REPORTING_DOCUMENTS, and the certificate into the log. Cannot be undone; the log keeps hash and size, and proofs stay valid.
    Refused before its time and under legal hold. Run it again after a restore that brought the files back.

    \b
    Example:
      reporting documents dispose d-1f00ab42
    """
    from api.cli.disposing import disposed_documents

    with running() as (settings, database):
        click.echo(disposed_documents(database, disposal, settings.documents))
