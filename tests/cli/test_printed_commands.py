"""Every command that a guide, an example of a help text or the table of commands prints is one that the real parser takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from every_command import commands, run
from printed_commands import ROOT, Printed, of_guides, of_lines

from api.cli.group import root

EXAMPLES = re.compile(r"^  Examples?:\n((?:    .*\n)+)", re.MULTILINE)
NAMED_ONLY = (click.Path, click.File, click.types.UUIDParameterType)
"""What they are of need not be there where a command is printed."""


def of_helps() -> Iterator[Printed]:
    for words, _ in commands():
        told = run(*words, "--help").output
        found = EXAMPLES.search(told)
        assert found is not None, f"no example: reporting {' '.join(words)}"
        printed = list(of_lines(" ".join([*words, "--help"]), found[1]))
        assert any(list(one.words[: len(words)]) == words for one in printed), (
            f"reporting {' '.join(words)}: its example is of another command"
        )
        yield from printed


def wrong_with(printed: Printed) -> str | None:
    """What the parser says of it; None where it is taken."""
    command: click.Command = root
    context, words = click.Context(root, info_name="reporting"), list(printed.words)
    while isinstance(command, click.Group):
        if not words or words[0] in ("--help", "--version", "-h"):
            return None
        if words[0].isupper():  # `reporting COMMAND`
            return None
        try:
            _, inner, words = command.resolve_command(context, words)
        except click.UsageError as error:
            return error.message
        assert inner is not None
        context = click.Context(inner, parent=context, info_name=inner.name)
        command = inner
    try:
        if printed.whole:
            command.make_context(command.name, words, parent=context.parent)
        else:
            command.make_parser(context).parse_args(words)
    except click.exceptions.Exit:
        return None
    except click.BadOptionUsage as error:
        return error.message if printed.whole else None
    except click.BadParameter as error:
        named = error.param is not None and isinstance(error.param.type, NAMED_ONLY)
        return None if named and not isinstance(error, click.MissingParameter) else error.format_message()
    except click.UsageError as error:
        return error.message
    return None


@pytest.fixture(autouse=True)
def told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What guides set before the first line."""
    for name in ("REPORTING_TOKEN", "REPORTING_SIGNER_KEY", "REPORTING_SIGNER_STATE"):
        monkeypatch.setenv(name, "x")


def test_commands_of_guides_are_taken() -> None:
    printed = list(of_guides())
    assert len(printed) > 250
    assert [f"{one} — {wrong}" for one in printed if (wrong := wrong_with(one))] == []


def test_examples_of_helps_are_taken_and_of_their_command() -> None:
    printed = list(of_helps())
    assert len(printed) > 120
    assert [f"{one} — {wrong}" for one in printed if (wrong := wrong_with(one))] == []


def test_the_table_of_commands_names_what_there_is() -> None:
    """Every command has a row in docs/cli.md, and every option there is one of its command."""
    table = (ROOT / "docs/cli.md").read_text("utf-8").partition("## Settings")[0]
    told: dict[str, set[str]] = {}
    for cell in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE):
        for call in re.findall(r"`([^`]+)`", cell.replace("\\|", "|")):
            name, _, rest = call.partition(" ")
            told.setdefault(name, set()).update(re.findall(r"--[a-z-]+", rest))
    there = {
        name: {
            option
            for words, command in commands()
            if words[:1] == [name]
            for param in command.params
            for option in (*param.opts, *param.secondary_opts)
        }
        for name in root.list_commands(click.Context(root))
    }
    assert told.keys() == there.keys()
    assert {name: options - there[name] for name, options in told.items() if options - there[name]} == {}
