"""Keep the live views up with the log for as long as a process lives: over lost connections, faults and another build's views."""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable

import psycopg
import structlog
from psycopg.rows import TupleRow

from projections.errors import ProjectionError
from projections.rebuild import rebuild
from projections.runner import Projector
from projections.versions import Version
from reporting.database.connect import AWAY, PROJECTOR, Database
from reporting.database.replication import replication_of

POLL_S = 1.0
"""A notification comes with the commit it tells of; a lost one costs at most this. Shorter, and a quiet night is spent on asking."""

STOP_S = 0.1
"""How soon a process that is told to stop does."""
PROMOTION_S = 1.0
"""Between two looks whether a standby has become the primary: how long nobody projects then, at most."""

LATER_S = 5.0
"""Between two looks whether a later build still has the views."""

BACKOFF_S = (0.1, 0.5, 1.0, 2.0, 5.0)

log = structlog.get_logger(__name__)


def _hear(connection: psycopg.Connection[TupleRow], stop: threading.Event) -> None:
    """Until the log moves, `stop`, or POLL_S: short waits, so that whoever stops the process does not wait for it. What came with an
    answer stands at the socket no longer, so it is asked for first; the waits are the socket's alone, which cost nothing."""
    deadline = time.monotonic() + POLL_S
    comes = select.poll()
    comes.register(connection.fileno(), select.POLLIN)
    while not any(True for _ in connection.notifies(timeout=0, stop_after=1)):
        while not comes.poll(1000 * STOP_S):
            if stop.is_set() or time.monotonic() >= deadline:
                return


class Keeper:
    """One process'. Any number may run: see `Projector`."""

    def __init__(self, database: Database) -> None:
        self._database, self._waits = database, False
        self._left_alone: int | None = None

    def run(self, stop: threading.Event, on_error: Callable[[Exception], None] = lambda error: None) -> None:
        """Until `stop` is set: project, then wait for the log to move. Connections that die are made again."""
        projector, failures = Projector(self._database), 0
        while not stop.is_set():
            try:
                with self._database.connect(PROJECTOR, autocommit=True) as connection:
                    if not self._takes_changes(connection):
                        stop.wait(PROMOTION_S)
                        continue
                    version = projector.create_if_missing(connection)
                    if version.of_a_later_build:
                        self._leave_alone(version)
                        stop.wait(LATER_S)
                        continue
                    if version.outdated:
                        self._renew()
                    projector.claim(version)
                    projector.make_ready(connection)
                    # What comes while a step lasts is heard after it: nobody has to be waked for it, and it is one connection less.
                    connection.execute("LISTEN ledger")
                    while not stop.is_set():
                        if not projector.run_once(connection):
                            failures = 0
                            _hear(connection, stop)
            except ProjectionError as stopped:
                on_error(stopped)
                log.error("projection_stopped", detail=str(stopped))
                stop.wait(BACKOFF_S[-1])
            except psycopg.Error as lost:
                on_error(lost)
                event = "projection_connection_lost" if isinstance(lost, AWAY) else "projection_failed"
                log.warning(event, detail=str(lost))
                stop.wait(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
            except Exception as fault:  # nobody looks after the thread: it must say so and go on
                on_error(fault)
                log.error("projection_failed", exc_info=fault)
                stop.wait(BACKOFF_S[-1])

    def _takes_changes(self, connection: psycopg.Connection[TupleRow]) -> bool:
        """Not at a standby, whose views come from its primary. Said once, however often it is looked."""
        takes_changes = replication_of(connection).takes_changes
        if not takes_changes and not self._waits:
            log.info("projector_waits_for_promotion")
        self._waits = not takes_changes
        return takes_changes

    def _leave_alone(self, version: Version) -> None:
        """An update went over this process: whoever writes now is the later build's. Told once for each version."""
        if version.number != self._left_alone:
            self._left_alone = version.number
            log.warning("views_of_a_later_build", version=version.number, build=str(version.build))

    def _renew(self) -> None:
        """Another build's views: make this one's beside them and switch, while readers of that build go on."""
        log.info("views_outdated", detail="made anew from the log")
        # Nothing that is entered shows in any view until this is over.
        log.info("views_renewed", version=rebuild(self._database, replace=True, makes_way=False))
