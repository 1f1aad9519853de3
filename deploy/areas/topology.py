"""TopoJSON as far as outlines of areas need it: arcs, areas made of arcs, areas merged, whole numbers on a sheet."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]  # degrees east, degrees north
Dot = tuple[int, int]  # on the sheet, from its upper left corner
GAP = 0.6  # degrees: land further than this from the rest is not drawn with it
SPECK = 3  # an island smaller than this on the sheet is left out, unless it is all there is of an area


@dataclass(frozen=True, slots=True)
class Shape:
    """An area of a file: its properties, and the arcs around it (~n: arc n backwards)."""

    properties: dict[str, Any]
    arcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Topology:
    arcs: tuple[tuple[Point, ...], ...]
    shapes: tuple[Shape, ...]

    def rings(self, shapes: Iterable[Shape]) -> list[list[Point]]:
        """Around all of them together: a border between two of them is none."""
        used = [arc for shape in shapes for arc in shape.arcs]
        inner = set(used)
        starts: dict[Point, list[int]] = defaultdict(list)
        for arc in dict.fromkeys(used):
            if ~arc not in inner:
                starts[self._line(arc)[0]].append(arc)
        rings = []
        while starts:
            first = next(iter(starts))
            ring = [first]
            while ring[-1] in starts:
                arc = starts[ring[-1]].pop()
                if not starts[ring[-1]]:
                    del starts[ring[-1]]
                ring.extend(self._line(arc)[1:])
            rings.append(ring)
        return rings

    def _line(self, arc: int) -> Sequence[Point]:
        return self.arcs[arc] if arc >= 0 else self.arcs[~arc][::-1]


def read(path: Path) -> Topology:
    """Of a quantised TopoJSON file. KeyError, ValueError: it is none."""
    told = json.loads(path.read_text(encoding="utf-8"))
    (sx, sy), (tx, ty) = told["transform"]["scale"], told["transform"]["translate"]
    arcs = tuple(
        tuple(
            (x * sx + tx, y * sy + ty)
            for x, y in accumulate(map(tuple, arc), lambda at, by: (at[0] + by[0], at[1] + by[1]))
        )
        for arc in told["arcs"]
    )
    shapes = tuple(
        Shape(geometry["properties"], tuple(_flat(geometry.get("arcs", ()))))
        for layer in told["objects"].values()
        for geometry in layer["geometries"]
    )
    return Topology(arcs, shapes)


def _flat(arcs: Iterable[Any]) -> Iterable[int]:
    for arc in arcs:
        if isinstance(arc, int):
            yield arc
        else:
            yield from _flat(arc)


@dataclass(frozen=True, slots=True)
class Box:
    west: float
    south: float
    east: float
    north: float

    @staticmethod
    def around(points: Iterable[Point]) -> Box:
        xs, ys = zip(*points, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))

    def joined(self, other: Box) -> Box:
        return Box(
            min(self.west, other.west), min(self.south, other.south),
            max(self.east, other.east), max(self.north, other.north),
        )  # fmt: skip

    def near(self, other: Box) -> bool:
        apart = max(
            self.west - other.east, other.west - self.east, self.south - other.north, other.south - self.north
        )
        return apart <= GAP

    def holds(self, other: Box) -> bool:
        return self.joined(other) == self


def core(rings: Iterable[Sequence[Point]]) -> Box:
    """Around the land that hangs together, the greatest group of it."""
    groups: list[list[Box]] = []
    for box in map(Box.around, rings):
        close = [group for group in groups if any(box.near(other) for other in group)]
        groups = [group for group in groups if group not in close] + [
            [box, *(one for group in close for one in group)]
        ]
    greatest = max(
        groups, key=lambda group: sum((box.east - box.west) * (box.north - box.south) for box in group)
    )
    whole = greatest[0]
    for box in greatest:
        whole = whole.joined(box)
    return whole


@dataclass(frozen=True, slots=True)
class Sheet:
    """What lies within `box`, `side` dots on its longer side."""

    box: Box
    side: int = 1000

    @property
    def _east(self) -> float:
        return math.cos(math.radians((self.box.south + self.box.north) / 2))

    @property
    def _scale(self) -> float:
        wide, high = (self.box.east - self.box.west) * self._east, self.box.north - self.box.south
        return self.side / max(wide, high)

    @property
    def size(self) -> Dot:
        return self._dot((self.box.east, self.box.south))

    def _dot(self, point: Point) -> Dot:
        east, north = point
        return round((east - self.box.west) * self._east * self._scale), round(
            (self.box.north - north) * self._scale
        )

    def drawn(self, rings: Iterable[Sequence[Point]]) -> list[list[Dot]]:
        """The rings within the box in dots, specks left out; none where nothing of it is within."""
        within = [ring for ring in rings if self.box.holds(Box.around(ring))]
        dotted = [_straight([self._dot(point) for point in ring]) for ring in within]
        big = [ring for ring in dotted if len(ring) > 2 and max(_extent(ring)) >= SPECK]
        if big or not within:
            return big
        x, y = self._dot(within[0][0])
        return [[(x - 2, y - 2), (x + 2, y - 2), (x + 2, y + 2), (x - 2, y + 2)]]


def _extent(ring: Sequence[Dot]) -> Dot:
    xs, ys = zip(*ring, strict=True)
    return max(xs) - min(xs), max(ys) - min(ys)


def _straight(ring: Sequence[Dot]) -> list[Dot]:
    """Without dots that stand on the one before or on a line between their neighbours; the last is not the first."""
    kept: list[Dot] = []
    for dot in ring:
        if kept and dot == kept[-1]:
            continue
        while len(kept) > 1 and _level(kept[-2], kept[-1], dot):
            kept.pop()
        kept.append(dot)
    if len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    while len(kept) > 3 and _level(kept[-2], kept[-1], kept[0]):
        kept.pop()
    while len(kept) > 3 and _level(kept[-1], kept[0], kept[1]):
        kept.pop(0)
    return kept


def _level(a: Dot, b: Dot, c: Dot) -> bool:
    return (b[0] - a[0]) * (c[1] - b[1]) == (b[1] - a[1]) * (c[0] - b[0])


def path(rings: Iterable[Sequence[Dot]]) -> str:
    """As `d` of an SVG path, each dot told from the one before."""
    return "".join(_path(ring) for ring in rings)


def _path(ring: Sequence[Dot]) -> str:
    steps = [f"{x - px},{y - py}" for (px, py), (x, y) in pairwise(ring)]
    return f"M{ring[0][0]},{ring[0][1]}l" + " ".join(steps).replace(",-", "-").replace(" -", "-") + "z"
