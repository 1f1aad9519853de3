"""Events stored before a field was added: followed, rebuilt and folded by hand, they give the same views."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID, uuid4

import night
import tiny

from projections.read import ViewReader
from projections.read.desk import sampled_returns
from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Channel
from reporting.domain.events import Event
from reporting.domain.layer import RELEASED
from reporting.domain.workflow_events import ReturnSubmitted
from reporting.ledger import Command, NewEvent, released_stream, return_stream


class EnteredBefore(Event):
    """FiguresEntered as version 1 had it."""

    type: ClassVar[str] = "FiguresEntered"
    election: str = "tiny"
    form: str = "final"
    slot: str = "final"
    unit: str = "11"
    figures: dict[str, str]


class CorrectedBefore(EnteredBefore):
    """FiguresCorrected as version 1 had it."""

    type: ClassVar[str] = "FiguresCorrected"
    supersedes: dict[str, int]
    reason_class: str = "typing_error"


def test_figures_without_authors_stand_like_all_others(service: Reporting, database: Database) -> None:
    desk = night.define(service)
    projector = Projector(database)
    stream = return_stream("tiny", "final", "final", "11")

    def append(version: int, event: Event) -> int:
        command = Command(
            uuid4(), f"{version}".encode(), night.WARD, Channel.API, (NewEvent(stream, version, event),)
        )
        return service.ledger.append(command).last_position

    first = append(1, EnteredBefore(figures={"pr|voters||": "100", "pr|electors||": "200"}))
    append(2, CorrectedBefore(figures={"pr|voters||": "101"}, supersedes={"pr|voters||": first}))
    tiny.enter(service, "12", voters=7)
    projector.catch_up()
    assert verify(database).differences == []
    rebuild(database)
    assert verify(database).differences == []
    cells = desk.returns.open("tiny", "final", "final", "11").case.cells
    assert {key: (cell.text, cell.typists) for key, cell in cells.items()} == {
        "pr|voters||": ("101", ()),
        "pr|electors||": ("200", ()),
    }


class ReleasedBefore(EnteredBefore):
    """FiguresReleased as version 1 had it: without what the figures rest on."""

    type: ClassVar[str] = "FiguresReleased"
    release: str = "r"


def test_a_release_that_says_nothing_of_methods_rests_on_what_its_return_said_then(
    service: Reporting, database: Database
) -> None:
    night.define(service)
    projector = Projector(database)
    place = ("tiny", "final", "final", "11")
    where = dict(zip(("election", "form", "slot", "unit"), place, strict=True))
    counted = {"pr|voters||": "100"}
    reader = ViewReader(database)

    def append(stream: UUID, version: int, event: Event) -> int:
        command = Command(
            uuid4(),
            f"{stream}{version}".encode(),
            night.WARD,
            Channel.API,
            (NewEvent(stream, version, event),),
        )
        return service.ledger.append(command).last_position

    append(return_stream(*place), 1, EnteredBefore(figures=counted))
    append(return_stream(*place), 2, ReturnSubmitted(**where, method="sample", places=12, of_places=39))
    first = append(released_stream(*place), 1, ReleasedBefore(figures=counted))
    projector.catch_up()
    append(return_stream(*place), 3, ReturnSubmitted(**where))
    then = service.ledger.position()
    second = append(released_stream(*place), 2, ReleasedBefore(figures={"pr|voters||": "101"}))
    projector.catch_up()
    for _ in range(2):
        assert verify(database).differences == []
        with reader.snapshot() as snapshot:
            election = snapshot.election("tiny")
            told = {
                at: [one.places for one in sampled_returns(snapshot, election, "final", "final", RELEASED, "pr", at)]
                for at in (first - 1, first, then, second)
            }  # fmt: skip
        assert told == {first - 1: [], first: [12], then: [12], second: []}
        rebuild(database)
    reader.close()
