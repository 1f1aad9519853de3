"""The eventsourcing library's recorder contract over this ledger: same door, same tables, same one order.

A notification id is a position: 1, 2, 3 … without a gap, visible in that order. Lent to the library's `Application`
by `PERSISTENCE_MODULE=reporting.ledger.recorder`; the service itself works on `Ledger`.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
from eventsourcing import persistence as es
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.utils import Environment, EnvType
from psycopg import Connection

from reporting.database.connect import WRITER, Database
from reporting.domain.actor import Actor, Channel, Role
from reporting.errors import CommandIdReused
from reporting.ledger.records import Command
from reporting.ledger.registry import canonical
from reporting.ledger.store import ATTEMPTS, SQL

LIBRARY = Actor(
    "eventsourcing", "eventsourcing", Role.SYSTEM, "*"
)  # who acts where the caller names no actor
PAGE = 500  # notifications a subscription reads at once
POLL_S = 0.25  # a lost notice costs a subscription at most this, and so does noticing stop()
LAST_VERSION, LAST_POSITION = 2**31 - 1, 2**63 - 1
_TOPIC = re.compile(r"(.+)#([1-9][0-9]{0,4})", re.DOTALL)


class LedgerRecorder(es.ApplicationRecorder):
    """Thread-safe. Raises the library's errors; a stream's versions are 1, 2, 3 … and its id is a UUID.

    A topic is the type's name at version 1 and `name#version` from version 2 on. Topics and states are stored as
    they come (text without NUL, any bytes); only `reporting.ledger.registry` closes the list of types, on reading.
    """

    def __init__(
        self,
        database: Database,
        *,
        actor: Actor = LIBRARY,
        role: str = WRITER,
        max_connections: int = 4,
        copies: bool = True,
    ) -> None:
        """`copies` False: notifications of what this log recorded itself, so that who follows several logs is told of each event
        once wherever its election goes; a database that only gathers gives all that it gathered, each once."""
        self.database, self.role, self._copies = database, role, copies
        self._actor = actor
        self._pool = database.pool(role, 1, max_connections)

    def close(self) -> None:
        self._pool.close()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> list[int]:
        """Append all or none; returns their positions. No events: nothing happens, not even the command.

        `kwargs`: any of `Command`'s command_id, actor, channel, reason, on_behalf_of, cause, request_id. With a
        command_id a repeat of the same events returns the first positions again.
        Errors: IntegrityError (some version is not its stream's next one), CommandIdReused, DataError (text or
        number the columns cannot hold), OperationalError (unknown whether it happened), NotSupportedError.
        """
        if kwargs.pop("tracking", None) is not None:
            raise es.NotSupportedError("the ledger holds no tracking records")
        if not stored_events:
            return []
        command = self._command(stored_events, kwargs)
        rows = self._rows("append", _arguments(command, stored_events))
        ((outcome, first, last, _, stream, expected, actual),) = rows
        if outcome == "reused":
            raise CommandIdReused(command_id=str(command.command_id))
        if outcome == "conflict":
            raise es.IntegrityError(f"stream {stream}: expected version {expected}, it is {actual}")
        return list(range(first, last + 1))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        last = LAST_VERSION if lte is None else lte
        bounds = {"stream": originator_id, "gt": gt or 0, "lte": last, "limit": limit}
        rows = self._rows("stream_backward" if desc else "stream_forward", bounds)
        return [StoredEvent(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        """No topics: all of them."""
        first = (start or 0) + (not inclusive_of_start)
        last = LAST_POSITION if stop is None else stop
        bounds: dict[str, Any] = {
            "first": first,
            "last": last,
            "topics": list(topics) or None,
            "limit": limit,
        }
        bounds["copies"] = self._copies
        return [Notification(*row) for row in self._rows("notifications", bounds)]

    def max_notification_id(self) -> int | None:
        ((position,),) = self._rows("position")
        return position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LedgerSubscription:
        return LedgerSubscription(self, gt, topics)

    def _command(self, stored_events: Sequence[StoredEvent], provenance: dict[str, Any]) -> Command:
        events = [
            [str(new.originator_id), new.originator_version, new.topic, hashlib.sha256(new.state).hexdigest()]
            for new in stored_events
        ]
        try:
            body = canonical({"kind": "insert_events", "events": events})
        except ValueError as wrong:  # a lone surrogate in a topic, a version beyond any column
            raise es.DataError(str(wrong)) from wrong
        given: dict[str, Any] = {"command_id": uuid4(), "actor": self._actor, "channel": Channel.API}
        given |= {name: value for name, value in provenance.items() if value is not None}
        return Command(body=body, events=(), **given)

    def _rows(self, query: str, arguments: Mapping[str, Any] | Sequence[Any] = ()) -> list[Any]:
        """Again after a lost connection: the command id makes that safe even when only COMMIT's reply was lost."""
        failure: Exception | None = None
        for _ in range(ATTEMPTS):
            try:
                with self._pool.connection() as connection:
                    return list(connection.execute(SQL[query], arguments).fetchall())
            except (psycopg.OperationalError, psycopg.InterfaceError) as lost:
                failure = lost
            except psycopg.Error as wrong:  # the library's errors bear PEP 249's names, as psycopg's do
                names = [kind.__name__ for kind in type(wrong).__mro__]
                raise next(getattr(es, name) for name in names if hasattr(es, name))(str(wrong)) from wrong
        raise es.OperationalError(str(failure)) from failure


class LedgerSubscription(es.Subscription[LedgerRecorder]):
    """Every event after `gt`, once, in order; blocks at the end of the log. One thread iterates, any may stop it.

    No thread of its own. It listens before the pull it relies on, and polls, so that neither a slow start nor a
    lost listening connection loses an event. OperationalError leaves it where it was: next() goes on from there.
    """

    def __init__(self, recorder: LedgerRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder, gt, topics)
        self._read_to = gt or 0
        self._found: list[Notification] = []
        self._ears: Connection[Any] | None = None
        self._iterating = threading.Lock()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self.close()

    def close(self) -> None:
        """Stop, and wait until an iteration elsewhere has noticed."""
        self.stop()
        with self._iterating:
            self._deafen()

    def __next__(self) -> Notification:
        with self._iterating:
            while not self._has_been_stopped:
                if self._found:
                    return self._found.pop()
                if not self._pull():
                    self._wait()
            self._deafen()
            raise StopIteration

    def _pull(self) -> bool:
        """Whether the log has grown. Positions become visible in order, so all up to the head read first has been
        seen, matching or not: a subscription to rare topics never reads the same events twice."""
        head = self._recorder.max_notification_id() or 0
        if head <= self._read_to:
            return False
        notifications = self._recorder.select_notifications(
            self._read_to, PAGE, head, self._topics, inclusive_of_start=False
        )
        self._read_to = notifications[-1].id if len(notifications) == PAGE else head
        self._found = notifications[::-1]
        return True

    def _wait(self) -> None:
        try:
            if self._ears is None:
                self._ears = self._recorder.database.connect(self._recorder.role, autocommit=True)
                self._ears.execute(SQL["listen"])  # the caller pulls once more before it waits for a notice
            else:
                list(self._ears.notifies(timeout=POLL_S, stop_after=1))
        except psycopg.OperationalError:
            self._deafen()
            time.sleep(POLL_S)

    def _deafen(self) -> None:
        if self._ears is not None:
            self._ears.close()
            self._ears = None


class LedgerFactory(es.InfrastructureFactory[es.TrackingRecorder]):
    """One recorder per factory, over the migrated database at REPORTING_DATABASE_URL (unset: OSError).

    The library's default mapper imports whatever module a stored topic names: set MAPPER_TOPIC to a closed one.
    """

    DATABASE_URL = "REPORTING_DATABASE_URL"

    def __init__(self, env: Environment | EnvType | None, *, role: str = WRITER, copies: bool = True) -> None:
        super().__init__(env)
        if not (url := self.env.get(self.DATABASE_URL)):
            raise OSError(f"{self.DATABASE_URL} is not set")
        self._recorder = LedgerRecorder(Database(url), role=role, copies=copies)

    def close(self) -> None:
        self._recorder.close()

    def aggregate_recorder(self, purpose: str = "events") -> LedgerRecorder:
        if purpose != "events":
            raise es.NotSupportedError(f"the ledger holds events only, no {purpose}")
        return self._recorder

    def application_recorder(self) -> LedgerRecorder:
        return self._recorder

    def tracking_recorder(
        self, tracking_recorder_class: type[es.TrackingRecorder] | None = None
    ) -> es.TrackingRecorder:
        raise es.NotSupportedError("a reader's position belongs to its views, not to the ledger")

    def process_recorder(self) -> es.ProcessRecorder:
        raise es.NotSupportedError("a reader's position belongs to its views, not to the ledger")


def typed(topic: str) -> tuple[str, int]:
    """(type, version); no two topics share one."""
    match = _TOPIC.fullmatch(topic)
    return (match[1], int(match[2])) if match and 1 < int(match[2]) < 2**15 else (topic, 1)


def _arguments(command: Command, new: Sequence[StoredEvent]) -> list[list[Any]]:
    """`append_v1`'s arrays: one command, its events."""
    who = (command.actor.person, command.actor.office, command.actor.role.value, command.on_behalf_of)
    why = (command.channel.value, command.reason, command.cause, command.request_id)
    events = [(e.originator_id, e.originator_version, *typed(e.topic), e.state) for e in new]
    columns = map(list, zip(*events, strict=True))
    return [[value] for value in (command.command_id, command.body_hash, *who, *why, len(events))] + list(
        columns
    )
