"""Versions of items' definitions along a series: where they break it, where a bridge leads on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from projections.series.plan import Wanted
from reporting.series.breaks import bridge_between
from reporting.series.declared import ItemVersion

Versions = dict[tuple[str, int], ItemVersion]


def versions_of(one: Wanted) -> dict[str, int]:
    """Item → version of what the figure rests on: a rate also on the counts it is made of."""
    items = {item.code: item for item in one.election.definition.items}
    codes = (one.item.code, one.item.numerator, one.item.denominator)
    return {code: items[code].version for code in codes if code is not None}


def item_versions(members: Iterable[Wanted]) -> Versions:
    """What is known of each version that the members of one series rest on."""
    found: Versions = {}
    for one in members:
        items = {item.code: item for item in one.election.definition.items}
        for code, version in versions_of(one).items():
            label = items[code].label
            found[code, version] = ItemVersion(
                item=code,
                version=version,
                ja=f"{label.ja}の定義 第{version}版",
                en=f"{label.en or code}: version {version} of the definition",
                bridge=items[code].bridge or "",
                source=items[code].basis or "",
            )
    return found


def runs(wanted: Sequence[Wanted], lines: Sequence[int]) -> list[tuple[int, int]]:
    """For each, along its line: (run, basis). The run goes up where a version breaks the series, the basis where any version changes."""
    found = [(0, 0)] * len(wanted)
    members: dict[int, list[int]] = {}
    for place, line in enumerate(lines):
        members.setdefault(line, []).append(place)
    for places in members.values():
        known = item_versions(wanted[place] for place in places)
        places.sort(key=lambda place: _when(wanted[place]))
        run = basis = 0
        before: dict[str, int] = {}
        for place in places:
            now = versions_of(wanted[place])
            new = [(code, before[code]) for code in now if before.get(code, now[code]) != now[code]]
            basis += bool(new)
            run += any(not bridge_between(code, old, now[code], known) for code, old in new)
            found[place], before = (run, basis), now
    return found


def _when(one: Wanted) -> tuple[str, str]:
    definition = one.election.definition
    return definition.polling_date.isoformat(), definition.code
