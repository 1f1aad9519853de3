"""Values exactly on a rule's bound, and the words with a sign: each of these had survived a mutation of the code."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reporting.rules import whole
from reporting.rules.detectors import exchanges, unlike

D = Decimal


@pytest.mark.parametrize(("a", "told"), [(46, False), (45, True)])
def test_an_exchange_more_than_halves_the_misfit(a: int, told: bool) -> None:
    """62 : 38 elsewhere. At 46 : 54 it would halve it exactly (32 to 16), at 45 : 55 it leaves 14 of 34."""
    votes = {"a": D(a), "b": D(100 - a)}
    found = list(exchanges(votes, {"a": D(62), "b": D(38)}, D(5)))
    assert [(one.choices, one.gain) for one in found] == ([(("a", "b"), D(20))] if told else [])


@pytest.mark.parametrize(("voters", "told"), [(100, False), (99, True), (101, False)])
def test_a_turnout_of_all_is_no_deviation_but_a_finding_of_its_own(run: Any, voters: int, told: bool) -> None:
    before = {"smd|electors||": D(100), "smd|voters||": D(50)}
    found = run("J08", "turnout", {"smd|electors": 100, "smd|voters": voters}, previous=before).findings
    assert ("d" in {one.key.split("|")[2] for one in found}) is told
    assert found


def test_what_the_neighbours_gave_is_added_up_from_nothing(run: Any) -> None:
    """Five neighbours of 3 : 1 make 75 : 25; one vote more of anybody would make another gain."""
    siblings = {"smd|votes||a": [3] * 5, "smd|votes||b": [1] * 5, "smd|votes||c": [0] * 5}
    told = run(
        "J20", "count", {"smd|votes||a": 25, "smd|votes||b": 75, "smd|votes||c": 0}, siblings=siblings
    ).findings
    assert [finding.actual for finding in told if "|a|votes|" in finding.key] == [D("100.0")]


def test_reasons_of_invalidity_are_the_one_group_of_which_one_must_be_there() -> None:
    optional, groups = whole._optional()
    assert [(one, len(parts)) for one, parts in groups] == [("invalid_votes", 9)]
    assert set(groups[0][1]) <= optional
    assert not {"valid_votes", "invalid_votes", "voters", "electors", "ballots_counted"} & optional


def test_a_sum_is_said_with_its_signs(run: Any) -> None:
    """No sign before the first term; each other with its own; none of what is not there."""
    figures = {
        "smd|voters": 100,
        "smd|voters_polling_day": 50,
        "smd|voters_early": 30,
        "smd|voters_absentee": 10,
    }
    (found,) = [one for one in run("J05", "turnout", figures).findings if "smd|voters||" in one.cells]
    assert "voters_polling_day 50 + voters_early 30 + voters_absentee 10 make 90" in found.message_en
    assert "− " not in found.message_en
    assert "+ voters_polling_day" not in found.message_en
    (less,) = run("J03", "turnout", {"smd|electors": 100, "smd|voters": 60, "smd|abstentions": 39}).findings
    assert "electors 100 − voters 60" in less.message_en


@pytest.mark.parametrize(("value", "told"), [("53", False), ("53.01", True), ("47", False), ("46.99", True)])
def test_what_chance_does_to_a_share_is_six_deviations(value: str, told: bool) -> None:
    """Half of 10,000: one standard deviation is 0.5 points, six are 3."""
    assert unlike(D(value), D(10_000), [D(50)] * 5, z=D(5), least=D(0), few=D(20)) is told


NEARER = {"J20": {"share_points": "40"}}
FEW: dict[str, tuple[str, str, dict[str, int], tuple[dict[str, int], dict[str, int]]]] = {
    "a rate": ("J08", "turnout", {"voters": 900, "electors": 1_000}, ({"voters": 50, "electors": 100}, {"voters": 51, "electors": 100})),
    "a share": ("J20", "count", {"votes||a": 990, "votes||b": 5, "votes||c": 5}, (
        {"votes||a": 300, "votes||b": 350, "votes||c": 350}, {"votes||a": 320, "votes||b": 340, "votes||c": 340},
    )),
    "an exchange": ("J20", "count", {"votes||a": 250, "votes||b": 750, "votes||c": 0}, (
        {"votes||a": 700, "votes||b": 250, "votes||c": 50}, {"votes||a": 750, "votes||b": 200, "votes||c": 50},
    )),
}  # fmt: skip


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_of_few_neighbours_a_finding_tells_nothing_they_have(run: Any, name: str, count: int) -> None:
    """Whatever they gave, the words, the amounts and the keys are the same: what one unit has may not be public yet."""
    code, form, mine, others = FEW[name]
    told = [
        run(
            code, form, {f"smd|{key}": value for key, value in mine.items()},
            siblings={f"smd|{key}": [value] * count for key, value in other.items()}, settings=NEARER,
        ).findings
        for other in others
    ]  # fmt: skip
    assert told[0] == told[1] != ()
    assert all(finding.expected is None and finding.difference is None for finding in told[0])
    enough = run(
        code, form, {f"smd|{key}": value for key, value in mine.items()},
        siblings={f"smd|{key}": [value] * 5 for key, value in others[0].items()}, settings=NEARER,
    ).findings  # fmt: skip
    assert {finding.cells for finding in enough} >= {finding.cells for finding in told[0]}, (
        "it is asked all the same"
    )
