"""The views count whose figures stand where as the domain does, of any roster that changes lead to and any units that reported."""

from __future__ import annotations

import os
import random
from decimal import Decimal
from typing import Any

import tiny
from changing import Changing
from psycopg import Connection

from projections import versions
from projections.runner import Projector
from projections.views import fold
from projections.views.rosters import put_rosters
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database
from reporting.domain.units import Roster
from reporting.ledger import return_stream

LONGER = int(os.environ.get("CHANGED", "0"))
CONTESTS = ("pr", "d1")
Total = tuple[Decimal, int, int]


def test_counting_says_the_same_in_sql(database: Database, service: Reporting) -> None:
    """25 chains of changes (`CHANGED=500`: as many new ones), in each of which some units are divided, joined and moved."""
    tiny.define(service)
    tiny.enter(service, "11", voters=1)
    version = service.return_case(return_stream("tiny", "final", "final", "11")).version
    tiny.enter(service, "11", version, contest="d1", voters=1)
    projector = Projector(database)
    projector.catch_up()
    dice = random.Random(None if LONGER else 11)
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection)
        assert live
        versions.use(connection, live.number)
        (number,) = connection.execute("SELECT election_no FROM election WHERE code = 'tiny'").fetchone() or (
            0,
        )
        for _ in range(LONGER or 25):
            election = Changing(dice)
            for _ in range(dice.randint(4, 12)):
                roster = election.change()
            put_rosters(connection, {number: roster})
            for contest in CONTESTS:
                _require_same_n(connection, number, roster, contest)
            for _ in range(4):
                share = dice.choice((0.3, 0.6, 0.9))
                for contest in CONTESTS:
                    said = {
                        unit: dice.randint(0, 9)
                        for unit in sorted(election.ever[contest])
                        if dice.random() < share
                    }
                    _require_same(connection, number, roster, contest, said)
        connection.rollback()


def _require_same(
    connection: Connection[Any], election_no: int, roster: Roster, contest: str, said: dict[str, int]
) -> None:
    (cell_no,) = connection.execute(
        "SELECT cell_no FROM cell WHERE election_no = %s AND key = %s", (election_no, f"{contest}|voters||")
    ).fetchone() or (0,)
    connection.execute("DELETE FROM figure")
    connection.execute(
        "INSERT INTO figure SELECT %(cell)s, u.unit_no, s.value, NULL, 1 FROM unnest(%(units)s::text[], %(values)s::int[]) AS s(code, value)"
        " JOIN unit u USING (code) WHERE u.election_no = %(election)s",
        {"cell": cell_no, "units": [*said], "values": [*said.values()], "election": election_no},
    )
    fold.remake(connection, [cell_no])
    units = roster.on(contest, "final")
    counting = connection.execute(
        "SELECT u.code FROM counting JOIN unit u USING (unit_no) WHERE cell_no = %s", (cell_no,)
    )
    assert {code for (code,) in counting} == units.counting(said.keys()), (contest, said)
    rows = connection.execute(
        "SELECT n.geography, n.code, t.value, t.reported, t.counted FROM area_total t JOIN node n USING (node_no) WHERE cell_no = %s",
        (cell_no,),
    )
    totals = {
        (geography, code): (value, reported, counted) for geography, code, value, reported, counted in rows
    }
    assert totals == {
        place: total for place, total in _totals(roster, contest, said).items() if place in totals
    }
    alone = {place for place, unit in roster.sole.items() if unit in said}
    assert _totals(roster, contest, said).keys() - totals.keys() <= alone


def _require_same_n(connection: Connection[Any], election_no: int, roster: Roster, contest: str) -> None:
    """N of every area, of a form that units keep and of any other."""
    rows = connection.execute(
        "SELECT e.form, n.geography, n.code, e.units FROM expected e JOIN node n USING (node_no) WHERE n.election_no = %s AND e.contest = %s",
        (election_no, contest),
    )
    assert {tuple(place): units for *place, units in rows} == {
        (form, geography, code): len(units)
        for form in ("", *roster.keeping)
        for geography in ("administrative", "electoral")
        for code, units in roster.expected(contest, form, geography).items()
    }


def _totals(roster: Roster, contest: str, said: dict[str, int]) -> dict[tuple[str, str], Total]:
    units = roster.on(contest, "final")
    standing = units.standing(said.keys())
    totals: dict[tuple[str, str], Total] = {}
    for unit, value in said.items():
        for geography, path in roster.places[unit].items():
            for code in path:
                if (geography, code) not in roster.nodes:
                    continue
                total, reported, counted = totals.get((geography, code), (Decimal(0), 0, 0))
                if units.counts_at(unit, geography, code, standing):
                    weight = units.weight_at(unit, geography, code)
                    total, reported, counted = total + value, reported + weight, counted + 1
                totals[geography, code] = total, reported, counted
    return totals
