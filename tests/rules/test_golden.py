"""Published numbers of real elections, as far as they are a matter of rules (fixtures F1–F18)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reporting.domain.figures import rate
from reporting.rules.apportionment import Division, Group, decimal, divide

D = Decimal


def test_f1_senate_2016_adds_up(run: Any) -> None:
    figures = {
        "smd|electors": 106_202_873,
        "smd|electors|sex=m": 51_326_614,
        "smd|electors|sex=f": 54_876_259,
        "smd|electors|residence=domestic": 106_097_679,
        "smd|electors|residence=overseas": 105_194,
        "smd|voters": 58_094_005,
        "smd|voters|residence=domestic": 58_070_644,
        "smd|voters|residence=overseas": 23_361,
    }
    assert run("J01 J02 J03 J08", "turnout", figures).findings == ()


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        pytest.param(58_094_005, 106_202_873, "54.70", id="F1 all"),
        pytest.param(58_070_644, 106_097_679, "54.73", id="F1 domestic"),
        pytest.param(23_361, 105_194, "22.21", id="F1 overseas"),
        pytest.param(87_139, 165_835, "52.55", id="F5 men"),
        pytest.param(106_508, 199_478, "53.39", id="F5 women"),
        pytest.param(193_647, 365_313, "53.01", id="F5 all"),
        pytest.param(399, 16_322, "2.44", id="F6 first slot"),
        pytest.param(2_973, 16_322, "18.21", id="F6 later slot"),
    ],
)
def test_j04_rates_are_rounded_half_up(part: int, whole: int, percent: str) -> None:
    assert rate(D(part), D(whole)) == D(percent)


def test_f2_invalid_and_taken_away(run: Any) -> None:
    figures = {
        "smd|ballots_counted": 58_092_778,
        "smd|valid_votes": 56_555_393,
        "smd|invalid_votes": 1_537_385,
        "smd|ballots_not_deposited": 1_227,
    }
    voters = {("turnout", "final"): {"smd|voters": 58_094_005}}
    assert run("J09 J11", "count", figures, other_forms=voters).findings == ()


def test_f3_the_roll_is_not_the_electors(run: Any) -> None:
    assert 106_494_872 + 105_529 == 106_600_401
    figures = {"smd|registered_electors": 106_600_401, "smd|electors": 106_202_873}
    assert run("J24", "turnout", figures).findings == ()


def test_f4_early_votes() -> None:
    """The booklet rounds 15.98 million; its two percentages follow to that rounding."""
    early = D(15_980_000)
    assert abs((rate(early, D(58_094_005)) or 0) - D("27.50")) <= D("0.01")
    assert abs((rate(early, D(106_202_873)) or 0) - D("15.05")) <= D("0.01")


def test_f5_nagasaki_city(run: Any) -> None:
    figures = {
        "pr|electors": 365_313,
        "pr|electors|sex=m": 165_835,
        "pr|electors|sex=f": 199_478,
        "pr|voters": 193_647,
        "pr|voters|sex=m": 87_139,
        "pr|voters|sex=f": 106_508,
        "pr|abstentions": 171_666,
    }
    assert run("J01 J03 J08", "turnout", figures).findings == ()


def test_f6_slots_rise(run: Any) -> None:
    earlier = {"t0900": {"smd|voters": 399}}
    assert run("J07", "turnout", {"smd|voters": 2_973}, slot="t1100", earlier=earlier).findings == ()


def test_f7_oita() -> None:
    done = divide(Division({"a": 330, "b": 130}, (Group(("a", "b"), 10),)))
    assert [decimal(share) for share in done.groups[0].shares.values()] == [D("7.173"), D("2.826")]
    assert decimal(done.truncated) == D("0.001")


@pytest.mark.parametrize(
    ("voters", "ballots", "surplus"),
    [
        pytest.param(178_259, 178_279, 20, id="F8 Kagoshima 2024"),
        pytest.param(218_105, 218_223, 118, id="F9 Nishinomiya district 2026"),
        pytest.param(218_109, 218_199, 90, id="F10 Nishinomiya PR 2026"),
        pytest.param(52_077, 52_078, 1, id="F12 Kitakyushu 2019"),
        pytest.param(104_519, 104_525, 6, id="F13 Kawasaki Tama 2026"),
        pytest.param(54_820, 54_831, 11, id="F14 Kashihara PR 2021"),
    ],
)
def test_both_practices_of_a_surplus(run: Any, voters: int, ballots: int, surplus: int) -> None:
    """Left open, or written as a negative number taken away: each needs one declaration and alters no other cell."""
    around = {("turnout", "final"): {"smd|voters": voters}}
    for figures in (
        {"smd|ballots_counted": ballots},
        {"smd|ballots_counted": ballots, "smd|ballots_not_deposited": -surplus},
    ):
        (found,) = run("J11", "count", figures, other_forms=around).findings
        assert found.waivable
        assert found.blocks
        assert abs(found.difference) == surplus
        (after,) = run("J11", "count", figures, other_forms=around, declared=frozenset({found.key})).findings
        assert not after.blocks


def test_f9_a_declaration_of_118_does_not_cover_another_difference(run: Any) -> None:
    def found(voters: int, declared: frozenset[str] = frozenset()) -> Any:
        around = {("turnout", "final"): {"smd|voters": voters}}
        (one,) = run(
            "J11", "count", {"smd|ballots_counted": 218_223}, other_forms=around, declared=declared
        ).findings
        return one

    first = found(218_105)
    later = found(218_222, frozenset({first.key}))
    assert (later.difference, later.blocks) == (1, True)


def test_f11_amagasaki_20_or_21(run: Any) -> None:
    figures = {
        "smd|valid_votes": 175_823,
        "smd|invalid_votes": 3_104,
        "smd|ballots_counted": 178_927,
        "smd|ballots_not_accepted": 1,
    }
    around = {("turnout", "final"): {"smd|voters": 178_907}}
    for practice, surplus in (("outside", 21), ("inside", 20)):
        settings = {"J12": {"not_accepted": practice}}
        found = run("J09 J11 J12", "count", figures, other_forms=around, settings=settings).findings
        assert [one.difference for one in found] == [surplus]
        noted = {**figures, "smd|ballots_other": -surplus}
        found = run("J09 J11 J12", "count", noted, other_forms=around, settings=settings).findings
        assert [(one.actual, one.waivable) for one in found] == [(-surplus, True)]


def test_f15_mie_after_the_correction(run: Any) -> None:
    figures = {
        "pr|ballots_counted": 773_523,
        "pr|invalid_votes": 24_354,
        "pr|valid_votes": 749_169,
        "pr|ballots_not_deposited": 28,
    }
    around = {("turnout", "final"): {"pr|voters": 773_551}}
    assert run("J09 J11", "count", figures, other_forms=around).findings == ()


def test_f17_saikai(run: Any) -> None:
    """133,418 and 51,525 are the prefecture's totals; the island's 58 and 13 are constructed to differ by 45."""
    siblings = {"smd|votes||a": [133_418], "smd|votes||b": [51_525], "smd|votes||c": [0]}
    typed = {"smd|votes||a": 13, "smd|votes||b": 58, "smd|votes||c": 0}
    (found,) = run("J20", "count", typed, siblings=siblings).findings
    assert found.cells == ("smd|votes||a", "smd|votes||b")
    corrected = {**typed, "smd|votes||a": 58, "smd|votes||b": 13}
    assert run("J20", "count", corrected, siblings=siblings).findings == ()
    assert [corrected[cell] - typed[cell] for cell in found.cells] == [45, -45]


def test_f18_ehime_through_the_engine(run: Any) -> None:
    division = Division({"a": 61_234, "b": 20_411, "c": 90_000}, (Group(("a", "b"), 4_321),))
    right = {code: decimal(votes) for code, votes in divide(division).votes.items()}
    shift = D("824.275")
    typed = {
        "smd|votes||a": right["a"] - shift,
        "smd|votes||b": right["b"] + shift,
        "smd|votes||c": right["c"],
        "smd|votes_truncated": decimal(divide(division).truncated),
    }
    found = run("J14", "count", typed, divisions={"smd": division}).findings
    assert [one.difference for one in found] == [-shift, shift]


def test_sendai(run: Any) -> None:
    """Declaring is one step and alters nothing; altering invalid votes needs three cells to agree again."""
    figures = {
        "smd|ballots_counted": 9_000,
        "smd|valid_votes": 8_900,
        "smd|invalid_votes": 100,
        "smd|invalid_blank": 100,
    }
    rules = "J09 J11 J13"
    around = {("turnout", "final"): {"smd|voters": 10_000}}
    (found,) = run(rules, "count", figures, other_forms=around).findings
    assert (found.rule, found.waivable, found.blocks) == ("J11", True, True)
    assert found.key.startswith("J11|smd|")
    declared = run(rules, "count", dict(figures), other_forms=around, declared=frozenset({found.key}))
    assert declared.blocking == ()
    assert [one.declared for one in declared.findings] == [True]
    for altered in (
        {"smd|ballots_counted": 10_000},
        {"smd|ballots_counted": 10_000, "smd|invalid_votes": 1_100},
    ):
        assert run(rules, "count", {**figures, **altered}, other_forms=around).blocking != ()
