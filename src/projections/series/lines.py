"""Which contests follow each other: what "the election before" is, decided before any figure is read.

A line is the same kind of contest over the same area, or over the one it came from. Another town's election is in another
line, so that it is nobody's predecessor at the areas above both. Where several areas became one, its contest begins a line
of its own, and theirs before it, added up, are what it is compared with. A test follows what was held before it, in a line
of its own; no election that was held follows a test.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from projections.series.plan import ContestPlace, SeriesElection, Wanted
from reporting.domain.election import Contest
from reporting.lineage.graph import Lineage
from reporting.series.previous import previous_areas

LineageOf = Callable[[str, str], Lineage | None]
"""(registry, geography) → what became of its areas; None where nothing is registered."""
Measured = tuple[str, str, str, str, str]
"""Kind of election and of contest, item, breakdown, and who: what is compared at all."""
DAY = timedelta(days=1)


class Contested(Protocol):
    """A contest of an election, or one figure of it; `who`: as `Wanted.who`."""

    @property
    def election(self) -> SeriesElection: ...
    @property
    def contest(self) -> Contest: ...
    @property
    def who(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Whole:
    """A contest as such, whatever is measured in it."""

    election: SeriesElection
    contest: Contest
    who: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """`line`: its number, from 1; `before`: places among those wanted that it follows, several where their areas became
    one: their figures added up are what it is compared with. One of another line where a test follows what was held."""

    line: int
    before: tuple[int, ...] = ()


def lines(wanted: Sequence[Wanted], lineage_of: LineageOf) -> list[Followed]:
    """For each what it follows. Of a day a line has one contest: what stands beside it is not before it."""
    alike: dict[Measured, list[int]] = defaultdict(list)
    for place, sought in enumerate(wanted):
        alike[_measured(sought)].append(place)
    followed = [Followed(0)] * len(wanted)
    started = 0
    for places in alike.values():
        places.sort(key=lambda place: _order(wanted[place]))
        held = _Held(wanted, lineage_of)
        ends: dict[int, date] = {}
        for place in places:
            sought = wanted[place]
            day = _day(sought)
            before = held.over(sought, sought.contest.area.area, day, day)
            beside = _is_test(wanted[place]) and not all(_is_test(wanted[at]) for at in before)
            line = followed[before[0]].line if len(before) == 1 and not beside else 0
            if not line or ends[line] >= day:
                before = before if len(before) > 1 or beside else ()
                started += 1
                line = started
            followed[place] = Followed(line, before)
            ends[line] = day
            held.add(place)
    return followed


def contests_before(
    elections: Sequence[SeriesElection], contest: str, lineage_of: LineageOf
) -> frozenset[ContestPlace]:
    """Contests that those of this code follow, and those that they follow, whatever they were called."""
    alike: dict[tuple[str, str], list[_Whole]] = defaultdict(list)
    for election in elections:
        for voted_on in election.definition.contests:
            alike[election.definition.kind, voted_on.kind].append(_Whole(election, voted_on))
    contest_places: set[ContestPlace] = set()
    for members in alike.values():
        members.sort(key=_order)
        held = _Held(members, lineage_of)
        reached: list[set[ContestPlace]] = []
        for place, whole in enumerate(members):
            before = held.over(whole, whole.contest.area.area, _day(whole), _day(whole))
            further = {_contest_place(members[at]) for at in before}.union(*(reached[at] for at in before))
            reached.append(further)
            held.add(place)
            if whole.contest.code == contest:
                contest_places |= further
    return frozenset(contest_places)


class _Held:
    """Contests alike, in the order in which they were held."""

    def __init__(self, wanted: Sequence[Contested], lineage_of: LineageOf) -> None:
        self._wanted, self._lineage_of = wanted, lineage_of
        self._by_area: dict[tuple[str, str, str], list[int]] = defaultdict(list)

    def add(self, place: int) -> None:
        contested = self._wanted[place]
        self._by_area[_where(contested, contested.contest.area.area)].append(place)

    def over(self, contested: Contested, area: str, day: date, until: date) -> tuple[int, ...]:
        """The last contests before `until` over the area as it was on `day`: that over the same code, else those over all
        the areas that became it. None where one of these held none (the sum would be too small), nor for somebody who
        stood in one of several and is known by a code only."""
        last = self._last(contested, area, until)
        lineage = self._lineage_of(contested.election.definition.registry, contested.contest.area.geography)
        if lineage is None or not lineage.is_alive(area, day):
            return last
        born = lineage.resolve(area, day).begins
        if born == lineage.day or (last and self._day(last[0]) >= born):
            return last
        parts = previous_areas(area, day, born - DAY, lineage)
        if len(parts) == 1 or not contested.who or contested.who.startswith("="):
            over = [self.over(contested, part, born - DAY, born) for part in parts]
            if over and all(over):
                return tuple(sorted({place for places in over for place in places}, key=self._order))
        return last if lineage.is_alive(area, born - DAY) else ()

    def _last(self, contested: Contested, area: str, until: date) -> tuple[int, ...]:
        """Of the last election before that day over this code: the contest of the same code, else the only one."""
        latest: list[int] = []
        for place in reversed(self._by_area.get(_where(contested, area), ())):
            if latest and self._day(place) != self._day(latest[0]):
                break
            if self._day(place) < until and (_is_test(contested) or not _is_test(self._wanted[place])):
                latest.append(place)
        latest.reverse()
        same_code = [place for place in latest if self._wanted[place].contest.code == contested.contest.code]
        if same_code:
            return (same_code[0],)
        return (latest[0],) if len(latest) == 1 else ()

    def _day(self, place: int) -> date:
        return _day(self._wanted[place])

    def _order(self, place: int) -> tuple[date, bool, str, str]:
        return _order(self._wanted[place])


def _day(contested: Contested) -> date:
    return contested.election.definition.polling_date


def _is_test(contested: Contested) -> bool:
    return contested.election.definition.is_test


def _contest_place(contested: Contested) -> ContestPlace:
    return contested.election.definition.code, contested.contest.code


def _measured(wanted: Wanted) -> Measured:
    return (
        wanted.election.definition.kind,
        wanted.contest.kind,
        wanted.item.code,
        wanted.cell.breakdown,
        wanted.who,
    )


def _where(contested: Contested, area: str) -> tuple[str, str, str]:
    return contested.election.definition.registry, contested.contest.area.geography, area


def _order(contested: Contested) -> tuple[date, bool, str, str]:
    """By day; beside a test on the same day the election itself goes first."""
    definition = contested.election.definition
    return definition.polling_date, _is_test(contested), definition.code, contested.contest.code
