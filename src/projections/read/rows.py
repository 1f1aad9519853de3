"""What the views answer with. Numbers are canonical text; None is "no number", never 0."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from reporting.domain.actor import By
from reporting.domain.election import ElectionDefinition
from reporting.domain.layer import ENTERED, RELEASED, Layer
from reporting.domain.workflow_events import ReturnPlace
from reporting.ledger import DeedFacts

FIGURES = ["FiguresEntered", "FiguresCorrected"]


def types_of(layer: Layer) -> list[str]:
    """Which events set the figures of a layer."""
    return {ENTERED: FIGURES, RELEASED: ["FiguresReleased"]}.get(layer, ["ReturnApproved"])


"""Events that set what a cell holds. Others name values, too: approvals, releases, what the rules refused."""


@dataclass(frozen=True, slots=True)
class ElectionRow:
    """`position`: of its definition; `rosters`: counts how often its areas, units and N were put."""

    number: int
    definition: ElectionDefinition
    position: int
    rosters: int = 0


@dataclass(frozen=True, slots=True)
class TotalRow:
    """`reported` of `expected` units (of a rate: those that gave both parts), `withheld` of the others on purpose; `n` is
    the place of the cell among those asked for. `ratio_to_first`: of who stands for one seat (`figures.ratio_to_first`)."""

    node_no: int
    geography: str
    code: str
    official_code: str | None
    name: str
    name_en: str | None
    level: str
    is_unit: bool
    n: int
    item: str
    breakdown: str
    choice: str
    value: str | None
    reported: int
    expected: int
    withheld: int
    numerator: str | None
    denominator: str | None
    ratio_to_first: str | None
    changed: int | None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One cell of one unit's return; `version`: the return's."""

    unit: str
    unit_name: str
    value: str | None
    absence: str | None
    position: int
    version: int
    stream_id: UUID
    form: str
    slot: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedRow(DeedFacts):
    """The same with how: in which role, for whom where on behalf, over which channel."""

    role: str
    on_behalf_of: str | None
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow(DeedRow):
    """One value a cell has held; `before` None for the first. Values are value texts (`!none` …). `typed_by`: who had typed
    it before it was sent, as the ledger names them now."""

    stream_version: int
    type: str
    before: str | None
    after: str
    supersedes: int | None
    reason_class: str | None
    typed_by: tuple[By, ...]
    together: tuple[ReturnPlace, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow(DeedRow):
    """`state`: the stored bytes, as text."""

    stream_id: UUID
    stream_version: int
    type: str
    type_version: int
    state: str
    command_id: UUID


@dataclass(frozen=True, slots=True)
class Lag:
    """Events not yet in the views or under a checkpoint, and the age in seconds of the oldest of them (0: there is none).
    `unsigned…` None: nothing was ever signed."""

    behind: int
    behind_s: float
    unsigned: int | None
    unsigned_s: float | None
