"""`reporting logs`."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import click

from api.cli.messages import message
from api.cli.progress import progress
from api.cli.runtime import running
from api.settings import Settings

REASON = click.option("--reason", help="why; stands in both logs")


@click.group("logs")
def command() -> None:
    """Several logs in one installation, by election: which holds what, moving one, gathering all for readers, verifying.

    REPORTING_LOGS names the file that says which logs there are (docs/operate.md).

    \b
    Examples:
      reporting logs list
      reporting logs place hr51 west
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="as JSON lines")
def list_(as_json: bool) -> None:
    """Print each log, its elections (`leaving`: those on their way to another log; where no move is going on, say it again), its last
    event and the signed head that the directory noted last.

    \b
    Example:
      reporting logs list --json
    """
    from reporting.logs.directory import told_by
    from reporting.logs.standing import head_of, leaving

    installation = Settings.from_env().installation_named()
    told = told_by(installation)
    for log in installation.log:
        noted = told.noted.get(log.name, ())
        row: dict[str, Any] = {
            "log": log.name,
            "directory": log.name == installation.directory,
            "address": log.address,
            "position": head_of(log),
            "noted": noted[-1].size if noted else None,
            "elections": sorted(code for code, name in told.placed.items() if name == log.name),
            "leaving": [f"{code}→{to}" for code, to in sorted(leaving(log, told).items())],
        }
        _say(row, as_json)


@command.command()
@click.argument("election")
@click.argument("log")
@REASON
def place(election: str, log: str, reason: str | None) -> None:
    """Say which log holds an election, before it is defined there.

    \b
    Example:
      reporting logs place hr51 west
    """
    from api.cli.identity import operator
    from reporting.logs.directory import directory_of

    installation = Settings.from_env().installation_named()
    with directory_of(installation) as directory:
        appended = directory.place(uuid4(), election, log, operator(), reason)
    click.echo(f"{election}: {log}; position {appended.last_position:,}")


@command.command()
@click.argument("names", nargs=-1, metavar="[LOG]...")
def checkpoint(names: tuple[str, ...]) -> None:
    """Note the last signed head of each log in the directory, where it continues the heads noted before. Run it often: a log that is
    rewritten later no longer has that head.

    \b
    Example:
      reporting logs checkpoint
    """
    from api.cli.identity import operator
    from reporting.logs.directory import directory_of

    installation = Settings.from_env().installation_named()
    with directory_of(installation) as directory:
        for name in names or installation.logs:
            noted = directory.note(uuid4(), name, operator())
            click.echo(
                f"{name}: {message('nothing_new')}"
                if noted is None
                else f"{name}: {noted.size:,} {noted.root}"
            )


@command.command()
@click.argument("election")
@click.argument("log")
@REASON
def move(election: str, log: str, reason: str | None) -> None:
    """Move an election to another log, while it is written. From one moment on the log that it leaves refuses it and names the new
    address. Interrupted, it is run again and goes on.

    \b
    Example:
      reporting logs move hr51 west --reason '負荷分散'
    """
    from api.cli.identity import operator
    from reporting.logs.directory import directory_of
    from reporting.logs.moving import Mover

    installation = Settings.from_env().installation_named()
    with (
        directory_of(installation) as directory,
        progress(message.table("progress")["copy"].beside) as report,
    ):
        moved = Mover(installation, directory).move(election, log, operator(), reason, report)
    if moved.from_log == moved.to_log:
        click.echo(f"{election}: {log}; {message('stands_there_already')}")
    else:
        click.echo(
            f"{election}: {moved.from_log} → {moved.to_log}; {moved.events:,} events, {moved.copied:,} copied"
        )


@command.command()
@click.option("--every", type=click.FloatRange(0.1), metavar="SECONDS", help="go on so until interrupted")
@click.option("--json", "as_json", is_flag=True, help="as JSON lines")
def gather(every: float | None, as_json: bool) -> None:
    """Gather what all logs hold into the database at REPORTING_DATABASE_URL, which readers ask. It begins empty and takes no
    commands. Exit code 1 where a log's areas are not the directory's.

    \b
    Examples:
      reporting logs gather
      reporting logs gather --every 1
    """
    from reporting.logs.gathering import Gatherer, GatherRound

    settings = Settings.from_env()
    installation = settings.installation_named()
    with running(settings, service=every is not None) as (_, database):
        gatherer = Gatherer(installation, database)
        while True:
            with progress(message.table("progress")["gather"].beside) as report:
                done: GatherRound = gatherer.round(report)
            if done.taken or every is None or done.differ or done.waits:
                for name, place_ in done.places.items():
                    behind = place_.head - place_.position
                    _say(
                        {"log": name, "position": place_.position, "head": place_.head, "behind": behind},
                        as_json,
                    )
                for name, position in done.differ:
                    click.echo(message("areas_not_the_directorys", log=name, position=position), err=True)
                if done.waits is not None:
                    name, position = done.waits
                    click.echo(message("areas_missing_in_directory", log=name, position=position), err=True)
            if every is None:
                break
            time.sleep(every)
    if done.differ or done.waits:
        raise click.exceptions.Exit(1)


@command.command()
@click.option("--gathered", is_flag=True, help="also the reading database at REPORTING_DATABASE_URL")
def verify(gathered: bool) -> None:
    """Hash every log again; hold it against what was signed and what the directory noted; hold every copied event against the log
    that recorded it. Exit code 1 when something is not so, each with its log and position.

    \b
    Example:
      reporting logs verify --gathered
    """
    from reporting.logs.errors import LogsDisagree
    from reporting.logs.verifying import Verifier

    settings = Settings.from_env()
    installation = settings.installation_named()
    with progress(message.table("progress")["verify"].beside) as report:
        if gathered:
            with running(settings) as (_, database):
                done = Verifier(installation, database).verify(report)
        else:
            done = Verifier(installation).verify(report)
    for finding in done.findings:
        click.echo(
            f"{finding.log or message('reading_database')}, {finding.position:,}: {finding.detail}", err=True
        )
    for name, events in done.events.items():
        click.echo(f"{name}: {events:,} events")
    click.echo(f"{done.heads:,} signed heads hold, {done.copies:,} copies looked at")
    if done.findings:
        raise LogsDisagree(count=len(done.findings))


def _say(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    words = {name: ",".join(value) if isinstance(value, list) else value for name, value in told.items()}
    click.echo(
        "  ".join(
            f"{name}={value}" for name, value in words.items() if value or (value == 0 and value is not False)
        )
    )
