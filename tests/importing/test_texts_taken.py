"""A text that was judged once is judged so again, in whichever cell and however often it stands."""

from __future__ import annotations

import pytest
import tiny

from reporting.application.service import Reporting
from reporting.domain.figures import Cell, format_value
from reporting.domain.returns import CellProblem, TypedCell
from reporting.importing import checked
from reporting.importing.checked import ByNumber, TextsTaken

TEXTS = [
    "0",
    "-0",
    "7",
    "007",
    "1.50",
    "-3",
    "１２",
    "1,234",
    "△5",
    "－",
    "!none",
    "!nothing",
    "x",
    "",
    "0.0001",
]
STRANGE = [
    Cell("pr", "nothing"),
    Cell("nothing", "votes", "", "a"),
    Cell("pr", "votes", "", "nobody"),
    Cell("pr", "votes"),
]


@pytest.mark.parametrize("most", [0, 3, 20_000])
def test_remembered_texts_are_judged_as_each_form_judges_them(
    service: Reporting, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(checked, "MOST_TEXTS", most)
    tiny.define(service)
    election = service.catalog.election("tiny")
    shape, contests = election.shape("final", "final", "11"), election.contests_of_unit["11"]
    own = [Cell("pr", code, "", "a" if item.by_choice else "") for code, item in shape.items().items()]
    cells, remembered = [*own, *STRANGE], ByNumber()
    taken = TextsTaken(shape, contests, remembered)
    for _ in range(2):
        for text in TEXTS:
            for n, known_text in enumerate(taken.texts(cells, [text] * len(cells))):
                told = taken.judge(n, text) if known_text is None else known_text
                value = shape.problem(TypedCell(cells[n], text), contests)
                assert told == (value if isinstance(value, CellProblem) else format_value(value))
    assert max((len(texts) for texts in remembered.values()), default=0) <= most
    assert most == 0 or any(taken.texts(cells, ["7"] * len(cells)))
