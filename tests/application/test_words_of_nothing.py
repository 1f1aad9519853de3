"""Words for what is not there are refused, and what there is is named: nobody would ever read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import night
import pytest
import typed_book
from night import WARD

from reporting.application.desk import Desk
from reporting.application.desk_commands import Annotate, CorrectedReturn, CorrectTogether, ReadOut, Submit
from reporting.application.findings import NoSuchFinding
from reporting.application.service import Reporting
from reporting.application.together import Together
from reporting.errors import InvalidInput
from reporting.kit.handing_in import Said, hand_in
from reporting.kit.making import make_book
from reporting.kit.reading import read_book

pytestmark = pytest.mark.begins.with_args(night.define)

KEY = "J99|pr|a||votes|0"
DIFFERING = {**night.BALANCED, "voters": 101}


def submitted(desk: Desk, **words: Any) -> object:
    return desk.submit(
        Submit(**night.of("11"), figures=night.cells(**DIFFERING), reason="再点検", **words), WARD
    )


def together(desk: Desk, **words: Any) -> object:
    part = CorrectedReturn(form="final", slot="final", unit="11", figures=night.cells(**DIFFERING), **words)
    place = night.of("11")
    given = {"command_id": place["command_id"], "election": "tiny", "returns": (part,), "reason": "再点検"}
    return Together(desk.reporting, desk).correct(CorrectTogether(**given), WARD)


WAYS = {"submitted": submitted, "together": together}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("field", ["explanations", "declarations"])
def test_of_no_finding(service: Reporting, way: Callable[..., object], field: str) -> None:
    desk = Desk(service)
    with pytest.raises(NoSuchFinding) as refused:
        way(desk, **{field: {KEY: "確認した" if field == "explanations" else "recount"}})
    assert refused.value.facts["found"] == KEY
    assert "J11|pr|" in refused.value.message_ja, "what there is"
    shown = desk.returns.open("tiny", "final", "final", "11").draft.shown
    assert shown, "a difference that a refusal has shown is remembered"


def test_of_a_sheet_that_the_workbook_does_not_have(service: Reporting) -> None:
    desk = Desk(service)
    data = make_book(desk, "tiny", "final", "final", ["11"], WARD)
    book = read_book("11.xlsx", typed_book.typed(data, {("11", "pr|electors||"): 200.0}))
    for said in (
        Said(explanations={("12", KEY): "確認した"}),
        Said(declarations={("12", KEY): "recount"}),
        Said(take=frozenset({("11", "pr|votes||z")})),
    ):
        with pytest.raises(InvalidInput) as refused:
            hand_in(desk, book, WARD, said)
        assert "このブックにある" in refused.value.message_ja


def test_of_no_cell(service: Reporting) -> None:
    desk = Desk(service)
    night.submit(desk)
    with pytest.raises(InvalidInput) as refused:
        desk.annotate(
            Annotate(**night.of("11"), note_class="remark", note="注", cells=("pr|votes||z",)), WARD
        )
    assert "pr|votes||a" in refused.value.message_ja
    reading = ReadOut(**night.of("12"), figures=night.cells(votes_a=""))
    with pytest.raises(InvalidInput):
        desk.read_out(reading, night.OTHER_WARD)
