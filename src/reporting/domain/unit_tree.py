"""Which areas of a tree report on a contest, and what holds them in another geography."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reporting.domain.areas import AreaRecord
from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.registry import AreasOnDay


@dataclass(frozen=True, slots=True)
class Holders:
    """Areas of one geography that hold all of a unit, from below, and those that hold some of it and not all."""

    whole: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()


def divided_areas(definition: ElectionDefinition, snapshot: AreasOnDay) -> AreasOnDay:
    """The areas of the day with the parts that the definition divides units into, below their wholes in `units.geography`, and with
    what it merges units into, between these and what they lay in. A code that the registry has stands for its area; a part of
    what is not there is not there, and nothing is merged from what is not."""
    geography = definition.units.geography
    areas = dict(snapshot.areas.get(geography, {}))
    before = len(areas)
    for gone in definition.units.withdrawn:
        if gone.unit not in areas or gone.level is None:
            continue
        for part in gone.parts:
            areas.setdefault(
                part.code,
                AreaRecord(
                    geography=geography, code=part.code, level=gone.level, name=part.name, name_en=part.name_en,
                    parent=gone.unit, valid_from=snapshot.day,
                ),
            )  # fmt: skip
    for merged in definition.units.merged:
        units = [unit for unit in definition.units.merged_from[merged.code] if unit in areas]
        if merged.code in areas or not units:
            continue
        around = areas[units[0]].parent
        areas[merged.code] = AreaRecord(
            geography=geography, code=merged.code, level=merged.level, name=merged.name, name_en=merged.name_en,
            parent=around, valid_from=snapshot.day,
        )  # fmt: skip
        for unit in units:
            if areas[unit].parent == around:
                areas[unit] = areas[unit].model_copy(update={"parent": merged.code})
    if len(areas) == before:
        return snapshot
    return replace(snapshot, areas={**snapshot.areas, geography: areas})


@dataclass(frozen=True)
class UnitTree:
    """The areas of `units.geography`, of which all units are, with the parts of divided units and what others are merged into
    (`divided_areas`). `general`: the units of the election."""

    snapshot: AreasOnDay
    geography: str
    children: Mapping[str | None, list[str]]
    general: frozenset[str]
    withdrawn: frozenset[str]
    parts: Mapping[str, tuple[str, ...]]
    """Divided unit → what it was divided into by the definition."""
    whole_of: Mapping[str, str]
    into: Mapping[str, str]
    """Unit → what it was merged into."""

    @classmethod
    def of(cls, definition: ElectionDefinition, snapshot: AreasOnDay) -> UnitTree:
        geography, snapshot = definition.units.geography, divided_areas(definition, snapshot)
        areas, children = snapshot.areas.get(geography, {}), snapshot.children(geography)
        into = {
            unit: merged
            for merged, units in definition.units.merged_from.items()
            if not set(units).isdisjoint(children.get(merged, ()))
            for unit in units
        }
        withdrawn = frozenset(
            withdrawal.unit
            for withdrawal in definition.units.withdrawn
            if withdrawal.into is None or withdrawal.unit in into
        )
        whole_of = {
            part: whole
            for part, whole in definition.units.whole_of.items()
            if part in areas and areas[part].parent == whole
        }
        parts = {
            gone.unit: tuple(part.code for part in gone.parts if part.code in whole_of)
            for gone in definition.units.withdrawn
            if gone.parts
        }
        leaves = frozenset((*snapshot.leaves(geography, definition.units.levels), *whole_of))
        tree = cls(snapshot, geography, children, leaves, withdrawn, parts, whole_of, into)
        inside = {code for merged in into.values() for code in tree.below(merged)}
        return replace(tree, general=leaves.union(into.values()).difference(withdrawn, inside))

    def units_of(self, contest: Contest) -> frozenset[str]:
        """The units that report on a contest, wherever they lie. Where one would lie in another,
        the larger reports: nobody is counted twice."""
        if contest.units is None:
            return self.general
        areas = self.snapshot.areas.get(self.geography, {})
        reporting = set(self.general)
        if contest.units.levels:
            of_level = {code for code, area in areas.items() if area.level in contest.units.levels}
            lowest = {code for code in of_level if of_level.isdisjoint(self.below(code))}
            reporting = self._instead(lowest)
        reporting.update(self._instead(code for code in contest.units.whole if code in areas))
        return frozenset(code for code in reporting if reporting.isdisjoint(self.above(code)))

    def _instead(self, codes: Iterable[str]) -> set[str]:
        """The codes, with its parts for a divided unit, and for one that was merged what it was merged into; one that was withdrawn
        without any is left out."""
        reporting: set[str] = set()
        for code in codes:
            if code in self.parts:
                reporting |= self._instead(self.parts[code])
            elif code in self.into:
                reporting.add(self.into[code])
            elif code not in self.withdrawn:
                reporting.add(code)
        return reporting

    def held(self, code: str, geography: str) -> Holders:
        """Where a unit is no area of the geography itself, what holds all of its smallest parts holds it; what holds a divided unit
        holds the parts that it has in this election alone."""
        areas = self.snapshot.areas[geography]
        if code in areas:
            return Holders(self.snapshot.ancestors(geography, code))
        if code in self.whole_of:
            return self.held(self.whole_of[code], geography)
        inside = set(self.below(code))
        smallest = [part for part in inside if part not in self.children]
        paths = [self.snapshot.ancestors(geography, part) for part in smallest if part in areas]
        if not paths:
            return Holders()
        some = set().union(*paths) - inside
        whole = some.intersection(*paths) if len(paths) == len(smallest) else set()
        return Holders(tuple(area for area in paths[0] if area in whole), tuple(sorted(some - whole)))

    def above(self, code: str) -> tuple[str, ...]:
        return self.snapshot.ancestors(self.geography, code)[1:]

    def below(self, code: str) -> Iterator[str]:
        for child in self.children.get(code, ()):
            yield child
            yield from self.below(child)
