"""What every importer takes and gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid5

Progress = Callable[[int, int, str], None]

NAMESPACE = UUID("9a1d6f2e-5a0b-4f0e-8c55-6d1a57c3b6f0")


def quiet(done: int, total: int, what: str = "") -> None:
    """A progress nobody watches."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """`rows` read, of which `unchanged` said what already stood; `events` appended, the last at `position`.
    `repeated`: this very file had been taken before. `notes`: remarks that refuse nothing. `submitted`: returns handed in
    with it."""

    rows: int
    events: int = 0
    unchanged: int = 0
    position: int | None = None
    repeated: bool = False
    notes: tuple[str, ...] = field(default=())
    submitted: int = 0


def command_id(kind: str, digest: str, part: str = "") -> UUID:
    """The same file under the same kind is the same command, wherever it is sent from."""
    return uuid5(NAMESPACE, f"{kind}/{digest}/{part}")


def digest(data: bytes) -> str:
    """SHA-256 of a file as received, in hex; kept in the import's command."""
    return hashlib.sha256(data).hexdigest()
