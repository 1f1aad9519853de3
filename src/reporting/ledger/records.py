"""What goes in at the door and what comes out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from reporting.domain.actor import Actor, By, Channel
from reporting.domain.events import Event


@dataclass(frozen=True, slots=True)
class NewEvent:
    """`version`: the version the stream will have with it; the stream's expected version + 1, + 2 …"""

    stream_id: UUID
    version: int
    event: Event


@dataclass(frozen=True, slots=True)
class Stands:
    """A stream as it stood when a command was decided: it is appended only while that is still its version."""

    stream_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """An election into which no figure has come since a ledger position."""

    election: str
    since: int


@dataclass(frozen=True, slots=True)
class Command:
    """One decision, appended whole or not at all. `body`: canonical bytes of the request, so that a repeat can be
    told from another request under the same id. `stands`, `quiet`: what must still be so when it is appended, besides the
    versions of its own streams."""

    command_id: UUID
    body: bytes
    actor: Actor
    channel: Channel
    events: tuple[NewEvent, ...]
    reason: str | None = None
    on_behalf_of: str | None = None
    cause: UUID | None = None
    request_id: str | None = None
    stands: tuple[Stands, ...] = ()
    quiet: tuple[Quiet, ...] = ()

    @property
    def body_hash(self) -> bytes:
        return hashlib.sha256(self.body).digest()

    def deciding(self, events: Sequence[NewEvent], stands: Sequence[Stands] = ()) -> Command:
        """The same command with what was decided on it, and what that rests on."""
        return replace(self, events=tuple(events), stands=tuple(stands))


@dataclass(frozen=True, slots=True)
class Appended:
    """Where a command's events stand (both ends included); `repeated`: it had been appended before."""

    first_position: int
    last_position: int
    recorded_at: datetime
    repeated: bool


class Recorded(NamedTuple):
    """One stored event, decoded."""

    position: int
    stream_id: UUID
    stream_version: int
    recorded_at: datetime
    command_id: UUID
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedFacts:
    """That something was done: where it stands in the ledger, when it was recorded, by whom, for which office, and why (as
    typed; None where no reason was asked)."""

    position: int
    recorded_at: datetime
    person: str
    office: str
    reason: str | None


class Deed(NamedTuple):
    """One stored event and who did it."""

    recorded: Recorded
    person: str
    office: str
    role: str
    on_behalf_of: str | None
    reason: str | None

    @property
    def by(self) -> By:
        return By(self.person, self.office, self.role)

    @property
    def facts(self) -> DeedFacts:
        return DeedFacts(
            position=self.recorded.position, recorded_at=self.recorded.recorded_at, person=self.person, office=self.office,
            reason=self.reason,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beforehand:
    """The log as of one moment, as a command asks it before it is decided. `answered`: what came of this very command, where it
    stands in the log already; `versions`: of the streams it rests on; `deeds`: of the streams it is about, by position; `position`: where
    the log ends, 0 where that was not asked."""

    answered: Appended | None
    versions: Mapping[UUID, int]
    deeds: Sequence[Deed]
    position: int = 0

    def of(self, stream_id: UUID) -> list[Deed]:
        """Deeds of one of the streams."""
        return [deed for deed in self.deeds if deed.recorded.stream_id == stream_id]


@dataclass(frozen=True, slots=True)
class Disposable:
    """What a disposal would erase: how many commands, the digest of their ids, and the elections they belong to."""

    commands: int
    digest: str
    elections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommandRecord:
    """Who did it, from where, why."""

    command_id: UUID
    first_position: int
    last_position: int
    recorded_at: datetime
    person: str
    office: str
    role: str
    on_behalf_of: str | None
    channel: str
    reason: str | None
    cause: UUID | None
