"""J09–J17, J21: ballots, votes, the retention review."""

from __future__ import annotations

from typing import Any

from reporting.domain.figures import Absence
from reporting.rules.apportionment import Division, Group


def test_j09_valid_printed_as_ballots_counted(run: Any) -> None:
    urayasu = {"smd|valid_votes": 47_718, "smd|invalid_votes": 592, "smd|ballots_counted": 47_718}
    (found,) = run("J09", "count", urayasu).findings
    assert found.difference == 592
    assert run("J09", "count", {**urayasu, "smd|ballots_counted": 48_310}).findings == ()
    assert len(run("J09", "count", {"smd|valid_votes": 1}).unchecked) == 1


def test_j10_a_bundle_of_100_held_89(run: Any) -> None:
    votes = {"smd|votes||a": 500, "smd|votes||b": "299.5", "smd|votes||c": "100.499"}
    even = {**votes, "smd|votes_truncated": "0.001", "smd|votes_unattributed": 7, "smd|valid_votes": 907}
    assert run("J10", "count", even).findings == ()
    (found,) = run("J10", "count", {**even, "smd|valid_votes": 896}).findings
    assert (found.difference, found.waivable) == (11, True)
    assert len(found.cells) == 6
    missing = {key: value for key, value in even.items() if key != "smd|votes||c"}
    (unchecked,) = run("J10", "count", missing).unchecked
    assert unchecked.cells == ("smd|votes||c",)


def test_j10_counts_parties_not_their_candidates_twice(run: Any) -> None:
    figures = {"list|votes||P": 60, "list|votes||Q": 40, "list|valid_votes": 100, "list|named_votes||P1": 20}
    assert run("J10", "count", figures).findings == ()


def test_j11_reads_the_voters_of_the_contest_from_the_turnout_form(run: Any) -> None:
    turnout = {("turnout", "final"): {"smd|voters": 100, "pr|voters": 98}}
    assert run("J11", "count", {"smd|ballots_counted": 100}, other_forms=turnout).findings == ()
    (found,) = run("J11", "count", {"pr|ballots_counted": 100}, other_forms=turnout).findings
    assert (found.contest, found.difference) == ("pr", 2)
    early = {("turnout", "t1100"): {"smd|voters": 50}}
    assert run("J11", "count", {"smd|ballots_counted": 100}, other_forms=early).unchecked[0].rule == "J11"
    assert run("J11", "count", {"smd|ballots_counted": 50}, slot="i2200", other_forms=turnout).findings == ()
    count = {("count", "final"): {"smd|ballots_counted": 100}}
    assert len(run("J11", "turnout", {"smd|voters": 99}, other_forms=count).findings) == 1


def test_j12_asks_where_ballots_not_accepted_are(run: Any) -> None:
    figures = {"smd|ballots_not_accepted": 1}
    assert [one.severity for one in run("J12", "count", figures).findings] == ["warning"]
    for practice in ("inside", "outside"):
        assert run("J12", "count", figures, settings={"J12": {"not_accepted": practice}}).findings == ()
    assert run("J12", "count", {"smd|ballots_not_accepted": 0}).findings == ()


def test_j13_reasons_of_invalidity(run: Any) -> None:
    figures = {"smd|invalid_votes": 43, "smd|invalid_blank": 30, "smd|invalid_multiple": 13}
    assert run("J13", "count", figures).findings == ()
    (found,) = run("J13", "count", {**figures, "smd|invalid_votes": 83}).findings
    assert found.difference == -40
    assert run("J13", "count", {"smd|invalid_votes": 83}).findings == ()
    unknown = {**figures, "smd|invalid_votes": 83, "smd|invalid_other_entry": Absence.NOT_REPORTED}
    assert run("J13", "count", unknown).findings == ()


def test_j14_fractions_need_their_residue(run: Any) -> None:
    oita = {"smd|votes||a": "337.173", "smd|votes||b": "132.826", "smd|votes||c": 50}
    assert run("J14", "count", {**oita, "smd|votes_truncated": "0.001"}).findings == ()
    (found,) = run("J14", "count", oita).findings
    assert str(found.expected) == "0.001"
    exact = {"J15": {"fractions": "exact"}}
    assert run("J14 J15", "count", oita, settings=exact).findings == ()


def test_j14_recomputes_what_was_divided(run: Any) -> None:
    divisions = {"smd": Division({"a": 330, "b": 130, "c": 50}, (Group(("a", "b"), 10),))}
    right = {
        "smd|votes||a": "337.173",
        "smd|votes||b": "132.826",
        "smd|votes||c": 50,
        "smd|votes_truncated": "0.001",
    }
    assert run("J14", "count", right, divisions=divisions).findings == ()
    wrong = {**right, "smd|votes||b": "132.827", "smd|votes_truncated": 0}
    found = run("J14", "count", wrong, divisions=divisions).findings
    assert [str(one.difference) for one in found] == ["0.001", "-0.001"]
    assert found[0].blocks


def test_j16_priority_candidates_belong_to_the_party(run: Any) -> None:
    figures = {
        "list|votes||P": "100.5",
        "list|party_votes||P": 60,
        "list|named_votes||P1": "30.5",
        "list|priority_votes||P2": 10,
    }
    assert run("J16", "count", figures).findings == ()
    (found,) = run("J16", "count", {**figures, "list|votes||P": "90.5"}).findings
    assert (found.difference, "ある党" in found.message_ja) == (10, True)


def test_j17_each_judge(run: Any) -> None:
    figures = {"review|valid_votes": 100, "review|dismiss||j1": 10, "review|keep||j1": 90}
    assert run("J17", "count", figures).findings == ()
    (found,) = run("J17", "count", {**figures, "review|keep||j1": 89}).findings
    assert found.difference == -1
    assert (
        run("J17", "count", {**figures, "review|keep||j1": 89, "review|invalid_entries||j1": 1}).findings
        == ()
    )


def test_j17_judges_in_the_wrong_order(run: Any) -> None:
    usual = {f"review|dismiss||j{i}": [share] * 5 for i, share in ((1, 400), (2, 100), (3, 100), (4, 100))}
    typed = {f"review|dismiss||j{i}": share for i, share in ((1, 11), (2, 40), (3, 10), (4, 9))}
    (found,) = run("J17", "count", typed, siblings=usual).findings
    assert (found.severity, found.cells) == ("warning", ("review|dismiss||j1", "review|dismiss||j2"))


def test_j21_counts_do_not_fall_and_bundles_are_normal(run: Any) -> None:
    earlier = {"i2200": {"smd|votes||a": 500, "smd|votes||b": 500}}
    (found,) = run("J21", "count", {"smd|votes||a": 400, "smd|votes||b": 900}, earlier=earlier).findings
    assert (found.severity, found.cells) == ("warning", ("smd|votes||a",))
    voters = {("turnout", "final"): {"smd|voters": 999}}
    (over,) = run("J21", "count", {"smd|ballots_counted": 1_000}, slot="i2200", other_forms=voters).findings
    assert over.difference == 1
