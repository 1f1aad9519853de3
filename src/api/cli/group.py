"""The root command: finds subcommands lazily and turns every error into one message."""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import sys
from types import FrameType
from typing import Any

import click

from api.cli.failure import as_failure
from api.cli.logs import configure
from api.cli.messages import message
from api.cli.usage import WronglyWritten, as_typed, leaf_of, require_each_once

COMMANDS = {
    "access": "Let somebody in while the identity provider is away; accounts for systems; what was done by them.",
    "audit": "Prove that the log was only appended to: sign, witness, prove, release, export, verify, erase.",
    "authority": "Print who may do what.",
    "backup": "Say what the newest backup and the WAL behind it are worth.",
    "definitions": "Check the item catalogue; make elections from templates and local additions.",
    "demo": "Run a simulated election night and watch the totals move.",
    "documents": "Look after the scans attached to returns: which are missing or changed.",
    "drill": "Try a restore, a failover, a night's load before they come, with a verdict.",
    "follow": "Run a follower beside the totals: alarms, or a projection of your own.",
    "import": "Import areas, their lineage, an election, returns or an official workbook.",
    "kit": "Work without a line: returns as workbooks with the rules in them, and back.",
    "logs": "Several logs in one installation: place and move elections, gather, verify.",
    "migrate": "Bring the database to this build's tables.",
    "offices": "Register offices and who works for them.",
    "projections": "Look after the views: status, rebuild, verify.",
    "publish": "Write the whole public site as files, for a CDN or any web server.",
    "query": "Run a GraphQL request and print its answer as JSON.",
    "rehearse": "Rehearse a night: a training copy with real mistakes in it, and a score.",
    "release": "Make the open data of a release: CSV, Parquet and more, from the signed package.",
    "retention": "What is kept how long; legal holds; disposal by two people, with a certificate.",
    "rules": "Print the rules returns are checked by.",
    "schema": "Print the GraphQL schema, or write the JSON Schemas of definition files.",
    "series": "Figures over elections: as reported or re-based, breaks, checks, errata, a plot.",
    "serve": "Serve the GraphQL API.",
    "tell": "Tell offices what happened: webhooks, e-mail, addresses, what could not be delivered.",
    "token": "Issue a bearer token for development.",
}

LEAF = "api.cli.leaf"
"""Where a call keeps the command that it came to."""
INTERRUPTED = 130  # what a shell reports for SIGINT


class CommandGroup(click.Group):
    """Names its subcommands without importing them, so that `--help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = "import_" if cmd_name == "import" else cmd_name  # a Python keyword
        command: click.Command = importlib.import_module(f"api.cli.commands.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None:
            leaf = leaf_of(command, click.Context(command, parent=ctx, info_name=name), rest)
            require_each_once(*leaf)
            ctx.meta[LEAF] = leaf[0]
        return name, command, rest

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as wrong:
            raise WronglyWritten(wrong) from None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as wrong:
            raise WronglyWritten(wrong) from None
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (
            KeyboardInterrupt,
            click.Abort,
        ):  # the latter: in the middle of a question, or nobody there to answer it
            click.echo(message("interrupted"), err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except BrokenPipeError as error:
            if _reader_has_left():
                raise  # nobody is left to be told
            raise as_failure(error) from None
        except Exception as error:
            if os.environ.get("REPORTING_DEBUG"):
                raise
            raise as_failure(as_typed(error, ctx.meta.get(LEAF))) from None


def _reader_has_left() -> bool:
    """Whether it is standard output that nobody reads any more (head, less), and not a line to somewhere else."""
    try:
        looked = select.poll()
        looked.register(sys.stdout.fileno(), 0)
        return any(state & select.POLLERR for _, state in looked.poll(0))
    except (OSError, ValueError):  # closed, or no file at all
        return False


@click.group(
    cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="open-election-reporting")
def root() -> None:
    """Open election reporting: enter figures, correct them, total them, trace them.

    Without REPORTING_DATABASE_URL everything runs on an embedded PostgreSQL in ./.data.

    \b
    Example:
      reporting demo --serve
    """


def main() -> None:
    """The console script. Exit code 1: the request failed; 2: it was not understood; 130: interrupted."""
    configure()
    signal.signal(signal.SIGTERM, _leave)  # so that the embedded database is stopped in order
    try:
        root.main(prog_name="reporting")
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    finally:
        gc.freeze()  # the interpreter's last looks for cycles would walk all that was imported: of a process that ends nothing need be freed


def _leave(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
