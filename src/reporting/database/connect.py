"""Connections by role. Every process works as the least role it needs; migrations alone run as the owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

WRITER = "reporting_writer"
PROJECTOR = "reporting_projector"
READER = "reporting_reader"

LOCK_TIMEOUT_MS = 5_000  # a stuck lock becomes an error that names it, not a silent queue
IDLE_TIMEOUT_MS = 30_000  # a session that forgot its transaction must not hold back vacuum or the head row
SILENCE = {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""Seconds, and how often: a machine that was switched off says nothing, and without these it is waited for a quarter of
an hour. The URL may say otherwise."""
POOL_TIMEOUT_S = 3.0  # longer, and requests pile up behind a database that is away
RECONNECT_S = (
    3.0  # how long a pool tries by itself; the library's 5 minutes double the pause up to two of them
)

AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)
"""What a database that is stopped, full, overloaded or changing over raises: it goes by, and sending again is safe."""


@dataclass(frozen=True, slots=True)
class Database:
    """A PostgreSQL database (≥ 15) by URL. `role` None connects as the URL's own user."""

    url: str

    def dsn(self, role: str | None = None) -> str:
        settings = [
            f"-c lock_timeout={LOCK_TIMEOUT_MS}",
            f"-c idle_in_transaction_session_timeout={IDLE_TIMEOUT_MS}",
        ]
        if role is not None:
            settings.append(f"-c role={role}")
        given: dict[str, Any] = SILENCE | conninfo_to_dict(self.url)
        given |= {"options": " ".join(settings), "application_name": role or "reporting_owner"}
        return make_conninfo(**given)

    def connect(self, role: str | None = None, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn(role), autocommit=autocommit)

    def pool(
        self, role: str | None, min_size: int = 1, max_size: int = 4, *, check: bool = True
    ) -> ConnectionPool[Any]:
        """An open pool; the caller closes it. `check`: see before each use that the connection still lives."""
        return ConnectionPool(
            self.dsn(role),
            min_size=min_size,
            max_size=max_size,
            timeout=POOL_TIMEOUT_S,
            reconnect_timeout=RECONNECT_S,
            check=ConnectionPool.check_connection if check else None,
            open=True,
        )
