"""Rows of a series as the observations of `reporting.series`, and what that says of them: breaks, amounts without a place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from projections.series.plan import SeriesQuery, Wanted
from projections.series.read import SeriesReader
from projections.series.rows import SeriesRow
from projections.series.told import breakdown_text, breaks_known
from projections.series.versions import item_versions, versions_of
from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.figures import Absence
from reporting.domain.items import ItemKind
from reporting.series.breaks import Break, area_breaks, find_breaks
from reporting.series.checks import check_series
from reporting.series.errata import errata_of
from reporting.series.model import ConfStatus, Coverage, Observation, ObsStatus
from reporting.series.rebase import Unplaced, rebase
from reporting.series.report import ContinuityReport


def observation_of(row: SeriesRow, geography: str) -> Observation:
    return Observation(
        area=row.area,
        election=row.election,
        day=row.date,
        item=row.item,
        value=Absence(row.absence) if row.absence else None if row.value is None else Decimal(row.value),
        contest=row.contest,
        breakdown=breakdown_text(row.breakdown, row.choice),
        geography=geography,
        status=tuple(ObsStatus(code) for code in row.obs_status),
        pre_break_value=None if row.pre_break_value is None else Decimal(row.pre_break_value),
        conf_status=ConfStatus(row.conf_status),
        coverage=Coverage(row.coverage_reported, row.coverage_expected),
        definition=row.definition,
        position=row.position,
        boundaries=None if row.boundaries == "as_reported" else date.fromisoformat(row.boundaries),
        method=row.method,
        source=row.source,
    )


def breaks_of(reader: SeriesReader, rows: Iterable[SeriesRow]) -> tuple[Break, ...]:
    """Every break of these rows; only what follows on one line is compared, and what several lines became with all of them."""
    geography = reader.query.geography
    graphs = {lineage.registry: lineage.graph for lineage in reader.lineages}
    members_of: dict[int, list[Wanted]] = {}
    places: dict[tuple[str, str], int] = {}
    for place, (sought, followed) in enumerate(zip(reader.wanted, reader.followed, strict=True)):
        members_of.setdefault(followed.line, []).append(sought)
        places[sought.series, sought.election.definition.code] = place
    versions = {line: item_versions(members) for line, members in members_of.items()}
    parts = {
        (sought.series, sought.election.definition.code): versions_of(sought) for sought in reader.wanted
    }
    breaks: list[Break] = []
    rows = list(rows)
    row_at = {(row.series, row.election, row.area): row for row in rows}
    for line, members in _by_line(reader, rows):
        first = places[members[0].series, members[0].election]
        registry = reader.wanted[first].election.definition.registry
        follows = [reader.wanted[place] for place in reader.followed[first].before]
        held = [
            row_at.get((before.series, before.election.definition.code, members[0].area))
            for before in (follows if len(follows) == 1 else [])
        ]
        # A test goes on from what was held before it, in a line of its own.
        members = [*(row for row in held if row is not None), *members]
        observations = [
            replace(observation, parts=tuple(parts[row.series, row.election].items()))
            for row, observation in zip(members, under_one_key(members, geography), strict=True)
        ]
        if follows and not any(held):
            definitions = [before.election.definition for before in follows]
            named = members[0].previous_election or ";".join(definition.code for definition in definitions)
            day = min(definition.polling_date for definition in definitions)
            breaks += area_breaks(observations[0], day, named, graphs.get(registry))
        told = versions[line] | item_versions(follows)
        breaks += find_breaks(
            observations, graphs.get(registry), breaks_known(registry, reader.lineages), told
        )
    return tuple(breaks)


def _by_line(reader: SeriesReader, rows: Iterable[SeriesRow]) -> Iterator[tuple[int, list[SeriesRow]]]:
    """(line, its rows of one area by day): what follows each other, whatever the contests were called."""
    lines = {
        (sought.series, sought.election.definition.code): followed.line
        for sought, followed in zip(reader.wanted, reader.followed, strict=True)
    }
    along: dict[tuple[int, str], list[SeriesRow]] = {}
    for row in rows:
        along.setdefault((lines[row.series, row.election], row.area), []).append(row)
    for (line, _area), members in along.items():
        yield line, sorted(members, key=lambda row: (row.date, row.election))


def under_one_key(members: Sequence[SeriesRow], geography: str) -> list[Observation]:
    """Observations of one line and area; a choice or contest that changed its code is told by its last throughout."""
    last = members[-1]
    breakdown = breakdown_text(last.breakdown, last.choice)
    return [
        replace(observation_of(row, geography), breakdown=breakdown, contest=last.contest) for row in members
    ]


def unplaced_of(make: Callable[[SeriesQuery], SeriesReader], query: SeriesQuery) -> tuple[Unplaced, ...]:
    """What `rebase` leaves over of the counts asked for, computed from the figures of the smallest areas; with
    areas: what lies in part in them."""
    assert query.boundaries is not None
    reader = make(replace(query, boundaries=None, areas=None, levels=None, after=None, limit=1_000_000))
    graphs = {lineage.registry: lineage.graph for lineage in reader.lineages}
    registries = {
        sought.election.definition.code: sought.election.definition.registry for sought in reader.wanted
    }
    units = {
        (sought.election.definition.code, sought.contest.code): _Smallest.of(
            sought.election.definition, sought.contest
        )
        for sought in reader.wanted
    }
    whole = {lineage.registry for lineage in reader.lineages if lineage.geography}
    parts: dict[str, list[Observation]] = {}
    for row in reader.rows():
        registry = registries[row.election]
        if registry not in graphs or row.area not in graphs[registry] or row.numerator is not None:
            continue
        if registry in whole or units[row.election, row.contest].has(row):
            parts.setdefault(registry, []).append(observation_of(row, reader.query.geography))
    amounts: list[Unplaced] = []
    for registry, observations in parts.items():
        amounts += rebase(observations, graphs[registry], query.boundaries).unplaced
    return tuple(
        amount for amount in amounts if query.areas is None or not set(query.areas).isdisjoint(amount.into)
    )


@dataclass(frozen=True, slots=True)
class _Smallest:
    """Areas whose figures are a contest's smallest: of these levels, or named one by one."""

    levels: tuple[str, ...]
    areas: tuple[str, ...]

    @classmethod
    def of(cls, definition: ElectionDefinition, contest: Contest) -> _Smallest:
        own = contest.units
        levels = own.levels if own is not None and own.levels else definition.units.levels
        return cls(levels, () if own is None else own.whole)

    def has(self, row: SeriesRow) -> bool:
        return row.level in self.levels or row.area in self.areas


def continuity(reader: SeriesReader, whole: str | None = None) -> ContinuityReport:
    """The checks of `check_series` on what the reader finds. `whole`: the area that the others add up to. The lineage is
    asked only where every area is of a level it has."""
    rows = reader.rows()
    definitions = {sought.election.definition.code: sought.election.definition for sought in reader.wanted}
    expected: dict[str, set[str]] = {}
    for row in rows:
        expected.setdefault(row.election, set()).add(row.area)
    lineage = reader.lineages[0].graph if len(reader.lineages) == 1 else None
    if lineage is not None:
        levels = {life.area.level for code in lineage.codes for life in lineage.lives(code)}
        if not {row.level for row in rows} <= levels:
            lineage = None
    rates = {
        item.code
        for definition in definitions.values()
        for item in definition.items
        if item.kind is ItemKind.RATE
    }
    kinds = {
        (
            wanted.election.definition.code,
            wanted.contest.code,
        ): f"{wanted.election.definition.kind}/{wanted.contest.kind}"
        for wanted in reader.wanted
    }
    return check_series(
        [
            replace(
                observation, line=str(line), alike=kinds.get((members[-1].election, members[-1].contest), "")
            )
            for line, members in _by_line(reader, rows)
            for observation in under_one_key(members, reader.query.geography)
        ],
        lineage=lineage,
        expected=expected,
        parents={row.area: whole for row in rows if row.area != whole} if whole else None,
        errata=[erratum for definition in definitions.values() for erratum in errata_of(definition)],
        rate_items=rates,
    )
