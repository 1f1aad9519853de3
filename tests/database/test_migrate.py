from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from api.app import create_app
from api.cli.group import root
from api.settings import Settings
from reporting.database import migrate as module
from reporting.database.connect import Database
from reporting.database.migrate import MigrationChanged, TablesOlder, migrate, migrations
from reporting.database.sql import load


def schema_dump(database: Database) -> list[str]:
    """Every object's definition, in a form that does not depend on creation order."""
    with database.connect() as connection:
        columns = connection.execute(
            "SELECT table_schema, table_name, column_name, ordinal_position, data_type, is_nullable, column_default"
            " FROM information_schema.columns WHERE table_schema IN ('ledger', 'ops')"
        ).fetchall()
        constraints = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace IN ('ledger'::regnamespace, 'ops'::regnamespace)"
        ).fetchall()
        functions = connection.execute(
            "SELECT oid::regprocedure::text, pg_get_functiondef(oid), proacl::text FROM pg_proc"
            " WHERE pronamespace IN ('ledger'::regnamespace, 'ops'::regnamespace)"
        ).fetchall()
        tables = connection.execute(
            "SELECT oid::regclass::text, relkind::text, relacl::text, reloptions::text FROM pg_class"
            " WHERE relnamespace IN ('ledger'::regnamespace, 'ops'::regnamespace)"
        ).fetchall()
        triggers = connection.execute(
            "SELECT pg_get_triggerdef(oid), tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
        ).fetchall()
    return sorted(repr(row) for rows in (columns, constraints, functions, tables, triggers) for row in rows)


def test_migrating_step_by_step_gives_the_same_schema_as_all_at_once(
    database: Database, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migrations()
    for upto in range(1, len(every) + 1):
        monkeypatch.setattr(module, "migrations", lambda upto=upto: every[:upto])
        assert migrate(empty_database) == [every[upto - 1].name]
    assert schema_dump(empty_database) == schema_dump(database)


def test_migrated_equals_fresh(database: Database, empty_database: Database) -> None:
    fresh = files("reporting.database").joinpath("schema.sql").read_text(encoding="utf-8")
    with empty_database.connect(autocommit=True) as connection:
        connection.execute(fresh.encode())
    assert schema_dump(empty_database) == schema_dump(database)


def test_a_second_run_does_nothing(database: Database) -> None:
    assert migrate(database) == []


def test_a_changed_migration_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    every = migrations()
    forged = [dataclasses.replace(every[0], sql=every[0].sql + "\n-- changed"), *every[1:]]
    monkeypatch.setattr(module, "migrations", lambda: forged)
    with pytest.raises(MigrationChanged) as refused:
        migrate(database)
    assert every[0].name in str(refused.value)


def test_an_earlier_build_says_that_the_tables_are_not_its_own(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> str:
        done = CliRunner().invoke(root, ["migrate"], env={"REPORTING_DATABASE_URL": database.url})
        assert done.exit_code == 0
        return done.output

    assert "Up to date" in said()
    every = migrations()
    monkeypatch.setattr(module, "migrations", lambda: every[:-2])
    told = said()
    assert "Up to date" not in told
    assert "より新しい版のもの" in told
    assert all(migration.name in told for migration in every[-2:])


@pytest.mark.parametrize("short", [1, 2])
def test_a_build_does_not_serve_on_tables_of_an_earlier_one(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short: int
) -> None:
    """It started without a word, and the first to use what was missing met a fault of the program. One more than it knows is a later build's."""
    every = migrations()
    with monkeypatch.context() as earlier:
        earlier.setattr(module, "migrations", lambda: every[:-short])
        migrate(empty_database)
    settings = Settings(
        database_url=empty_database.url, data_dir=tmp_path, token_key=tmp_path / "k", projector=False
    )
    with pytest.raises(TablesOlder) as refused, TestClient(create_app(settings)):
        pytest.fail("it serves")
    assert "reporting migrate" in refused.value.message_ja
    env = {"REPORTING_DATABASE_URL": empty_database.url, "REPORTING_DATA_DIR": str(tmp_path)}
    for command in ("status", "follow"):
        told = CliRunner().invoke(root, ["projections", command], prog_name="reporting", env=env)
        assert (told.exit_code, told.stderr.count("[not_migrated]")) == (1, 1)
    migrate(empty_database)
    for newest in (len(every), len(every) - short):
        monkeypatch.setattr(module, "migrations", lambda newest=newest: every[:newest])
        with TestClient(create_app(settings)) as client:
            assert client.get("/ready").status_code == 200


def test_a_failing_migration_leaves_nothing_behind(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = module.Migration(1, "0001_pre_broken.sql", "CREATE TABLE public.half (a int); SELECT 1/0;")
    monkeypatch.setattr(module, "migrations", lambda: [broken])
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database)
    with empty_database.connect() as connection:
        assert connection.execute("SELECT to_regclass('public.half')").fetchone() == (None,)


def test_sql_names_are_found_and_unique(tmp_path: Path) -> None:
    assert "applied_migrations" in load("reporting.database")
    package = tmp_path / "twice"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "a.sql").write_text("-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;\n")
    code = "from reporting.database.sql import load; load('twice')"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    assert "stands twice" in ran.stderr
