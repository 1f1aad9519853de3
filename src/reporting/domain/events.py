"""Every kind of fact the ledger holds. Field names here are the stored JSON names; never rename one in place:
raise the event's `version` and add an upcaster in `reporting.ledger.registry`.

Events carry whole replacing values, what they supersede and a reason class; never deltas. Who did it
(person, office, role), the channel and the reason's text belong to the command (`ledger.command`), so that
personal data stands outside the event's bytes.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.election import ElectionDefinition


class Event(BaseModel):
    """Base of all stored events: `type` and `version` name the schema, closed in the registry."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: ClassVar[str]
    version: ClassVar[int] = 1


class GeographiesDeclared(Event):
    """The parallel geographies of one area registry and their levels, top first."""

    type: ClassVar[str] = "GeographiesDeclared"
    registry: str
    geographies: tuple[GeographyRecord, ...]


class AreasRegistered(Event):
    """Areas added to, or restated in, a registry. Same (geography, code, valid_from) replaces the former record."""

    type: ClassVar[str] = "AreasRegistered"
    version: ClassVar[int] = 2
    """2: official codes beside the keys."""
    registry: str
    areas: tuple[AreaRecord, ...]


class ElectionDefined(Event):
    """An election's definition; a later one for the same code replaces it whole."""

    type: ClassVar[str] = "ElectionDefined"
    version: ClassVar[int] = 12
    """2: workflow, rules, timed slots, purposes of items; 3: identity of choices; 4: wholes of parts, usual percents and
    progress of items, rules left out, withdrawals; 5: slots published when certified, rounding of rates;
    6: lists that people stand on, by code; 7: units of contests; 8: forms that two people type;
     9: readings of names; 10: parts that a unit is divided into for one election, known errata of its figures;
     11: surveys without an election; 12: what units are merged into for one election."""
    definition: ElectionDefinition


class FiguresEntered(Event):
    """Cells of one return that held nothing before. `figures`: cell key → canonical value text (`Cell.key`,
    `format_value`). `typed_at`: cell key → ledger positions at which that very value was typed before (a draft, the form
    it was taken over from); whoever did those is an author of the value as much as who sent this."""

    type: ClassVar[str] = "FiguresEntered"
    version: ClassVar[int] = 2  # 2: typed_at
    election: str
    form: str
    slot: str
    unit: str
    figures: dict[str, str]
    typed_at: dict[str, tuple[int, ...]] = Field(default_factory=dict)


class FiguresCorrected(Event):
    """Cells of one return that get another value. `supersedes`: cell key → position of the event replaced; `typed_at` as
    in FiguresEntered."""

    type: ClassVar[str] = "FiguresCorrected"
    version: ClassVar[int] = 2  # 2: typed_at
    election: str
    form: str
    slot: str
    unit: str
    figures: dict[str, str]
    supersedes: dict[str, int]
    reason_class: str
    typed_at: dict[str, tuple[int, ...]] = Field(default_factory=dict)


LedgerEvent = GeographiesDeclared | AreasRegistered | ElectionDefined | FiguresEntered | FiguresCorrected
