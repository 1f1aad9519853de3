"""Which areas of a tree report on a contest, and what holds them in another geography."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.registry import AreasOnDay


@dataclass(frozen=True, slots=True)
class Holders:
    """Areas of one geography that hold all of a unit, from below, and those that hold some of it and not all."""

    whole: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnitTree:
    """The areas of `units.geography`, of which all units are. `general`: the units of the election."""

    snapshot: AreasOnDay
    geography: str
    children: Mapping[str | None, list[str]]
    general: frozenset[str]
    withdrawn: frozenset[str]

    @classmethod
    def of(cls, definition: ElectionDefinition, snapshot: AreasOnDay) -> UnitTree:
        geography = definition.units.geography
        withdrawn = frozenset(withdrawal.unit for withdrawal in definition.units.withdrawn)
        general = frozenset(snapshot.leaves(geography, definition.units.levels)) - withdrawn
        return cls(snapshot, geography, snapshot.children(geography), general, withdrawn)

    def units_of(self, contest: Contest) -> frozenset[str]:
        """The units that report on a contest, wherever they lie. Where one would lie in another,
        the larger reports: nobody is counted twice."""
        if contest.units is None:
            return self.general
        areas = self.snapshot.areas.get(self.geography, {})
        reporting = set(self.general)
        if contest.units.levels:
            of_level = {code for code, area in areas.items() if area.level in contest.units.levels}
            reporting = {code for code in of_level if of_level.isdisjoint(self.below(code))} - self.withdrawn
        reporting.update(code for code in contest.units.whole if code in areas and code not in self.withdrawn)
        return frozenset(code for code in reporting if reporting.isdisjoint(self.above(code)))

    def held(self, code: str, geography: str) -> Holders:
        """Where a unit is no area of the geography itself, what holds all of its smallest parts holds it."""
        areas = self.snapshot.areas[geography]
        if code in areas:
            return Holders(self.snapshot.ancestors(geography, code))
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
