"""Facts about what is kept: legal holds, and personal data and documents that two people dispose of. No name of anybody, no word of
reason."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from reporting.domain.events import Event

RecordKind = Literal["names", "access", "documents"]
"""What two people may dispose of."""
HeldKind = Literal["names", "access", "files", "documents"]
Ground = Literal["period_over", "data_protection", "court_order"]


class HoldOpened(Event):
    """Nothing of these is disposed of until it is lifted. Election None: of all and of none; kind None: of every kind."""

    type: ClassVar[str] = "HoldOpened"
    version: ClassVar[int] = 2
    hold: str
    election: str | None
    record: HeldKind | None


class HoldLifted(Event):
    """Why stands with the command."""

    type: ClassVar[str] = "HoldLifted"
    hold: str


class DisposalProposed(Event):
    """One person's half. `ground`: the period is over, a person asked (Act on the Protection of Personal Information), or a court
    ordered it. `election`: whose names, where the period is over. `commands`, `digest`: how many commands, and SHA-256 (hex) over
    their ids in order: ids are random, so that no name can be guessed from it. `law`: the source of the period or the ground.
    `kept_until`: the last day it is kept; None where no period counts. `documents`: how many, where these are the record; `digest` is
    then over their hashes."""

    type: ClassVar[str] = "DisposalProposed"
    version: ClassVar[int] = 2
    disposal: str
    record: RecordKind
    ground: Ground
    election: str | None
    law: str
    kept_until: date | None
    commands: int
    digest: str
    documents: int = 0


class DisposalConfirmed(Event):
    """Another person's half."""

    type: ClassVar[str] = "DisposalConfirmed"
    disposal: str


class DisposalCertified(Event):
    """The certificate: what was erased: words of commands, files that waited, addresses to be told at; or `documents` of an election,
    with `files` taken from their folder: fewer where another election still keeps the same. `proposed`, `confirmed`: ledger
    positions of the two halves; who did them stands with their commands."""

    type: ClassVar[str] = "DisposalCertified"
    version: ClassVar[int] = 2
    disposal: str
    record: RecordKind
    ground: Ground
    election: str | None
    law: str
    commands: int
    files: int
    addresses: int
    digest: str
    proposed: int
    confirmed: int
    documents: int = 0


RETENTION_EVENTS: tuple[type[Event], ...] = (
    HoldOpened,
    HoldLifted,
    DisposalProposed,
    DisposalConfirmed,
    DisposalCertified,
)
