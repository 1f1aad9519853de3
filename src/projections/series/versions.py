"""Versions of items' definitions along a series: where they break it, where a bridge leads on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from projections.messages import message
from projections.series.lines import Followed
from projections.series.plan import Wanted
from reporting.series.breaks import bridge_between
from reporting.series.declared import ItemVersion

Versions = dict[tuple[str, int], ItemVersion]


def versions_of(wanted: Wanted) -> dict[str, int]:
    """Item → version of what the figure rests on: a rate also on the counts it is made of."""
    codes = (wanted.item.code, *wanted.item.parts)
    return {item.code: item.version for item in wanted.election.definition.items if item.code in codes}


def item_versions(members: Iterable[Wanted]) -> Versions:
    """What is known of each version that the members of one series rest on."""
    versions: Versions = {}
    for member in members:
        items = {item.code: item for item in member.election.definition.items}
        for code, version in versions_of(member).items():
            label = items[code].label
            versions[code, version] = ItemVersion(
                item=code,
                version=version,
                **message.words(
                    "version_of_a_definition", item_ja=label.ja, item_en=label.en or code, version=version
                )._asdict(),
                bridge=items[code].bridge or "",
                source=items[code].basis or "",
            )
    return versions


def runs(wanted: Sequence[Wanted], followed: Sequence[Followed]) -> list[tuple[int, int]]:
    """For each (run, basis): the same number as what it follows, unless a version breaks the series in between (run), or any
    version changes (basis)."""
    run, basis = _Runs(len(wanted)), _Runs(len(wanted))
    own = [versions_of(sought) for sought in wanted]
    by_line: dict[int, Versions] = {}
    for place in sorted(range(len(wanted)), key=lambda place: _when(wanted[place])):
        now = own[place]
        new = [
            (code, own[before][code])
            for before in followed[place].before
            for code in now
            if own[before].get(code, now[code]) != now[code]
        ]
        if not new:
            basis.join(place, followed[place].before)
            run.join(place, followed[place].before)
            continue
        by_line = by_line or item_versions_by_line(wanted, followed)
        versions = by_line[followed[place].line]
        if all(bridge_between(code, old, now[code], versions) for code, old in new):
            run.join(place, followed[place].before)
    return [(run.of(place), basis.of(place)) for place in range(len(wanted))]


class _Runs:
    """Numbers of what goes on unbroken; those that one place follows become one."""

    def __init__(self, count: int) -> None:
        self._number = list(range(count))

    def of(self, place: int) -> int:
        while self._number[place] != place:
            place = self._number[place]
        return place

    def join(self, place: int, others: Iterable[int]) -> None:
        for other in others:
            self._number[self.of(other)] = self.of(place)


def item_versions_by_line(wanted: Sequence[Wanted], followed: Sequence[Followed]) -> dict[int, Versions]:
    """Line → what is known of the versions in it and in those that it follows."""
    members: dict[int, list[Wanted]] = {}
    for sought, place in zip(wanted, followed, strict=True):
        members.setdefault(place.line, []).extend([sought, *(wanted[before] for before in place.before)])
    return {line: item_versions(of_line) for line, of_line in members.items()}


def _when(wanted: Wanted) -> tuple[str, str]:
    definition = wanted.election.definition
    return definition.polling_date.isoformat(), definition.code
