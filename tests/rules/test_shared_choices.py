"""One cell without a number hides nothing: choices are compared over those that both have (issue 10, C23)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting.domain.figures import Absence
from reporting.rules.apportionment import Division, Group

UNSAID = [Absence.NONE, Absence.SUPPRESSED, Absence.NOT_REPORTED, None]
"""What stands in a cell that holds no number; None: nothing does."""


def cell(choice: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {f"smd|votes||{choice}": value}


def neighbours(third: Any) -> dict[str, dict[str, Any]]:
    return {f"n{n}": {"smd|votes||a": 600 + n, "smd|votes||b": 350 + n, **cell("c", third)} for n in range(6)}


def pairs(examination: Any) -> list[tuple[str, ...]]:
    return [one.cells for one in examination.findings if one.key.split("|")[2] == "a"]


@pytest.mark.parametrize("mine", [50, 0, *UNSAID])
@pytest.mark.parametrize("theirs", [50, 0, *UNSAID])
def test_two_that_are_exchanged_are_found_whatever_stands_in_a_third_cell(
    run: Any, mine: Any, theirs: Any
) -> None:
    exchanged = {"smd|votes||a": 3_308, "smd|votes||b": 5_299, **cell("c", mine)}
    found = pairs(run("J20", "count", exchanged, neighbours=neighbours(theirs)))
    assert found == [("smd|votes||a", "smd|votes||b")]
    right = {**exchanged, "smd|votes||a": 5_299, "smd|votes||b": 3_308}
    assert run("J20", "count", right, neighbours=neighbours(theirs)).findings == ()
    before = {"smd|votes||a": 6_000, "smd|votes||b": 3_500, **cell("c", theirs)}
    assert pairs(run("J20", "count", exchanged, previous=before)) == found
    assert run("J20", "count", right, previous=before).findings == ()


@pytest.mark.parametrize("mine", UNSAID)
@pytest.mark.parametrize("theirs", [4, *UNSAID])
def test_a_share_unlike_the_neighbours_is_found_whatever_stands_in_a_third_cell(
    run: Any, mine: Any, theirs: Any
) -> None:
    typed = {"smd|votes||a": 4_500, "smd|votes||b": 5_500, **cell("c", mine)}
    others = {
        f"n{n}": {"smd|votes||a": 800 + n, "smd|votes||b": 200 + n, **cell("c", theirs)} for n in range(6)
    }
    found = run("J20", "count", typed, neighbours=others).findings
    assert {one.cells[0] for one in found} >= {"smd|votes||a", "smd|votes||b"}


def test_neighbours_that_differ_in_whom_they_have_are_all_compared(run: Any) -> None:
    """Half of them have no votes of c: a and b are compared with all, a, b and c with those that have them."""
    others = neighbours(50) | {f"m{n}": one for n, one in enumerate(neighbours(Absence.NONE).values())}
    exchanged = {"smd|votes||a": 500, "smd|votes||b": 3_500, "smd|votes||c": 6_000}
    assert ("smd|votes||a", "smd|votes||c") in pairs(run("J20", "count", exchanged, neighbours=others))
    two = {"smd|votes||a": 3_500, "smd|votes||b": 6_000, "smd|votes||c": 500}
    assert pairs(run("J20", "count", two, neighbours=others)) == [("smd|votes||a", "smd|votes||b")]


def test_two_of_few_votes_whose_order_is_chance_raise_nothing_alone(run: Any) -> None:
    """The large ones are not typed yet: what is left is a thousandth of all votes, and its points are of all of them."""
    others = {f"n{n}": {"pr|votes||a": 9_000, "pr|votes||b": 12, "pr|votes||c": 8} for n in range(6)}
    assert run("J20", "count", {"pr|votes||b": 8, "pr|votes||c": 12}, neighbours=others).findings == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["cdefg", "cdeg", "ceg", "cdefg"]), min_size=1, max_size=7),
    st.sets(st.sampled_from("cdefg")),
    st.sampled_from(UNSAID),
)
def test_whoever_is_left_out_here_or_there_two_exchanged_are_found(
    run: Any, has: list[str], left_out: set[str], instead: Any
) -> None:
    votes = dict(zip("abcdefg", (4_000, 2_000, 900, 600, 300, 150, 50), strict=True))
    others = {
        f"n{n}": {f"pr|votes||{code}": votes[code] + n for code in "ab" + codes}
        for n, codes in enumerate(has)
    }
    swapped = {**votes, "a": votes["b"], "b": votes["a"]}
    typed = {f"pr|votes||{code}": instead if code in left_out else value for code, value in swapped.items()}
    typed = {key: value for key, value in typed.items() if value is not None}
    assert ("pr|votes||a", "pr|votes||b") in pairs(run("J20", "count", typed, neighbours=others))


def test_a_division_is_not_hidden_by_who_is_stated_as_none(run: Any) -> None:
    """J14: without its inputs the votes must add up to whole ballots, with them none is not what was divided."""
    votes = {
        "smd|votes||a": "606.185",
        "smd|votes||b": "373.814",
        "smd|votes||c": Absence.NONE,
        "smd|votes_truncated": Absence.NONE,
    }
    assert [one.rule for one in run("J14", "count", votes).findings] == ["J14"]
    assert run("J14", "count", {**votes, "smd|votes_truncated": "0.001"}).findings == ()
    division = Division({"a": 600, "b": 370}, (Group(("a", "b"), 10),))
    typed = {"smd|votes||a": Absence.NONE, "smd|votes||b": "373.814", "smd|votes_truncated": Absence.NONE}
    found = run("J14", "count", typed, divisions={"smd": division}).findings
    assert {one.cells for one in found} == {("smd|votes||a",), ("smd|votes_truncated||",)}
    assert {one.difference for one in found} == {Decimal("-606.185"), Decimal("-0.001")}


def test_what_was_made_of_some_figures_is_not_taken_for_others(run: Any) -> None:
    """Of the same units, in the same place: another look at the slot may have come in between."""
    made: dict[tuple[object, ...], Any] = {}
    typed = {"smd|votes||a": 3_308, "smd|votes||b": 5_299}
    turned = {unit: {"smd|votes||a": 350, "smd|votes||b": 600} for unit in neighbours(None)}
    assert pairs(run("J20", "count", typed, neighbours=neighbours(None), made=made))
    assert made
    assert run("J20", "count", typed, neighbours=turned, made=made).findings == ()
    assert run("J20", "count", typed, neighbours=turned).findings == ()
