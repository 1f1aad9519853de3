"""Deciding: whatever is typed in whatever order, a return's fold is what was accepted, and nothing changes silently."""

from __future__ import annotations

from decimal import Decimal

import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from thorough import examples

from reporting.domain.actor import By
from reporting.domain.case import ReturnCase
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.figures import Absence, Cell, Value, format_value
from reporting.domain.items import Dimension, beside_item
from reporting.domain.returns import (
    FiguresRefused,
    FormShape,
    TypedCell,
    decide_correction,
    decide_entry,
)
from reporting.errors import InvalidInput

DEFINITION = tiny.election()
SHAPE = FormShape(DEFINITION, DEFINITION.forms[0])
HERE = frozenset({"pr"})
WHERE = {"election": "tiny", "form": "final", "slot": "final", "unit": "31"}
SOMEBODY = By("a.person", "an.office", "entry")
CELLS = (
    Cell("pr", "electors"),
    Cell("pr", "electors", "sex=m"),
    Cell("pr", "voters", "sex=f"),
    Cell("pr", "votes", "", "a"),
    Cell("pr", "not_deposited"),
)

numbers = st.integers(0, 10**9).map(Decimal)
values: st.SearchStrategy[Value] = numbers | st.sampled_from(list(Absence))
batches = st.dictionaries(st.sampled_from(CELLS), values, min_size=1, max_size=4)


def typed(batch: dict[Cell, Value]) -> list[TypedCell]:
    return [TypedCell(cell, format_value(value)) for cell, value in batch.items()]


class Return(RuleBasedStateMachine):
    """The decider against a plain dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.case, self.model, self.position = ReturnCase(), {}, 0  # type: ignore[var-annotated]
        self.events = 0

    @rule(batch=batches)
    def enter(self, batch: dict[Cell, Value]) -> None:
        taken = [cell for cell in batch if cell in self.model]
        try:
            figures = decide_entry(self.case, SHAPE, HERE, typed(batch))
        except FiguresRefused as refused:
            assert [problem.cell for problem in refused.problems] == taken
            assert taken
            return
        assert not taken
        self._apply(FiguresEntered(**WHERE, figures=figures), batch)

    @rule(batch=batches)
    def correct(self, batch: dict[Cell, Value]) -> None:
        wrong = {
            cell
            for cell, value in batch.items()
            if cell not in self.model
            or (self.model[cell][0], type(self.model[cell][0])) == (value, type(value))
        }
        try:
            figures, supersedes = decide_correction(self.case, SHAPE, HERE, typed(batch))
        except FiguresRefused as refused:
            assert {problem.cell for problem in refused.problems} == wrong
            return
        assert not wrong
        assert supersedes == {cell.key: self.model[cell][1] for cell in batch}
        event = FiguresCorrected(**WHERE, figures=figures, supersedes=supersedes, reason_class="x")
        self._apply(event, batch)

    def _apply(self, event: FiguresEntered | FiguresCorrected, batch: dict[Cell, Value]) -> None:
        self.position += 7
        self.events += 1
        self.case.apply(event, self.position, SOMEBODY)
        self.model |= {cell: (value, self.position) for cell, value in batch.items()}

    @invariant()
    def the_fold_is_what_was_accepted(self) -> None:
        held = {key: (one.value, one.position) for key, one in self.case.cells.items()}
        assert held == {cell.key: value for cell, value in self.model.items()}
        assert self.case.version == self.events


TestReturn = Return.TestCase
TestReturn.settings = settings(max_examples=examples(60), deadline=None)


@given(
    st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8)))
)
def test_any_text_is_accepted_or_refused_by_cell(rows: list[tuple[str, str, str, str]]) -> None:
    given_cells = [
        TypedCell(Cell("pr", item, breakdown, choice), text) for item, breakdown, choice, text in rows
    ]
    try:
        decide_entry(ReturnCase(), SHAPE, HERE, given_cells)
    except FiguresRefused as refused:
        assert {problem.cell for problem in refused.problems} <= {one.cell for one in given_cells}
        assert all(problem.expected_ja and problem.expected_en for problem in refused.problems)
    except InvalidInput:
        assert not rows


@pytest.mark.parametrize(
    ("cell", "text", "kind"),
    [
        (Cell("d1", "votes", "", "x"), "1", "contest"),
        (Cell("pr", "nothing"), "1", "item"),
        (Cell("pr", "turnout"), "50.0", "derived"),
        (Cell("pr", "electors", "sex=x"), "1", "breakdown"),
        (Cell("pr", "votes", "", "z"), "1", "choice"),
        (Cell("pr", "votes"), "1", "choice"),
        (Cell("pr", "electors", "", "a"), "1", "choice"),
        (Cell("pr", "electors"), "-1", "negative"),
        (Cell("pr", "electors"), "1.5", "fraction"),
        (Cell("pr", "votes", "", "a"), "1.2345", "value"),
        (Cell("pr", "electors"), "!secret", "value"),
    ],
)
def test_each_kind_of_problem(cell: Cell, text: str, kind: str) -> None:
    with pytest.raises(FiguresRefused) as refused:
        decide_entry(ReturnCase(), SHAPE, HERE, [TypedCell(cell, text)])
    (problem,) = refused.value.problems
    assert (problem.cell, problem.kind) == (cell, kind)


def test_signed_items_may_be_negative_and_a_cell_stands_once() -> None:
    """Ballots not deposited (持帰り) are negative where more ballots were found than voters counted."""
    assert decide_entry(ReturnCase(), SHAPE, HERE, [TypedCell(Cell("pr", "not_deposited"), "-3")]) == {
        "pr|not_deposited||": "-3"
    }
    twice = [TypedCell(Cell("pr", "electors"), "1"), TypedCell(Cell("pr", "electors"), "2")]
    with pytest.raises(FiguresRefused) as refused:
        decide_entry(ReturnCase(), SHAPE, HERE, twice)
    assert refused.value.problems[0].kind == "twice"


def test_a_cell_is_named_by_the_words_of_its_parts() -> None:
    values = [{"code": "f", "label": {"ja": "女", "en": "women"}}]
    sex = Dimension.model_validate({"code": "sex", "label": tiny.label("性別"), "values": values})
    shape = FormShape(DEFINITION.model_copy(update={"dimensions": (sex,)}), DEFINITION.forms[0])
    ja, en = shape.named(Cell("pr", "voters", "sex=f", "a"))
    assert ja.endswith("投票者数［女］［甲党］")
    assert en.endswith("投票者数［women］［甲党］")
    assert beside_item("sex=f,channel=early", "", (sex,), {}) == (
        "［女・channel=early］",
        "［women・channel=early］",
    )
    assert beside_item("", "", (sex,), {}) == ("", "")
