"""What became of an area: its lives, the changes on its way, and where it lies on another day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

import strawberry

from api.graphql.access import HELD, PUBLIC, readable
from api.graphql.arguments import GeographyCode
from api.graphql.context import Info
from api.graphql.types import Label, described
from projections.series.known import lineage_at
from reporting.errors import UnknownReference
from reporting.lineage.family import Family, FamilyChange, family_of
from reporting.lineage.graph import Lineage
from reporting.lineage.shares import Share
from reporting.lineage.timeline import Life

MOST_CHANGES = 80
Registry = Annotated[str, strawberry.argument(description="code of the registry that has the area")]
AreaCode = Annotated[str, strawberry.argument(description="code of the area, as the lineage has it")]
OnDay = Annotated[date | None, strawberry.argument(description="the day; none: today")]


@strawberry.type(description="An area under one name and extent.")
class AreaLife:
    code: str = described("code")
    name: str = described("name in that time")
    within: str | None = described("county, subprefecture or designated city it lies in")
    level: str | None = described("municipality, ward, county …")
    begins: date = described("first day; of areas that the lineage begins with, its first day")
    ends: date | None = described("first day it is no more; null while it is")

    @classmethod
    def of(cls, life: Life) -> AreaLife:
        area = life.area
        return cls(
            code=area.code, name=area.name, within=area.within, level=area.level, begins=life.begins, ends=life.ends
        )  # fmt: skip


@strawberry.type(description="An area as a change names it.")
class ChangedArea:
    code: str = described("code")
    name: str = described("name")


@strawberry.type(description="What happened to areas on a day.")
class AreaChange:
    id: str = described("id in the list it comes from")
    date: date = described("the day it took effect")
    kind: str = described("code of its kind, e.g. merged")
    kind_label: Label = described("what the kind is called")
    moves_land: bool = described("false: only a name, a rank or a code changed")
    from_areas: list[ChangedArea] = described("areas it happened to")
    to_areas: list[ChangedArea] = described("areas that came of it, or took land in")
    source: str = described("the official wording, or where it is written")

    @classmethod
    def of(cls, told: FamilyChange) -> AreaChange:
        change = told.change
        return cls(
            id=change.id, date=change.date, kind=change.kind, kind_label=Label.of(told.kind.label),
            moves_land=told.kind.moves_land, source=change.source,
            from_areas=[ChangedArea(code=area.code, name=area.name) for area in change.from_areas],
            to_areas=[ChangedArea(code=area.code, name=area.name) for area in change.to_areas],
        )  # fmt: skip


@strawberry.type(description="How much of the area lies in another, on another day.")
class AreaShare:
    code: str = described("the other area")
    name: str = described("its name on that day")
    weight: str | None = described("exact fraction of the area, such as 1 or 3/4; null where nobody has said")
    exact: bool = described("by the official list, and no estimate")
    method: str | None = described("of an estimate: how it was made")


def lineage_of(info: Info, registry: str, geography: str | None) -> Lineage | None:
    """Of the geography's own, else the registry's; None where nothing was registered."""
    snapshot = info.context.snapshot
    registered = lineage_at(snapshot, registry, geography or "", snapshot.position)
    return None if registered is None else registered.graph


@strawberry.type(description="What an area was made of, and what became of it.")
class AreaLineage:
    registry: str = described("registry")
    code: str = described("code of the area")
    first_day: date = described("day the lineage begins; nothing is known of before")
    lives: list[AreaLife] = described("the area's own, in order")
    relatives: list[AreaLife] = described(
        "of the areas it came from, and that came of it, by code, then day; without its own"
    )
    changes: list[AreaChange] = described("the changes on its way, by day")
    left_out: int = described("changes that are not told here, the farthest from the area")
    graph: strawberry.Private[Lineage]

    @readable(
        HELD,
        "where the area lies on a day: an earlier one's areas that it was, a later one's that it became; as it was on the last "
        "day of its own before, or the first after",
    )
    def shares(self, info: Info, on: OnDay = None) -> list[AreaShare]:
        return _shares(self.graph, self.code, on or info.context.now().date())

    @readable(HELD, "areas of the lineage's first day that it was")
    def origins(self) -> list[AreaShare]:
        return _shares(self.graph, self.code, self.graph.day)

    @classmethod
    def of(cls, registry: str, graph: Lineage, family: Family) -> AreaLineage:
        relatives: Iterable[Life] = (
            life for code, lives in family.lives.items() if code != family.code for life in lives
        )
        return cls(
            registry=registry, code=family.code, first_day=graph.day, left_out=family.left_out, graph=graph,
            lives=[AreaLife.of(life) for life in family.lives[family.code]],
            relatives=[AreaLife.of(life) for life in relatives],
            changes=[AreaChange.of(change) for change in family.changes],
        )  # fmt: skip


def _shares(graph: Lineage, area: str, day: date) -> list[AreaShare]:
    names = graph.alive(day)
    shares = graph.shares(area, _nearest(graph.lives(area), day), day)
    return [_share(code, share, names[code].name) for code, share in shares.items() if code in names]


def _share(code: str, share: Share, name: str) -> AreaShare:
    weight = None if share.weight is None else str(share.weight)
    return AreaShare(code=code, name=name, weight=weight, exact=share.exact, method=share.method or None)


def _nearest(lives: tuple[Life, ...], day: date) -> date:
    """A day of the area's own, nearest to the one asked about."""
    before = [life for life in lives if life.begins <= day]
    if not before:
        return lives[0].begins
    life = before[-1]
    if life.ends is None or day < life.ends:
        return day
    return date.fromordinal(life.ends.toordinal() - 1)


@strawberry.type(description="Reads of what became of areas.")
class LineageQueries:
    @readable(
        PUBLIC, "what an area was made of and what became of it, by the lineage of its geography or registry"
    )
    def area_lineage(
        self, info: Info, registry: Registry, geography: GeographyCode, area: AreaCode
    ) -> AreaLineage:
        snapshot = info.context.snapshot
        known_lineage = lineage_at(snapshot, registry, geography, snapshot.position)
        if known_lineage is None:
            raise UnknownReference(kind="lineage", found=f"{registry}/{geography}")
        graph = known_lineage.graph
        return AreaLineage.of(registry, graph, family_of(graph, area, MOST_CHANGES))
