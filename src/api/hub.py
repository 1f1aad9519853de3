"""One LISTEN for the whole process, on a standby (which cannot listen) one look after another; every subscriber has a flag that is
raised when the views move."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import structlog
from psycopg.rows import TupleRow

from projections.versions import SQL
from reporting.database.connect import READER, Database, SettingsLost
from reporting.database.replication import REPLICATION, replication_in

RECONNECT_S = 1.0
FOLLOW_S = 0.25
"""Between two looks at a standby's views: what a subscriber there waits longer than one at the primary, at most."""
log = structlog.get_logger(__name__)


class Hub:
    """Fan-out without queues: a slow subscriber merges what it missed instead of falling behind. `follows`: at a standby, as last
    seen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._flags: set[asyncio.Event] = set()
        self.position = 0
        self.follows = False

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
                    await self._until_promoted(connection)
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

    async def _until_promoted(self, connection: psycopg.AsyncConnection[TupleRow]) -> None:
        """Returns at once at a primary; the connection of a standby outlives its promotion."""
        while True:
            replication = replication_in(await (await connection.execute(REPLICATION)).fetchone())
            if replication.standby != self.follows:
                log.info(
                    "follows_primary" if replication.standby else "promoted", replayed=replication.replayed
                )
            self.follows = replication.standby
            if not replication.standby:
                return
            live = await (await connection.execute(SQL["live"])).fetchone()
            if live is not None and (position := int(live[2])) != self.position:
                self.position = position
                self._wake()
            await asyncio.sleep(FOLLOW_S)

    def _wake(self) -> None:
        for flag in self._flags:
            flag.set()
