"""What one approval leaves in a cell, and that cells of which the same is said share nothing that could be changed."""

from itertools import product

import pytest

from reporting.domain.actor import By
from reporting.domain.cell_case import CellCase, Grounds

OWNER, SUBMITTER = By("clerk", "u1", "municipality"), By("second", "u1", "municipality")
PREFECTURE, NATION = By("above", "p1", "prefecture"), By("top", "JP", "ministry")


@pytest.mark.parametrize(
    ("reason", "submitter", "typed_at"),
    [*product((None, "misread"), (None, OWNER, SUBMITTER), ((), (3, 4)))],
)
def test_first_and_later_approvals_note_the_same_things(
    reason: str | None, submitter: By | None, typed_at: tuple[int, ...]
) -> None:
    cell = CellCase("12", 5, OWNER, reason, typed_at=typed_at)
    vouched = set() if submitter is None else {submitter.person}
    cell.approve("prefecture", "12", PREFECTURE, submitter)
    assert cell.approved == {"prefecture": "12"}
    assert cell.approvers == {"prefecture": "above"}
    assert cell.grounds == {"prefecture": Grounds("u1", reason, "p1")}
    first = frozenset() if typed_at else frozenset({"clerk", "above"} | vouched)
    assert cell.eyes == {"prefecture": first}

    cell.approve("nation", "12", NATION, submitter)
    assert cell.approvers == {"prefecture": "above", "nation": "top"}
    assert cell.grounds == {
        "prefecture": Grounds("u1", reason, "p1"), "nation": Grounds("u1", reason, "JP"),
    }  # fmt: skip
    second = frozenset() if typed_at else frozenset({"clerk", "above", "top"} | vouched)
    assert cell.eyes == {"prefecture": first, "nation": second}


def test_an_earlier_value_is_approved_without_approving_what_stands() -> None:
    cell = CellCase("13", 5, OWNER)
    cell.approve("prefecture", "12", PREFECTURE, SUBMITTER)
    assert cell.approved == {"prefecture": "12"}
    assert cell.grounds == {"prefecture": Grounds("u1", None, "p1")}
    assert (dict(cell.approvers), dict(cell.eyes)) == ({}, {})


def test_what_is_said_of_one_cell_later_is_not_said_of_the_other() -> None:
    cells = [CellCase(text, 5, OWNER) for text in ("12", "13")]
    for cell in cells:
        cell.approve("prefecture", cell.text, PREFECTURE, SUBMITTER)
    cells[0].approve("nation", "12", NATION, SUBMITTER)
    assert cells[1].approvers == {"prefecture": "above"}
    assert cells[1].eyes == {"prefecture": frozenset({"clerk", "second", "above"})}
    assert [cell.approved["prefecture"] for cell in cells] == ["12", "13"]
    for shared in (cells[1].grounds, cells[1].approvers, cells[1].eyes):
        with pytest.raises(TypeError):
            shared["nation"] = "top"  # type: ignore[index]
