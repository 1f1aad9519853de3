"""Events stored before a field was added: followed, rebuilt and folded by hand, they give the same views."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

import night
import tiny

from projections.rebuild import rebuild
from projections.runner import Projector
from projections.verify import verify
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Channel
from reporting.domain.events import Event
from reporting.ledger import Command, NewEvent, return_stream


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
    projector.create_if_missing()
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
