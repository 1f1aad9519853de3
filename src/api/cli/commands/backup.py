"""`reporting backup`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.held_against import (
    DOCUMENTS,
    FOLDER,
    HEAD,
    LIVE,
    LOG,
    MAY_LACK,
    PROGRAMS,
    held_against,
    of_base_backups,
)
from api.cli.progress import progress


@click.group("backup")
def command() -> None:
    """Say what the newest backup and the WAL behind it are worth.

    \b
    Example:
      reporting backup check /var/backups/reporting --head latest.checkpoint
    """


@command.command()
@click.argument("folder", type=FOLDER)
@of_base_backups
@HEAD
@LOG
@LIVE
@MAY_LACK
@DOCUMENTS
@PROGRAMS
def check(
    folder: Path,
    archive: Path | None,
    base: str | None,
    database: str | None,
    head: Path | None,
    key: str | None,
    live: bool,
    may_lack: int,
    documents: Path | None,
    programs: Path | None,
) -> None:
    """Check a folder of backups: base backups (`pg_basebackup`) in `base`, archived WAL in `wal`. Every file of the newest one is held
    against its checksum, the WAL is read record by record, and both are replayed in a folder that is gone afterwards:
    that says the newest position that can be restored. What is missing or damaged is named, and so is each document attached to a
    return whose copy is missing or changed.

    Exit code 0: it restores, and lacks no more than --may-lack. Nothing that is live is touched; the views are not proved
    (`reporting drill restore` does that).

    \b
    Examples:
      reporting backup check /var/backups/reporting --live --may-lack 200
      reporting backup check /var/backups/reporting --head latest.checkpoint --log "$(cat signer.key.pub)"
    """
    from api.recovery.drill import check as checked
    from api.recovery.from_base import Backups
    from api.recovery.report import CHECKED, Verdict

    against = held_against(head, key, live, documents)
    with progress("backup") as report:
        result = checked(Backups(folder, archive, base, programs, database), against, report)
    for told in result.told:
        click.echo(str(told))
    if result.said:
        click.echo(result.said)
    click.echo(str(CHECKED[result.verdict.value]))
    if result.verdict is Verdict.BAD or result.lacking > may_lack:
        raise click.exceptions.Exit(1)
