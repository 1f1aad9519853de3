"""What one approval leaves in a cell, and that cells of which the same is said share nothing that could be changed."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reporting.domain.actor import By
from reporting.domain.cell_case import NO_LEVELS, CellCase, Grounds, SaidTogether

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
    cell.approve("prefecture", "12", PREFECTURE, submitter, {})
    assert cell.approved == {"prefecture": "12"}
    assert cell.approvers == {"prefecture": "above"}
    assert cell.grounds == {"prefecture": Grounds("u1", reason, "p1")}
    first = frozenset() if typed_at else frozenset({"clerk", "above"} | vouched)
    assert cell.eyes == {"prefecture": first}

    cell.approve("nation", "12", NATION, submitter, {})
    assert cell.approvers == {"prefecture": "above", "nation": "top"}
    assert cell.grounds == {
        "prefecture": Grounds("u1", reason, "p1"), "nation": Grounds("u1", reason, "JP"),
    }  # fmt: skip
    second = frozenset() if typed_at else frozenset({"clerk", "above", "top"} | vouched)
    assert cell.eyes == {"prefecture": first, "nation": second}


def test_an_earlier_value_is_approved_without_approving_what_stands() -> None:
    cell = CellCase("13", 5, OWNER)
    cell.approve("prefecture", "12", PREFECTURE, SUBMITTER, {})
    assert cell.approved == {"prefecture": "12"}
    assert cell.grounds == {"prefecture": Grounds("u1", None, "p1")}
    assert (dict(cell.approvers), dict(cell.eyes)) == ({}, {})


def test_what_is_said_of_one_cell_later_is_not_said_of_the_other() -> None:
    cells = [CellCase(text, 5, OWNER) for text in ("12", "13")]
    for cell in cells:
        cell.approve("prefecture", cell.text, PREFECTURE, SUBMITTER, {})
    cells[0].approve("nation", "12", NATION, SUBMITTER, {})
    assert cells[1].approvers == {"prefecture": "above"}
    assert cells[1].eyes == {"prefecture": frozenset({"clerk", "second", "above"})}
    assert [cell.approved["prefecture"] for cell in cells] == ["12", "13"]
    for cell in cells:
        for shared in (cell.grounds, cell.approvers, cell.eyes):
            with pytest.raises(TypeError):
                shared["nation"] = "top"  # type: ignore[index]


CELLS = st.builds(
    CellCase,
    st.sampled_from(["12", "13"]),
    st.just(5),
    st.sampled_from([OWNER, SUBMITTER]),
    st.sampled_from([None, "misread"]),
    typed_at=st.sampled_from([(), (3,)]),
)
LEVELS = {"city": By("town", "c1", "municipality"), "prefecture": PREFECTURE, "nation": NATION}


def of_two(*corrected: CellCase) -> example:
    """Approved together, corrected, and approved together again."""
    both = [("city", None, {0, 1}), ("prefecture", None, {0, 1})]
    return example([CellCase("12", 5, OWNER)] * 2, both, dict(enumerate(corrected)), set())


@given(
    st.lists(CELLS, min_size=2, max_size=6),
    st.lists(
        st.tuples(
            st.sampled_from([*LEVELS]),
            st.sampled_from([None, OWNER, SUBMITTER]),
            st.sets(st.integers(0, 5), min_size=1),
        ),
        max_size=6,
    ),
    st.dictionaries(st.integers(0, 5), CELLS),
    st.sets(st.integers(0, 5)),
)
@of_two(CellCase("12", 6, OWNER), CellCase("12", 6, SUBMITTER))
@of_two(CellCase("12", 6, OWNER, typed_at=(3,)), CellCase("12", 6, OWNER))
@of_two(CellCase("12", 6, OWNER), CellCase("13", 6, OWNER))
def test_cells_approved_together_hold_what_each_would_by_itself(
    cells: list[CellCase],
    looks: list[tuple[str, By | None, set[int]]],
    corrected: dict[int, CellCase],
    sent_back: set[int],
) -> None:
    """All of them or some at each level, of values that stand and of earlier ones; some sent back or corrected after the first."""
    cells, alone = ([replace(cell) for cell in cells] for _ in range(2))
    for number, (level, submitter, which) in enumerate(looks):
        said = SaidTogether()
        for place, (together, single) in enumerate(zip(cells, alone, strict=True)):
            if place in which:
                together.approve(level, "12", LEVELS[level], submitter, said)
                single.approve(level, "12", LEVELS[level], submitter, {})
        for place in range(len(cells)) if number == 0 else ():
            if place in sent_back:
                cells[place].approvers = alone[place].approvers = NO_LEVELS
            if new := corrected.get(place):
                for of in (cells, alone):
                    was = of[place]
                    of[place] = replace(new, approved=was.approved, grounds=was.grounds, eyes=was.eyes)
    assert cells == alone
