"""Whoever enters, corrects or submits for a unit that is not their own office's edits from above, by every way in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import night
import pytest
import sources
from night import CITY, PREFECTURE, WARD
from pydantic import ValidationError
from typed_book import read, typed

from reporting.application.commands import CorrectFigures, EnterFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import Answer, Approve, CorrectedReturn, CorrectTogether, Submit
from reporting.application.figures import FigureDoor
from reporting.application.findings import RulesRefused
from reporting.application.incident_commands import RecordIncident
from reporting.application.lots import ConfirmLot, RecordLot
from reporting.application.offices import Offices
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.status import NotNow
from reporting.domain.workflow_events import Receipt
from reporting.errors import InvalidInput, NotAuthorised
from reporting.importing import import_returns
from reporting.kit.handing_in import hand_in
from reporting.kit.making import make_book

pytestmark = pytest.mark.begins.with_args(night.define)

WAYS = ("submit", "enter", "correct")
ALL_WAYS = (*WAYS, "workbook", "import", "together")
ARRIVED = datetime.fromisoformat("2024-10-27T21:00:00+09:00")


def send(desk: Desk, way: str, actor: Actor, **more: Any) -> None:
    """One cell more or otherwise, by this way."""
    if way == "submit":
        desk.submit(
            Submit(**night.of("11"), figures=night.cells(**night.BALANCED), reason="照合", **more), actor
        )
        return
    if way == "together":
        one = CorrectedReturn(form="final", slot="final", unit="11", figures=night.cells(**night.BALANCED))
        joint = CorrectTogether(command_id=uuid4(), election="tiny", returns=(one,), reason="照合")
        Together(desk.reporting, desk).correct(joint, actor)
        return
    if way == "workbook":
        made = make_book(desk, "tiny", "final", "final", ("11",), actor)
        cells = {("11", given.cell().cell.key): int(given.value) for given in night.cells(**night.BALANCED)}
        (outcome,) = hand_in(desk, read(typed(made, cells)), actor)
        assert outcome.state == "submitted", outcome
        return
    if way == "import":
        rows = [
            {"election": "tiny", "form": "final", "slot": "final", "unit": "11", "contest": "pr", "item": cell.item,
             "choice": cell.choice, "value": cell.value}
            for cell in night.cells(**night.BALANCED)
        ]  # fmt: skip
        with TemporaryDirectory() as folder:
            import_returns(sources.returns_csv(Path(folder) / "r.csv", rows), desk.reporting, actor)
        return
    door, version = (
        FigureDoor(desk.reporting, desk),
        desk.returns.open("tiny", "final", "final", "11").case.version,
    )
    if way == "enter":
        door.record(
            EnterFigures(
                **night.of("11"), expected_version=version, figures=night.cells(electors=200), **more
            ),
            actor,
        )
        return
    door.record(
        CorrectFigures(
            **night.of("11"), expected_version=version, figures=night.cells(electors=201),
            reason_class="misread", reason="照合", **more,
        ),
        actor,
    )  # fmt: skip


def prepared(service: Reporting, way: str) -> Desk:
    desk = Desk(service)
    if way == "correct":
        night.submit(desk)
    return desk


@pytest.mark.parametrize("way", ALL_WAYS)
def test_the_owner_is_told_whatever_the_request_leaves_out(service: Reporting, way: str) -> None:
    desk = prepared(service, way)
    send(desk, way, CITY)
    case = desk.returns.open("tiny", "final", "final", "11").case
    assert "pr|electors||" in case.unanswered()
    assert case.owner_office in (None, WARD.office), "who stands in is no owner"
    desk.answer(Answer(**night.of("11"), cells=tuple(case.unanswered()), agrees=True), WARD)
    assert desk.returns.open("tiny", "final", "final", "11").case.unanswered() == []


@pytest.mark.parametrize("way", ALL_WAYS)
def test_an_office_s_own_figures_are_no_edit_from_above(service: Reporting, way: str) -> None:
    """Under whatever name its token calls it."""
    desk = prepared(service, way)
    send(desk, way, Actor("佐藤", "中央区選挙管理委員会", Role.WARD, "11"))
    case = desk.returns.open("tiny", "final", "final", "11").case
    assert case.unanswered() == []


@pytest.mark.parametrize("channel", [Channel.FAX, Channel.TELEPHONE, Channel.PAPER])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("actor", [CITY, WARD], ids=["above", "own"])
def test_copied_figures_need_their_receipt(
    service: Reporting, way: str, channel: Channel, actor: Actor
) -> None:
    desk = prepared(service, way)
    position = service.ledger.position()
    with pytest.raises(InvalidInput, match="receipt"):
        send(desk, way, actor, channel=channel)
    assert service.ledger.position() == position
    send(desk, way, actor, channel=channel, receipt=Receipt(source="第1号", received_at=ARRIVED))
    assert bool(desk.returns.open("tiny", "final", "final", "11").case.unanswered()) == (actor is CITY)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "at",
    [
        datetime.now(UTC) + timedelta(hours=1),
        datetime.fromisoformat("2024-10-26T23:59:00+09:00"),
        datetime.fromisoformat("2024-10-27T21:00:00"),
    ],
    ids=["future", "before the first slot", "without offset"],
)
def test_a_receipt_has_a_time_it_can_have_come_at(service: Reporting, way: str, at: datetime) -> None:
    desk = prepared(service, way)
    with pytest.raises(InvalidInput, match="receivedAt"):
        send(desk, way, CITY, receipt=Receipt(source="第1号", received_at=at))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("source", ["", " ", "\u3000\u200b", "あ" * 201])
def test_a_receipt_names_what_it_was_copied_from(service: Reporting, way: str, source: str) -> None:
    desk = prepared(service, way)
    with pytest.raises(InvalidInput, match="原本"):
        send(desk, way, CITY, receipt=Receipt(source=source, received_at=ARRIVED))


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\u200b\n", "。", "…", "-?", "\u202e521", "訂正\x07"])
@pytest.mark.parametrize("field", ["reason", "override", "on_behalf_of", "reference", "account"])
def test_blanks_signs_and_what_is_shown_otherwise_are_no_words(field: str, blank: str) -> None:
    """Of whatever command, by whatever way it comes: they are one type."""
    wrong: list[tuple[object, ...]] = []
    for kind in (Submit, EnterFigures, CorrectFigures, Approve, RecordLot, ConfirmLot, RecordIncident):
        if field in kind.model_fields:
            with pytest.raises(ValidationError) as refused:
                kind.model_validate({field: blank})
            wrong += [told["loc"] for told in refused.value.errors() if told["loc"] == (field,)]
    assert wrong


@pytest.mark.parametrize("way", WAYS)
def test_on_behalf_of_is_the_units_own_office(service: Reporting, way: str) -> None:
    desk = prepared(service, way)
    with pytest.raises(InvalidInput, match="地域11選挙管理委員会"):
        send(desk, way, CITY, on_behalf_of="北区選管")
    offices = Offices(service)
    system = night.tiny.SYSTEM
    offices.register(uuid4(), "central", "中央区選挙管理委員会", Role.WARD, "11", system)
    with pytest.raises(InvalidInput, match="中央区選挙管理委員会"):
        send(desk, way, CITY, on_behalf_of="北区選管")
    send(desk, way, CITY, on_behalf_of="中央区 選挙管理委員会")


@pytest.mark.begins(None)
def test_a_certified_return_is_corrected_by_the_desks_rules(service: Reporting) -> None:
    """Authority, rules and approvals as of a submission; the figures typed alone stay out (issue 10, A7)."""
    desk = night.certified(service)
    door, version = FigureDoor(service, desk), desk.returns.open("tiny", "final", "final", "11").case.version

    def correction(**values: int) -> CorrectFigures:
        return CorrectFigures(
            **night.of("11"), expected_version=version, figures=night.cells(**values), reason_class="misread",
            reason="照合",
        )  # fmt: skip

    position = service.ledger.position()
    with pytest.raises(NotAuthorised):
        door.record(correction(votes_a=61, votes_b=37), CITY)
    with pytest.raises(RulesRefused):
        door.record(correction(votes_a=61), PREFECTURE)
    with pytest.raises(NotNow):
        service.correct_figures(correction(votes_a=61, votes_b=37), PREFECTURE)
    # The refusal left its trace beside the return, no figure in it.
    assert desk.returns.open("tiny", "final", "final", "11").case.version == version
    assert service.ledger.position() > position
    first = door.record(correction(votes_a=61, votes_b=37), PREFECTURE)
    assert desk.returns.open("tiny", "final", "final", "11").case.unanswered() == [
        "pr|votes||a",
        "pr|votes||b",
    ]
    assert not first.repeated
