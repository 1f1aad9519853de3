"""The codebook: what is asked, with its parts, versions and purpose, the areas and their levels, and what became of them, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import strawberry

from api.graphql.access import PUBLIC, readable
from api.graphql.arguments import After, First, MinPosition
from api.graphql.context import Info
from api.graphql.lineage import AreaChange, lineage_of
from api.graphql.types import Item, Label, PageInfo, cursor, described, page, parts_of
from projections.read import ElectionRow
from reporting.database.sql import load
from reporting.domain.areas import GeographyRecord
from reporting.domain.items import Item as ItemRecord
from reporting.errors import UnknownReference
from reporting.lineage.family import told_changes

SQL = load("projections.series")
MOST = 1_000
RegistryCode = Annotated[str, strawberry.argument(description="code of the registry")]
GeographyOf = Annotated[str, strawberry.argument(description="code of a geography of the registry")]
ItemFilter = Annotated[
    list[str] | None,
    strawberry.argument(description="only items of these codes; one that no election asks is refused"),
]
LevelOf = Annotated[str | None, strawberry.argument(description="only areas of this level")]
Inside = Annotated[str | None, strawberry.argument(description="only areas directly inside this one")]
OnTheDay = Annotated[
    date | None,
    strawberry.argument(description="only areas there are on this day; none: all there ever were"),
]
SinceDay = Annotated[date | None, strawberry.argument(name="from", description="first day of a change")]
UntilDay = Annotated[date | None, strawberry.argument(description="last day of a change")]
LineageGeography = Annotated[
    str | None,
    strawberry.argument(description="of the geography's own lineage, where it has one; none: the registry's"),
]


@strawberry.type(description="An item in one version of its meaning, and the elections that ask it so.")
class CodebookItem:
    item: Item = described("as the last of these elections defines it")
    elections: list[str] = described("codes of the elections, by polling day; tests are not among them")
    first_day: date = described("polling day of the first")
    last_day: date = described("polling day of the last")


@strawberry.type(description="Items by code, then version.")
class CodebookItems:
    nodes: list[CodebookItem] = described("the items of the page")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")


@strawberry.type(description="A level of a geography.")
class AreaLevel:
    code: str = described("stable code")
    label: Label = described("name")
    areas: int = described("how many areas of it there ever were")


@strawberry.type(description="One way of arranging the areas of a registry.")
class AreaGeography:
    code: str = described("code of the geography")
    label: Label = described("name")
    levels: list[str] = described("codes of its levels, from the widest")


@strawberry.type(description="A registry of areas: what levels, areas and lineage are asked by.")
class AreaRegistry:
    code: str = described("code of the registry")
    geographies: list[AreaGeography] = described("its geographies, by code")


@strawberry.type(description="An area as a registry has it, for as long as it was so.")
class RegisteredArea:
    code: str = described("key of the area")
    official_code: str | None = described("the authorities' code of it, where it is not the key")
    level: str = described("code of its level")
    name: str = described("name")
    name_en: str | None = described("English name")
    kana: str | None = described("reading of the name")
    parent: str | None = described("area it lies in")
    valid_from: date = described("first day")
    valid_to: date | None = described("first day it is no more so; null while it is")


@strawberry.type(description="Areas by key, then day.")
class RegisteredAreas:
    nodes: list[RegisteredArea] = described("the areas of the page")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")


@strawberry.type(description="What happened to areas, by day, then id.")
class AreaChanges:
    nodes: list[AreaChange] = described("the changes of the page")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """An item's code and the version of what it means."""

    code: str
    version: int


@strawberry.type
class CodebookQueries:
    @readable(PUBLIC, "what is asked over all elections: each item in each version of its meaning")
    def codebook_items(
        self,
        info: Info,
        item: ItemFilter = None,
        first: First = 100,
        after: After = None,
        min_position: MinPosition = None,
    ) -> CodebookItems:
        wanted, seen = page(first, MOST), parts_of(after, str, int)
        meanings = _meanings(info.context.snapshot.elections())
        codes = {meaning.code for meaning in meanings}
        for code in item or ():
            if code not in codes:
                raise _unknown("item", code, codes)
        there = [
            meaning
            for meaning in sorted(meanings, key=lambda meaning: (meaning.code, meaning.version))
            if (item is None or meaning.code in item)
            and (not seen or (meaning.code, meaning.version) > tuple(seen))
        ]
        nodes = [_item(meanings[meaning], meaning) for meaning in there[:wanted]]
        return CodebookItems(
            nodes=nodes,
            page_info=PageInfo.of(there, wanted, lambda meaning: cursor(meaning.code, meaning.version)),
            as_of_position=info.context.snapshot.position,
        )

    @readable(PUBLIC, "registries of areas with their geographies, by code")
    def area_registries(self, info: Info, min_position: MinPosition = None) -> list[AreaRegistry]:
        listed = []
        for code in sorted(_registries(info)):
            rows = info.context.snapshot.fetch(SQL["geographies"], {"registry": code})
            geographies = [GeographyRecord.model_validate(record) for _, record in sorted(rows)]
            listed.append(AreaRegistry(code=code, geographies=[
                AreaGeography(code=each.code, label=Label.of(each.label), levels=[level.code for level in each.levels])
                for each in geographies
            ]))  # fmt: skip
        return listed

    @readable(PUBLIC, "levels of the areas of a geography, from the widest")
    def area_levels(
        self, info: Info, registry: RegistryCode, geography: GeographyOf, min_position: MinPosition = None
    ) -> list[AreaLevel]:
        levels = _geography(info, registry, geography).levels
        counted = dict(
            info.context.snapshot.fetch(SQL["areas_by_level"], {"registry": registry, "geography": geography})
        )
        return [
            AreaLevel(code=level.code, label=Label.of(level.label), areas=counted.get(level.code, 0))
            for level in levels
        ]

    @readable(PUBLIC, "areas of a geography, with the days from and to which each was so")
    def registered_areas(
        self,
        info: Info,
        registry: RegistryCode,
        geography: GeographyOf,
        level: LevelOf = None,
        parent: Inside = None,
        on: OnTheDay = None,
        first: First = 100,
        after: After = None,
        min_position: MinPosition = None,
    ) -> RegisteredAreas:
        wanted, seen = page(first, MOST), parts_of(after, str, date)
        levels = [known_level.code for known_level in _geography(info, registry, geography).levels]
        if level is not None and level not in levels:
            raise _unknown("level", level, levels)
        where: dict[str, Any] = {
            "registry": registry, "geography": geography, "level": level, "parent": parent, "day": on,
            "after": seen, "limit": wanted + 1,
        }  # fmt: skip
        rows = info.context.snapshot.fetch(SQL["registered_areas"], where)
        if parent is not None and not rows:
            _require_area(info, registry, geography, parent)
        return RegisteredAreas(
            nodes=[RegisteredArea(**dict(zip(AREA, row, strict=True))) for row in rows[:wanted]],
            page_info=PageInfo.of(rows, wanted, lambda row: cursor(row[0], row[-2].isoformat())),
            as_of_position=info.context.snapshot.position,
        )

    @readable(PUBLIC, "what happened to the areas of a registry: its lineage, by day")
    def area_changes(
        self,
        info: Info,
        registry: RegistryCode,
        geography: LineageGeography = None,
        from_: SinceDay = None,
        to: UntilDay = None,
        first: First = 100,
        after: After = None,
        min_position: MinPosition = None,
    ) -> AreaChanges:
        snapshot = info.context.snapshot
        wanted, seen = page(first, MOST), parts_of(after, date, str)
        lineage = lineage_of(info, registry, geography)
        if lineage is None:
            registries = _registries(info)
            if registry not in registries:
                raise _unknown("registry", registry, registries)
            raise _unknown(
                "lineage", registry, ()
            )  # the registry is there, and nobody has said what became of its areas
        there = [
            told
            for told in told_changes(lineage)
            if (from_ is None or told.change.date >= from_)
            and (to is None or told.change.date <= to)
            and (not seen or (told.change.date.isoformat(), told.change.id) > tuple(seen))
        ]
        return AreaChanges(
            nodes=[AreaChange.of(told) for told in there[:wanted]],
            page_info=PageInfo.of(
                there, wanted, lambda told: cursor(told.change.date.isoformat(), told.change.id)
            ),
            as_of_position=snapshot.position,
        )


AREA = ("code", "official_code", "level", "name", "name_en", "kana", "parent", "valid_from", "valid_to")


def _meanings(elections: Iterable[ElectionRow]) -> dict[_Meaning, list[ElectionRow]]:
    """The elections that ask an item in each of its meanings."""
    asking: dict[_Meaning, list[ElectionRow]] = defaultdict(list)
    for row in elections:
        if not row.definition.is_test:
            for item in row.definition.items:
                asking[_Meaning(item.code, item.version)].append(row)
    return asking


def _item(asking: Sequence[ElectionRow], meaning: _Meaning) -> CodebookItem:
    by_day = sorted(asking, key=lambda row: (row.definition.polling_date, row.definition.code))
    last = by_day[-1].definition
    record: ItemRecord = next(item for item in last.items if item.code == meaning.code)
    return CodebookItem(
        item=Item.of(record),
        elections=[row.definition.code for row in by_day],
        first_day=by_day[0].definition.polling_date,
        last_day=last.polling_date,
    )


def _unknown(kind: str, code: str, among: Iterable[str]) -> UnknownReference:
    return UnknownReference(kind=kind, found=code, among=among)


def _registries(info: Info) -> list[str]:
    return [code for (code,) in info.context.snapshot.fetch(SQL["registries"], {})]


def _geography(info: Info, registry: str, geography: str) -> GeographyRecord:
    """UnknownReference."""
    rows = info.context.snapshot.fetch(SQL["geographies"], {"registry": registry})
    if not rows:
        raise _unknown("registry", registry, _registries(info))
    records = {code: record for code, record in rows}
    if geography not in records:
        raise _unknown("geography", geography, list(records))
    return GeographyRecord.model_validate(records[geography])


def _require_area(info: Info, registry: str, geography: str, area: str) -> None:
    where = {"registry": registry, "geography": geography}
    codes = [code for (code,) in info.context.snapshot.fetch(SQL["registered_codes"], where)]
    if area not in codes:
        raise _unknown("area", area, codes)
