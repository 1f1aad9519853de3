"""The lineage: which areas there are on a day, and which share of one lies in which on another day."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from reporting.domain.area_changes import KINDS, AreaChange, AreaChangeKind, AreaName
from reporting.errors import UnknownReference
from reporting.lineage.effects import AreaEffect
from reporting.lineage.problems import NotAlive
from reporting.lineage.shares import WHOLE, Share, compose, meet, reunited
from reporting.lineage.timeline import Life, Timeline

REMEMBERED = 200_000
"""Answers kept per lineage, a few hundred bytes each."""


class Lineage:
    """`start`: every area on `day`, by code; `changes` in any order, all after `day`. Immutable once built.

    Raises LineageRefused with every problem. A day's state is the one after that day's changes.
    """

    def __init__(
        self,
        start: Mapping[str, AreaName],
        day: date,
        changes: Iterable[AreaChange],
        kinds: Mapping[str, AreaChangeKind] = KINDS,
    ) -> None:
        timeline = Timeline(start, day, changes, kinds)
        self.day = day
        self.effects: tuple[AreaEffect, ...] = tuple(timeline.effects)
        self._lives: dict[str, list[Life]] = dict(timeline.lives)
        self._dates = [effect.change.date for effect in self.effects]
        self._touched: dict[bool, dict[str, list[int]]] = {True: defaultdict(list), False: defaultdict(list)}
        for place, effect in enumerate(self.effects):
            for code in effect.ends:
                self._touched[True][code].append(place)
            for code in effect.begins:
                self._touched[False][code].append(place)
        self._walked: dict[tuple[str, int, int], dict[str, Share]] = {}

    def __contains__(self, code: object) -> bool:
        return code in self._lives

    @property
    def codes(self) -> frozenset[str]:
        """Every code that ever existed."""
        return frozenset(self._lives)

    def lives(self, code: str) -> tuple[Life, ...]:
        """The code's lives in order; UnknownReference for a code that never existed."""
        if code not in self._lives:
            raise UnknownReference(kind="area", found=code, among=self._lives)
        return tuple(self._lives[code])

    def alive(self, day: date) -> dict[str, AreaName]:
        """Every area of the day, by code; empty before the lineage's first day."""
        return {
            code: life.area
            for code, lives in sorted(self._lives.items())
            if (life := _at(lives, day)) is not None
        }

    def is_alive(self, code: str, day: date) -> bool:
        return code in self._lives and _at(self._lives[code], day) is not None

    def resolve(self, code: str, day: date) -> Life:
        """The code's life on that day; UnknownReference or NotAlive."""
        if (life := _at(list(self.lives(code)), day)) is None:
            spans = ", ".join(f"{live.begins}/{live.ends or ''}" for live in self._lives[code])
            raise NotAlive(area=code, date=day.isoformat(), lives=spans)
        return life

    def successors(self, code: str, from_date: date, to_date: date) -> dict[str, Share]:
        """Where the area of `from_date` lies on a later `to_date`: {code: Share}. Shares of one area add up to 1 unless
        part of it ended without a successor or a weight is unknown (None)."""
        if to_date < from_date:
            raise ValueError(f"{to_date} is before {from_date}; ask for predecessors")
        return self.shares(code, from_date, to_date)

    def predecessors(self, code: str, from_date: date, to_date: date) -> dict[str, Share]:
        """Where the area of `from_date` lay on an earlier `to_date`: {code: Share}. A merged area's shares in those it
        came from are unknown (None) unless the change carries them."""
        if to_date > from_date:
            raise ValueError(f"{to_date} is after {from_date}; ask for successors")
        return self.shares(code, from_date, to_date)

    def shares(self, code: str, from_date: date, to_date: date) -> dict[str, Share]:
        """Successors or predecessors, whichever way the dates run. UnknownReference, NotAlive."""
        self.resolve(code, from_date)
        begin, end = bisect_right(self._dates, from_date), bisect_right(self._dates, to_date)
        if to_date < self.day:
            raise NotAlive(area=code, date=to_date.isoformat(), lives=f"{self.day}/")
        key = (code, begin, end)
        if key not in self._walked:
            if len(self._walked) >= REMEMBERED:
                self._walked.clear()
            self._walked[key] = self._walk(code, begin, end)
        return dict(self._walked[key])

    def table(self, boundaries: date) -> Iterator[tuple[str, Life, str, Share]]:
        """Everything needed to re-base to one day at once, e.g. in SQL: (of, life, into, share) for every life of every
        area, by code. Any day of the life has these shares."""
        for code in sorted(self._lives):
            for life in self._lives[code]:
                for into, share in self.shares(code, life.begins, boundaries).items():
                    yield code, life, into, share

    def contributors(self, code: str, at: date, day: date) -> tuple[str, ...]:
        """The areas of `day` of which some part lies in `code` as it is `at` another date, in code order."""
        return tuple(
            sorted(other for other in self.shares(code, at, day) if code in self.shares(other, day, at))
        )

    def changes(self, code: str, after: date, until: date) -> tuple[AreaChange, ...]:
        """Changes with after < date ≤ until that moved land into or out of this code, in order."""
        begin, end = bisect_right(self._dates, after), bisect_right(self._dates, until)
        touched = sorted({*self._touched[True].get(code, ()), *self._touched[False].get(code, ())})
        return tuple(
            self.effects[place].change
            for place in touched
            if begin <= place < end and self.effects[place].kind.moves_land
        )

    def sources(self, code: str, after: date, until: date) -> frozenset[str]:
        """Every code from which land or a name may have come into this one with after < date ≤ until; itself among them."""
        begin, end = bisect_right(self._dates, after), bisect_right(self._dates, until)
        sources, waiting = {code}, [code]
        while waiting:
            touching = waiting.pop()
            for place in (*self._touched[True].get(touching, ()), *self._touched[False].get(touching, ())):
                if begin <= place < end:
                    new = {area.code for area in self.effects[place].change.from_areas} - sources
                    sources |= new
                    waiting += new
        return frozenset(sources)

    def _walk(self, code: str, begin: int, end: int) -> dict[str, Share]:
        """Apply the changes begin … end-1 in order (or end … begin-1 backwards) to the whole of one area."""
        onwards = end >= begin
        arrived: dict[str, list[Share]] = defaultdict(list)
        lost = False
        frontier: dict[int, dict[str, Share]] = {}

        def place(next_to: str, share: Share, here: int) -> None:
            """Put off until the next change that touches the area; none: it has arrived."""
            at = self._next(next_to, here, end, onwards)
            if at is None:
                arrived[next_to].append(share)
            else:
                pending = frontier.setdefault(at, {})
                pending[next_to] = meet([pending[next_to], share]) if next_to in pending else share

        place(code, WHOLE, begin)
        while frontier:
            at = min(frontier) if onwards else max(frontier)
            effect = self.effects[at]
            side = effect.forward if onwards else effect.backward
            for area, share in frontier.pop(at).items():
                lost = lost or not side[area]
                for into, part in side[area].items():
                    place(into, compose(share, part), at + 1 if onwards else at)
        return reunited({into: meet(shares) for into, shares in sorted(arrived.items())}, lost)

    def _next(self, code: str, here: int, end: int, onwards: bool) -> int | None:
        places = self._touched[onwards].get(code, [])
        if onwards:
            index = bisect_left(places, here)
            return places[index] if index < len(places) and places[index] < end else None
        index = bisect_left(places, here) - 1
        return places[index] if index >= 0 and places[index] >= end else None


def _at(lives: list[Life], day: date) -> Life | None:
    for life in lives:
        if life.begins <= day and (life.ends is None or day < life.ends):
            return life
    return None
