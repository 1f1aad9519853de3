"""`reporting drill`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

import click

from api.cli.held_against import (
    DOCUMENTS,
    HEAD,
    LIVE,
    LOG,
    MAY_LACK,
    PROGRAMS,
    held_against,
    of_base_backups,
)
from api.cli.progress import progress


@click.group("drill")
def command() -> None:
    """Try what is needed on a bad night before it comes, with a verdict.

    \b
    Example:
      reporting drill restore /var/backups/reporting --head latest.checkpoint
    """


def _made(context: click.Context, parameter: click.Parameter, folder: Path) -> Path:
    """Before the drill: a verdict that took an hour is not lost to a folder that nobody can write."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        return folder


REPORT = click.option(
    "--report",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    callback=_made,
    help="folder of the report",
)


@command.command()
@click.argument("backup", type=click.Path(exists=True, path_type=Path))
@HEAD
@LOG
@LIVE
@click.option(
    "--server",
    "server_url",
    metavar="URL",
    help="a PostgreSQL to restore a dump into [default: one of its own]",
)
@of_base_backups
@DOCUMENTS
@PROGRAMS
@MAY_LACK
@REPORT
def restore(
    backup: Path,
    head: Path | None,
    key: str | None,
    live: bool,
    server_url: str | None,
    archive: Path | None,
    base: str | None,
    database: str | None,
    documents: Path | None,
    programs: Path | None,
    may_lack: int,
    folder: Path,
) -> None:
    """Restore a backup into a database of its own, bring it to this build's tables, hash every event again and hold it against all
    signed heads, rebuild the views and prove them; say how long each took and what is missing. BACKUP: a folder of base
    backups and WAL, as for `backup check`, or a dump (`pg_dump -Fc`).

    Exit code 0: it restores, and lacks no more than --may-lack. Nothing that is live is touched.

    \b
    Examples:
      reporting drill restore /var/backups/reporting --head latest.checkpoint --log "$(cat signer.key.pub)" --report drills
      reporting drill restore reporting.dump --head latest.checkpoint
    """
    from api.recovery.drill import hold
    from api.recovery.from_base import Backups
    from api.recovery.report import Verdict, markdown, verdict_of

    against = held_against(head, key, live, documents)
    source = Backups(backup, archive, base, programs, database) if backup.is_dir() else backup
    with progress("drill") as report:
        held = hold(source, against, server_url, report, programs)
    for told in held.told:
        click.echo(str(told))
    click.echo(str(verdict_of(held)))
    at = datetime.now(UTC)
    target = folder / f"restore-drill-{at:%Y%m%dT%H%M%SZ}.md"
    target.write_text(markdown(held, at), encoding="utf-8")
    click.echo(str(target))
    if held.verdict is Verdict.BAD or held.lacking > may_lack:
        raise click.exceptions.Exit(1)


@command.command()
@click.option(
    "--factor", type=click.FloatRange(0.01, 1_000), default=1, show_default=True, help="times the peak"
)
@click.option("--seconds", type=click.FloatRange(1, 3_600), default=30, show_default=True, help="for so long")
@click.option(
    "--reads",
    type=click.FloatRange(0, 1_000),
    default=1,
    show_default=True,
    help="looks at the totals for each return",
)
@click.option("--servers", type=click.IntRange(1, 64), default=1, show_default=True, help="API processes")
@click.option(
    "--within",
    "within_ms",
    type=click.FloatRange(1),
    default=1_000,
    show_default=True,
    metavar="MS",
    help="what 99 of 100 returns must be answered in",
)
@click.option("--units", type=click.IntRange(1), help="of the demo's election only so many [default: all]")
@click.option(
    "--server",
    "server_url",
    metavar="URL",
    help="a PostgreSQL to make a database in [default: one of its own]",
)
@REPORT
def load(
    factor: float,
    seconds: float,
    reads: float,
    servers: int,
    within_ms: float,
    units: int | None,
    server_url: str | None,
    folder: Path,
) -> None:
    """Send a night's peak, so many times over, by HTTP from another process to API servers of its own on this machine, and say what
    that took. The peak is a return of every reporting unit of a nation (1,900) within one minute: 32 a second. Returns are
    those of the demo's election, invented and marked as a test, handed in by their offices with every rule looked at.

    Exit code 0: all was answered, nothing lost or doubled, 99 of 100 returns within --within. Nothing that is live is touched:
    --server gets a database that is dropped afterwards (its disk is what is tried).

    \b
    Examples:
      reporting drill load --factor 2 --report drills
      reporting drill load --factor 10 --servers 2 --server postgresql://postgres@db2/postgres
    """
    from api.trial.load import LoadWishes, hold
    from api.trial.report import keep

    wishes = LoadWishes(factor, seconds, reads, servers, within_ms, units)
    with progress("drill") as report:
        held = hold(wishes, server_url, report)
    sheet = held.sheet()
    click.echo(sheet.terminal())
    click.echo(str(keep(sheet, "load-drill", datetime.now(UTC), folder)))
    if not held.good:
        raise click.exceptions.Exit(1)


@command.command()
@click.option(
    "--rate", type=click.FloatRange(0.1, 1_000), default=10, show_default=True, help="returns a second"
)
@click.option("--seconds", type=click.FloatRange(3, 3_600), default=30, show_default=True, help="for so long")
@click.option(
    "--away",
    "away_s",
    type=click.FloatRange(0, 600),
    default=5,
    show_default=True,
    metavar="SECONDS",
    help="how long nobody promotes, as who does it for real takes to be sure",
)
@click.option(
    "--within",
    "within_s",
    type=click.FloatRange(1),
    default=15,
    show_default=True,
    metavar="SECONDS",
    help="for the first change accepted after the kill",
)
@click.option("--units", type=click.IntRange(1), default=60, show_default=True, help="of the demo's election")
@REPORT
def failover(rate: float, seconds: float, away_s: float, within_s: float, units: int, folder: Path) -> None:
    """Start a cluster for trials on this machine (primary, synchronous standby, two API servers, follower, signer), send returns to it
    from another process, kill the primary in the middle, promote the standby, and hold everything that was acknowledged
    against the log. The drill promotes by hand: no home-made consensus; on real machines that is Patroni's (`deploy/cluster`).

    Exit code 0: nothing acknowledged was lost or doubled, all was answered in the end, the first change was accepted within --within,
    signed heads hold, views are equal. Nothing that is live is touched.

    \b
    Example:
      reporting drill failover --report drills
    """
    from api.trial.failover import FailoverWishes, hold
    from api.trial.report import keep

    with progress("drill") as report:
        held = hold(FailoverWishes(rate, seconds, away_s, within_s, units), report)
    sheet = held.sheet()
    click.echo(sheet.terminal())
    click.echo(str(keep(sheet, "failover-drill", datetime.now(UTC), folder)))
    if not held.good:
        raise click.exceptions.Exit(1)


@command.command("time")
@click.option(
    "--rate", type=click.FloatRange(0.1, 1_000), default=5, show_default=True, help="returns a second"
)
@click.option("--seconds", type=click.FloatRange(9, 3_600), default=30, show_default=True, help="for so long")
@click.option(
    "--step",
    "step_s",
    type=click.IntRange(60, 11 * 3_600),
    default=3_600,
    show_default=True,
    metavar="SECONDS",
    help="how far the clock is put ahead, and back",
)
@click.option("--units", type=click.IntRange(1), default=30, show_default=True, help="of the demo's election")
@REPORT
def time_(rate: float, seconds: float, step_s: int, units: int, folder: Path) -> None:
    """Put the clock of a PostgreSQL of its own ahead under load, and back, and hold what was acknowledged against the log: its
    times must never run backwards. Needs libfaketime (Debian's package of that name; LIBFAKETIME names its file elsewhere).

    Exit code 0: nothing lost or doubled, all answered, times and order agree, views are equal. This machine's own clock is not touched.

    \b
    Example:
      reporting drill time --report drills
    """
    from api.trial.clock_drill import TimeWishes, hold
    from api.trial.report import keep

    with progress("drill") as report:
        held = hold(TimeWishes(rate, seconds, step_s, units), report)
    sheet = held.sheet()
    click.echo(sheet.terminal())
    click.echo(str(keep(sheet, "time-drill", datetime.now(UTC), folder)))
    if not held.good:
        raise click.exceptions.Exit(1)


@command.command()
@click.option(
    "--port",
    "ports",
    type=click.IntRange(1, 65535),
    nargs=2,
    default=(8001, 8002),
    show_default=True,
    help="of the two API servers",
)
def cluster(ports: tuple[int, int]) -> None:
    """Run a whole installation on this machine for trials, until interrupted: primary and synchronous standby on sockets of their own
    in a temporary folder, two API servers, a follower, a signer. On a terminal, Enter kills the primary and promotes the
    standby, while whatever uses it goes on.

    \b
    Example:
      reporting drill cluster --port 8001 8002
    """
    from tempfile import TemporaryDirectory

    from api.trial import cluster as trial
    from api.trial.hands import keep_running

    with TemporaryDirectory(prefix="reporting-cluster-") as name, trial.cluster(Path(name), ports) as started:
        keep_running(started)
