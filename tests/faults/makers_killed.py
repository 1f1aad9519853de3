"""Faults of whoever makes views and tables: killed in the middle, two at once, views changed by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from acknowledged import Book
from fault import Fault
from installation import Installation
from psycopg.conninfo import make_conninfo
from waiting import until

from projections import versions

BY_OPERATOR = ("係がもう一度実行する", "the operator runs it again")
BY_ITSELF = ("製品が自分で", "the product by itself")
REBUILD, REPLACE, VERIFY = (
    ("projections", "rebuild"),
    ("projections", "rebuild", "--replace"),
    ("projections", "verify"),
)
TIMES = 3
AFTER_MIGRATIONS = (1, 3, 6)
TABLES = (
    "SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema IN ('ledger', 'ops') ORDER BY 1, 2, 3"
)  # fmt: skip
RIGHTS = (
    "SELECT grantee, table_schema, table_name, privilege_type FROM information_schema.role_table_grants"
    " WHERE table_schema IN ('ledger', 'ops') ORDER BY 1, 2, 3, 4"
)  # fmt: skip


def building(at: Installation) -> bool:
    with at.database.connect() as connection:
        row = connection.execute("SELECT count(*) FROM ops.projection WHERE state = 'building'").fetchone()
    return row is not None and row[0] > 0


@contextmanager
def rebuild_killed(at: Installation, book: Book) -> Iterator[None]:
    """While its views are half there, several times over; the last one is left to its end, and leaves nothing behind."""
    for _ in range(TIMES):
        rebuild = at.begin(*REBUILD)
        until(lambda: building(at), "views are being made")
        rebuild.kill()
        rebuild.communicate()
    yield
    done = at.run(*REBUILD)
    assert done.returncode == 0, done.stderr.decode()
    assert not building(at)


@contextmanager
def two_rebuilds(at: Installation, book: Book) -> Iterator[None]:
    """At least one comes to its end; the other one, too, or it says that somebody else is at it."""
    both = [at.begin(*REBUILD) for _ in range(2)]
    said = [rebuild.communicate(timeout=120)[1] for rebuild in both]
    codes = [rebuild.returncode for rebuild in both]
    assert 0 in codes, said
    assert set(codes) <= {0, 1}, said
    assert not building(at)
    yield


@contextmanager
def two_followers(at: Installation, book: Book) -> Iterator[None]:
    """A second one beside the first, and killed while it works."""
    second = at.begin("projections", "follow")
    try:
        yield
    finally:
        second.kill()
        second.communicate()


@contextmanager
def migration_killed(at: Installation, book: Book) -> Iterator[None]:
    """In a database of its own, after some migrations each time; what is there in the end is what comes of one that nobody
    disturbed."""
    shapes = []
    for name, killed_after in (("killed", AFTER_MIGRATIONS), ("undisturbed", ())):
        with psycopg.connect(at.url, autocommit=True) as owner:
            owner.execute(f"CREATE DATABASE migration_{name}")
        url = make_conninfo(at.url, dbname=f"migration_{name}")
        for migrations in killed_after:
            process = at.begin("migrate", url=url)
            assert process.stdout is not None
            with suppress(ValueError):
                for _ in range(migrations):
                    process.stdout.readline()
            process.kill()
            process.communicate()
        done = at.run("migrate", url=url)
        assert done.returncode == 0, done.stderr.decode()
        with psycopg.connect(url) as connection:
            shapes.append([connection.execute(asked).fetchall() for asked in (TABLES, RIGHTS)])
    assert all(shapes[0])
    assert shapes[0] == shapes[1]
    yield


@contextmanager
def views_changed_by_hand(at: Installation, book: Book) -> Iterator[None]:
    """Verifying says so, and a rebuild that compares does not go over it; one that is told to replace them does."""
    with at.database.connect(autocommit=True) as owner:
        live = versions.live(owner)
        assert live is not None
        owner.execute(f"UPDATE {live.schema}.figure SET value = value + 1")
        owner.execute(
            f"DELETE FROM {live.schema}.figure WHERE ctid = (SELECT min(ctid) FROM {live.schema}.figure)"
        )
    assert at.run(*VERIFY).returncode == 1
    assert at.run(*REBUILD).returncode == 1
    yield
    done = at.run(*REPLACE)
    assert done.returncode == 0, done.stderr.decode()


FAULTS = (
    Fault(
        "rebuild-killed", "集計の作り直しを kill −9（三度）", "rebuild killed (−9), three times", *BY_OPERATOR, rebuild_killed
    ),
    Fault("two-rebuilds", "作り直しが同時に二つ", "two rebuilds at once", *BY_ITSELF, two_rebuilds),
    Fault("two-followers", "更新係が同時に二つ、一つを kill −9", "two followers, one killed (−9)", *BY_ITSELF, two_followers, lasts_s=6),
    Fault(
        "migration-killed", "移行を kill −9 して繰り返す", "migration killed (−9) and repeated", *BY_OPERATOR, migration_killed
    ),
    Fault(
        "views-changed", "集計表を手で書き換える", "views changed by hand", "係が `rebuild --replace`",
        "the operator: `rebuild --replace`", views_changed_by_hand,
    ),
)  # fmt: skip
