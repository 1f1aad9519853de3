"""One LISTEN for the whole process; every subscriber has a flag that is raised when the views move."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog

from reporting.database.connect import READER, Database, SettingsLost

RECONNECT_S = 1.0
log = structlog.get_logger(__name__)


class Hub:
    """Fan-out without queues: a slow subscriber merges what it missed instead of falling behind."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._flags: set[asyncio.Event] = set()
        self.position = 0

    @contextmanager
    def subscribe(self) -> Iterator[asyncio.Event]:
        flag = asyncio.Event()
        self._flags.add(flag)
        try:
            yield flag
        finally:
            self._flags.discard(flag)

    async def listen(self) -> None:
        """Until cancelled; reconnects, and wakes everyone after a reconnect since something may have been missed."""
        while True:
            try:
                async with await self._database.listener(READER) as connection:
                    await connection.execute("LISTEN views")
                    self._wake()
                    async for notice in connection.notifies():
                        self.position = max(self.position, int(json.loads(notice.payload)["position"]))
                        self._wake()
            except psycopg.Error as lost:
                log.warning("views_listener_lost", detail=str(lost))
            except SettingsLost as refused:
                log.error("views_listener_refused", detail=str(refused))
            await asyncio.sleep(RECONNECT_S)

    def _wake(self) -> None:
        for flag in self._flags:
            flag.set()
