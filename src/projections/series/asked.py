"""Whether what a query names is there at all: a misspelt code is told, and never answered with an empty series."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from projections.messages import message
from projections.read import Snapshot, asof
from projections.read.contests import same_choices
from projections.read.moment import require_reached
from projections.series.chunks import RowKey
from projections.series.known import SQL, KnownLineage
from projections.series.plan import SeriesElection, SeriesQuery, concerned
from projections.series.then import StillStanding
from reporting.domain.election import ElectionDefinition
from reporting.domain.units import AmbiguousCode
from reporting.errors import InvalidInput, ReportingError, UnknownReference
from reporting.suggest import LISTED


class OnlyTests(ReportingError):
    """facts: `elections`, codes of the tests that the series would be made of."""

    code = "only_tests"
    template_ja = (
        "該当する選挙は試験・訓練用だけです（{elections}）。それも含めるには、画面では「試験の選挙も」を選び、コマンドでは "
        "--tests、API では includeTests: true を付けてください。"
    )
    template_en = (
        "Only test and training elections are here ({elections}). To include them, tick “test elections, too” on the page; on "
        "the command line give --tests, to the API includeTests: true."
    )


def settled(query: SeriesQuery, snapshot: Snapshot) -> SeriesQuery:
    """The query with its breakdown in order of dimensions; InvalidInput for dates that run backwards, a breakdown that
    is none; a position that is not reached as in `require_reached`."""
    if query.since is not None and query.until is not None and query.since > query.until:
        raise InvalidInput(field="from", found=query.since.isoformat(), expected=f"≤ to ({query.until})")
    if query.position is not None:
        require_reached(snapshot, query.position)
    if query.over is not None and (query.contest_kind is None or query.contest or query.comparable):
        raise InvalidInput(
            field="over",
            found=query.over.value,
            expected=message("contestkind_without_contest_and_comparable_sums"),
        )
    parts = query.breakdown.split(",") if query.breakdown else []
    dimensions = {part.partition("=")[0] for part in parts}
    if not all(all(part.partition("=")) for part in parts) or len(dimensions) != len(parts):
        raise InvalidInput(
            field="breakdown", found=repr(query.breakdown[:80]), expected="dimension=value,… (sex=f)"
        )
    return replace(query, breakdown=",".join(sorted(parts)))


def onward(query: SeriesQuery, key: RowKey, position: int) -> SeriesQuery:
    """The query after this row of an answer of that position; InvalidInput where it asks for another position."""
    if query.position not in (None, position):
        raise InvalidInput(field="asOf", found=query.position, expected=str(position))
    return replace(query, after=(key.series, key.area, key.day, key.election), position=position)


def with_geography(
    snapshot: Snapshot, query: SeriesQuery, cache: asof.AsOfCache | None = None
) -> SeriesQuery:
    """The query with the geography it is answered in: of the latest election that belongs to it, has one of its items, and was
    defined at its position, the first. Unchanged where it names one, or where there is no election at all."""
    if query.geography:
        return query
    every = list(_defined(snapshot, query, cache).values())
    likely = [
        definition
        for definition in every
        if concerned(definition, replace(query, geography=definition.geographies[0]))
        and {item.code for item in definition.items} & set(query.items)
    ]
    latest = max(
        likely or every, key=lambda definition: (definition.polling_date, definition.code), default=None
    )
    return query if latest is None else replace(query, geography=latest.geographies[0])


def _defined(
    snapshot: Snapshot, query: SeriesQuery, cache: asof.AsOfCache | None
) -> dict[str, ElectionDefinition]:
    """Elections as they were at the query's position: what is defined later never changes an answer of then."""
    then = StillStanding(snapshot, query.position, cache or asof.AsOfCache())
    return then.definitions(snapshot.elections())


def with_keys(snapshot: Snapshot, query: SeriesQuery, cache: asof.AsOfCache | None = None) -> SeriesQuery:
    """The query with the keys of its areas, which it may name by the authorities' codes: those they had on the days of its
    elections, or on the day of its boundaries. AmbiguousCode where a code came from one area to another in between."""
    if not query.areas:
        return query
    defined = _defined(snapshot, query, cache)
    numbers = [
        row.number
        for row in snapshot.elections()
        if (definition := defined.get(row.definition.code)) is not None
        and concerned(definition, query)
        and (query.since is None or definition.polling_date >= query.since)
    ]
    where = {
        "geography": query.geography,
        "election_nos": numbers,
        "areas": list(query.areas),
        "day": query.boundaries,
    }
    having: dict[str, dict[str, str]] = {}
    for code, key, name, first, last in snapshot.fetch(SQL["official_keys"], where):
        having.setdefault(code, {})[key] = f"{name} ({first}–{last})"
    for code, keys in having.items():
        if len(keys) > 1:
            raise AmbiguousCode(code, keys)
    areas = (next(iter(having[code])) if code in having else code for code in query.areas)
    return replace(query, areas=tuple(dict.fromkeys(areas)))


def require_codes(
    every: Iterable[ElectionDefinition], elections: Sequence[SeriesElection], query: SeriesQuery
) -> None:
    """UnknownReference for a code that none of the elections of the series has; kinds of elections: none at all. OnlyTests
    where all that would belong to it are tests, which are not asked for: their codes are looked at first."""
    every = list(every)
    _require("kind of election", query.kinds or (), {definition.kind for definition in every})
    definitions = [election.definition for election in elections]
    asked = replace(query, tests=True)
    tests = (
        []
        if definitions or query.tests  # asked for, and none of that time
        else [definition for definition in every if definition.is_test and concerned(definition, asked)]
    )
    if definitions or tests:
        _require_of(definitions or tests, query)
    if tests:
        raise OnlyTests(elections=", ".join(sorted(test.code for test in tests)[:LISTED]))


def _require_of(definitions: Sequence[ElectionDefinition], query: SeriesQuery) -> None:
    _require("item", query.items, {item.code for definition in definitions for item in definition.items})
    contests = [contest for definition in definitions for contest in definition.contests]
    _require("contest", _given(query.contest), {contest.code for contest in contests})
    _require("kind of contest", _given(query.contest_kind), {contest.kind for contest in contests})
    within = [contest for contest in contests if query.contest in (None, contest.code)]
    choices = [choice for contest in within for choice in contest.choices]
    if query.over is None:
        _require("choice", _given(query.choice), {choice.code for choice in choices})
    else:
        of_kind = [
            [contest for contest in d.contests if contest.kind == query.contest_kind] for d in definitions
        ]
        same = {choice.key for contests in of_kind for choice in same_choices(contests, query.over)}
        _require("choice", _given(query.choice), same)
    _require("identity", _given(query.identity), {choice.identity for choice in choices})
    forms = [form for definition in definitions for form in definition.forms]
    _require("form", _given(query.form), {form.code for form in forms})
    slots = {slot.code for form in forms if query.form in (None, form.code) for slot in form.slots}
    _require("slot", _given(query.slot), slots)
    if query.breakdown:
        parts = query.breakdown.split(",")
        values = {
            f"{dimension.code}={value.code}"
            for definition in definitions
            for dimension in definition.dimensions
            for value in dimension.values
        }
        _require("breakdown", parts, values)
        _require("breakdown", [query.breakdown], _breakdowns(definitions, query.items, parts))


def _breakdowns(
    definitions: Iterable[ElectionDefinition], items: Collection[str], parts: Sequence[str]
) -> set[str]:
    """The breakdown asked for, where one of the items has it."""
    dimensions = tuple(part.partition("=")[0] for part in parts)
    for definition in definitions:
        by_code = {item.code: item for item in definition.items}
        for item in (by_code[code] for code in items if code in by_code):
            if dimensions in by_code[item.numerator or item.code].breakdowns:
                return {",".join(parts)}
    return set()


def require_places(
    snapshot: Snapshot,
    elections: Sequence[SeriesElection],
    lineages: Sequence[KnownLineage],
    query: SeriesQuery,
) -> None:
    """UnknownReference for areas and levels that neither an election nor a lineage has; NotAlive for an area that
    the day of the boundaries does not have; InvalidInput for a day nothing is known of."""
    where = {
        "geography": query.geography,
        "election_nos": [election.number for election in elections],
        "areas": list(query.areas or ()),
        "levels": list(query.levels or ()),
    }
    missing = snapshot.fetch(SQL["places_missing"], where) if query.areas or query.levels else []
    if missing:
        codes = {code: lineage.graph.lives(code) for lineage in lineages for code in lineage.graph.codes}
        levels = {life.area.level for lives in codes.values() for life in lives}
        for kind, code in missing:
            of_lineages = {named for named in (codes if kind == "area" else levels) if named}
            if code not in of_lineages:
                of_elections = {row[0] for row in snapshot.fetch(SQL[f"{kind}s_there"], where)}
                raise UnknownReference(kind=kind, found=code, among=sorted(of_lineages | of_elections))
    if query.boundaries is None:
        return
    first = min(lineage.graph.day for lineage in lineages)
    changes = [effect.change.date for lineage in lineages for effect in lineage.graph.effects]
    last = max([*changes, tomorrow()])
    if not first <= query.boundaries <= last:
        raise InvalidInput(
            field="boundaries", found=query.boundaries.isoformat(), expected=f"{first} – {last}"
        )
    for area in query.areas or ():
        having = [lineage.graph for lineage in lineages if area in lineage.graph]
        if having and not any(graph.is_alive(area, query.boundaries) for graph in having):
            having[0].resolve(area, query.boundaries)


def tomorrow() -> date:
    """Somewhere it is that day already."""
    return datetime.now(UTC).date() + timedelta(days=1)


def _given(code: str | None) -> tuple[str, ...]:
    return (code,) if code else ()


def _require(kind: str, asked: Iterable[str], there: Collection[str | None]) -> None:
    for code in asked:
        if code not in there:
            raise UnknownReference(kind=kind, found=code, among=[named for named in there if named])
