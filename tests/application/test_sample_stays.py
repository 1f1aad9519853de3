"""A sample stays one until somebody says that all is counted: who explains, corrects a cell or imports has not counted the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import night
import pytest
from night import CITY, NATION, PREFECTURE, WARD

from reporting.application.batch import BatchPart, ComparedReturn, ImportedFile, ReturnFigures, record_batch
from reporting.application.commands import CorrectFigures
from reporting.application.desk import Desk
from reporting.application.desk_commands import Certify, CorrectedReturn, CorrectTogether, Submit, Withdraw
from reporting.application.figures import FigureDoor
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.domain.actor import Actor
from reporting.ledger import return_stream

pytestmark = pytest.mark.begins.with_args(night.define)

NATION_2 = Actor("森", "総務省", NATION.role, NATION.jurisdiction)
SAMPLE: dict[str, Any] = {"method": "sample", "places": 12, "of_places": 39}


def basis(desk: Desk) -> tuple[str, int | None, int | None] | None:
    partial = desk.returns.open("tiny", "final", "final", "11").case.partial
    return None if partial is None else (partial.method, partial.places, partial.of_places)


def explained(desk: Desk) -> None:
    """A turnout of 99 %, with its reason."""
    more = {"explanations": {"J08|pr|c|voters||||4.01": "確認済み"}, "reason": "転記誤り"}
    desk.submit(Submit(**night.of("11"), figures=night.cells(electors=101), **more), WARD)


def one_cell(desk: Desk) -> None:
    night.submit(desk, values={"electors": 201}, reason="転記誤り")


def together(desk: Desk) -> None:
    place = {"form": "final", "slot": "final", "unit": "11"}
    corrected = CorrectedReturn(**place, figures=night.cells(electors=201))
    request = CorrectTogether(command_id=uuid4(), election="tiny", reason="転記誤り", returns=(corrected,))
    Together(desk.reporting, desk).correct(request, WARD)


def certified(desk: Desk) -> None:
    for actor in (CITY, PREFECTURE, NATION):
        night.approve(desk, actor)
    desk.certify(Certify(**night.of("11")), NATION_2)


def single_figure(desk: Desk) -> None:
    certified(desk)
    opened = desk.returns.open("tiny", "final", "final", "11")
    request = CorrectFigures(
        **night.of("11"), expected_version=opened.case.version, figures=night.cells(electors=201),
        reason_class="typing_error", reason="転記誤り",
    )  # fmt: skip
    FigureDoor(desk.reporting, desk).record(request, NATION)


def imported(desk: Desk) -> None:
    certified(desk)
    stream = return_stream("tiny", "final", "final", "11")
    case = desk.returns.open("tiny", "final", "final", "11").case
    figures = {"pr|electors||": "201"}
    given = ReturnFigures(stream, "tiny", "final", "final", "11", figures, "台帳の訂正")
    part = BatchPart([given], {stream: ComparedReturn.of(case)})
    record_batch(desk.reporting, ImportedFile("test", "a.csv", "0" * 64, uuid4()), [part], NATION)


@pytest.mark.parametrize("way", [explained, one_cell, together, single_figure, imported])
def test_nobody_makes_a_sample_a_whole_count_without_saying_so(
    service: Reporting, way: Callable[[Desk], None]
) -> None:
    desk = Desk(service)
    night.submit(desk, **SAMPLE)
    way(desk)
    assert basis(desk) == ("sample", 12, 39)


def test_a_whole_count_is_said(service: Reporting) -> None:
    desk = Desk(service)
    night.submit(desk, **SAMPLE)
    desk.submit(Submit(**night.of("11"), method="sample", places=20, of_places=39), WARD)
    assert basis(desk) == ("sample", 20, 39)
    desk.submit(Submit(**night.of("11"), method="full"), WARD)
    assert basis(desk) is None


def test_a_withdrawn_sample_starts_anew(service: Reporting) -> None:
    desk = Desk(service)
    night.submit(desk, **SAMPLE)
    desk.withdraw(Withdraw(**night.of("11"), reason="別の開票区"), WARD)
    night.submit(desk)
    assert basis(desk) is None


def test_a_request_that_says_no_method_is_what_it_was_when_that_meant_full() -> None:
    """So that it is known when it is sent again after an update; one that says full now is another."""
    given = night.of("11")
    silent, said = Submit(**given), Submit(**given, method="full")
    before = silent.model_copy(update={"method": "full"}).model_dump(mode="json")
    assert b'"method":"full"' in silent.body()
    assert before["method"] == "full"
    assert hashlib.sha256(silent.body()).digest() != hashlib.sha256(said.body()).digest()
