"""Numbered, forward-only migrations. An applied file never changes: its checksum is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg import Connection
from psycopg.errors import InsufficientPrivilege

from reporting.database.connect import Database
from reporting.database.sql import load
from reporting.errors import ReportingError

_FILE = re.compile(r"(\d{4})_(pre|post)_([a-z0-9_]+)\.sql")


class MigrationChanged(ReportingError):
    """facts: `name`."""

    code = "migration_changed"
    template_ja = "適用済みの移行ファイル {name} が書き換えられています。元に戻し、新しい番号のファイルを追加してください。"
    template_en = "Migration {name} was changed after it was applied. Restore it and add a new numbered file."


class TablesOlder(ReportingError):
    """facts: `missing`."""

    code = "not_migrated"
    template_ja = "データベースの表はこのプログラムより前の版のものです（{missing} が未適用）。先に reporting migrate を実行してください。"
    template_en = "The database's tables are of an earlier build ({missing} is not applied). Run `reporting migrate` first."


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations() -> list[Migration]:
    """All migration files in order; numbers are dense from 1."""
    shipped = []
    for resource in files("reporting.database").joinpath("migrations").iterdir():
        if match := _FILE.fullmatch(resource.name):
            shipped.append(Migration(int(match[1]), resource.name, resource.read_text(encoding="utf-8")))
    shipped.sort(key=lambda migration: migration.number)
    if [migration.number for migration in shipped] != list(range(1, len(shipped) + 1)):
        raise ValueError("migration numbers must be dense from 0001")
    return shipped


def migrate(database: Database, report: Callable[[str], None] = lambda name: None) -> list[str]:
    """Apply what is missing, each file in its own transaction; returns the names applied now.

    Two migrators at once queue on an advisory lock, so the second finds nothing to do.
    """
    statements = load(__package__)
    applied_now = []
    with database.connect(autocommit=True) as connection:
        connection.execute(statements["lock_migrations"])
        connection.execute(statements["create_migration_table"])
        applied = dict(connection.execute(statements["applied_migrations"]).fetchall())
        for migration in migrations():
            recorded = applied.get(migration.name)
            if recorded is None:
                with connection.transaction():
                    connection.execute(migration.sql.encode())
                    connection.execute(statements["record_migration"], (migration.name, migration.checksum))
                report(migration.name)
                applied_now.append(migration.name)
            elif recorded != migration.checksum:
                raise MigrationChanged(name=migration.name)
    return applied_now


def of_a_later_build(database: Database) -> list[str]:
    """Names of applied files that this build has not got. As who migrates."""
    with database.connect(autocommit=True) as connection:
        rows = connection.execute(load(__package__)["applied_migrations"]).fetchall()
    return sorted({row[0] for row in rows} - {migration.name for migration in migrations()})


def refuse_older(connection: Connection[Any]) -> None:
    """TablesOlder, naming the first file that is missing, unless every file of this build was applied; of a later build there may be
    more, since a database is migrated before its servers are restarted. In autocommit, as projector or reader. UndefinedTable
    where nothing was ever applied."""
    try:
        applied = {row[0] for row in connection.execute(load(__package__)["applied_migrations"]).fetchall()}
    except InsufficientPrivilege:
        applied = set()  # before who serves could look: see 0015
        shipped = migrations()[-1:]
    else:
        shipped = migrations()
    for migration in shipped:
        if migration.name not in applied:
            raise TablesOlder(missing=migration.name)
