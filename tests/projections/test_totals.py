from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import tiny
from odd_events import OWN_STREAM, repeat_last

from projections import versions
from projections.errors import ProjectionStopped
from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import PROJECTOR, Database

pytestmark = pytest.mark.begins.with_args(tiny.define)


@pytest.fixture
def projector(database: Database, service: Reporting) -> Projector:
    one = Projector(database)
    return one


def totals(database: Database, item: str = "voters", choice: str = "") -> dict[str, tuple[Decimal, int, int]]:
    """geography/area → (value, reported, expected) of contest pr."""
    with database.connect(PROJECTOR) as connection:
        version = versions.live(connection)
        assert version
        versions.use(connection, version.number)
        rows: list[Any] = connection.execute(
            "SELECT n.geography || '/' || n.code, t.value, t.reported, x.units FROM total t JOIN cell c USING (cell_no)"
            " JOIN node n USING (node_no) LEFT JOIN expected x ON x.node_no = n.node_no AND x.contest = c.contest"
            " WHERE c.item = %s AND c.choice = %s AND c.breakdown = '' AND c.contest = 'pr'",
            (item, choice),
        ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_figures_reach_every_level_of_every_geography(
    database: Database, service: Reporting, projector: Projector
) -> None:
    for unit, voters in zip(tiny.UNITS, (1, 20, 300, 4_000, 50_000), strict=True):
        tiny.enter(service, unit, voters=voters, electors=voters * 2)
    assert projector.catch_up() == service.ledger.position()
    found = totals(database)
    assert found["administrative/JP"] == (54_321, 5, 5)
    assert found["administrative/P1"] == (321, 3, 3)
    assert found["administrative/10"] == (21, 2, 2)
    assert found["electoral/D1"] == (301, 2, 2)
    assert found["electoral/D2"] == (54_020, 3, 3)


def test_a_correction_moves_every_total_above_it_and_nothing_else(
    database: Database, service: Reporting, projector: Projector
) -> None:
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10, votes_a="1.500")
    projector.catch_up()
    before = totals(database)
    tiny.correct(service, "11", 1, voters=7)
    projector.catch_up()
    after = totals(database)
    moved = {area for area in before if before[area] != after[area]}
    assert moved == {f"administrative/{a}" for a in ("JP", "P1", "10", "11")} | {
        f"electoral/{a}" for a in ("JP", "D1", "11")
    }
    assert after["administrative/JP"] == (47, 5, 5)
    assert totals(database, "votes", "a")["administrative/JP"][0] == Decimal("7.5")


def test_absences_are_counted_apart(database: Database, service: Reporting, projector: Projector) -> None:
    tiny.enter(service, "11", voters=0)
    tiny.enter(service, "12", voters="!none")
    tiny.enter(service, "20", voters="!not_reported")
    tiny.enter(service, "31", voters="!suppressed")
    projector.catch_up()
    assert totals(database)["administrative/JP"] == (0, 2, 5)
    assert totals(database)["administrative/P2"] == (0, 0, 2)
    tiny.correct(service, "20", 1, voters=5)
    tiny.correct(service, "11", 1, voters="!not_reported")
    projector.catch_up()
    assert totals(database)["administrative/JP"] == (5, 2, 5)
    assert verify(database).equal


def test_live_rebuilt_and_fold_are_equal_and_a_rebuild_switches(
    database: Database, service: Reporting, projector: Projector
) -> None:
    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10, voters_m=4, voters_f=6, electors=20)
    projector.catch_up()
    tiny.correct(service, "11", 1, voters=9, voters_m=3)
    result = verify(database)
    assert result.differences == []
    assert (result.figures, result.position) == (20, service.ledger.position())
    before = totals(database)
    number = rebuild(database)
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection)
        assert live is not None
        assert (live.number, live.state) == (number, "active")
    assert totals(database) == before
    tiny.correct(service, "11", 2, voters=8)
    projector.catch_up()
    assert totals(database)["administrative/JP"][0] == 48
    assert verify(database).equal


def test_verify_sees_a_forged_total_and_a_rebuild_refuses_to_hide_it(
    database: Database, service: Reporting, projector: Projector
) -> None:
    tiny.enter(service, "11", voters=10)
    projector.catch_up()
    with database.connect(PROJECTOR) as connection:
        version = versions.live(connection)
        assert version
        versions.use(connection, version.number)
        connection.execute(
            "UPDATE area_total SET value = value + 1 WHERE node_no = (SELECT node_no FROM node WHERE geography = 'administrative' AND code = 'JP')"
        )
    result = verify(database)
    assert not result.equal
    assert any("administrative/JP" in line for line in result.differences)


def test_a_new_definition_makes_totals_anew(
    database: Database, service: Reporting, projector: Projector
) -> None:
    from uuid import uuid4

    for unit in tiny.UNITS:
        tiny.enter(service, unit, voters=10)
    projector.catch_up()
    service.define_election(
        tiny.election(geographies=["administrative"]), tiny.SYSTEM, uuid4(), reason="定義の訂正"
    )
    projector.catch_up()
    assert {area.split("/")[0] for area in totals(database)} == {"administrative"}
    assert totals(database)["administrative/JP"] == (50, 5, 5)
    assert verify(database).equal


def test_a_poison_event_stops_and_is_never_skipped(
    database: Database, service: Reporting, projector: Projector
) -> None:
    tiny.enter(service, "11", voters=10)
    projector.catch_up()
    with database.connect() as connection:
        connection.execute("ALTER TABLE ledger.event DISABLE TRIGGER append_only")
        connection.execute("UPDATE ledger.head SET position = position + 1")
        connection.execute(
            "INSERT INTO ledger.event SELECT position + 1, gen_random_uuid(), 1, 'Unknown', 1, command_id, recorded_at, state"
            " FROM ledger.event ORDER BY position DESC LIMIT 1"
        )
    tiny.enter(service, "12", voters=10)
    with pytest.raises(ProjectionStopped):
        projector.catch_up()
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection)
    assert live is not None
    assert live.state == "stopped"
    assert "Unknown" in str(live.error)
    assert totals(database)["administrative/JP"] == (10, 1, 5)
    with pytest.raises(ProjectionStopped):
        projector.run_once()


def test_a_unit_nobody_defined_stops_the_step_with_all_that_it_placed(
    database: Database, service: Reporting, projector: Projector
) -> None:
    tiny.enter(service, "11", voters=10)
    before = projector.catch_up()
    tiny.enter(service, "12", voters=20)
    repeat_last(database, '"unit":"12"', '"unit":"99"', OWN_STREAM)
    with pytest.raises(ProjectionStopped, match="99"):
        projector.catch_up()
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection)
    assert live is not None
    assert (live.state, live.position) == ("stopped", before)
    assert totals(database)["administrative/JP"] == (10, 1, 5)


def test_a_hole_in_the_log_stops_the_projection(
    database: Database, service: Reporting, projector: Projector
) -> None:
    with database.connect() as connection:
        connection.execute("UPDATE ledger.head SET position = position + 3")
    with pytest.raises(ProjectionStopped, match="hole"):
        projector.catch_up()
