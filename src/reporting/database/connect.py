"""Connections by role. Every process works as the least role it needs; migrations alone run as the owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool, ConnectionPool

WRITER = "reporting_writer"
PROJECTOR = "reporting_projector"
READER = "reporting_reader"

LOCK_TIMEOUT_MS = 5_000  # a stuck lock becomes an error that names it, not a silent queue
IDLE_TIMEOUT_MS = 30_000  # a session that forgot its transaction must not hold back vacuum or the head row
POOL_TIMEOUT_S = 5.0


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
        return make_conninfo(self.url, options=" ".join(settings), application_name=role or "reporting_owner")

    def connect(self, role: str | None = None, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        return psycopg.connect(self.dsn(role), autocommit=autocommit)

    def pool(self, role: str | None, min_size: int = 1, max_size: int = 4) -> ConnectionPool[Any]:
        """An open pool; the caller closes it."""
        return ConnectionPool(
            self.dsn(role),
            min_size=min_size,
            max_size=max_size,
            timeout=POOL_TIMEOUT_S,
            check=ConnectionPool.check_connection,
            open=True,
        )

    def async_pool(self, role: str | None, min_size: int = 1, max_size: int = 4) -> AsyncConnectionPool[Any]:
        """A pool that is not open yet: `await pool.open()` inside the event loop that will use it."""
        return AsyncConnectionPool(
            self.dsn(role),
            min_size=min_size,
            max_size=max_size,
            timeout=POOL_TIMEOUT_S,
            check=AsyncConnectionPool.check_connection,
            open=False,
        )
