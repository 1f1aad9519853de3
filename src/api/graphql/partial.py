"""That a figure does not rest on the whole count: a sample of n of N places, or an estimate."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import strawberry

from api.graphql.types import text
from projections.read.desk import SampledReturn
from reporting.domain.units import Roster


@strawberry.type(description="That a return does not rest on the whole count.")
class PartialCount:
    method: str = text("sample or estimate")
    places: int | None = text("of a sample: so many places")
    of_places: int | None = text("of so many")

    @classmethod
    def of(cls, found: SampledReturn | None) -> PartialCount | None:
        return (
            None
            if found is None
            else cls(method=found.method, places=found.places, of_places=found.of_places)
        )


@strawberry.type(
    description="A return in these totals that rests on a sample or an estimate: every total that holds it is an estimate."
)
class SampledPart:
    unit: str = text("code of the reporting unit")
    unit_name: str = text("its name")
    method: str = text("sample or estimate")
    places: int | None = text("of a sample: so many places")
    of_places: int | None = text("of so many")
    areas: list[str] = text("areas of the geography whose totals hold it, the unit first, the top last")

    @classmethod
    def of(cls, found: SampledReturn, areas: Iterable[str]) -> SampledPart:
        return cls(
            unit=found.unit, unit_name=found.unit_name, method=found.method, places=found.places, of_places=found.of_places,
            areas=list(areas),
        )  # fmt: skip


def parts_below(
    found: Iterable[SampledReturn], roster: Roster, moved: Collection[tuple[str, str]]
) -> list[SampledPart]:
    """Those that these totals, (geography, area), hold, each with the areas of them that it lies in."""
    parts = []
    for one in found:
        paths = roster.places.get(one.unit, {})
        areas = dict.fromkeys(
            area for geography, path in paths.items() for area in path if (geography, area) in moved
        )
        if areas:
            parts.append(SampledPart.of(one, areas))
    return parts
