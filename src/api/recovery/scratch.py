"""A database made for a drill and gone after it: restored from a backup by PostgreSQL's own tool, beside nothing that is live."""

from __future__ import annotations

import re
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from psycopg.conninfo import make_conninfo
from psycopg.errors import DuplicateObject

from api.recovery.errors import BackupUnreadable, NoRestoreTool, ToolNewer
from reporting.database import embedded
from reporting.database.connect import Database
from reporting.database.local_server import version_of
from reporting.database.migrate import migrate
from reporting.database.sql import identifier

TOOL = "pg_restore"
GRANTED = tuple(
    re.compile(pattern.replace("ROLE", r'(?:"((?:[^"]|"")+)"|(\w+))'), re.MULTILINE)
    for pattern in (
        r"^(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) .* (?:TO|FROM) ROLE(?: WITH GRANT OPTION)?;$",
        r"^ALTER DEFAULT PRIVILEGES FOR (?i:role) ROLE ",
    )
)
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


@contextmanager
def granted_roles(backup: Path, server_url: str, programs: Path | None = None) -> Iterator[None]:
    """Roles that the backup grants to and this server has not: `deploy/roles.sql` makes some, an operator others, and no dump holds
    them. They may not log in, and are gone afterwards. Nothing where the backup cannot be read: `restore` says so."""
    with Database(server_url).connect(autocommit=True) as admin:
        made = []
        for role in _roles_of(backup, programs):
            with suppress(DuplicateObject):
                admin.execute(f"CREATE ROLE {identifier(role)} NOLOGIN".encode())
                made.append(role)
        try:
            yield
        finally:
            for role in made:
                admin.execute(f"DROP ROLE {identifier(role)}".encode())


def _roles_of(backup: Path, programs: Path | None) -> list[str]:
    """As the backup's own statements name them."""
    command = (_tool(programs), "--schema-only", "--no-owner", "--file=-", str(backup))
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=WITHIN_S)
    told = done.stdout if done.returncode == 0 else ""
    named = [names for pattern in GRANTED for names in pattern.findall(told)]
    roles = {quoted.replace('""', '"') if quoted else plain for quoted, plain in named}
    return sorted(roles - {"PUBLIC"})


def _tool(programs: Path | None) -> str:
    """NoRestoreTool."""
    if (tool := embedded.program(TOOL, programs)) is None:
        raise NoRestoreTool(name=TOOL)
    return tool


def restore(backup: Path, into: Database, programs: Path | None = None) -> None:
    """BackupUnreadable; ToolNewer, where it fails and may do so for that; NoRestoreTool. Owners are whoever restores; grants are as in the
    backup. `programs`: the folder that the tool is taken from."""
    command = (_tool(programs), "--exit-on-error", "--no-owner", "--dbname", into.url, str(backup))
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=WITHIN_S)
    if done.returncode:
        _refuse_newer(into, programs)
        raise BackupUnreadable(backup.name, done.stderr.strip())


def _refuse_newer(into: Database, programs: Path | None) -> None:
    with into.connect() as connection:
        server = connection.info.server_version // 10_000
    tool = version_of(_tool(programs))
    if tool.isdecimal() and int(tool) > server:
        raise ToolNewer(name=TOOL, tool=tool, server=server)
