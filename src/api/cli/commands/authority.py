"""`reporting authority`."""

from __future__ import annotations

import click


@click.command("authority")
@click.option("--document", is_flag=True, help="the whole of docs/authority.md, with words around the table")
def command(document: bool) -> None:
    """Print who may do what as Markdown: operations by role, with reach and phase.

    \b
    Examples:
      reporting authority
      reporting authority --document > docs/authority.md
    """
    from reporting.application import authority

    click.echo(authority.document() if document else authority.as_markdown(), nl=False)
