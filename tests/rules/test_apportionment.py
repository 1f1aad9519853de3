"""按分 with exact rationals."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.rules.apportionment import Division, DivisionRefused, Group, cross_check, decimal, divide


def test_f7_oita() -> None:
    done = divide(Division({"甲": 330, "乙": 130}, (Group(("甲", "乙"), 10),)))
    (group,) = done.groups
    assert {name: decimal(share) for name, share in group.shares.items()} == {
        "甲": Decimal("7.173"),
        "乙": Decimal("2.826"),
    }
    assert decimal(done.truncated) == Decimal("0.001")
    assert done.unattributed == 0
    assert decimal(done.votes["甲"]) == Decimal("337.173")
    assert "甲: 10 × 330 ÷ 460 = 7.1739… → 7.173" in done.steps_ja
    assert len(done.steps_ja) == len(done.steps_en) == 4


@given(
    st.lists(st.integers(0, 200_000), min_size=2, max_size=13),
    st.lists(st.integers(0, 50_000), min_size=1, max_size=3),
    st.booleans(),
)
def test_nothing_is_lost(own: list[int], ballots: list[int], exact: bool) -> None:
    votes = {f"c{i}": number for i, number in enumerate(own)}
    codes = tuple(votes)
    groups = tuple(Group(codes[: max(2, len(codes) - i)], number) for i, number in enumerate(ballots))
    done = divide(Division(votes, groups, exact, "僅差" if exact else ""))
    for one in done.groups:
        given_out = sum(one.shares.values(), Fraction(0))
        assert given_out + one.residue + one.unattributed == one.group.ballots
        assert 0 <= one.residue < Fraction(len(one.group.choices), 1000)
        if exact:
            assert one.residue == 0
        else:
            assert all((share * 1000).denominator == 1 for share in one.shares.values())
    total = sum(done.votes.values(), Fraction(0)) + done.truncated + done.unattributed
    assert total == sum(own) + sum(ballots)


def test_nobody_has_votes_of_their_own() -> None:
    done = divide(Division({"a": 0, "b": 0}, (Group(("a", "b"), 7),)))
    assert (done.unattributed, done.truncated, done.votes["a"]) == (7, 0, 0)


def test_j15_keeps_fractions_only_with_a_reason() -> None:
    group = (Group(("a", "b"), 10),)
    done = divide(Division({"a": 330, "b": 130}, group, exact=True, reason="0.474票差"))
    assert done.votes["a"] == 330 + Fraction(3300, 460)
    assert "0.474票差" in done.steps_ja[-1]
    with pytest.raises(DivisionRefused, match=r"理由.*reason"):
        divide(Division({"a": 330, "b": 130}, group, exact=True))
    with pytest.raises(DivisionRefused):
        decimal(done.votes["a"])


@pytest.mark.parametrize(
    "division",
    [
        Division({"a": -1, "b": 1}, (Group(("a", "b"), 1),)),
        Division({"a": 1, "b": 1}, (Group(("a", "b"), -1),)),
        Division({"a": 1, "b": 1}, (Group(("a", "a"), 1),)),
        Division({"a": 1}, (Group(("a", "z"), 1),)),
    ],
)
def test_refusals_say_what_to_do(division: Division) -> None:
    with pytest.raises(DivisionRefused) as refused:
        divide(division)
    assert refused.value.message_ja != refused.value.message_en


def test_f18_ehime_824_275_votes_in_the_wrong_party() -> None:
    """The published shift is 824.275; the own votes here are constructed."""
    division = Division(
        {"rikken": 61_234, "kokumin": 20_411, "other": 90_000}, (Group(("rikken", "kokumin"), 4_321),)
    )
    right = {party: decimal(votes) for party, votes in divide(division).votes.items()}
    assert cross_check(division, right) == {}
    shift = Decimal("824.275")
    typed = {**right, "rikken": right["rikken"] - shift, "kokumin": right["kokumin"] + shift}
    assert cross_check(division, typed) == {"rikken": -Fraction(shift), "kokumin": Fraction(shift)}
