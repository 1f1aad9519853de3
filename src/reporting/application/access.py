"""Access beside the ordinary login: opened with a reason and an end, closed, and looked up on every use of it."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from reporting.application.authority import authorise, operations
from reporting.application.commands import is_name, require_words
from reporting.application.messages import message
from reporting.application.offices import registered
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.domain.access_events import AccessClosed, AccessKind, AccessOpened, SigningKeyTaken
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.events import Event
from reporting.errors import InvalidInput, NotAuthenticated, UnknownReference
from reporting.ledger import Command, NewEvent
from reporting.ledger.records import CommandRecord, Deed
from reporting.ledger.registry import canonical
from reporting.ledger.streams import access_stream

LONGEST: dict[AccessKind, timedelta] = {
    "emergency": timedelta(hours=12),
    "system": timedelta(days=400),
    "token": timedelta(days=31),
}
"""No access outlives these: a night, a year of elections and a month's notice, an exercise."""

LONGEST_NAME = 200
"""A token with a longer one counts nowhere."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One access as it stands. `opening`, `closing`: who did it, when and why."""

    event: AccessOpened
    opening: Deed
    closing: Deed | None = None

    @property
    def actor(self) -> Actor:
        """Whoever comes by it."""
        told = self.event
        within = None if told.operations is None else frozenset(told.operations)
        return Actor(told.person, told.office, Role(told.role), told.jurisdiction, within, told.access)

    def counts(self, at: datetime) -> bool:
        return self.closing is None and at < self.event.valid_to

    @property
    def until(self) -> datetime:
        """It counted, or counts, before this."""
        closed = None if self.closing is None else self.closing.recorded.recorded_at
        return self.event.valid_to if closed is None else min(closed, self.event.valid_to)


class Access:
    """Commands on it, and what every request that comes by one asks."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting
        self._lock = threading.Lock()
        self._version, self._opened = 0, dict[str, Opened]()
        self.key: str | None = None
        """Thumbprint of the key that signs."""

    def now(self) -> datetime:
        """By the clock that ends are counted by; another machine's may say that twelve hours from now are more."""
        return self._reporting.clock()

    def open(self, command_id: UUID, asked: AccessOpened, reason: str, actor: Actor) -> int:
        """Ledger position. `asked.office` as an emergency's or a system's: the code of a registered office, whose name, role and
        area it gets; UnknownReference for any other. InvalidInput for an end that is past or too far, for operations that are none,
        and without a reason."""
        authorise("manage_access", actor)
        require_words("reason", reason, message("why_access_is_opened"))
        if not is_name(asked.person) or len(asked.person) > LONGEST_NAME:
            raise InvalidInput.at("person", asked.person, message("who_comes_by_it"))
        unknown = sorted({*(asked.operations or ())} - {*operations()})
        if unknown or asked.operations == ():
            raise InvalidInput.at("operations", "、".join(unknown), "、".join(operations()))
        body = canonical({"kind": "OpenAccess", "reason": reason, **asked.model_dump(mode="json")})

        def decide() -> list[Event]:
            now, longest = self._reporting.clock(), LONGEST[asked.kind]
            if not now < asked.valid_to <= now + longest:
                last = f"{(now + longest).isoformat(timespec='minutes')}"
                raise InvalidInput.at(
                    "valid_to", asked.valid_to.isoformat(), message("an_end_within", last=last)
                )
            if asked.access in self.held():
                raise InvalidInput.at("access", asked.access, message("a_name_nobody_has"))
            return [asked if asked.kind == "token" else self._of_office(asked)]

        return self._append(command_id, body, reason, actor, decide)

    def close(self, command_id: UUID, access: str, reason: str, actor: Actor) -> int:
        """Ledger position. UnknownReference for one that does not count any more, or never did."""
        authorise("manage_access", actor)
        require_words("reason", reason, message("why_access_is_closed"))
        body = canonical({"kind": "CloseAccess", "reason": reason, "access": access})

        def decide() -> list[Event]:
            self.named(access, self._reporting.clock())
            return [AccessClosed(access=access)]

        return self._append(command_id, body, reason, actor, decide)

    def sign_with(self, command_id: UUID, thumbprint: str, actor: Actor) -> int | None:
        """Ledger position; None where this key signs already."""
        self.held()
        if self.key == thumbprint:
            return None
        body = canonical({"kind": "TakeSigningKey", "thumbprint": thumbprint})
        return self._append(command_id, body, None, actor, lambda: [SigningKeyTaken(thumbprint=thumbprint)])

    def held(self) -> dict[str, Opened]:
        """Every access that was ever opened, by name, in the order of the log."""
        ledger, stream = self._reporting.ledger, access_stream()
        with self._lock:
            if ledger.stream_version(stream) != self._version:
                for deed in ledger.deeds([stream])[self._version :]:
                    self._apply(deed)
            return dict(self._opened)

    def named(self, access: str, at: datetime | None = None) -> Opened:
        """UnknownReference for one that nobody opened or, where an instant is named, that does not count then."""
        held = {name: opened for name, opened in self.held().items() if at is None or opened.counts(at)}
        if access not in held:
            raise UnknownReference(kind="access", found=access, among=held)
        return held[access]

    def check(self, actor: Actor) -> None:
        """NotAuthenticated where the access that somebody came by does not count now, or is another's."""
        opened = self.held().get(actor.access or "")
        if opened is None or not opened.counts(self._reporting.clock()) or opened.actor != actor:
            raise NotAuthenticated(detail=message("access_is_over"))

    def account(self, access: str, secret: str) -> Opened:
        """A system's that counts and has this secret. NotAuthenticated for every other, without saying which it is."""
        opened = self.held().get(access)
        right = hmac.compare_digest((opened and opened.event.secret_hash) or "", hashed(secret))
        if opened is None or not right or not opened.counts(self._reporting.clock()):
            raise NotAuthenticated(detail=message("no_such_account"))
        return opened

    def done(self, opened: Opened, most: int | None = None) -> list[CommandRecord]:
        """What its person did for its office while it counted, the first so many of it. Somebody who was logged in as well did it,
        too."""
        since = opened.opening.recorded.recorded_at
        return self._reporting.ledger.commands_of(opened.actor.by, since, opened.until, most)

    def _of_office(self, asked: AccessOpened) -> AccessOpened:
        office = registered(self._reporting.directory(), asked.office)
        return asked.model_copy(
            update={"office": office.label_ja, "role": office.role, "jurisdiction": office.jurisdiction}
        )

    def _apply(self, deed: Deed) -> None:
        match deed.recorded.event:
            case AccessOpened() as event:
                self._opened[event.access] = Opened(event, deed)
            case AccessClosed() as event:
                self._opened[event.access] = replace(self._opened[event.access], closing=deed)
            case SigningKeyTaken() as event:
                self.key = event.thumbprint
        self._version += 1

    def _append(
        self,
        command_id: UUID,
        body: bytes,
        reason: str | None,
        actor: Actor,
        decide: Callable[[], Sequence[Event]],
    ) -> int:
        ledger, stream = self._reporting.ledger, access_stream()
        command = Command(command_id, body, actor, Channel.API, (), reason=reason)

        def decided() -> Command:
            version = ledger.stream_version(stream)
            new = [NewEvent(stream, version + number, event) for number, event in enumerate(decide(), 1)]
            return command.deciding(new)

        return once(ledger, command, decided, ledger.append).last_position


def hashed(secret: str) -> str:
    """SHA-256, hex: enough for a secret of 32 random bytes (a password would need more)."""
    return hashlib.sha256(secret.encode()).hexdigest()
