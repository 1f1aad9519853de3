"""What the directory's log says: which log holds which election, and the heads that each log was seen with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.errors import OperationalError

from reporting.application.authority import authorise
from reporting.application.commands import require_words_if_any
from reporting.application.once import once
from reporting.database.connect import READER
from reporting.domain.actor import Actor, Channel
from reporting.domain.log_events import CheckpointNoted, ElectionPlaced
from reporting.errors import InvalidInput, Unavailable
from reporting.ledger import Appended, Command, Ledger, NewEvent
from reporting.ledger.registry import canonical, recorded
from reporting.ledger.store import SQL as LEDGER
from reporting.ledger.streams import logs_stream
from reporting.logs.errors import PlacedAlready
from reporting.logs.messages import message
from reporting.logs.naming import Installation
from reporting.transparency import checkpoint
from reporting.transparency.checkpoint import Checkpoint
from reporting.transparency.errors import LogDisagrees, NotSigned
from reporting.transparency.log import SignedLog


@dataclass(frozen=True, slots=True)
class DirectorySays:
    """`placed`: election → log; `noted`: of each log its heads, oldest first; `position`: of the directory's last word."""

    placed: Mapping[str, str]
    noted: Mapping[str, tuple[CheckpointNoted, ...]]
    position: int


def told_by(installation: Installation) -> DirectorySays:
    """As it stands now, read by one connection of its own. Unavailable while the directory's database is away."""
    log = installation.directory_log
    try:
        with log.at.connect(READER) as connection:
            return told_in(connection)
    except OperationalError:
        raise Unavailable(detail=message("directory_away", log=log.name)) from None


def told_in(connection: Connection[Any]) -> DirectorySays:
    """As the directory's own database says, or one that gathers it."""
    rows = connection.execute(LEDGER["stream"], (logs_stream(), 0)).fetchall()
    placed: dict[str, str] = {}
    noted: dict[str, tuple[CheckpointNoted, ...]] = {}
    position = 0
    for event in map(recorded, rows):
        position = event.position
        match event.event:
            case ElectionPlaced(election=election, log=name):
                placed[election] = name
            case CheckpointNoted(log=name):
                noted[name] = (*noted.get(name, ()), event.event)
    return DirectorySays(placed, noted, position)


class LogDirectory:
    """Writes the directory's log. `installation`: of its name and its database."""

    def __init__(self, installation: Installation, ledger: Ledger) -> None:
        self._installation, self.ledger = installation, ledger

    def told(self) -> DirectorySays:
        return told_by(self._installation)

    def place(self, command_id: UUID, election: str, log: str, actor: Actor, reason: str | None) -> Appended:
        """The first log that holds an election. NotAuthorised, InvalidInput, UnknownReference, PlacedAlready."""
        authorise("place_election", actor)
        require_words_if_any("reason", reason)
        self._installation.named(log)

        def unplaced(told: DirectorySays) -> None:
            if (holder := told.placed.get(election)) is not None:
                raise PlacedAlready(election=election, log=holder)

        return self.say(command_id, ElectionPlaced(election=election, log=log), actor, reason, unplaced)

    def moved(self, command_id: UUID, election: str, log: str, actor: Actor, reason: str | None) -> Appended:
        """After it has come there whole."""
        authorise("move_election", actor)
        return self.say(command_id, ElectionPlaced(election=election, log=log), actor, reason)

    def note(self, command_id: UUID, log: str, actor: Actor) -> CheckpointNoted | None:
        """The last signed head of a log, where it continues all that were noted; None where it was noted already.
        NotAuthorised, NotSigned, NoteInvalid, LogDisagrees."""
        authorise("place_election", actor)
        told = self.told()
        head, note = self.head_of(log, told)
        if told.noted.get(log, ())[-1:] and told.noted[log][-1].size == head.size:
            return None
        noted = CheckpointNoted(log=log, size=head.size, root=head.root.hex(), note=note)
        self.say(command_id, noted, actor, None)
        return noted

    def head_of(self, name: str, told: DirectorySays) -> tuple[Checkpoint, str]:
        """What a log's signer signed last. LogDisagrees unless it continues the head that was noted last."""
        log = self._installation.named(name)
        if (key := log.verifier) is None:
            raise InvalidInput(field="key", found="—", expected=message("key_of_log", log=name))
        with log.at.connect(READER) as connection:
            signed = SignedLog(connection)
            if (latest := signed.latest()) is None:
                raise NotSigned(position=1, size=0)
            head, note = latest
            checkpoint.opened(str(note), key)
            if noted := told.noted.get(name):
                before = noted[-1]
                if before.size > head.size or signed.at(before.size)[0].root.hex() != before.root:
                    raise LogDisagrees(position=min(before.size, head.size), detail=message("not_the_head_noted", size=before.size))  # fmt: skip
                signed.consistency(before.size, head.size)
        return head, str(note)

    def say(
        self,
        command_id: UUID,
        event: ElectionPlaced | CheckpointNoted,
        actor: Actor,
        reason: str | None,
        may: Callable[[DirectorySays], None] = lambda told: None,
    ) -> Appended:
        """`may`: refuses by what the directory says when it is appended."""
        body = canonical({"kind": event.type, **event.model_dump(mode="json")})
        command = Command(command_id, body, actor, Channel.API, (), reason=reason)

        def decide() -> Command:
            version = self.ledger.stream_version(logs_stream())
            may(self.told())
            return command.deciding([NewEvent(logs_stream(), version + 1, event)])

        return once(self.ledger, command, decide, self.ledger.append)


@contextmanager
def directory_of(installation: Installation) -> Iterator[LogDirectory]:
    with closing(Ledger(installation.directory_log.at, max_connections=2)) as ledger:
        yield LogDirectory(installation, ledger)
