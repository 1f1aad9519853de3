"""How the units of one contest stand for each other: which figures count, and for how many units of N."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

Places = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Unit → geography → areas, from below."""


@dataclass(frozen=True)
class CountingUnits:
    """Of one contest. `gone`: units that reported on it once and report on it no more. Of those, and of units withdrawn
    openly: `divided`, into the units below them that report on it now, or were the last to; `joined`, into those above that do, or
    did: the first that has reported."""

    places: Places
    gone: frozenset[str] = frozenset()
    divided: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    across: Places = field(default_factory=dict)
    """Unit → geography → areas that hold some of it and not all."""
    united: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Merged unit → the units it was merged from that are units of N: it stands for them, and is none beside them. They are
    `joined` into it."""
    dissolved: frozenset[str] = frozenset()
    """Of the divided units, those that were merged ones: what they were merged from lies in no area of theirs any more."""

    def of_kept_form(self, keeping: Mapping[str, str | None]) -> CountingUnits:
        """Of a form that these withdrawn units (unit → what it was merged into) go on reporting: as though they had been neither divided
        nor merged. What is not asked the form may have reported it while it was: that counts until theirs does, as after an undoing."""
        keeping = {unit: into for unit, into in keeping.items() if unit not in self.gone}
        joined = {
            unit: wholes
            if unit not in keeping
            else tuple(whole for whole in wholes if whole != keeping[unit])
            for unit, wholes in self.joined.items()
        }
        joined = {unit: wholes for unit, wholes in joined.items() if wholes}
        again: dict[str, tuple[str, ...]] = {}
        for merged, units in self.united.items():
            if reporting := tuple(unit for unit in units if unit in keeping):
                again[merged] = reporting
        undivided = self.divided.keys() & keeping.keys()
        if not again and not undivided:
            return self
        inside = {
            unit: tuple(sorted(wholes))
            for unit, above in self.above.items()
            if (wholes := undivided.intersection(above))
        }
        divided = {
            whole: tuple(
                dict.fromkeys(
                    unit
                    for part in parts
                    for unit in again.get(part, inside.get(part, (part,)))
                    if part not in again or whole in self.above.get(unit, ())
                )
            )
            for whole, parts in self.divided.items()
            if whole not in undivided
        }
        return replace(
            self,
            divided=divided | again,
            joined=joined
            | {
                unit: (*wholes, *(over for whole in wholes for over in joined.get(whole, ())))
                for unit, wholes in inside.items()
            },
            united={merged: units for merged, units in self.united.items() if merged not in again},
            dissolved=self.dissolved.union(again),
        )

    @cached_property
    def above(self) -> Mapping[str, tuple[str, ...]]:
        """Unit → divided units it lies in."""
        if not self.divided:
            return {}
        wholes_of: dict[str, tuple[str, ...]] = {}
        for unit, paths in self.places.items():
            areas = {area for path in paths.values() for area in path}
            if wholes := tuple(
                whole
                for whole in self.divided
                if whole != unit
                and (
                    whole in areas or (whole in self.dissolved and not areas.isdisjoint(self.divided[whole]))
                )
            ):
                wholes_of[unit] = wholes
        return wholes_of

    @cached_property
    def replaced(self) -> frozenset[str]:
        """Units that report no more: gone, divided or joined."""
        return self.gone.union(self.divided, self.joined)

    @cached_property
    def former(self) -> frozenset[str]:
        """Units that are none of N: who is replaced, and what units of N were merged into in place of these."""
        return self.replaced.difference(*self.united.values()).union(self.united)

    def weight_at(self, unit: str, geography: str, area: str) -> int:
        """Units of an area's N that the report of a unit in it stands for: itself, as a rule; one that is gone or joined
        none; a divided one those of its parts that are of that N, a merged one those it was merged from. These need not lie
        where it lay: areas move, and come back."""
        if unit not in self.former:
            return 1
        if unit in self.united:
            return self._united_at[unit][geography, area]
        return self._parts_at[unit][geography, area] if unit in self.divided else 0

    def _stood_for(self, part: str, whole: str) -> bool:
        """Whether another divided unit, beside this one, stands for the part: where it lies now, else the first by code."""
        here = whole in self.above.get(part, ())
        return any(
            part in parts
            and other != whole
            and whole not in self.above.get(other, ())
            and other not in self.above.get(whole, ())
            and (not here, whole) > (other not in self.above.get(part, ()), other)
            for other, parts in self.divided.items()
        )

    @cached_property
    def _parts_at(self) -> Mapping[str, Counter[tuple[str, str]]]:
        """Divided unit → (geography, area) → its parts that are of that area's N."""
        return {
            unit: self._there(
                smaller
                for part in set(parts).difference(
                    self.gone, self.joined, self.divided if unit in self.dissolved else ()
                )
                if not self._stood_for(part, unit)
                for smaller in self.united.get(part, (part,))
                if smaller == part or unit in self.above.get(smaller, ())
            )
            for unit, parts in self.divided.items()
        }

    @cached_property
    def _united_at(self) -> Mapping[str, Counter[tuple[str, str]]]:
        return {merged: self._there(units) for merged, units in self.united.items()}

    def _there(self, units: Iterable[str]) -> Counter[tuple[str, str]]:
        """(geography, area) → how many of the units are of its N."""
        return Counter(
            (geography, area)
            for unit in units
            for held in (self.places[unit], self.across.get(unit, {}))
            for geography, areas in held.items()
            for area in areas
        )

    def standing(self, reported: Set[str]) -> frozenset[str]:
        """Of the units that reported one cell, those that report no more and whose figure stands for others: a divided one's
        while some part is still to report it, a joined one's while the whole is."""
        return frozenset(
            unit
            for unit in (self.divided.keys() | self.joined.keys()) & reported
            if not (unit in self.divided and reported >= set(self.divided[unit]))
            and reported.isdisjoint(self.joined.get(unit, ()))
        )

    def counting(self, reported: Set[str]) -> frozenset[str]:
        """Of the units that reported one cell, those whose figures count: a divided unit's until all its parts have
        reported, its parts' from then on; a joined one's until its whole has. So no vote is counted twice, and none is lost
        in between."""
        standing = self.standing(reported)
        return frozenset(
            unit
            for unit in reported
            if self._stands(unit, standing) and not standing.intersection(self.above.get(unit, ()))
        )

    def withholding(self, suppressed: Set[str], told: Set[str]) -> frozenset[str]:
        """Of the units that suppress one cell, those that keep a total from being whole: a merged unit's, and until it has told
        anything those that it was merged from. `told`: units that gave a figure or suppress it."""
        waited_for = {unit for merged, units in self.united.items() if merged not in told for unit in units}
        return frozenset(suppressed - (self.replaced - waited_for))

    def counts_at(self, unit: str, geography: str, area: str, standing: frozenset[str]) -> bool:
        """Whether a unit that reported one cell counts towards an area, where these divided units stand: a part counts at
        once below its whole, and where the whole does not lie."""
        return self._stands(unit, standing) and not any(
            area in self.places[whole].get(geography, ())
            for whole in standing.intersection(self.above.get(unit, ()))
        )

    def _stands(self, unit: str, standing: frozenset[str]) -> bool:
        return unit in standing or (unit not in self.divided and unit not in self.joined)


def coverage(asked: Iterable[str], given: Set[str], divided: Mapping[str, frozenset[str]]) -> tuple[int, int]:
    """n of N of the units asked for a form, of which these gave something: a `divided` unit (`Roster.divided`) is no unit of N beside its
    parts, and stands for those that gave nothing yet."""
    stood_for = {unit for whole, parts in divided.items() if whole in given for unit in parts}
    counted = [unit for unit in asked if unit not in divided]
    return sum(unit in given or unit in stood_for for unit in counted), len(counted)
