"""What moved after a position, for clients that keep a copy of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from projections.read import Snapshot
from projections.read.rows import ElectionRow, types_of
from reporting.database.sql import load
from reporting.domain.layer import Layer

SQL = load(__package__)
FAR = 100_000
"""Events behind which the log is no longer the shorter way."""


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """What a cell holds now, and the event that set it."""

    position: int
    form: str
    slot: str
    unit: str
    unit_name: str
    key: str
    value: str | None
    absence: str | None


@dataclass(frozen=True, slots=True)
class ChangedTotal:
    """A total that moved; `position`: of the newest figure in it."""

    geography: str
    area: str
    level: str
    form: str
    slot: str
    contest: str
    item: str
    position: int


@dataclass(frozen=True, slots=True)
class Span:
    """One layer of some slots (form, slot) after a position. `units`, `areas` (`geography/code`): None is no limit."""

    since: int
    layer: Layer
    slots: Sequence[tuple[str, str]]
    units: Sequence[str] | None = None
    areas: Sequence[str] | None = None

    @property
    def pages(self) -> list[str]:
        """`form/slot` of each."""
        return [f"{form}/{slot}" for form, slot in self.slots]


def changed_figures(
    snapshot: Snapshot, election: ElectionRow, span: Span, after: tuple[int, str] | None, limit: int
) -> list[ChangedFigure]:
    """By position, then cell: what changes again moves to the end, so a reader of pages misses nothing."""
    at, key = after or (span.since, "")
    parameters = {
        "election_no": election.number,
        "election": election.definition.code,
        "since": span.since,
        "upto": snapshot.position,
        "layer": span.layer.code,
        "types": types_of(span.layer),
        "level": span.layer.level,
        "slots": span.pages,
        "units": None if span.units is None else list(span.units),
        "at": at,
        "key": key,
        "limit": limit,
    }
    query = "changed_figures" if snapshot.position - at <= FAR else "changed_figures_of_all"
    return [ChangedFigure(*row) for row in snapshot.fetch(SQL[query], parameters)]


def changed_totals(snapshot: Snapshot, election: ElectionRow, span: Span, limit: int) -> list[ChangedTotal]:
    """By geography, level and area."""
    parameters = {
        "election_no": election.number,
        "since": span.since,
        "layer": span.layer.code,
        "slots": span.pages,
        "areas": None if span.areas is None else list(span.areas),
        "limit": limit,
    }
    return [ChangedTotal(*row) for row in snapshot.fetch(SQL["changed_totals"], parameters)]
