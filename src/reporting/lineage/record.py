"""A lineage as it is kept: folded from its events, compared with a list that is to replace it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from reporting.domain.area_changes import AreaChange, AreaName
from reporting.lineage.graph import Lineage

Part = TypeVar("Part")


@dataclass(slots=True)
class LineageRecord:
    """Areas of the first day by code, changes by id. `start_date` None: nothing is registered."""

    start_date: date | None = None
    start: dict[str, AreaName] = field(default_factory=dict)
    changes: dict[str, AreaChange] = field(default_factory=dict)

    def apply(
        self,
        start_date: date,
        start: Iterable[AreaName],
        changes: Iterable[AreaChange],
        removed: Iterable[str],
    ) -> None:
        self.start_date = start_date
        self.start.update((area.code, area) for area in start)
        for change in removed:
            self.changes.pop(change, None)
        self.changes.update((change.id, change) for change in changes)

    def graph(self) -> Lineage:
        """LineageRefused when the whole does not hold together."""
        assert self.start_date is not None
        return Lineage(self.start, self.start_date, self.changes.values())

    def news(
        self, start: Mapping[str, AreaName], changes: Iterable[AreaChange]
    ) -> tuple[list[AreaName], list[AreaChange], list[str]]:
        """What a whole list says that does not stand yet: areas, changes, and ids it no longer has."""
        given = {change.id: change for change in changes}
        return (
            [area for code, area in start.items() if self.start.get(code) != area],
            [change for code, change in given.items() if not same(self.changes.get(code), change)],
            [code for code in self.changes if code not in given],
        )


def same(area_change: AreaChange | None, other: AreaChange) -> bool:
    """Whether two changes say the same; the rows of the file they came from do not matter."""
    return area_change is not None and area_change.model_copy(update={"rows": other.rows}) == other


def chunks(given: list[Part], size: int) -> Iterator[tuple[Part, ...]]:
    for start in range(0, len(given), size):
        yield tuple(given[start : start + size])
