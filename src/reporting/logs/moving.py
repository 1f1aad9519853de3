"""Move an election from one log to another: copied while it is written, closed where it was, copied to its end, opened where it is.

Each step can be repeated, and is found done where it was done: whatever ends a move in the middle, moving again finishes it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from psycopg import Connection, Error

from reporting.application.authority import authorise
from reporting.application.commands import require_words_if_any
from reporting.application.once import once
from reporting.application.proposals import proposals
from reporting.database.connect import READER
from reporting.domain.actor import Actor, Channel
from reporting.domain.events import ElectionDefined
from reporting.domain.log_events import ElectionMovedAway, ElectionTakenIn, EventsCopied
from reporting.errors import UnknownReference
from reporting.ledger import Command, Ledger, NewEvent, election_stream, registry_stream
from reporting.ledger.door import door_arguments
from reporting.ledger.registry import canonical
from reporting.ledger.store import SQL as LEDGER
from reporting.ledger.streams import NAMESPACE, copied_stream, placement_stream
from reporting.logs.copying import Intake, digest_of
from reporting.logs.directory import LogDirectory
from reporting.logs.errors import AnotherMove, AreasDiffer, ClockAhead, NotPlaced, OnItsWay, ProposalsWait
from reporting.logs.naming import Installation, Log
from reporting.logs.source import COPIER, SQL, events

AHEAD_S = 2.0
"""Machines that keep their clocks are milliseconds apart."""

Progress = Callable[[int, int, str], None]


def _let_go(lock: Connection[Any]) -> None:
    with suppress(Error):  # a session that is gone holds nothing
        lock.execute(SQL["moved"])


@dataclass(frozen=True, slots=True)
class ElectionMoved:
    """`events`: that the election has in the log it came to, before what is said there of its coming; `copied`: by this call."""

    election: str
    from_log: str
    to_log: str
    events: int
    copied: int


class Mover:
    """Needs the databases of both logs and of the directory."""

    def __init__(self, installation: Installation, directory: LogDirectory) -> None:
        self._installation, self._directory = installation, directory

    def move(
        self,
        election: str,
        to: str,
        actor: Actor,
        reason: str | None = None,
        progress: Progress = lambda done, total, what: None,
    ) -> ElectionMoved:
        """NotAuthorised, InvalidInput, UnknownReference, NotPlaced, OnItsWay, AreasDiffer, ProposalsWait, ClockAhead, CopyDiffers; AnotherMove."""
        authorise("move_election", actor)
        require_words_if_any("reason", reason)
        target = self._installation.named(to)
        with ExitStack() as stack:
            lock = stack.enter_context(self._installation.directory_log.at.connect(READER, autocommit=True))
            if lock.execute(SQL["one_mover"]).fetchone() != (True,):
                raise AnotherMove
            stack.callback(_let_go, lock)  # the server notices a closed session later than who moves next
            told = self._directory.told()
            if (holder := told.placed.get(election)) is None:
                raise NotPlaced(election=election, log=to)
            source = self._installation.named(holder)
            left = stack.enter_context(closing(Ledger(source.at, max_connections=2)))
            if (begun := _begun(left, election)) not in (None, to):
                raise OnItsWay(election=election, log=begun)
            if holder == to:
                return ElectionMoved(election, to, to, 0, 0)
            came = stack.enter_context(closing(Ledger(target.at, max_connections=2)))
            way = _Way(election, source, target, left, came, actor, reason)
            copied = way.go(progress)
            self._directory.moved(way.command_id("placed"), election, to, actor, reason)
            return ElectionMoved(election, holder, to, way.events, copied)


def _begun(ledger: Ledger, election: str) -> str | None:
    """The log to which an election has left the one that the directory names: a move that was ended in the middle."""
    said = ledger.stream(placement_stream(election))
    return said[-1].event.to_log if said and isinstance(said[-1].event, ElectionMovedAway) else None


class _Way:
    """One election on its way. `number`: of this move, as both logs count them: a later move of the same election is another."""

    def __init__(
        self, election: str, source: Log, target: Log, left: Ledger, came: Ledger, actor: Actor, reason: str | None
    ) -> None:  # fmt: skip
        self.election, self.source, self.target = election, source, target
        self._left, self._came, self._actor, self._reason = left, came, actor, reason
        self.events = self._upto = 0
        self._stream = placement_stream(election)
        said = left.stream(self._stream)
        self._has_left = bool(said) and isinstance(said[-1].event, ElectionMovedAway)
        self.number = len(said) if self._has_left else len(said) + 1
        """Version of the placement stream at which it says that it left."""

    def command_id(self, step: str) -> UUID:
        return uuid5(NAMESPACE, "\x1f".join(("move", step, self.election, self.source.name, self.target.name, str(self.number))))  # fmt: skip

    def go(self, progress: Progress) -> int:
        """How many events this call copied."""
        if self._came.stream_version(self._stream) > self.number:
            return 0  # it has come: only the directory was not told
        self._require_movable()
        with (
            self.target.at.connect(COPIER, autocommit=True) as target,
            self.source.at.connect(READER, autocommit=True) as source,
        ):
            target.execute(SQL["await"], (self.election, self.source.name, self.source.address))
            copied = self._copy(source, target, progress)
            # Nobody writes it from here to its arrival: only what came meanwhile is still to be copied.
            left = self._leave()
            copied += self._copy(source, target, progress)
        self._arrive(left)
        return copied

    def _require_movable(self) -> None:
        defined = self._left.stream(election_stream(self.election))
        if not defined:
            raise UnknownReference(kind="election", found=self.election)
        if not self._has_left:  # what has left must arrive: until then nobody can write it
            self._require_time()
        waiting = [
            proposal
            for proposal in proposals(self._left, self._left.time())
            if proposal.state == "open" and (proposal.subject, proposal.code) == ("election", self.election)
        ]
        if waiting:
            raise ProposalsWait(election=self.election, count=len(waiting))
        registries = {event.event.definition.registry for event in defined if isinstance(event.event, ElectionDefined)}  # fmt: skip
        for registry in sorted(registries):
            version = areas_differ(self.source, self.target, registry)
            if version:
                raise AreasDiffer(
                    registry=registry, version=version, log=self.source.name, other=self.target.name
                )

    def _require_time(self) -> None:
        """The target is asked last: what asking takes counts for the move."""
        last = self._left.read(self._left.position() - 1, 1)
        leaves_at = max([self._left.time(), *(event.recorded_at for event in last)])
        ahead_s = (leaves_at - self._came.time()).total_seconds()
        if ahead_s > AHEAD_S:
            raise ClockAhead(log=self.source.name, other=self.target.name, seconds=round(ahead_s))

    def _leave(self) -> int:
        """Position at which the source says that it left; from then on every event of it is refused there."""
        event = ElectionMovedAway(
            election=self.election, from_log=self.source.name, to_log=self.target.name, address=self.target.address
        )  # fmt: skip
        command = self._command("left", event)
        appended = once(
            self._left,
            command,
            lambda: command.deciding([NewEvent(self._stream, self.number, event)]),
            self._left.append,
        )
        return appended.last_position

    def _arrive(self, left: int) -> None:
        event = ElectionTakenIn(
            election=self.election, from_log=self.source.name, to_log=self.target.name, left=left, events=self.events
        )  # fmt: skip
        command = self._command("arrived", event)
        once(
            self._came,
            command,
            lambda: command.deciding([NewEvent(self._stream, self.number + 1, event)]),
            self._came.append,
        )

    def _command(self, step: str, event: ElectionMovedAway | ElectionTakenIn) -> Command:
        body = canonical({"kind": "MoveElection", "step": step, "election": self.election, "to": self.target.name})  # fmt: skip
        return Command(
            self.command_id(step), body, self._actor, Channel.API, (), reason=self._reason,
        )  # fmt: skip

    def _copy(self, source: Connection[Any], target: Connection[Any], progress: Progress) -> int:
        """Whatever of the election is not there yet, from where this move has come, a page in each transaction."""
        (head,) = source.execute(SQL["head"]).fetchone() or (0,)
        intake, copied = Intake(target, self.target.name), 0
        for page in events(source, self.source.name, self._upto, head, self.election):
            with target.transaction():
                target.execute(SQL["lock_head"])
                standing = intake.look(page)
                new = [event for place, event in enumerate(page) if place not in standing]
                first = self._say_copied(target, digest_of(new), len(new)) if new else 0
                copied += intake.take(page, first).new
            self.events += len(page)
            progress(self.events, 0, "")
        self._upto = head
        return copied

    def _say_copied(self, target: Connection[Any], digest: str, count: int) -> int:
        """In the copies' own transaction; the position that is next."""
        stream = copied_stream(self.election, self.target.name)
        (version,) = target.execute(LEDGER["stream_version"], (stream,)).fetchone() or (0,)
        event = EventsCopied(election=self.election, from_log=self.source.name, count=count, digest=digest)
        body = canonical({"kind": "CopyEvents", **event.model_dump(mode="json")})
        command = Command(
            uuid5(stream, str(version + 1)), body, self._actor, Channel.API, (NewEvent(stream, version + 1, event),),
            reason=self._reason,
        )  # fmt: skip
        row = target.execute(LEDGER["append"], door_arguments([command])).fetchone()
        assert row is not None
        assert row[0] == "appended"
        return int(row[2]) + 1


def areas_differ(source: Log, target: Log, registry: str) -> int:
    """The first version at which the areas of the target are not those of the source; 0: they are, and perhaps go on."""
    stream = registry_stream(registry)
    states = []
    for log in (source, target):
        with log.at.connect(READER) as connection:
            states.append(connection.execute(SQL["stream_states"], (stream,)).fetchall())
    ours, theirs = states
    for place, row in enumerate(ours):
        if place >= len(theirs) or theirs[place] != row:
            return int(row[0])
    return 0
