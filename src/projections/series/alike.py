"""Which units of two elections are the same area: what may be compared unit by unit, decided before any figure is read.

Areas that became each other between two polling days form a group with all that they touch. A group is a whole then and
now, so that its figures compare without anybody guessing a share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from reporting.lineage.graph import Lineage

NOWHERE = -1
"""Size of a group of which a part is in no election: it is never all there."""


class Ground(Protocol):
    """The units of one election, or of a contest that names its own, as they were known."""

    @property
    def day(self) -> date: ...
    @property
    def levels(self) -> Collection[str]:
        """Of its units."""
        ...

    @property
    def divided(self) -> Mapping[str, Sequence[str]]:
        """Divided unit → the units that report for it now."""
        ...

    @property
    def own(self) -> Collection[str]:
        """Units of a contest that names its own, which may be areas that did not report before."""
        ...

    def below(self, codes: Collection[str]) -> Mapping[str, Collection[str]]:
        """Of these codes: the units that report there; a unit's own code has itself."""
        ...


@dataclass(frozen=True, slots=True)
class Alike:
    """A unit that is not simply itself at the other election. `now`: which of the two it belongs to; `group`: what it is
    compared in; `size`: how many reporting units of its own election make up the group."""

    now: bool
    unit: str
    group: str
    size: int


@dataclass(frozen=True, slots=True, order=True)
class _Area:
    now: bool
    code: str


class _Groups:
    """Union of what belongs together."""

    def __init__(self) -> None:
        self._above: dict[_Area, _Area] = {}

    def top(self, area: _Area) -> _Area:
        self._above.setdefault(area, area)
        while self._above[area] != area:
            self._above[area] = self._above[self._above[area]]
            area = self._above[area]
        return area

    def join(self, area: _Area, other: _Area) -> None:
        first, second = sorted((self.top(area), self.top(other)))
        self._above[second] = first

    def all(self) -> Iterable[list[_Area]]:
        areas: dict[_Area, list[_Area]] = defaultdict(list)
        for area in list(self._above):
            areas[self.top(area)].append(area)
        return areas.values()


def alike(then: Ground, now: Ground, lineage: Lineage | None) -> list[Alike]:
    """Every unit whose group is more, or less, than the same code at the other election; divided units, too."""
    groups = _Groups()
    touched, lost = set[str](), set[_Area]()
    if lineage is not None and then.day >= lineage.day:
        touched, lost = _became(groups, lineage, then.day, now.day)
    for side, ground in ((False, then), (True, now)):
        for whole, parts in ground.divided.items():
            for code in (whole, *parts):
                groups.join(_Area(side, whole), _Area(side, code))
                if code not in touched:
                    groups.join(_Area(side, code), _Area(not side, code))
        for code in ground.own:
            if code not in touched:
                groups.join(_Area(side, code), _Area(not side, code))
    return _told(groups, lost, (then, now), lineage)


def _became(groups: _Groups, lineage: Lineage, then: date, now: date) -> tuple[set[str], set[_Area]]:
    """Join what became each other. Codes that changed, and areas of which some part has no successor."""
    touched = {
        code
        for effect in lineage.effects
        if then < effect.change.date <= now
        for code in effect.ends | effect.begins
    }
    lost = set()
    for code in sorted(touched):
        for side, day, other in ((False, then, now), (True, now, then)):
            if not lineage.is_alive(code, day):
                continue
            shares = lineage.shares(code, day, other)
            area = _Area(side, code)
            groups.top(area)
            for into in shares:
                groups.join(area, _Area(not side, into))
            weights = [share.weight for share in shares.values() if share.weight is not None]
            if len(weights) == len(shares) and sum(weights) < 1:
                lost.add(area)
    return touched, lost


def _told(
    groups: _Groups, lost: Collection[_Area], grounds: tuple[Ground, Ground], lineage: Lineage | None
) -> list[Alike]:
    joined = [list(members) for members in groups.all()]
    every = [member for members in joined for member in members]
    below = [
        ground.below(sorted({area.code for area in every if area.now is bool(side)}))
        for side, ground in enumerate(grounds)
    ]
    reporting = {
        _Area(bool(side), unit) for side in (0, 1) for units in below[side].values() for unit in units
    }
    for members in joined:
        if reporting.isdisjoint(members):
            continue  # cities that report by their wards, which are areas of their own
        for area in members:
            for unit in below[area.now].get(area.code, ()):
                groups.join(area, _Area(area.now, unit))
    units_apart: list[Alike] = []
    for members in groups.all():
        units = [
            sorted(member.code for member in members if member in reporting and member.now is side)
            for side in (False, True)
        ]
        divided = [member for member in members if member.code in grounds[member.now].divided]
        broken = any(
            member in lost
            or (
                not below[member.now].get(member.code, member in reporting)
                and _reports(member, grounds, lineage)
            )
            for member in members
        )
        if not any(units) or (units[0] == units[1] and len(units[1]) == 1 and not broken and not divided):
            continue
        name = "|".join(f"{'now' if member.now else 'then'}={member.code}" for member in sorted(members))
        sizes = [NOWHERE if broken else len(codes) for codes in units]
        units_apart += [Alike(bool(side), unit, name, sizes[side]) for side in (0, 1) for unit in units[side]]
        units_apart += [Alike(area.now, area.code, name, sizes[area.now]) for area in divided]
    return units_apart


def _reports(area: _Area, grounds: tuple[Ground, Ground], lineage: Lineage | None) -> bool:
    """Whether an area that no unit of its election lies in is of the kind that reports: then its figures are missing."""
    ground = grounds[area.now]
    if lineage is None or not lineage.is_alive(area.code, ground.day):
        return False
    level = lineage.resolve(area.code, ground.day).area.level
    return level is None or level in ground.levels
