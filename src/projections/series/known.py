"""The area lineage as it was known at a position, and its shares on the boundaries of a day as columns for SQL."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from projections.read import Snapshot
from reporting.database.sql import load
from reporting.domain.lineage_events import LineageRegistered
from reporting.ledger.registry import recorded
from reporting.ledger.streams import lineage_stream
from reporting.lineage.graph import Lineage
from reporting.lineage.record import LineageRecord
from reporting.lineage.shares import Share
from reporting.series.amounts import exact_decimal
from reporting.series.previous import previous_parts

SQL = load("projections.series")
FOREVER = date.max
KEPT = 8
"""Lineages kept by one process; Japan's takes some twenty megabytes."""


Key = tuple[str, str | None, tuple[UUID, ...]]


@dataclass(frozen=True)
class KnownLineage:
    """`geography`: the only one it is about, or None. `made_of`: the commands that registered it; the same ones make
    the same lineage anywhere."""

    registry: str
    geography: str | None
    made_of: tuple[UUID, ...]
    graph: Lineage = field(compare=False)


_kept: dict[Key, KnownLineage] = {}
_making = threading.Lock()
"""A lineage remembers what it was asked, and requests run beside each other."""


def lineage_at(snapshot: Snapshot, registry: str, geography: str, position: int) -> KnownLineage | None:
    """The geography's own, else the registry's; None where nothing was registered by then."""
    return _lineage(snapshot, registry, geography, position) or _lineage(snapshot, registry, None, position)


def _lineage(snapshot: Snapshot, registry: str, geography: str | None, position: int) -> KnownLineage | None:
    where = {"stream": lineage_stream(registry, geography), "position": position}
    made_of = tuple(row[1] for row in snapshot.fetch(SQL["lineage_events"], where))
    if not made_of:
        return None
    key = (registry, geography, made_of)
    with _making:
        if key not in _kept:
            record = LineageRecord()
            for row in snapshot.fetch(SQL["lineage_states"], where):
                event = recorded(row).event
                assert isinstance(event, LineageRegistered)
                record.apply(event.start_date, event.start, event.changes, event.removed)
            if len(_kept) >= KEPT:
                _kept.clear()
            _kept[key] = KnownLineage(*key, record.graph())
        return _kept[key]


LINKS = ("registry", "of", "begins", "ends", "into", "weight", "exact", "method", "source")
MOVED = ("registry", "area", "day")
Link = tuple[str, str, date, date, str, str | None, bool, str, str]


@lru_cache(maxsize=16)
def _links(lineage: KnownLineage, boundaries: date) -> tuple[Link, ...]:
    """(registry, of, begins, ends, into, weight, exact, method, source) of every life of every area."""
    return tuple(
        (
            lineage.registry,
            of,
            life.begins,
            life.ends or FOREVER,
            into,
            written(share),
            share.exact,
            share.method,
            share.source,
        )
        for of, life, into, share in lineage.graph.table(boundaries)
    )


def link_columns(
    lineages: Collection[KnownLineage],
    boundaries: date,
    areas: Collection[str] | None,
    levels: Collection[str] | None,
) -> dict[str, Any]:
    """Parameters of the block `rebased`: shares into the areas asked for, every code a lineage has, names of that day."""
    links: list[Link] = []
    names: list[tuple[str, str, str | None]] = []
    codes: list[tuple[str, str]] = []
    peers: set[str] = set()
    for lineage in lineages:
        alive = lineage.graph.alive(boundaries)
        wanted = {
            code
            for code, area in alive.items()
            if (areas is None or code in areas) and (levels is None or area.level in levels)
        }
        names += [(code, alive[code].name, alive[code].level) for code in wanted]
        with _making:
            every = _links(lineage, boundaries)
        into = [link for link in every if link[4] in wanted]
        links += into
        peers.update(link[1] for link in into if lineage.geography)
        codes += [(lineage.registry, code) for code in lineage.graph.codes]
    return {
        **columns("l", LINKS, links),
        **columns("k", ("registry", "code"), codes),
        **columns("z", ("code", "name", "level"), names),
        "peers": sorted(peers),
    }


def moved_columns(lineages: Iterable[KnownLineage], after: date, until: date) -> dict[str, Any]:
    """Days on which land moved into or out of an area."""
    moves: set[tuple[str, str, date]] = set()
    for lineage in lineages:
        for effect in lineage.graph.effects:
            if effect.kind.moves_land and after < effect.change.date <= until:
                moves.update(
                    (lineage.registry, code, effect.change.date) for code in effect.ends | effect.begins
                )
    return columns("m", MOVED, sorted(moves))


@dataclass(frozen=True, slots=True)
class EarlierArea:
    """Of an area, one that some of it was on an earlier day, with the share of that one which lies in it (None: nobody has
    said); `parts`: how many there are. `of` "": nothing of the area was there then."""

    code: str
    of: str
    weight: str | None
    exact: bool
    method: str
    parts: int


@lru_cache(maxsize=64)
def parts_between(lineage: KnownLineage, before: date, day: date) -> tuple[EarlierArea, ...]:
    """Of every area of `day` that was another one, under another code or in another extent, on the day before."""
    graph, before = lineage.graph, max(before, lineage.graph.day)
    touched = {
        code
        for effect in graph.effects
        if before < effect.change.date <= day
        for code in effect.begins
        if graph.is_alive(code, day)
    }
    made: list[EarlierArea] = []
    for code in sorted(touched):
        parts = previous_parts(code, day, before, graph)
        if parts.keys() == {code} and parts[code].exact:
            continue
        made += [
            EarlierArea(code, of, written(share), share.exact, share.method, len(parts))
            for of, share in parts.items()
        ] or [EarlierArea(code, "", None, False, "", 0)]
    return tuple(made)


def written(share: Share) -> str | None:
    return None if share.weight is None else format(exact_decimal(share.weight), "f")


@dataclass(frozen=True, slots=True)
class Birth:
    """`codes`: the areas that an area came from when its code began, with ; between them."""

    registry: str
    area: str
    begins: date
    ends: date
    codes: str


@lru_cache(maxsize=16)
def births(lineage: KnownLineage) -> tuple[Birth, ...]:
    """Of every code that began after the lineage did, for as long as it goes on."""
    born: list[Birth] = []
    for code in sorted(lineage.graph.codes):
        begins: date | None = None
        for life in lineage.graph.lives(code):
            begins = begins or life.begins
            if life.ends is not None and lineage.graph.is_alive(code, life.ends):
                continue
            if begins > lineage.graph.day:
                parts = previous_parts(code, begins, begins - timedelta(days=1), lineage.graph)
                born.append(Birth(lineage.registry, code, begins, life.ends or FOREVER, ";".join(parts)))
            begins = None
    return tuple(birth for birth in born if birth.codes)


def columns(prefix: str, names: tuple[str, ...], rows: Collection[tuple[Any, ...]]) -> dict[str, Any]:
    """Rows as one array for each column."""
    turned = cast("list[tuple[Any, ...]]", list(zip(*rows, strict=True))) if rows else [()] * len(names)
    return {f"{prefix}_{name}": list(values) for name, values in zip(names, turned, strict=True)}
