"""`reporting drill`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.progress import progress

if TYPE_CHECKING:
    from reporting.transparency.checkpoint import Checkpoint


@click.group("drill")
def command() -> None:
    """Try what is needed on a bad night before it comes, with a verdict.

    \b
    Example:
      reporting drill restore reporting.dump --head latest.checkpoint
    """


@command.command()
@click.argument("backup", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--head",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="a signed checkpoint that is kept outside the database (`audit checkpoint`, a witness, an auditor)",
)
@click.option("--log", "key", metavar="KEY", help="the log's public key, that --head must be signed by")
@click.option(
    "--live/--no-live", default=False, help="hold it against the log at REPORTING_DATABASE_URL, too"
)
@click.option(
    "--server", "server_url", metavar="URL", help="a PostgreSQL to restore into [default: one of its own]"
)
@click.option(
    "--may-lack", type=click.IntRange(0), default=0, show_default=True, help="events that may be missing"
)
@click.option(
    "--report",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="folder of the report",
)
def restore(
    backup: Path,
    head: Path | None,
    key: str | None,
    live: bool,
    server_url: str | None,
    may_lack: int,
    folder: Path,
) -> None:
    """Restore a backup (`pg_dump -Fc`) into a database of its own, bring it to this build's tables, hash every event again and
    hold it against all signed heads, rebuild the views and prove them; say how long each took and what is missing.

    Exit code 0: it restores, and lacks no more than --may-lack. Nothing that is live is touched.

    \b
    Example:
      reporting drill restore reporting.dump --head latest.checkpoint --log "$(cat signer.key.pub)" --report drills
    """
    from api.recovery.drill import Against, Verdict, hold
    from api.recovery.report import markdown, verdict_of

    against = Against(_head(head, key), _live() if live else None)
    with progress("drill") as report:
        held = hold(backup, against, server_url, report)
    at = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"restore-drill-{at:%Y%m%dT%H%M%SZ}.md"
    target.write_text(markdown(held, at), encoding="utf-8")
    for told in held.told:
        click.echo(str(told))
    click.echo(str(verdict_of(held)))
    click.echo(str(target))
    if held.verdict is Verdict.BAD or held.lacking > may_lack:
        raise click.exceptions.Exit(1)


def _head(file: Path | None, key: str | None) -> Checkpoint | None:
    """Unsigned by whom it should be: refused, where the key is given."""
    from reporting.transparency.checkpoint import Checkpoint, opened
    from reporting.transparency.note import Note, VerifierKey

    if file is None:
        return None
    raw = file.read_bytes()
    return opened(raw, VerifierKey.parse(key))[0] if key else Checkpoint.parse(Note.parse(raw).text)


def _live() -> int:
    from api.cli.runtime import running
    from reporting.ledger import Ledger

    with running() as (_, database):
        ledger = Ledger(database)
        try:
            return ledger.position()
        finally:
            ledger.close()
