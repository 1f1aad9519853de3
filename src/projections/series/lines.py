"""Which contests follow each other: what "the election before" is, decided before any figure is read.

A line is the same kind of contest over the same area, or over the one it came from. Another town's election is in another
line, so that it is nobody's predecessor at the areas above both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date

from projections.series.plan import Wanted
from reporting.lineage.graph import Lineage
from reporting.series.previous import previous_areas

LineageOf = Callable[[str, str], Lineage | None]
"""(registry, geography) → what became of its areas; None where nothing is registered."""
Measured = tuple[str, str, str, str, str]
"""Kind of election and of contest, item, breakdown, and who: what is compared at all."""


def lines(wanted: Sequence[Wanted], lineage_of: LineageOf) -> list[int]:
    """For each the number of its line, from 1. Of a day a line has one contest: what stands beside it is not before it."""
    alike: dict[Measured, list[int]] = defaultdict(list)
    for place, one in enumerate(wanted):
        alike[_measured(one)].append(place)
    numbers = [0] * len(wanted)
    started = 0
    for places in alike.values():
        places.sort(key=lambda place: _order(wanted[place]))
        over: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        ends: dict[int, date] = {}
        for place in places:
            one = wanted[place]
            before = _before(one, wanted, over, lineage_of)
            day = one.election.definition.polling_date
            if before is not None and ends[numbers[before]] < day:
                numbers[place] = numbers[before]
            else:
                started += 1
                numbers[place] = started
            ends[numbers[place]] = day
            over[_where(one, one.contest.area.area)].append(place)
    return numbers


def _before(
    one: Wanted,
    wanted: Sequence[Wanted],
    over: dict[tuple[str, str, str], list[int]],
    lineage_of: LineageOf,
) -> int | None:
    """The last earlier place over the same code, else over the one area that became this one."""
    area, definition = one.contest.area, one.election.definition
    if (found := _last(one, wanted, over.get(_where(one, area.area), ()))) is not None:
        return found
    lineage = lineage_of(definition.registry, area.geography)
    if lineage is None or not lineage.is_alive(area.area, definition.polling_date):
        return None
    born = lineage.resolve(area.area, definition.polling_date).begins
    if born == lineage.day:
        return None
    day = definition.polling_date
    candidates = [
        place
        for source in lineage.sources(area.area, lineage.day, day)
        for place in over.get(_where(one, source), ())
        for then in (wanted[place].election.definition.polling_date,)
        if then < born and previous_areas(area.area, day, then, lineage) == (source,)
    ]
    return _last(one, wanted, sorted(candidates, key=lambda place: _order(wanted[place])))


def _last(one: Wanted, wanted: Sequence[Wanted], places: Sequence[int]) -> int | None:
    """Of the last earlier election: the contest of the same code, else the only one."""
    day = one.election.definition.polling_date
    earlier = [place for place in places if wanted[place].election.definition.polling_date < day]
    if not earlier:
        return None
    election = wanted[earlier[-1]].election.definition
    latest = [
        place for place in earlier if wanted[place].election.definition.polling_date == election.polling_date
    ]
    same_code = [place for place in latest if wanted[place].contest.code == one.contest.code]
    if same_code:
        return same_code[0]
    return latest[0] if len(latest) == 1 else None


def _measured(one: Wanted) -> Measured:
    return (
        one.election.definition.kind,
        one.contest.kind,
        one.item.code,
        one.cell.breakdown,
        one.who,
    )


def _where(one: Wanted, area: str) -> tuple[str, str, str]:
    return one.election.definition.registry, one.contest.area.geography, area


def _order(one: Wanted) -> tuple[date, bool, str, str]:
    """By day; beside a test on the same day the election itself goes first."""
    definition = one.election.definition
    return definition.polling_date, definition.is_test, definition.code, one.contest.code
