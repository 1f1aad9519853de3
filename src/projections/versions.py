"""Versions of the views: one schema each, one of them live."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from projections.errors import ViewsOutdated
from reporting.database.sql import load
from reporting.domain.events import ElectionDefined

SQL = load(__package__)
SCHEMA = load("projections.views")["schema"]


def fingerprint(schema: str) -> str:
    """Of tables and views, whatever their comments and blanks."""
    return hashlib.sha256(" ".join(re.sub(r"--[^\n]*", "", schema).split()).encode()).hexdigest()[:16]


SHAPE = fingerprint(f"{SCHEMA}\ndefinitions {ElectionDefined.version}")
"""What this build's views look like, and its definitions, which they hold as read; stands with each version it makes."""

Progress = Callable[[int, int, str], None]
"""Long work reports (done, of how many, what)."""


@dataclass(frozen=True, slots=True)
class Version:
    """`state` active, or stopped by a poison event (then `error` says which)."""

    number: int
    state: str
    position: int
    error: str | None
    shape: str

    @property
    def outdated(self) -> bool:
        """Made by a build with other tables: this one neither reads nor writes it."""
        return self.shape != SHAPE

    def require_current(self) -> Version:
        """ViewsOutdated for a version of other tables."""
        if self.outdated:
            raise ViewsOutdated(version=self.number)
        return self

    @property
    def schema(self) -> str:
        return schema_name(self.number)


def schema_name(version: int) -> str:
    return f"views_v{version}"


def live(connection: Connection[Any], *, lock: bool = False) -> Version | None:
    row = connection.execute(SQL["lock_live" if lock else "live"]).fetchone()
    return None if row is None else Version(*row)


def use(connection: Connection[Any], version: int) -> None:
    """Unqualified names mean this version until the end of the transaction."""
    path = sql.SQL("SET LOCAL search_path = {}, pg_temp").format(sql.Identifier(schema_name(version)))
    connection.execute(path)


def create(connection: Connection[Any]) -> int:
    """A new, empty version in state building; commit is the caller's."""
    row = connection.execute(SQL["new_version"], (SHAPE,)).fetchone()
    assert row is not None
    version = int(row[0])
    connection.execute(SQL["create_schema"], (version,))
    use(connection, version)
    connection.execute(SCHEMA)
    name = sql.Identifier(schema_name(version))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO reporting_reader").format(name))
    connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO reporting_reader").format(name))
    return version


def drop(connection: Connection[Any], version: int) -> None:
    name = sql.Identifier(schema_name(version))
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
    connection.execute(SQL["forget"], (version,))
