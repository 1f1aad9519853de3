"""What every session of ours is, whatever the server's own settings say."""

from __future__ import annotations

import asyncio
from contextlib import closing

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reporting.database.connect import PROJECTOR, READER, WRITER, Database, NotUtf8

ASK = "SELECT " + ", ".join(
    f"current_setting('{name}')"
    for name in ("jit", "default_transaction_isolation", "standard_conforming_strings", "bytea_output")
)
OURS = ("off", "read committed", "on", "hex")


@pytest.mark.parametrize("role", [None, WRITER, PROJECTOR, READER])
def test_a_session_is_ours_whatever_the_server_is_set_to(
    database: Database, server_url: str, role: str | None
) -> None:
    """A packaged PostgreSQL compiles what it thinks dear: a series took longer than its time limit, whatever it read. Where a database is
    set to another isolation, who waited for the head of the log was refused when its turn came."""

    async def listening() -> object:
        listener = await database.listener(role or READER)
        async with listener:
            return await (await listener.execute(ASK)).fetchone()

    name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
    with psycopg.connect(server_url, autocommit=True) as admin:
        for setting in (
            "jit = on",
            "default_transaction_isolation = 'repeatable read'",
            "standard_conforming_strings = off",
        ):
            admin.execute(f"ALTER DATABASE {name} SET {setting}".encode())
    with database.connect(role) as connection:
        assert connection.execute(ASK).fetchone() == OURS
    for by_index in (False, True):
        with closing(database.pool(role, by_index=by_index)) as pool, pool.connection() as connection:
            assert connection.execute(ASK).fetchone() == OURS
    assert asyncio.run(listening()) == OURS


def test_a_database_of_another_encoding_is_refused_by_what_it_is(server_url: str) -> None:
    """One that could not keep 𠮷 as it is typed, and one that keeps bytes of any kind: it was said that a pooler stands between."""
    with psycopg.connect(server_url, autocommit=True) as admin:
        for encoding in ("EUC_JP", "SQL_ASCII"):
            name = f"of_{encoding.lower()}"
            admin.execute(
                f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'".encode()
            )
            try:
                other = Database(make_conninfo(server_url, dbname=name))
                with pytest.raises(NotUtf8) as told:
                    other.connect()
                assert told.value.facts == {"encoding": encoding}
                with closing(other.pool(None)) as pool, pytest.raises(NotUtf8):
                    pool.getconn(2)
                with pytest.raises(NotUtf8):
                    asyncio.run(other.listener("postgres"))
            finally:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_what_is_typed_goes_over_as_it_is_whatever_the_login_is_set_to(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "EUC_JP")
    with database.connect(READER) as connection:
        assert connection.execute("SELECT %s::text || U&'\\+020BB7'", ["髙"]).fetchone() == ("髙𠮷",)
