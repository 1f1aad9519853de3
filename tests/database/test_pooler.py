"""A pooler that drops start-up options takes role and time-outs away; what is left is refused, never used."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from api.cli.runtime import running
from api.settings import Settings
from projections.read import ViewReader
from reporting.database import connect
from reporting.database.connect import (
    PROJECTOR,
    READER,
    WRITER,
    Database,
    PoolerBetween,
    SettingsLost,
    as_told,
)
from reporting.ledger import Ledger

CANCELS_AND_TLS = 80877000  # protocol numbers from here on are no start-up messages (PostgreSQL docs, 53.7)


def _exactly(source: socket.socket, size: int) -> bytes:
    made = b""
    while len(made) < size and (part := source.recv(size - len(made))):
        made += part
    return made


def _forward(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            to.sendall(part)
        to.shutdown(socket.SHUT_WR)


@dataclass(frozen=True)
class Pooler:
    """What stands between. `options`: it passes them on; `own_key`: it names a process of its own (BackendKeyData), as
    every pooler does, whose sessions are lent."""

    options: bool
    own_key: bool = True
    refuses: bool = False

    def join(self, client: socket.socket, server: socket.socket) -> None:
        while True:
            (size,) = struct.unpack("!i", _exactly(client, 4))
            body = _exactly(client, size - 4)
            (protocol,) = struct.unpack("!i", body[:4])
            if protocol < CANCELS_AND_TLS:
                break
            client.sendall(b"N")  # neither TLS nor GSSAPI
        if self.refuses:
            said = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
            client.sendall(b"E" + struct.pack("!i", len(said) + 4) + said)
            client.close()
            return
        words = body[4:].rstrip(b"\0").split(b"\0")
        kept = [
            pair
            for pair in zip(words[::2], words[1::2], strict=True)
            if self.options or pair[0] != b"options"
        ]
        body = body[:4] + b"".join(name + b"\0" + value + b"\0" for name, value in kept) + b"\0"
        server.sendall(struct.pack("!i", len(body) + 4) + body)
        threading.Thread(target=self._answer, args=(server, client), daemon=True).start()
        _forward(client, server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError, struct.error):
            while self.own_key:
                kind, rest = _exactly(server, 1), _exactly(server, 4)
                body = _exactly(server, struct.unpack("!i", rest)[0] - 4)
                if kind == b"K":
                    client.sendall(kind + rest + struct.pack("!i", 7) + body[4:])
                    break
                client.sendall(kind + rest + body)
        _forward(server, client)


@contextmanager
def through(pooler: Pooler, database: Database) -> Iterator[Database]:
    given = conninfo_to_dict(database.url)
    host, port = str(given.get("host") or "localhost"), int(given.get("port") or 5432)

    def to_postgres() -> socket.socket:
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    listener = socket.create_server(("127.0.0.1", 0))
    opened: list[socket.socket] = [listener]

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, server = listener.accept()[0], to_postgres()
                opened.extend((client, server))
                threading.Thread(target=pooler.join, args=(client, server), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield Database(make_conninfo(**{**given, "host": "127.0.0.1", "port": listener.getsockname()[1]}))
    for one in opened:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@pytest.fixture
def pooled(database: Database) -> Iterator[Database]:
    """Through one that drops the start-up options, as PgBouncer with ignore_startup_parameters does."""
    with through(Pooler(options=False, own_key=False), database) as made:
        yield made


@pytest.fixture
def lent(database: Database) -> Iterator[Database]:
    """Through one that passes them on, and lends its sessions."""
    with through(Pooler(options=True), database) as made:
        yield made


@pytest.mark.parametrize(
    "milliseconds", [1, 999, 1_000, 1_001, 30_000, 60_000, 90_000, 7_200_000, 172_800_000]
)
def test_a_time_is_told_as_the_database_tells_it(database: Database, milliseconds: int) -> None:
    with database.connect() as connection:
        connection.execute(f"SET lock_timeout = {milliseconds}")
        assert connection.execute("SHOW lock_timeout").fetchone() == (as_told(milliseconds),)


@pytest.mark.parametrize("role", [READER, WRITER, PROJECTOR, None])
def test_a_connection_without_its_role_and_times_is_refused(pooled: Database, role: str | None) -> None:
    with psycopg.connect(pooled.dsn(role)) as bare:
        assert bare.execute("SELECT current_user").fetchone() != (role,)  # this is what would have been used
    with pytest.raises(SettingsLost) as refused:
        pooled.connect(role)
    assert refused.value.facts["expected"] == (role or "5s")
    assert "PgBouncer" in refused.value.message_ja


def test_the_right_connection_is_taken(database: Database) -> None:
    for role in (READER, WRITER, PROJECTOR, None):
        with database.connect(role) as connection:
            assert role is None or connection.execute("SELECT current_user").fetchone() == (role,)
    with database.pool(READER) as pool, pool.connection() as connection:
        assert connection.execute("SELECT current_user").fetchone() == (READER,)


@pytest.mark.parametrize("role", [READER, WRITER, PROJECTOR, None])
def test_a_lent_session_is_refused_though_options_arrive(lent: Database, role: str | None) -> None:
    with psycopg.connect(lent.dsn(role)) as bare:
        assert role is None or bare.execute("SELECT current_user").fetchone() == (role,)
    with pytest.raises(PoolerBetween) as refused:
        lent.connect(role)
    assert "REPORTING_DATABASE_URL" in refused.value.message_ja


def test_one_that_refuses_options_is_told_as_what_it_is(database: Database) -> None:
    """Not as a database that is away."""
    with through(Pooler(options=False, refuses=True), database) as made, pytest.raises(PoolerBetween):
        made.connect(READER)


def test_a_way_through_that_changes_nothing_is_none(database: Database) -> None:
    """A tunnel, or a proxy that only forwards, is PostgreSQL itself."""
    with (
        through(Pooler(options=True, own_key=False), database) as tunnel,
        tunnel.connect(READER) as connection,
    ):
        assert connection.execute("SELECT current_user").fetchone() == (READER,)


@pytest.mark.parametrize(("way", "refusal"), [("pooled", SettingsLost), ("lent", PoolerBetween)])
def test_a_pool_says_why_it_has_no_connection(
    way: str, refusal: type[SettingsLost], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that none came in time: of pools of the reader, the ledger and everything else there is one way to make."""
    monkeypatch.setattr("reporting.database.connect.POOL_TIMEOUT_S", 0.5)
    through: Database = request.getfixturevalue(way)
    reader = ViewReader(through)
    with closing(reader), pytest.raises(refusal), reader.snapshot():
        raise AssertionError
    with closing(Ledger(through)) as ledger, pytest.raises(refusal):
        ledger.position()


def test_the_listener_is_asked_too(pooled: Database, lent: Database, database: Database) -> None:
    async def listen(through: Database) -> str:
        async with await through.listener(READER) as connection:
            answer = await connection.execute("SELECT current_user")
            return str(((await answer.fetchone()) or ("",))[0])

    for through in (pooled, lent):
        with pytest.raises(SettingsLost):
            asyncio.run(listen(through))
    assert asyncio.run(listen(database)) == READER


def test_a_service_does_not_start_through_a_pooler(lent: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "api.cli.runtime.wait_until_up", lambda *_, **__: None
    )  # would hold up the pooler's threads
    with (
        pytest.raises(PoolerBetween),
        running(Settings(database_url=lent.url, data_dir=Path(), token_key=Path("token.key")), service=True),
    ):
        raise AssertionError


def test_no_connection_is_made_past_the_check() -> None:
    """psycopg and its pool are called for a connection in one file."""
    sources = Path(connect.__file__).parents[2]
    calls = re.compile(
        r"(psycopg\.|Async)(Async)?(Connection)?\.?connect\(|ConnectionPool\(|psycopg\.connect\("
    )
    found = {
        str(file.relative_to(sources))
        for file in sources.rglob("*.py")
        if calls.search(file.read_text("utf-8"))
    }
    assert found <= {"reporting/database/connect.py"}
