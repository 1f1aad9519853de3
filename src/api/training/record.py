"""A rehearsal of a practice room as it is kept: one file, readable by its owner only, for it holds the answers."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from api.drills import DrillState, Seat
from reporting.domain.actor import Actor, Role
from reporting.training.plan import DrillPlan


class KeptSeat(BaseModel):
    """See `api.drills.Seat`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    area: str
    office: str
    role: Role

    @property
    def seat(self) -> Seat:
        return Seat(self.area, self.office, self.role)


class OpenedBy(BaseModel):
    """Who opened it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    person: str
    office: str
    role: Role
    jurisdiction: str

    @classmethod
    def of(cls, actor: Actor) -> OpenedBy:
        return cls(person=actor.person, office=actor.office, role=actor.role, jurisdiction=actor.jurisdiction)

    @property
    def actor(self) -> Actor:
        return Actor(self.person, self.office, self.role, self.jurisdiction)


class DrillRecord(BaseModel):
    """`opened`, `ended`: (command id, body) of the commands, so that the same ones sent again change nothing. `minute`: of the
    night at which it stopped; `position`: of the ledger, at which its election stands whole (0: opened before that was kept)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sheet: DrillPlan
    leader: OpenedBy
    seats: tuple[KeptSeat, ...]
    opened_at: AwareDatetime
    opened: tuple[UUID, bytes]
    position: int = 0
    ended: tuple[UUID, bytes] | None = None
    state: DrillState = DrillState.PLAYING
    minute: float = 0.0
    trouble: int = 0


def write(folder: Path, record: DrillRecord) -> None:
    """Whole or not at all, whenever the power goes."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{record.sheet.election}.json"
    beside = target.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(record.model_dump_json(indent=1) + "\n")
    beside.replace(target)


def read_all(folder: Path) -> dict[str, DrillRecord]:
    """By election. What was played when its server stopped is interrupted; what is no record of ours is passed over."""
    kept: dict[str, DrillRecord] = {}
    for file in sorted(folder.glob("*.json")):
        try:
            record = DrillRecord.model_validate_json(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValidationError):
            continue
        if record.state is DrillState.PLAYING:
            record = record.model_copy(update={"state": DrillState.INTERRUPTED})
        kept[record.sheet.election] = record
    return kept
