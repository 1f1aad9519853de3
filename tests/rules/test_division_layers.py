"""Divisions of a list contest, on the layer the law divides in: art. 68-2 (1)–(5) of the Public Offices Election Act."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporting.domain.figures import Absence
from reporting.rules.apportionment import Division, Group, decimal, divide

PERSONS = Division({"P1": 330, "P2": 130}, (Group(("P1", "P2"), 10),))
"""Two persons of one family name: 330, 130 and 10 in common make 7.173 and 2.826, 0.001 cut off."""
BOTH = Division({"Q": 120, "P1": 60}, (Group(("Q", "P1"), 10),))
"""A party whose short name is a person's on another list: 120 for the name alone, 60 for the person, 10 in common."""


def whole(**changes: Any) -> dict[str, Any]:
    """A right return of PERSONS: 200 ballots named party P, 50 party Q."""
    return {
        "list|party_votes||P": 200, "list|named_votes||P1": "337.173", "list|named_votes||P2": "132.826",
        "list|votes||P": "669.999", "list|party_votes||Q": 50, "list|votes||Q": 50, "list|votes_truncated": "0.001",
        **{f"list|{key.replace('__', '||')}": value for key, value in changes.items()},
    }  # fmt: skip


def test_persons_of_one_name_are_divided_on_their_own_votes(run: Any) -> None:
    assert run("J14 J16", "count", whole(), divisions={"list": PERSONS}).findings == ()
    moved = whole(named_votes__P1="337.172", named_votes__P2="132.827")
    found = run("J14", "count", moved, divisions={"list": PERSONS}).findings
    assert {one.cells for one in found} == {("list|named_votes||P1",), ("list|named_votes||P2",)}
    assert {one.difference for one in found} == {Decimal("-0.001"), Decimal("0.001")}


def test_a_party_is_divided_without_the_votes_of_its_persons(run: Any) -> None:
    """(5): of the party Q only the 120 for its name count, not its persons' votes; 10 × 120 ÷ 180 = 6.666."""
    right = {
        "list|party_votes||Q": "126.666", "list|votes||Q": "126.666", "list|party_votes||P": 10,
        "list|named_votes||P1": "63.333", "list|named_votes||P2": 5, "list|votes||P": "78.333",
        "list|votes_truncated": "0.001",
    }  # fmt: skip
    assert run("J14 J16", "count", right, divisions={"list": BOTH}).findings == ()
    wrong = {**right, "list|party_votes||Q": "126.667", "list|votes||Q": "126.667"}
    (found,) = run("J14", "count", wrong, divisions={"list": BOTH}).findings
    assert (found.cells, found.expected) == (("list|party_votes||Q",), Decimal("126.666"))


def test_a_right_division_of_the_party_layer_is_no_difference_where_persons_have_votes(run: Any) -> None:
    """The party's total holds its persons' votes too, and was compared with the share of the name alone."""
    names = Division({"P": 200, "Q": 50}, (Group(("P", "Q"), 3),))
    right = {
        "list|party_votes||P": "202.4", "list|named_votes||P1": 40, "list|named_votes||P2": 7, "list|votes||P": "249.4",
        "list|party_votes||Q": "50.6", "list|votes||Q": "50.6",
    }  # fmt: skip
    assert run("J14 J16", "count", right, divisions={"list": names}).findings == ()


def test_a_person_of_whom_there_is_nothing_adds_nothing_to_the_party(run: Any) -> None:
    """The votes for the party's name were typed by nobody: they are worked out, and its persons' votes are added."""
    names = Division({"P": 200, "Q": 50}, (Group(("P", "Q"), 3),))
    right = {
        "list|named_votes||P1": 40, "list|named_votes||P2": Absence.NONE, "list|votes||P": "242.4",
        "list|party_votes||Q": "50.6", "list|votes||Q": "50.6",
    }  # fmt: skip
    assert run("J14", "count", right, divisions={"list": names}).findings == ()
    (found,) = run("J14", "count", {**right, "list|votes||P": "243.4"}, divisions={"list": names}).findings
    assert (found.cells, found.expected) == (("list|votes||P",), Decimal("242.4"))


def test_a_person_in_a_priority_place(run: Any) -> None:
    typed = whole(priority_votes__P2="132.826")
    del typed["list|named_votes||P2"]
    assert run("J14 J16", "count", typed, divisions={"list": PERSONS}).findings == ()
    typed["list|priority_votes||P2"] = "132.825"
    (found,) = run("J14", "count", typed, divisions={"list": PERSONS}).findings
    assert found.cells == ("list|priority_votes||P2",)


@pytest.mark.parametrize(("total", "right"), [("253.4", True), ("252.4", False)])
def test_a_total_typed_without_the_name_s_votes_is_the_sum_of_both_layers(
    run: Any, total: str, right: bool
) -> None:
    names = Division({"P": 200, "Q": 50}, (Group(("P", "Q"), 3),))
    typed = {
        "list|votes||P": total,
        "list|named_votes||P1": 40,
        "list|named_votes||P2": 11,
        "list|party_votes||Q": "50.6",
    }
    found = run("J14", "count", typed, divisions={"list": names}).findings
    assert [one.cells for one in found] == ([] if right else [("list|votes||P",)])


def test_what_is_cut_off_and_what_is_nobody_s(run: Any) -> None:
    found = run("J14", "count", whole(votes_truncated="0.002"), divisions={"list": PERSONS}).findings
    assert "list|votes_truncated||" in {cell for one in found for cell in one.cells}
    nobody = Division({"P1": 0, "P2": 0}, (Group(("P1", "P2"), 4),))
    typed = {"list|named_votes||P1": 0, "list|named_votes||P2": 0, "list|votes_unattributed": 4}
    assert run("J14", "count", typed, divisions={"list": nobody}).findings == ()


own = st.integers(0, 50_000)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    own, own, own, st.integers(1, 500), st.integers(-5, 5).filter(bool), st.sampled_from(["P1", "P2", "Q"])
)
def test_every_thousandth_moved_on_any_layer_is_found(
    run: Any, first: int, second: int, party: int, ballots: int, shift: int, moved: str
) -> None:
    division = Division({"P1": first, "P2": second, "Q": party}, (Group(("P1", "P2", "Q"), ballots),))
    votes = {code: decimal(one) for code, one in divide(division).votes.items()}
    layer = {"P1": "named_votes", "P2": "named_votes", "Q": "party_votes"}
    typed = {f"list|{layer[code]}||{code}": str(value) for code, value in votes.items()}
    assert run("J14", "count", typed, divisions={"list": division}).findings == ()
    wrong = {**typed, f"list|{layer[moved]}||{moved}": str(votes[moved] + Decimal(shift) / 1000)}
    (found,) = run("J14", "count", wrong, divisions={"list": division}).findings
    assert found.cells == (f"list|{layer[moved]}||{moved}",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    own, own, own, st.integers(1, 500), st.sampled_from([ROUND_DOWN, ROUND_HALF_UP]), st.integers(-900, 900)
)
def test_an_exact_division_opens_no_door_wider_than_a_thousandth(
    run: Any, first: int, second: int, party: int, ballots: int, rounding: str, shift: int
) -> None:
    """Nothing is cut off where it is close: `exact` and a reason let any votes pass that made a whole number."""
    group = (Group(("P1", "P2", "Q"), ballots),)
    division = Division({"P1": first, "P2": second, "Q": party}, group, exact=True, reason="僅差")
    layer = {"P1": "named_votes", "P2": "named_votes", "Q": "party_votes"}
    typed = {
        f"list|{layer[code]}||{code}": (Decimal(one.numerator) / one.denominator).quantize(
            Decimal("0.001"), rounding
        )
        for code, one in divide(division).votes.items()
    }
    assert run("J14", "count", typed, divisions={"list": division}).findings == ()
    wrong = {**typed, "list|named_votes||P1": typed["list|named_votes||P1"] + 1}
    (found,) = run("J14", "count", wrong, divisions={"list": division}).findings
    assert found.cells == ("list|named_votes||P1",)
    moved = {
        **typed,
        "list|named_votes||P1": typed["list|named_votes||P1"] + shift,
        "list|party_votes||Q": typed["list|party_votes||Q"] - shift,
    }
    assert bool(run("J14", "count", moved, divisions={"list": division}).findings) is bool(shift)


def test_a_whole_list_of_an_exact_division_is_compared_as_far_as_its_cells_go(run: Any) -> None:
    names = Division({"P": 200, "Q": 70}, (Group(("P", "Q"), 10),), exact=True, reason="僅差")
    typed = {
        "list|votes||P": "258.407", "list|named_votes||P1": 40, "list|named_votes||P2": 11, "list|party_votes||Q": "72.593",
    }  # fmt: skip
    assert run("J14", "count", typed, divisions={"list": names}).findings == ()
    (found,) = run("J14", "count", {**typed, "list|votes||P": "259.407"}, divisions={"list": names}).findings
    assert found.cells == ("list|votes||P",)
