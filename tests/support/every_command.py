"""Every command of the terminal, and one run as it is typed."""

from __future__ import annotations

import click
from click.testing import CliRunner, Result

from api.cli.group import root


def commands() -> list[tuple[list[str], click.Command]]:
    """Every command with the words that call it."""
    every: list[tuple[list[str], click.Command]] = []

    def walk(words: list[str], command: click.Command) -> None:
        every.append((words, command))
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk([*words, name], inner)

    walk([], root)
    return every


def run(*words: str) -> Result:
    return CliRunner().invoke(root, words, prog_name="reporting")
