"""`reporting rules`."""

from __future__ import annotations

from typing import Literal

import click


@click.group("rules")
def command() -> None:
    """The rules returns are checked by.

    \b
    Example:
      reporting rules print --lang ja > rules.md
    """


@command.command("print")
@click.option("--lang", type=click.Choice(["ja", "en"]), default="ja", show_default=True, help="language")
@click.option("--both", is_flag=True, help="Japanese, then English, as in docs/rules.md")
def print_(lang: Literal["ja", "en"], both: bool) -> None:
    """Print the cheat sheet as Markdown: every rule, what it means and what each level does about it.

    \b
    Examples:
      reporting rules print --lang en
      reporting rules print --both > docs/rules.md
    """
    from reporting.rules.cheatsheet import cheat_sheet, document

    click.echo(document() if both else cheat_sheet(lang), nl=False)
