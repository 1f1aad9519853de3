"""Administrative acts: who was let in beside the ordinary login, until when, and which key signs what they carry."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from reporting.domain.events import Event

AccessKind = Literal["emergency", "system", "token"]


class AccessOpened(Event):
    """Somebody, or a system, may act for an office until an instant, in its role and where it reaches. `kind`: `emergency`: a
    person while the identity provider is away; `system`: an account that other software logs in with, by a secret of which
    SHA-256 (hex) stands here; `token`: handed out at the command line. `operations`: none but these; None: all of the role."""

    type: ClassVar[str] = "AccessOpened"
    access: str
    kind: AccessKind
    person: str
    office: str
    role: str
    jurisdiction: str
    valid_to: datetime
    operations: tuple[str, ...] | None = None
    secret_hash: str | None = None


class AccessClosed(Event):
    """Before its time. Why stands with the command."""

    type: ClassVar[str] = "AccessClosed"
    access: str


class SigningKeyTaken(Event):
    """From here on this installation's tokens are signed with another key. `thumbprint`: of the key (RFC 7638), not the key."""

    type: ClassVar[str] = "SigningKeyTaken"
    thumbprint: str


ACCESS_EVENTS: tuple[type[Event], ...] = (AccessOpened, AccessClosed, SigningKeyTaken)
