"""Definitions and registries that change under figures: no vote leaves a total unsaid, every log can be rebuilt, and nobody
else's election is touched."""

from __future__ import annotations

import os
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import tiny
from auditing import require_same_totals
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections import versions
from projections.independent import IndependentFold
from projections.read import TotalsQuery, ViewReader, asof
from projections.read.rows import TotalRow
from projections.runner import Projector
from projections.verify import verify
from projections.views import fold
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database
from reporting.domain.actor import Channel
from reporting.domain.areas import AreaRecord
from reporting.domain.events import AreasRegistered, ElectionDefined, Event
from reporting.domain.returns import FiguresRefused
from reporting.errors import UnknownReference
from reporting.ledger import Command, Ledger, NewEvent, election_stream, registry_stream, return_stream


def append(service: Reporting, stream: Any, event: Event) -> None:
    """What an earlier release took without a question."""
    new = NewEvent(stream, service.ledger.stream_version(stream) + 1, event)
    service.ledger.append(Command(uuid4(), b"{}", tiny.SYSTEM, Channel.IMPORT, (new,)))


def register(service: Reporting, *areas: AreaRecord) -> None:
    append(service, registry_stream("tinyland"), AreasRegistered(registry="tinyland", areas=areas))


def redefine(service: Reporting, **changes: Any) -> None:
    append(service, election_stream("tiny"), ElectionDefined(definition=tiny.election(**changes)))


def area(geography: str, code: str, /, **changes: Any) -> AreaRecord:
    found = next(one for one in tiny.AREAS if (one.geography, one.code) == (geography, code))
    return found.model_copy(update=changes)


def parts_of(unit: str, *codes: str) -> tuple[AreaRecord, ...]:
    return tuple(area("administrative", unit, code=code, level="ward", parent=unit) for code in codes)


def divided(*units: str) -> dict[str, Any]:
    """Units of the election, each of these in two parts that no registry knows."""
    gone = [
        {
            "unit": unit, "on": "2024-10-27", "reason": "離島は翌日開票", "level": "ward",
            "parts": [{"code": f"{unit}-{part}", "name": f"地域{unit}{part}"} for part in "ab"],
        }
        for unit in units
    ]  # fmt: skip
    return {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": gone}


@pytest.fixture
def projector(database: Database, service: Reporting) -> Projector:
    made = Projector(database)
    tiny.define(service)
    return made


def nation(
    database: Database, item: str = "voters", area: str = "JP", geography: str = "administrative"
) -> tuple[str | None, int, int]:
    """(value, reported, expected) of the nation (or an area), now and as of the head: the same."""
    reader = ViewReader(database)
    try:
        with reader.snapshot() as snapshot:
            query = TotalsQuery("final", "final", "pr", geography, items=(item,), areas=(area,))
            (row,) = snapshot.totals(snapshot.election("tiny"), query)
            known = asof.election_at(snapshot, "tiny", snapshot.position, None, asof.AsOfCache())
            (then,) = asof.totals_at(snapshot, known, query, snapshot.position)
            assert (then.value, then.reported, then.expected) == (row.value, row.reported, row.expected)
            return row.value, row.reported, row.expected
    finally:
        reader.close()


def test_a_polling_day_behind_an_areas_end_loses_no_figure(
    database: Database, service: Reporting, projector: Projector
) -> None:
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10)
    register(service, area("administrative", "20", valid_to=date(2024, 11, 1)))
    redefine(service, polling_date="2024-11-10")
    projector.catch_up()
    assert nation(database) == ("50", 4, 4)
    assert verify(database).differences == []


def test_a_divided_unit_stands_until_its_parts_have_reported(
    database: Database, service: Reporting, projector: Projector
) -> None:
    """On the night: 85 voters do not leave the total, and are not counted twice while one part is still missing. What
    the parts never report (electors) stands as the whole's."""
    tiny.enter(service, "20", voters=85, electors=100)
    tiny.enter(service, "31", voters=70)
    redefine(service, units={"geography": "administrative", "levels": ["ward", "municipality"],
                             "withdrawn": [{"unit": "20", "on": "2024-10-27", "reason": "離島は翌日開票"}]})  # fmt: skip
    register(service, *parts_of("20", "21", "22"))
    projector.catch_up()
    assert nation(database) == ("155", 3, 6)
    tiny.enter(service, "21", voters=40)
    projector.catch_up()
    assert nation(database) == ("155", 3, 6)
    assert nation(database, area="20") == ("85", 2, 2)
    assert nation(database, area="21") == ("40", 1, 1)  # below its whole a part stands at once
    assert verify(database).differences == []
    tiny.enter(service, "22", voters=46)
    projector.catch_up()
    assert nation(database) == ("156", 3, 6)
    assert nation(database, "electors") == ("100", 2, 6)
    tiny.correct(service, "20", 1, electors=101)  # withdrawn openly, it still answers for what it reported
    projector.catch_up()
    assert nation(database, "electors") == ("101", 2, 6)
    assert verify(database).differences == []


Step = tuple[str, Any, Any]
"""Kind, what, how: as drawn by `CHANGES`."""
PARTS_ELSEWHERE: tuple[tuple[list[Step], str, tuple[str, int, int]], ...] = (
    (  # the city lay in one district while a ward was out of the registry
        [
            ("own", {"whole": ["10"]}, None), ("end", "12", True), ("figures", ("10", "pr"), 50), ("figures", ("20", "pr"), 7),
            ("own", None, None), ("end", "12", False),
        ],
        "D1", ("57", 2, 2),
    ),
    (  # a town of another district is moved into a prefecture that had reported
        [
            ("own", {"whole": ["20", "P2"]}, None), ("figures", ("P2", "pr"), 60), ("figures", ("12", "pr"), 1),
            ("withdraw", (), None), ("move", "20", "P2"),
        ],
        "D2", ("61", 3, 3),
    ),
    (
        [
            ("split", "20", True), ("own", {"levels": ["ward", "prefecture"], "whole": ["31"]}, None),
            ("figures", ("P2", "pr"), 60), ("own", None, None), ("move", "20", "P2"),
        ],
        "D2", ("60", 2, 3),
    ),
)  # fmt: skip
"""Steps, a district, and its (value, reported, expected)."""


@pytest.mark.parametrize(("steps", "district", "shown"), PARTS_ELSEWHERE)
def test_a_former_unit_stands_only_for_its_parts_of_an_areas_n(
    database: Database,
    service: Reporting,
    projector: Projector,
    steps: list[Step],
    district: str,
    shown: object,
) -> None:
    """Its parts do not all lie where it lay: there it stands for those that the area counts, and for no others."""
    _changed(service, projector, steps)
    projector.catch_up()
    assert nation(database, area=district, geography="electoral") == shown
    _require_equal(database, service)


LONGER = int(os.environ.get("CHANGED", "0"))
OWN_UNITS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"whole": ["10"]},
    {"whole": ["20", "P2"]},
    {"whole": ["P1", "10"]},
    {"levels": ["city", "municipality"]},
    {"levels": ["ward", "prefecture"], "whole": ["31"]},
)
"""Of the proportional contest: none, a city, areas of other levels, one within another."""

CHANGES = st.one_of(
    st.tuples(
        st.just("figures"),
        st.tuples(
            st.sampled_from((*tiny.UNITS, "10", "P1", "P2", "21", "22", "20-a", "20-b", "31-a", "31-b")),
            st.sampled_from(("pr", "pr", "d1")),
        ),
        st.integers(0, 99),
    ),
    st.tuples(st.just("split"), st.sampled_from(("20", "31")), st.booleans()),
    st.tuples(st.just("end"), st.sampled_from(("20", "31", "32", "12")), st.booleans()),
    st.tuples(st.just("move"), st.sampled_from(("20", "31")), st.sampled_from(("P1", "P2"))),
    st.tuples(st.just("withdraw"), st.sets(st.sampled_from(("20", "31", "12"))), st.none()),
    st.tuples(st.just("divide"), st.sets(st.sampled_from(("20", "31"))), st.sampled_from(OWN_UNITS)),
    st.tuples(st.just("levels"), st.booleans(), st.none()),
    st.tuples(st.just("own"), st.sampled_from(OWN_UNITS), st.none()),
    st.tuples(st.just("project"), st.integers(1, 3), st.none()),
)


@pytest.fixture(scope="module")
def running(module_database: Database) -> tuple[Database, Reporting, Projector]:
    service, made = Reporting(Ledger(module_database)), Projector(module_database)
    tiny.define(service)
    return module_database, service, made


@settings(
    max_examples=LONGER or 12, deadline=None, derandomize=not LONGER, suppress_health_check=list(HealthCheck)
)
@given(st.lists(CHANGES, min_size=3, max_size=12))
def test_whatever_changes_under_figures_live_rebuilt_and_fold_are_equal(
    running: tuple[Database, Reporting, Projector], steps: list[Step]
) -> None:
    """And the nation's total is made of every figure ever reported: only a divided unit and its parts replace each other.
    `CHANGED=200` runs as many new examples."""
    database, service, projector = running
    ended = {
        "valid_to": date(2024, 1, 1)
    }  # an example begins with the first tree again, and all figures so far
    parts = (*parts_of("20", "21", "22"), *parts_of("31", "33"))
    register(service, *tiny.AREAS, *(one.model_copy(update=ended) for one in parts))
    redefine(service)
    _changed(service, projector, steps)
    projector.catch_up()
    _require_equal(database, service)


def _changed(service: Reporting, projector: Projector, steps: list[Step]) -> None:
    for kind, what, more in steps:
        if kind == "figures":
            unit, contest = what
            _report(service, unit, contest, more)
        elif kind == "split":
            until = None if more else date(2024, 1, 1)
            codes = ("21", "22") if what == "20" else ("33",)
            new = parts_of(what, *codes)
            register(service, *(one.model_copy(update={"valid_to": until}) for one in new))
        elif kind == "end":
            register(service, area("administrative", what, valid_to=date(2024, 1, 1) if more else None))
        elif kind == "move":
            register(service, area("administrative", what, parent=more))
        elif kind == "withdraw":
            gone = [{"unit": unit, "on": "2024-10-27", "reason": "廃止"} for unit in sorted(what)]
            levels = ["ward", "municipality"]
            redefine(service, units={"geography": "administrative", "levels": levels, "withdrawn": gone})
        elif kind == "divide":
            redefine(service, contests=tiny.contests(pr=more), units=divided(*sorted(what)))
        elif kind == "levels":
            redefine(
                service, units={"geography": "administrative", "levels": ["ward", "municipality"][what:]}
            )
        elif kind == "own":
            redefine(service, contests=tiny.contests(pr=what))
        else:
            projector.run_once(limit=what)


def _require_equal(database: Database, service: Reporting) -> None:
    """Live views, rebuilt ones, the independent fold and as-of; and no area has more units than N."""
    assert verify(database).differences == []
    _require_as_of_equals_live(database)
    with IndependentFold() as fold:
        log = list(service.ledger.read(0, 100_000))
        for recorded in log:
            fold.apply(recorded)
        require_same_totals(log, fold)
        for contest in ("pr", "d1"):
            said = {
                row.unit
                for row in fold.figure_rows()
                if row.value is not None and row.key == f"{contest}|voters||"
            }
            units = fold.rosters()["tiny"].on(contest, "final")
            counting = units.counting(said)
            for unit in counting:  # nobody twice: a unit and what it lies in
                path = units.places[unit].get("administrative", ())
                assert counting.isdisjoint(area for area in path if area != unit)
            for unit in said - counting:  # only for its whole, or for all of its parts
                related = {
                    *units.divided.get(unit, ()),
                    *units.above.get(unit, ()),
                    *units.joined.get(unit, ()),
                }
                assert related & counting or any(
                    set(units.divided.get(whole, ())) & counting for whole in (unit, *related)
                )


def _require_as_of_equals_live(database: Database) -> None:
    """Totals of both contests at every area, with N, and a series, each from the views and from the log itself."""
    reader = ViewReader(database)
    try:
        with reader.snapshot() as snapshot:
            election = snapshot.election("tiny")
            known = asof.election_at(snapshot, "tiny", snapshot.position, None, asof.AsOfCache())
            for contest in ("pr", "d1"):
                for geography in ("administrative", "electoral"):
                    query = TotalsQuery(
                        "final",
                        "final",
                        contest,
                        geography,
                        items=("voters", "electors", "turnout"),
                        limit=1000,
                    )
                    live = [_shown(row) for row in snapshot.totals(election, query)]
                    then = [_shown(row) for row in asof.totals_at(snapshot, known, query, snapshot.position)]
                    assert then == live
                    assert all(reported <= expected for *_, reported, expected in live)
    finally:
        reader.close()


def _shown(row: TotalRow) -> tuple[Any, ...]:
    return (
        row.code,
        row.item,
        row.is_unit,
        row.value,
        row.numerator,
        row.denominator,
        row.reported,
        row.expected,
    )


def _report(service: Reporting, unit: str, contest: str, value: int) -> None:
    version = service.return_case(return_stream("tiny", "final", "final", unit)).version
    for write in (tiny.enter, tiny.correct):
        try:
            write(service, unit, version, contest=contest, voters=value)
        except (FiguresRefused, UnknownReference):
            continue
        return


def test_a_label_touches_no_totals_and_a_registry_only_whom_it_moves(
    database: Database, service: Reporting, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.define_election(tiny.election(code="later", polling_date="2030-01-01"), tiny.SYSTEM, uuid4())
    tiny.enter(service, "11", voters=10)
    projector.catch_up()
    made: list[int] = []
    monkeypatch.setattr("projections.views.define.make_totals", lambda _, number: made.append(number))
    service.define_election(tiny.election(label=tiny.label("別の名")), tiny.SYSTEM, uuid4(), reason="改称")
    service.declare_registry(
        "tinyland", (), (area("administrative", "20", name="改名"),), tiny.SYSTEM, uuid4(), reason="改称"
    )
    projector.catch_up()
    assert made == []
    moved = area("administrative", "20", parent="P2", valid_from=date(2029, 1, 1))
    ended = area("administrative", "20", name="改名", valid_to=date(2029, 1, 1))
    service.declare_registry("tinyland", (), (ended, moved), tiny.SYSTEM, uuid4())
    projector.catch_up()
    assert len(made) == 1  # `later` alone votes after the move


def test_making_totals_reads_its_own_elections_figures_whatever_the_statistics(
    database: Database, service: Reporting, projector: Projector
) -> None:
    """40 elections, before and after ANALYZE: the rows that the plan reads of `figure` are those of one election."""
    for n in range(40):
        service.define_election(tiny.election(code=f"e{n}"), tiny.SYSTEM, uuid4())
    tiny.enter(service, "11", voters=10)
    projector.catch_up()
    with database.connect(PROJECTOR) as connection:
        version = versions.live(connection)
        assert version
        versions.use(connection, version.number)
        connection.execute(
            "INSERT INTO cell (election_no, form, slot, layer, key)"
            " SELECT e.election_no, 'final', 'final', '', 'pr|filled||' || n"
            " FROM election e, generate_series(1, 50) n WHERE e.code <> 'tiny'"
        )
        connection.execute(
            "INSERT INTO figure SELECT c.cell_no, u.unit_no, 1, NULL, 1 FROM cell c JOIN unit u USING (election_no)"
            " WHERE c.key LIKE 'pr|filled%'"
        )
        number = connection.execute("SELECT election_no FROM election WHERE code = 'e7'").fetchone()
        assert number
        for analyzed in (False, True):
            if analyzed:
                connection.execute("ANALYZE figure, cell, node, unit, unit_node, election")
            explained = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + fold.SQL["make_totals"]
            row = connection.execute(explained.encode(), {"election_no": number[0]}).fetchone()
            assert row
            assert _read(row[0][0]["Plan"], "figure") <= 50 * len(tiny.UNITS)
            connection.execute(fold.SQL["drop_totals"].encode(), {"election_no": number[0]})
        connection.rollback()


def _read(plan: dict[str, Any], table: str) -> float:
    own = 0.0
    if plan.get("Relation Name") == table:
        own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return own + sum(_read(part, table) for part in plan.get("Plans", ()))
