"""Versions of the views: one schema each, one of them live."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, NamedTuple

from psycopg import Connection, Cursor, Transaction, sql

from projections.errors import ViewsOutdated
from reporting.database.connect import together
from reporting.database.migrate import migrations
from reporting.database.sql import load
from reporting.domain.events import ElectionDefined

SQL = load(__package__)
SCHEMA = load("projections.views")["schema"]


def fingerprint(schema: str) -> str:
    """Of tables and views, whatever their comments and blanks."""
    return hashlib.sha256(" ".join(re.sub(r"--[^\n]*", "", schema).split()).encode()).hexdigest()[:16]


SHAPE = fingerprint(f"{SCHEMA}\ndefinitions {ElectionDefined.version}")
"""What this build's views look like, and its definitions, which they hold as read; stands with each version it makes."""


class Build(NamedTuple):
    """Of this product, in the order they came: the release's number, and how many migrations it knows."""

    release: tuple[int, ...]
    migrations: int

    @classmethod
    def read(cls, text: str) -> Build:
        """What `str` gives. Empty: made before views told their build."""
        release, _, migrations_known = text.partition("+")
        numbers = re.match(r"[\d.]*\d", release)
        return cls(tuple(map(int, numbers[0].split("."))) if numbers else (), int(migrations_known or 0))

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.release))}+{self.migrations}"


BUILD = Build(Build.read(version("open-election-reporting")).release, len(migrations()))

Rows = list[tuple[Any, ...]]
Progress = Callable[[int, int, str], None]
"""Long work reports (done, of how many, what)."""


@dataclass(frozen=True, slots=True)
class Version:
    """`state` active, or stopped by a poison event (then `error` says which). `shape`: the fingerprint of its tables and, after a
    blank, the latest build that wrote it."""

    number: int
    state: str
    position: int
    error: str | None
    shape: str

    @property
    def outdated(self) -> bool:
        """Made by a build with other tables: this one neither reads nor writes it."""
        return self.shape.partition(" ")[0] != SHAPE

    @property
    def build(self) -> Build:
        return Build.read(self.shape.partition(" ")[2])

    @property
    def of_a_later_build(self) -> bool:
        """Whoever writes such views from an earlier one undoes an update: by tables that are gone, or by an event it does not know."""
        return self.build > BUILD

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
    """Gives the version that readers see. `lock`: in READ COMMITTED, where whoever waited for a switch finds the row before it live no more
    and the row after it not yet there: the next statement sees that one."""
    row = connection.execute(SQL["lock_live" if lock else "live"]).fetchone()
    if row is None and lock:
        row = connection.execute(SQL["lock_live"]).fetchone()
    return None if row is None else Version(*row)


def kinds(connection: Connection[Any], after: int, limit: int) -> Cursor[Any]:
    """The head, and what kinds of events stand in the next positions."""
    return connection.execute(SQL["kinds_between"], {"after": after, "upto": after + limit})


def enter(
    connection: Connection[Any], until: ExitStack, expected: int, limit: int
) -> tuple[Version | None, Rows | None, bool]:
    """Begins a transaction, which ends with `until`, locks the version that readers see and uses it, and asks for the `kinds` of what comes
    next, in one round trip: these where the version stands at the position that was `expected`, else None. The last: whether the connection
    has its scratch tables (`fold.prepare`)."""
    with together(connection, 3):
        # Its like made by the connection would keep the pipeline for as long as it lasts.
        until.enter_context(Transaction(connection))
        locked = connection.execute(SQL["enter_live"])
        asked = kinds(connection, expected, limit)
    row = locked.fetchone() or connection.execute(SQL["enter_live"]).fetchone()  # see `live`
    if row is None:
        return None, None, False
    *stands, ready, _ = row
    version = Version(*stands)
    return version, asked.fetchall() if version.position == expected else None, ready


def use(connection: Connection[Any], version: int) -> None:
    """Unqualified names mean this version until the end of the transaction."""
    path = sql.SQL("SET LOCAL search_path = {}, pg_temp").format(sql.Identifier(schema_name(version)))
    connection.execute(path)


def see_everything(connection: Connection[Any]) -> None:
    """A reader's transaction that works for the installation itself is shown what is not released, too."""
    connection.execute(SQL["see_everything"])


def stamp() -> str:
    """What this build writes beside versions that are its own."""
    return f"{SHAPE} {BUILD}"


def create(connection: Connection[Any]) -> int:
    """A new, empty version in state building; commit is the caller's."""
    row = connection.execute(SQL["new_version"], (stamp(),)).fetchone()
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
