"""What a backup is held against, as commands are told it: a kept head, the live log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

Command = Callable[..., None]

if TYPE_CHECKING:
    from api.recovery.drill import Against
    from reporting.transparency.checkpoint import Checkpoint

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
HEAD = click.option(
    "--head",
    type=FILE,
    help="a signed checkpoint that is kept outside the database (`audit checkpoint`, a witness, an auditor)",
)
LOG = click.option("--log", "key", metavar="KEY", help="the log's public key, that --head must be signed by")
LIVE = click.option(
    "--live/--no-live", default=False, help="hold it against the log at REPORTING_DATABASE_URL, too"
)
MAY_LACK = click.option(
    "--may-lack", type=click.IntRange(0), default=0, show_default=True, help="events that may be missing"
)
WAL = click.option("--wal", "archive", type=FOLDER, help="the archived WAL [default: `wal` in the folder]")
DATABASE = click.option(
    "--database", "database", metavar="NAME", help="which, where several of a base backup hold a ledger"
)
BASE = click.option("--base", "base", metavar="NAME", help="another base backup than the newest")

DOCUMENTS = click.option(
    "--documents",
    type=FOLDER,
    help="copies of the documents attached to returns [default: `documents` in the folder of backups]",
)
PROGRAMS = click.option(
    "--programs",
    type=FOLDER,
    help="PostgreSQL's programs, where the backup or --server is of another version",
)


def of_base_backups(command: Command) -> Command:
    """`--wal`, `--base`, `--database`: which of a server's base backups, and how far."""
    return WAL(BASE(DATABASE(command)))


def held_against(head: Path | None, key: str | None, live: bool, documents: Path | None = None) -> Against:
    from api.recovery.drill import Against

    return Against(_head(head, key), _live() if live else None, documents)


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
