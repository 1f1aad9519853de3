"""A database made for a drill and gone after it: restored from a backup by PostgreSQL's own tool, beside nothing that is live."""

from __future__ import annotations

import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo

from api.recovery.errors import BackupUnreadable, NoRestoreTool
from reporting.database import embedded
from reporting.database.connect import Database
from reporting.database.migrate import migrate

TOOL = "pg_restore"
WITHIN_S = 24 * 3600
"""A tool that has not ended in a day never will."""


@contextmanager
def server(url: str | None) -> Iterator[str]:
    """`url`: of a PostgreSQL whose login may create databases and roles. None: one of its own in a temporary folder."""
    if url is not None:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="reporting-drill-") as folder:
        Path(folder).chmod(0o755)  # run as root, PostgreSQL runs as another user
        with embedded.serve(Path(folder) / "postgres") as own:
            migrate(Database(own))  # for the roles: a dump grants to them and does not make them
            yield own


@contextmanager
def scratch(server_url: str) -> Iterator[Database]:
    """An empty database of a random name; dropped whatever happens."""
    name = f"restore_drill_{uuid.uuid4().hex[:12]}"
    with Database(server_url).connect(autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield Database(make_conninfo(server_url, dbname=name))
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def restore(backup: Path, into: Database) -> None:
    """BackupUnreadable, NoRestoreTool. Owners are whoever restores; grants are as in the backup."""
    if (tool := embedded.program(TOOL)) is None:
        raise NoRestoreTool(name=TOOL)
    command = (tool, "--exit-on-error", "--no-owner", "--dbname", into.url, str(backup))
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=WITHIN_S)
    if done.returncode:
        raise BackupUnreadable(backup.name, done.stderr.strip())
