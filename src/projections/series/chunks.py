"""A long series in parts: what is read at once, in the order of the answer.

The answer is ordered by series, area and day. A chunk is some whole series, or some areas of one, so that a page costs what it
shows whatever the whole holds.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from projections.series.lines import Followed
from projections.series.plan import Wanted

FEWEST = 300
"""Rows a chunk aims at, at least: below, what every statement costs by itself counts for more than its rows."""
MOST = 6_000
Voting = tuple[int, str]
"""(election's number in the views, contest)."""


@dataclass(frozen=True, slots=True)
class RowKey:
    """Where a row stands in the answer. `day` as ISO date."""

    series: str
    area: str
    day: str
    election: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """`places`: of what is wanted, what is shown; `codes`: of these areas, None: of all; `group`: the same for all chunks
    of the same places."""

    places: tuple[int, ...]
    codes: tuple[str, ...] | None
    group: int


@dataclass(frozen=True, slots=True)
class _Series:
    """One series, and about how many rows it has."""

    key: str
    places: tuple[int, ...]
    rows: int


class Chunks:
    """`sizes`: how many areas asked for vote on a contest, about; `codes_of`: areas that some of what is wanted has, sorted by code point."""

    def __init__(
        self,
        wanted: Sequence[Wanted],
        since: date | None,
        sizes: Mapping[Voting, int],
        codes_of: Callable[[Sequence[int]], Sequence[str]],
    ) -> None:
        members: dict[str, list[int]] = defaultdict(list)
        for place, sought in enumerate(wanted):
            if sought.wished and (since is None or sought.election.definition.polling_date >= since):
                members[sought.series].append(place)
        self._codes_of = codes_of
        self._all = [
            _Series(key, tuple(places), sum(sizes.get(voting_of(wanted[place]), 1) for place in places))
            for key, places in sorted(members.items())
        ]
        self._at, self._area = 0, ""

    def skip_to(self, key: RowKey) -> None:
        """Go on at this row: what is before it is not read."""
        self._at = bisect_left([series.key for series in self._all], key.series)
        if self._at < len(self._all) and self._all[self._at].key == key.series:
            self._area = key.area

    def mark(self) -> RowKey | None:
        """Where the next chunk begins: `skip_to` of it goes on there; None after the last."""
        if self._at >= len(self._all):
            return None
        return RowKey(self._all[self._at].key, self._area, "", "")

    def next(self, rows: int) -> Chunk | None:
        """Of about so many rows; None after the last."""
        rows = min(max(rows, FEWEST), MOST)
        if self._at >= len(self._all):
            return None
        first = self._all[self._at]
        if self._area == "" and first.rows <= rows:
            return self._whole(rows)
        codes = self._codes_of(first.places)
        begin = bisect_left(codes, self._area)
        count = -(-rows * len(codes) // max(first.rows, 1)) + 1
        end, group = begin + count, self._at
        if end >= len(codes):
            self._at, self._area = self._at + 1, ""
        else:
            self._area = codes[end]
        return Chunk(first.places, tuple(codes[begin:end]), group)

    def _whole(self, rows: int) -> Chunk:
        group, places, there = self._at, list[int](), 0
        while self._at < len(self._all) and there + self._all[self._at].rows <= rows:
            places += self._all[self._at].places
            there += self._all[self._at].rows
            self._at += 1
        return Chunk(tuple(places), None, group)


def voting_of(wanted: Wanted) -> Voting:
    return wanted.election.number, wanted.contest.code


class Needed:
    """What must be read beside what is shown: everything on the same lines, what it follows, and who stands against whom."""

    def __init__(self, wanted: Sequence[Wanted], followed: Sequence[Followed]) -> None:
        self._followed = followed
        self._on_line: dict[int, list[int]] = defaultdict(list)
        self._rivals: dict[tuple[int, str, str], list[int]] = defaultdict(list)
        self._ranked: dict[int, tuple[int, str, str]] = {}
        for place, (sought, follows) in enumerate(zip(wanted, followed, strict=True)):
            self._on_line[follows.line].append(place)
            if sought.ranked:
                where = (sought.election.number, sought.contest.code, sought.item.code)
                self._ranked[place] = where
                self._rivals[where].append(place)

    def of(self, shown: Sequence[int]) -> list[int]:
        lines = {self._followed[place].line for place in shown}
        on_lines = {place for line in lines for place in self._on_line[line]}
        before = {earlier for place in on_lines for earlier in self._followed[place].before}
        rivals = {
            rival
            for where in {self._ranked[place] for place in shown if place in self._ranked}
            for rival in self._rivals[where]
        }
        return sorted(on_lines | before | rivals)
