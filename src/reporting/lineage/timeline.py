"""Changes in the order in which they can have happened, and every area's lives; refused as a whole when they cannot."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from reporting.domain.area_changes import AreaChange, AreaChangeKind, AreaName
from reporting.lineage.effects import AreaEffect, effect_of, shape_problems
from reporting.lineage.messages import message
from reporting.lineage.problems import LineageProblem, LineageRefused, problem


@dataclass(frozen=True, slots=True)
class Life:
    """An area under one name and extent: `begins` ≤ day < `ends` (None: still there). The first lives begin on the
    lineage's first day, whenever the area was really set up."""

    area: AreaName
    begins: date
    ends: date | None


class Timeline:
    """Folds changes over a start state.

    On one day a change waits until the areas it needs are there and those it makes are not; among those that can go
    the kind's `order` decides. So a town absorbs its neighbour before it becomes a city under a new code, and is
    renamed before that: naive sets for a whole day leave eight codes alive that had ended (see docs/series.md).
    """

    def __init__(
        self,
        start: Mapping[str, AreaName],
        day: date,
        changes: Iterable[AreaChange],
        kinds: Mapping[str, AreaChangeKind],
    ) -> None:
        self.day = day
        self.effects: list[AreaEffect] = []
        self.lives: dict[str, list[Life]] = defaultdict(list)
        self._alive: dict[str, tuple[AreaName, date]] = {code: (area, day) for code, area in start.items()}
        self._problems: list[LineageProblem] = []
        todo = self._checked(changes, kinds)
        self._begins: dict[str, list[date]] = defaultdict(list)
        for code in start:
            self._begins[code].append(day)
        for effect in todo:
            for code in effect.begins - effect.ends:
                self._begins[code].append(effect.change.date)
        for _day, group in itertools.groupby(todo, key=lambda effect: effect.change.date):
            self._fold(list(group))
        if self._problems:
            raise LineageRefused(self._problems)
        for code, (area, since) in self._alive.items():
            self.lives[code].append(Life(area, since, None))
        self.alive_at_end = {code: area for code, (area, _since) in self._alive.items()}

    def _checked(
        self, changes: Iterable[AreaChange], kinds: Mapping[str, AreaChangeKind]
    ) -> list[AreaEffect]:
        todo: list[AreaEffect] = []
        seen: set[str] = set()
        for change in changes:
            if change.id in seen:
                self._problems.append(problem(change, "duplicate", change.id))
            elif change.kind not in kinds:
                self._problems.append(problem(change, "unknown_kind", change.kind))
            elif change.date <= self.day:
                self._problems.append(
                    problem(change, "date_reversal", message("before_the_start", start=self.day))
                )
            else:
                todo.append(effect_of(change, kinds[change.kind]))
            seen.add(change.id)
        for effect in todo:
            self._problems += shape_problems(effect)
        return sorted(todo, key=lambda effect: (effect.change.date, effect.kind.order, effect.change.id))

    def _fold(self, waiting: list[AreaEffect]) -> None:
        """All changes of one day."""
        while waiting:
            ready = next((effect for effect in waiting if self._can_go(effect)), None)
            if ready is None:
                for effect in waiting:
                    self._problems += self._blocked(effect, waiting)
                for effect in waiting:  # as if they had gone well: one mistake is told once
                    self._apply(effect)
                return
            waiting.remove(ready)
            self._apply(ready)

    def _can_go(self, effect: AreaEffect) -> bool:
        return not self._missing(effect) and not self._in_the_way(effect)

    def _missing(self, effect: AreaEffect) -> list[str]:
        needed = set(effect.ends)
        if effect.change.inside is not None:
            needed.add(effect.change.inside)
        return sorted(needed - self._alive.keys())

    def _in_the_way(self, effect: AreaEffect) -> list[str]:
        return sorted((effect.begins - effect.ends) & self._alive.keys())

    def _blocked(self, effect: AreaEffect, waiting: list[AreaEffect]) -> Iterable[LineageProblem]:
        change = effect.change
        others = [other for other in waiting if other is not effect]
        for code in self._missing(effect):
            makers = [other.change.id for other in others if code in other.begins - other.ends]
            begins = self._begins.get(code)
            if makers:
                yield problem(change, "cycle", f"{code} ← {', '.join(makers)}")
            elif not begins:
                yield problem(change, "unknown_code", code)
            elif min(begins) > change.date:
                yield problem(change, "date_reversal", message("begins_later", code=code, day=min(begins)))
            else:
                ended = [life.ends for life in self.lives[code] if life.ends is not None]
                yield problem(change, "orphan", f"{code} ({max(ended) if ended else '—'})")
        for code in self._in_the_way(effect):
            enders = [other.change.id for other in others if code in other.ends - other.begins]
            if enders:
                yield problem(change, "cycle", f"{code} → {', '.join(enders)}")
            else:
                yield problem(change, "overlap", f"{code} {self._alive[code][0].name}")

    def _apply(self, effect: AreaEffect) -> None:
        change = effect.change
        names = {area.code: area for area in (*change.from_areas, *change.to_areas)}  # a new name wins
        kept: dict[str, AreaName] = {}
        for code in sorted(effect.ends):
            if code in self._alive:
                area, since = self._alive.pop(code)
                kept[code] = area
                if since < change.date:
                    self.lives[code].append(Life(area, since, change.date))
        made = {area.code for area in change.to_areas}
        for code in effect.begins:
            if code in kept and (code not in made or effect.kind.keeps_to):
                area = kept[code]
            elif code in effect.ends and code not in kept:
                continue  # it goes on, but was not there: told already
            else:
                area = names.get(code) or AreaName(code=code, name=code)
            self._alive[code] = (area, change.date)
        self.effects.append(effect)
