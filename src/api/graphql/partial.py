"""That a figure does not rest on the whole count: a sample of n of N places, or an estimate."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import strawberry

from api.graphql.types import described
from projections.read.desk import SampledReturn
from reporting.domain.units import Roster


@strawberry.type(description="That a return does not rest on the whole count.")
class PartialCount:
    method: str = described("sample or estimate")
    places: int | None = described("of a sample: so many places")
    of_places: int | None = described("of so many")

    @classmethod
    def of(cls, sampled: SampledReturn | None) -> PartialCount | None:
        return (
            None
            if sampled is None
            else cls(method=sampled.method, places=sampled.places, of_places=sampled.of_places)
        )


@strawberry.type(
    description="A return in these totals that rests on a sample or an estimate: every total that holds it is an estimate."
)
class SampledPart:
    unit: str = described("code of the reporting unit")
    unit_name: str = described("its name")
    method: str = described("sample or estimate")
    places: int | None = described("of a sample: so many places")
    of_places: int | None = described("of so many")
    areas: list[str] = described("areas of the geography whose totals hold it, the unit first, the top last")

    @classmethod
    def of(cls, sampled: SampledReturn, areas: Iterable[str]) -> SampledPart:
        return cls(
            unit=sampled.unit, unit_name=sampled.unit_name, method=sampled.method, places=sampled.places, of_places=sampled.of_places,
            areas=list(areas),
        )  # fmt: skip


def parts_below(
    sampled: Iterable[SampledReturn], roster: Roster, moved: Collection[tuple[str, str]]
) -> list[SampledPart]:
    """Those that these totals, (geography, area), hold, each with the areas of them that it lies in."""
    parts = []
    for returned in sampled:
        paths = roster.places.get(returned.unit, {})
        areas = dict.fromkeys(
            area for geography, path in paths.items() for area in path if (geography, area) in moved
        )
        if areas:
            parts.append(SampledPart.of(returned, areas))
    return parts
