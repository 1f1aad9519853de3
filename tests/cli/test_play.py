"""A whole night through the application service: nothing refused, and the views equal to the ledger."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from demo_land import AREAS, CODES, CONTEST, DEFINITION, GEOGRAPHY

from api.demo.night import timetable
from api.demo.play import Clock, Player
from projections.runner import Projector
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import READER, Database
from reporting.domain.actor import Actor, Role
from reporting.ledger import GroupAppender, Ledger

SYSTEM = Actor("test", "test", Role.SYSTEM, "*")


@pytest.fixture
def service(database: Database):  # type: ignore[no-untyped-def]
    ledger = Ledger(database)
    group = GroupAppender(ledger)
    reporting = Reporting(ledger, group)
    reporting.declare_registry(DEFINITION.registry, (GEOGRAPHY,), AREAS, SYSTEM, uuid4())
    reporting.define_election(DEFINITION, SYSTEM, uuid4())
    yield reporting
    group.close()
    ledger.close()


def test_a_night_ends_with_the_true_figures(database: Database, service: Reporting) -> None:
    night = timetable(DEFINITION, {code: [CONTEST] for code in CODES[:60]}, seed=3)
    player = Player(service, DEFINITION.code, seed=3)
    player.play(night, Clock(0, 1e9), threading.Event())
    assert (player.tally.sent, player.tally.refused, player.tally.last_refusal) == (len(night), 0, "")
    assert player.tally.corrected == sum(arrival.slip is not None for arrival in night) > 0

    again = Player(service, DEFINITION.code, seed=3)
    position = service.ledger.position()
    again.play(night, Clock(0, 1e9), threading.Event())
    assert (again.tally.refused, service.ledger.position()) == (0, position)

    projector = Projector(database)
    projector.create_if_missing()
    projector.catch_up()
    assert verify(database).differences == []
    final: dict[tuple[str, str, str, str], int] = {}
    for arrival in night:
        for cell, value in arrival.figures.items():
            final[arrival.unit, arrival.form, arrival.slot, cell.key] = value
    expected = sum(
        v
        for (_, form, slot, key), v in final.items()
        if (form, slot, key) == ("turnout", "final", "pr|voters||")
    )
    with database.connect(READER) as connection:
        found = connection.execute(
            "SELECT t.value FROM views_v1.total t JOIN views_v1.cell c USING (cell_no) JOIN views_v1.node n USING (node_no)"
            " WHERE (n.code, c.form, c.slot, c.item, c.breakdown) = ('J', 'turnout', 'final', 'voters', '')"
        ).fetchone()
    assert found == (expected,)


def test_a_stopped_night_leaves_no_thread(service: Reporting) -> None:
    stop = threading.Event()
    stop.set()
    player = Player(service, DEFINITION.code, seed=3)
    player.play(timetable(DEFINITION, {CODES[0]: [CONTEST]}, 3), Clock(0, 1), stop)
    assert player.tally.sent == 0
    assert not [thread for thread in threading.enumerate() if thread.name == "clerk"]
