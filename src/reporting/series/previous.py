"""Which contest and which areas of an earlier election a figure may be compared with.

The same kind of contest over the same area, or over those it came from. Another town's election is nobody's predecessor,
least of all one of the same day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Absence, Value
from reporting.errors import ReportingError
from reporting.lineage.graph import Lineage


def previous_areas(area: str, day: date, before: date, lineage: Lineage | None) -> tuple[str, ...]:
    """Areas of the earlier day that make up the area of `day`, in code order: itself where nothing is registered. Empty
    where one of them went elsewhere in part: their sum would be another area's."""
    if lineage is None or area not in lineage:
        return (area,)
    try:
        parts = lineage.contributors(area, day, before)
        onwards = [lineage.shares(part, before, day).get(area) for part in parts]
        whole = all(share is not None and share.exact and share.weight == 1 for share in onwards)
    except ReportingError:  # a day before the list, or one on which the area was not
        return ()
    return parts if whole else ()


def previous_contests(
    now: ElectionDefinition, before: ElectionDefinition, lineage: Lineage | None
) -> dict[str, str]:
    """Contest of the earlier election → the contest now that it is the previous one of: of the same kind, over an area
    that lies in today's. Several contests of one area are told apart by their codes."""
    if before.polling_date >= now.polling_date:
        return {}
    pairs: dict[str, str] = {}
    for contest in now.contests:
        geography = contest.area.geography
        parts = previous_areas(contest.area.area, now.polling_date, before.polling_date, lineage)
        of_kind = [
            one
            for one in before.contests
            if one.kind == contest.kind and one.area.geography == geography and one.area.area in parts
        ]
        same_code = [one for one in of_kind if one.code == contest.code]
        areas = [one.area.area for one in of_kind]
        for one in same_code or [one for one in of_kind if areas.count(one.area.area) == 1]:
            pairs.setdefault(one.code, contest.code)
    return pairs


def summed(parts: Iterable[Mapping[str, Value]], contests: Mapping[str, str]) -> dict[str, Value]:
    """Cell key of today → the sum of the parts' cells, of contests that have a successor. A cell that one of the parts
    does not hold as a number is left out: its sum would be too small. One part keeps its absences."""
    given = [
        {
            "|".join((contests[contest], rest)): value
            for key, value in part.items()
            for contest, _, rest in (key.partition("|"),)
            if contest in contests
        }
        for part in parts
    ]
    if len(given) < 2:
        return dict(given[0]) if given else {}
    sums: dict[str, Value] = {}
    for key, first in given[0].items():
        total = first
        for part in given[1:]:
            value = part.get(key, Absence.NOT_REPORTED)
            if isinstance(total, Absence) or isinstance(value, Absence):
                total = Absence.NOT_REPORTED
            else:
                total = total + value
        if not isinstance(total, Absence):
            sums[key] = total
    return sums
