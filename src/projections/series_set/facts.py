"""What a series' data set is made of: what one reader says at one ledger position, and who publishes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from projections.series.breaks import breaks_of
from projections.series.read import SeriesReader
from projections.series.rows import SeriesRow
from reporting.domain.election import ElectionDefinition
from reporting.errors import InvalidInput, ReportingError
from reporting.lineage.graph import Lineage
from reporting.publication.distribution.facts import Publisher
from reporting.series.breaks import Break


class NothingInSeries(ReportingError):
    """facts: none. A data set without an observation."""

    code = "nothing_in_series"
    template_ja = "この指定に当てはまる、公表された観測値がありません。項目・地域・期間を確かめてください。"
    template_en = "No released observation fits. Check items, areas and days."


@dataclass(frozen=True, slots=True)
class RegistryLineage:
    """What became of the areas of one registry."""

    registry: str
    graph: Lineage


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """`name`: of the data set, a code. `made_at`: when the event at `position` was recorded. `definitions`: of the elections that
    are in it. `boundaries`: a day, or `as_reported`."""

    name: str
    position: int
    made_at: datetime
    boundaries: str
    publisher: Publisher
    rows: Sequence[SeriesRow]
    breaks: Sequence[Break]
    lineages: Sequence[RegistryLineage]
    definitions: Mapping[str, ElectionDefinition]

    @classmethod
    def of(cls, name: str, reader: SeriesReader, publisher: Publisher) -> Self:
        """NothingInSeries. InvalidInput for more rows than the query's limit: a data set is never cut off."""
        rows = reader.rows()
        if not rows:
            raise NothingInSeries
        if len(rows) >= reader.query.limit:
            raise InvalidInput.at("series", f"{len(rows):,}", f"< {reader.query.limit:,}")
        boundaries = reader.query.boundaries
        lineages = [RegistryLineage(held.registry, held.graph) for held in reader.lineages]
        return cls(
            name, reader.position, reader.recorded_at(),
            "as_reported" if boundaries is None else boundaries.isoformat(), publisher, rows,
            breaks_of(reader, rows), lineages,
            {sought.election.definition.code: sought.election.definition for sought in reader.wanted},
        )  # fmt: skip
