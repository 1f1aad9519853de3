"""Connections by role. Every process works as the least role it needs; migrations alone run as the owner."""

from __future__ import annotations

import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any, Self
from weakref import WeakKeyDictionary

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from reporting.database.silence import answered
from reporting.errors import ReportingError
from reporting.watched import part, watched

WRITER = "reporting_writer"
PROJECTOR = "reporting_projector"
READER = "reporting_reader"

LOCK_TIMEOUT_MS = 5_000  # a stuck lock becomes an error that names it, not a silent queue
IDLE_TIMEOUT_MS = 30_000  # a session that forgot its transaction must not hold back vacuum or the head row
SILENCE = {
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000,
}  # fmt: skip
"""Seconds, and how often: a machine that was switched off says nothing, and without these it is waited for a quarter of
an hour. The last, in milliseconds, is of what was sent and not taken: while something is on its way no keepalive is sent. The URL
may say otherwise."""
POOL_TIMEOUT_S = 3.0  # longer, and requests pile up behind a database that is away
RECONNECT_S = (
    3.0  # how long a pool tries by itself; the library's 5 minutes double the pause up to two of them
)
RECENT_S = 1.0
"""A connection that answered so lately is taken as it is where each round trip counts."""
CHECK_WITHIN_S = 2.0
"""An empty statement needs no disk and no lock: who does not answer it so long is frozen, or the line to it silent."""

OURS = (
    "jit=off",
    "default_transaction_isolation=read\\ committed",
    "standard_conforming_strings=on",
    "bytea_output=hex",
)
"""Of every session, whatever a server, a database or a login is set to. A PostgreSQL built with LLVM, as distributions have it, compiles what
it thinks dear before it begins: of a series' statement, which is long and reads few rows, more than ten seconds each time it is asked.
Who waits for a row's lock goes on from what stands there then: `versions`, the head of the log. Statements of our files are written as the standard says, and the driver reads lists of bytes in one form."""

BY_INDEX = "enable_seqscan=off"
"""For statements that look few rows up in a table that grows a hundredfold between two looks at its statistics: a plan that was kept while
it was small reads all of it."""

MAX_STATEMENT = 200  # characters of a statement that watchers are told

AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)
"""What a database that is stopped, full, overloaded or changing over raises: it goes by, and sending again is safe."""


def is_address(url: str) -> bool:
    """Whether it says where a database is, in a way that its client reads; nobody is asked."""
    try:
        ports = str(conninfo_to_dict(url).get("port") or "").split(",")
    except psycopg.ProgrammingError:
        return False
    return all(port.isascii() and (port or "0").isdigit() for port in ports)


def why_refused(url: str) -> str | None:
    """The first line of what the driver says, which holds no password, where it does not connect; no connection stays."""
    try:
        psycopg.connect(url).close()
    except psycopg.Error as refused:
        return str(refused).strip().partition("\n")[0]
    return None


class SettingsLost(ReportingError):
    """facts: `setting`, `found`, `expected`. The connection is not the one that was asked for: something between us and
    PostgreSQL leaves start-up options out, as PgBouncer does with `ignore_startup_parameters = options`."""

    code = "settings_lost"
    template_ja = (
        "データベース接続の {setting} が {found} です（必要な値：{expected}）。接続時の options が届いていません。"
        "PgBouncer などの接続プールを通さず、PostgreSQL に直接つなぐ URL を REPORTING_DATABASE_URL に設定してください。"
    )
    template_en = (
        "The database connection has {setting} = {found}, needed is {expected}: start-up options do not arrive. Set "
        "REPORTING_DATABASE_URL to PostgreSQL itself, not to PgBouncer or another pooler."
    )


class PoolerBetween(SettingsLost):
    """facts: `setting`, `found`, `expected`. Options arrive, but the session is lent: another process than the one that
    answered the start-up executes what we send."""

    template_ja = (
        "データベースとの間に接続プール（PgBouncer など）があります（{setting}：{found} と {expected}）。LISTEN と権限の切替えは"
        "専用の接続でしか安全に使えません。PostgreSQL に直接つなぐ URL を REPORTING_DATABASE_URL に設定してください。"
    )
    template_en = (
        "A pooler stands between us and the database ({setting}: {found}, not {expected}). LISTEN and roles are safe in a "
        "session of their own only: set REPORTING_DATABASE_URL to PostgreSQL itself."
    )


class NotUtf8(ReportingError):
    """facts: `encoding`, the database's."""

    code = "database_not_utf8"
    template_ja = (
        "データベースの文字コードが {encoding} です。UTF8 でなければ、氏名などの文字を入力されたとおりに保存できません。"
        "文字コード UTF8 のデータベースを template0 から作り直し、REPORTING_DATABASE_URL に設定してください。"
    )
    template_en = (
        "The database's encoding is {encoding}; only UTF8 keeps names as they are typed. Make another in UTF8 from "
        "template0 and set REPORTING_DATABASE_URL to it."
    )


ASKED_BACK = (
    "SELECT current_user, pg_backend_pid(), current_setting('lock_timeout'),"
    " current_setting('idle_in_transaction_session_timeout'),"
    " set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false)"
)
"""Not from `pg_settings`, which works out all 400 settings to tell one, and nothing worked out of them: each function, cast and operator
is looked up anew by each new connection.
`search_path` and `statement_timeout` are not among them: they are set within the transaction that needs them.

Zone and form of dates are set here for the whole session, and not as start-up options, before which the environment goes (PGTZ): what is
written of a moment is the same wherever the database stands."""


def as_told(milliseconds: int) -> str:
    """As PostgreSQL tells a setting: in the largest unit that it is a whole number of."""
    units = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1))
    return next(f"{milliseconds // size}{unit}" for unit, size in units if milliseconds % size == 0)


def refuse_unless_asked(row: TupleRow | None, backend: int, role: str | None) -> None:
    """SettingsLost unless the answer to ASKED_BACK is that of `Database.dsn(role)` on a session of our own: a wall that is
    silently not there is none. `backend`: the process that the start-up named (BackendKeyData of the protocol); a pooler
    names one of its own."""
    assert row is not None
    user, process, lock, idle, *_ = row
    for name, there, asked in (
        ("current_user", user, role or user),
        ("lock_timeout", lock, as_told(LOCK_TIMEOUT_MS)),
        ("idle_in_transaction_session_timeout", idle, as_told(IDLE_TIMEOUT_MS)),
    ):
        if there != asked:
            raise SettingsLost(setting=name, found=there, expected=asked)
    if process != backend:
        raise PoolerBetween(setting="pg_backend_pid", found=process, expected=backend)


def refuse_other_encoding(connection: psycopg.BaseConnection[Any]) -> None:
    """NotUtf8. Told at the start of a session: nothing is asked for it."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise NotUtf8(encoding=encoding)


class WatchedCursor(psycopg.Cursor[TupleRow]):
    """Says of each statement that it is asked, and how long it took: its text, never its values. One that gets no answer fails
    (`silence`)."""

    def execute(
        self,
        query: Any,
        params: Any = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> Self:
        if not watched():
            with answered(self.connection.pgconn.socket):
                return super().execute(query, params, prepare=prepare, binary=binary)
        text = query.decode() if isinstance(query, bytes) else str(query)
        told = part("sql", statement=" ".join(text[:MAX_STATEMENT].split()))
        with told, answered(self.connection.pgconn.socket):
            return super().execute(query, params, prepare=prepare, binary=binary)


@contextmanager
def together(connection: psycopg.Connection[Any], statements: int) -> Iterator[None]:
    """So many statements, none of whose results is asked for, in one round trip. The first that fails is raised at the end."""
    with answered(connection.pgconn.socket, statements), connection.pipeline():
        yield


class CheckedPool(ConnectionPool[psycopg.Connection[TupleRow]]):
    """A pool whose connections are all what was asked for. The library makes them in the background and would only say
    that none came in time: whoever asks for one is told why."""

    def __init__(self, dsn: str, role: str | None, *, min_size: int, max_size: int, check: bool) -> None:
        self._role = role
        self._why: Exception | None = None
        self._used: MutableMapping[psycopg.Connection[TupleRow], float] = WeakKeyDictionary()
        super().__init__(
            dsn,
            min_size=min_size,
            max_size=max_size,
            timeout=POOL_TIMEOUT_S,
            reconnect_timeout=RECONNECT_S,
            configure=self._look,
            check=self.check_connection if check else self._check_idle,
            open=True,
        )

    def putconn(self, conn: psycopg.Connection[TupleRow]) -> None:
        self._used[conn] = time.monotonic()
        super().putconn(conn)

    def _check_idle(self, conn: psycopg.Connection[TupleRow]) -> None:
        if time.monotonic() - self._used.get(conn, 0.0) > RECENT_S:
            self.check_connection(conn)

    @staticmethod
    def check_connection(conn: psycopg.Connection[TupleRow]) -> None:
        """OperationalError where it does not answer within CHECK_WITHIN_S. The library's own looks wait for as long as the other
        side is silent, and every request with them."""
        lower, deadline = conn.pgconn, time.monotonic() + CHECK_WITHIN_S
        lower.send_query(b"")
        with DefaultSelector() as selector:
            selector.register(lower.socket, EVENT_READ | EVENT_WRITE)
            while lower.flush():
                _ready(selector, deadline)
                lower.consume_input()
            selector.modify(lower.socket, EVENT_READ)
            while True:
                lower.consume_input()
                while not lower.is_busy():
                    if lower.get_result() is None:
                        return
                _ready(selector, deadline)

    def getconn(self, timeout: float | None = None) -> psycopg.Connection[TupleRow]:
        """SettingsLost, NotUtf8, or OperationalError in the driver's words, where that is why there is none; PoolTimeout where all are in use."""
        try:
            return super().getconn(timeout)
        except PoolTimeout:
            if isinstance(self._why, SettingsLost | NotUtf8):
                raise self._why from None
            if isinstance(self._why, psycopg.Error):
                raise psycopg.OperationalError(str(self._why)) from None
            raise

    def _connect(self, timeout: float | None = None) -> psycopg.Connection[TupleRow]:
        """Why the last one was not made, the library tells its log alone."""
        try:
            connection = super()._connect(timeout)
        except Exception as failed:
            self._why = failed
            raise
        self._why = None
        return connection

    def _look(self, connection: psycopg.Connection[TupleRow]) -> None:
        _look(connection, self._role)
        connection.cursor_factory = WatchedCursor


def _ready(selector: DefaultSelector, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0 or not selector.select(left):
        raise psycopg.OperationalError(f"no answer in {CHECK_WITHIN_S:g} s")


def _look(connection: psycopg.Connection[TupleRow], role: str | None) -> None:
    refuse_other_encoding(connection)
    before = connection.autocommit
    connection.autocommit = True  # one round trip, where a transaction takes three
    row = connection.execute(ASKED_BACK).fetchone()
    connection.autocommit = before
    refuse_unless_asked(row, connection.info.backend_pid, role)


@dataclass(frozen=True, slots=True)
class Database:
    """A PostgreSQL database (≥ 15) by URL. `role` None connects as the URL's own user."""

    url: str

    def dsn(self, role: str | None = None, *, by_index: bool = False) -> str:
        settings = [
            f"-c lock_timeout={LOCK_TIMEOUT_MS}",
            f"-c idle_in_transaction_session_timeout={IDLE_TIMEOUT_MS}",
            *(f"-c {setting}" for setting in OURS),
        ]
        if role is not None:
            settings.append(f"-c role={role}")
        if by_index:
            settings.append(f"-c {BY_INDEX}")
        given: dict[str, Any] = SILENCE | conninfo_to_dict(self.url)
        given |= {"options": " ".join(settings), "application_name": role or "reporting_owner"}
        given |= {"client_encoding": "UTF8"}  # and not what a login's settings or PGCLIENTENCODING say
        return make_conninfo(**given)

    def connect(self, role: str | None = None, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        """SettingsLost; NotUtf8."""
        try:
            connection = psycopg.connect(self.dsn(role), autocommit=autocommit)
        except psycopg.OperationalError as failed:
            if "unsupported startup parameter" in str(failed):  # PgBouncer's words; PostgreSQL knows them all
                raise PoolerBetween(setting="options", found="—", expected="PostgreSQL") from None
            raise
        try:
            _look(connection, role)
        except BaseException:
            connection.close()
            raise
        return connection

    async def listener(self, role: str) -> psycopg.AsyncConnection[TupleRow]:
        """In autocommit, for LISTEN. SettingsLost; NotUtf8."""
        connection = await psycopg.AsyncConnection.connect(self.dsn(role), autocommit=True)
        try:
            refuse_other_encoding(connection)
            answer = await connection.execute(ASKED_BACK)
            refuse_unless_asked(await answer.fetchone(), connection.info.backend_pid, role)
        except BaseException:
            await connection.close()
            raise
        return connection

    def pool(
        self,
        role: str | None,
        min_size: int = 1,
        max_size: int = 4,
        *,
        check: bool = True,
        by_index: bool = False,
    ) -> ConnectionPool[Any]:
        """An open pool; the caller closes it. `check`: see before each use that the connection still lives, else only where it was
        not used for RECENT_S; `by_index`: BY_INDEX. Whoever takes a connection may meet SettingsLost."""
        dsn = self.dsn(role, by_index=by_index)
        return CheckedPool(dsn, role, min_size=min_size, max_size=max_size, check=check)


def sizes_of(pool: ConnectionPool[Any]) -> dict[str, int]:
    """Connections open and of these idle, and requests that wait for one."""
    stats = pool.get_stats()
    return {
        "open": stats.get("pool_size", 0),
        "idle": stats.get("pool_available", 0),
        "waiting": stats.get("requests_waiting", 0),
    }
