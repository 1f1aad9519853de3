"""Numbered, forward-only migrations. An applied file never changes: its checksum is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from reporting.database.connect import Database
from reporting.database.sql import load
from reporting.errors import ReportingError

_FILE = re.compile(r"(\d{4})_(pre|post)_([a-z0-9_]+)\.sql")


class MigrationChanged(ReportingError):
    """facts: `name`."""

    code = "migration_changed"
    template_ja = "適用済みの移行ファイル {name} が書き換えられています。元に戻し、新しい番号のファイルを追加してください。"
    template_en = "Migration {name} was changed after it was applied. Restore it and add a new numbered file."


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
