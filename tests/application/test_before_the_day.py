"""Nothing of a slot is entered, approved, certified or released before the election's day, or the slot's own times (issue 10, A5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import night
import pytest
import sources
from night import CITY, NATION, PREFECTURE
from typed_book import read, typed

from reporting.application.commands import CellInput, EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import (
    ApproveGreen,
    Certify,
    CorrectedReturn,
    CorrectTogether,
    SaveDraft,
)
from reporting.application.figures import FigureDoor
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.domain.opening import opens_at
from reporting.errors import InvalidInput
from reporting.files.problems import FileRefused
from reporting.importing import import_returns
from reporting.kit.handing_in import ReturnOutcome, hand_in, preview
from reporting.kit.making import make_book
from reporting.kit.reading import ReadBook
from reporting.publication.release import Publication

DAY = datetime.fromisoformat("2024-10-27T00:00:00+09:00")


def ready(service: Reporting, **slot: str) -> Publication:
    forms = [form.model_dump(mode="json") for form in night.election().forms]
    forms[1]["slots"] = [{"code": "final", "label": {"ja": "確定"}, **slot}]
    desk: Desk = night.define(service, forms=forms)
    night.submit(desk)
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    return Publication(service, desk)


def test_a_final_count_is_not_released_before_the_polling_day(service: Reporting) -> None:
    publication = ready(service)
    with pytest.raises(InvalidInput, match="2024-10-27"):
        publication.release("tiny", "final", "final", DAY - timedelta(seconds=1), night.tiny.SYSTEM)
    assert publication.release("tiny", "final", "final", DAY, night.tiny.SYSTEM) is not None


@pytest.mark.parametrize(
    ("times", "opens"),
    [
        ({"opens": "2024-10-01T00:00:00+09:00"}, "2024-10-01T00:00:00+09:00"),
        ({"cut_off": "2024-10-20T20:00:00+09:00"}, "2024-10-20T00:00:00+09:00"),
        ({"publish_at": "2024-10-28T00:20:00+09:00"}, "2024-10-27T00:00:00+09:00"),
        ({}, "2024-10-27T00:00:00+09:00"),
    ],
)
def test_when_a_slot_opens(service: Reporting, times: dict[str, str], opens: str) -> None:
    """What is known before (the roll, early voting) says so by its own times."""
    ready(service, **times)
    definition = service.catalog.election("tiny").definition
    slot = definition.forms[1].slots[0]
    assert opens_at(definition, slot) == datetime.fromisoformat(opens)


def ways(service: Reporting, desk: Desk, folder: Path) -> dict[str, Callable[[], object]]:
    """Every way in for figures, and every way on, as whoever may."""
    where = {**night.of("11"), "figures": night.cells(**night.BALANCED)}
    direct = EnterFigures(**where, expected_version=0)
    one = CorrectedReturn(form="final", slot="final", unit="11", figures=night.cells(**night.BALANCED))
    together = CorrectTogether(command_id=uuid4(), election="tiny", returns=(one,), reason="一括")
    rows = [
        {
            "election": "tiny", "form": "final", "slot": "final", "unit": "11", "contest": "pr", "item": cell.item,
            "choice": cell.choice, "value": cell.value,
        }
        for cell in night.cells(**night.BALANCED)
    ]  # fmt: skip
    path = sources.returns_csv(folder / "r.csv", rows)
    return {
        "enter": lambda: FigureDoor(service, desk).record(direct, night.WARD),
        "submit": lambda: night.submit(desk),
        "together": lambda: Together(service, desk).correct(together, night.WARD),
        "import": lambda: import_returns(path, service, night.WARD),
        "dry run": lambda: import_returns(path, service, night.WARD, dry_run=True),
        "workbook": lambda: said(*hand_in(desk, typed_sheet(desk), night.WARD)),
        "workbook looked at": lambda: said(*preview(desk, typed_sheet(desk), night.WARD)),
    }


def typed_sheet(desk: Desk) -> ReadBook:
    made = make_book(desk, "tiny", "final", "final", ("11",), night.WARD)
    cells = {("11", given.cell().cell.key): int(given.value) for given in night.cells(**night.BALANCED)}
    return read(typed(made, cells))


def said(outcome: ReturnOutcome) -> None:
    """What stands in a workbook's way it says of its return; here it is raised as by the other ways."""
    if outcome.refusal is not None:
        raise outcome.refusal
    assert outcome.state in ("submitted", "ready")


@pytest.mark.parametrize(
    "way", ["enter", "submit", "together", "import", "dry run", "workbook", "workbook looked at"]
)
def test_nothing_is_entered_before_its_slot_opens(service: Reporting, tmp_path: Path, way: str) -> None:
    """A draft may be prepared: it counts nowhere."""
    desk = night.define(service, is_test=False)
    service.clock = lambda: DAY - timedelta(seconds=1)
    draft = CellInput(contest="pr", item="voters", value="100")
    desk.save_draft(SaveDraft(**night.of("11"), cells=(draft,)), night.WARD)
    before = service.ledger.position()
    with pytest.raises((InvalidInput, FileRefused), match="2024-10-27"):
        ways(service, desk, tmp_path)[way]()
    assert service.ledger.position() == before
    service.clock = lambda: DAY
    ways(service, desk, tmp_path)[way if way != "submit" else "enter"]()


def test_nothing_is_approved_or_certified_before_its_slot_opens(service: Reporting) -> None:
    """Entered on the day under a definition whose polling day was then moved on."""
    desk = night.define(service, is_test=False)
    night.submit(desk)
    service.clock = lambda: DAY - timedelta(seconds=1)
    with pytest.raises(InvalidInput, match="2024-10-27"):
        night.approve(desk, CITY)
    green = ApproveGreen(command_id=uuid4(), election="tiny", form="final", slot="final")
    ((_, refused),) = desk.approve_green(green, CITY)
    assert isinstance(refused, InvalidInput)
    service.clock = lambda: DAY
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    service.clock = lambda: DAY - timedelta(seconds=1)
    with pytest.raises(InvalidInput, match="2024-10-27"):
        desk.certify(Certify(**night.of("11"), override="一人の課"), NATION)


def test_a_test_election_is_played_at_any_hour(service: Reporting) -> None:
    desk = night.define(service, is_test=True)
    service.clock = lambda: DAY - timedelta(days=30)
    assert night.submit(desk).status.value == "submitted"
