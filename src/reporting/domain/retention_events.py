"""Facts about what is kept: legal holds, and personal data that two people dispose of. No name of anybody, no word of reason."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from reporting.domain.events import Event

RecordKind = Literal["names", "access"]
"""What two people may dispose of."""
HeldKind = Literal["names", "access", "files"]
Ground = Literal["period_over", "data_protection", "court_order"]


class HoldOpened(Event):
    """Nothing of these is disposed of until it is lifted. Election None: of all and of none; kind None: of every kind."""

    type: ClassVar[str] = "HoldOpened"
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
    `kept_until`: the last day it is kept; None where no period counts."""

    type: ClassVar[str] = "DisposalProposed"
    disposal: str
    record: RecordKind
    ground: Ground
    election: str | None
    law: str
    kept_until: date | None
    commands: int
    digest: str


class DisposalConfirmed(Event):
    """Another person's half."""

    type: ClassVar[str] = "DisposalConfirmed"
    disposal: str


class DisposalCertified(Event):
    """The certificate: what was erased: words of commands, files that waited, addresses to be told at. `proposed`, `confirmed`: ledger positions of the two halves; who did them stands with
    their commands."""

    type: ClassVar[str] = "DisposalCertified"
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


RETENTION_EVENTS: tuple[type[Event], ...] = (
    HoldOpened,
    HoldLifted,
    DisposalProposed,
    DisposalConfirmed,
    DisposalCertified,
)
