"""J01–J08, J24: who may vote and who did."""

from __future__ import annotations

from typing import Any

from reporting.domain.figures import Absence
from reporting.words import Words

COUNT: dict[tuple[str, str], dict[str, Any]] = {("count", "final"): {}}


def test_j01_men_and_women_make_the_total(run: Any) -> None:
    even = {"smd|voters": 193_647, "smd|voters|sex=m": 87_139, "smd|voters|sex=f": 106_508}
    assert run("J01", "turnout", even).findings == ()
    (found,) = run("J01", "turnout", {**even, "smd|voters|sex=f": 106_512}).findings
    assert (found.rule, found.severity, found.waivable) == ("J01", "error", True)
    assert (found.expected, found.actual, found.difference) == (193_647, 193_651, 4)
    assert found.cells == ("smd|voters||", "smd|voters|sex=m|", "smd|voters|sex=f|")
    assert "193651" in found.message_ja
    assert "193651" in found.message_en


def test_j01_also_inside_another_breakdown(run: Any) -> None:
    figures = {
        "smd|voters|residence=overseas": 5,
        "smd|voters|residence=overseas,sex=m": 2,
        "smd|voters|residence=overseas,sex=f": 2,
    }
    (found,) = run("J01", "turnout", figures).findings
    assert found.difference == -1


def test_j01_is_not_checked_where_a_sex_is_not_reported_and_none_counts_as_zero(run: Any) -> None:
    known = {"smd|voters": 10, "smd|voters|sex=m": 10}
    for absent in (Absence.NOT_REPORTED, Absence.SUPPRESSED):
        examination = run("J01", "turnout", {**known, "smd|voters|sex=f": absent})
        assert examination.findings == ()
        assert [one.cells for one in examination.unchecked] == [("smd|voters|sex=f|",)]
    assert run("J01", "turnout", {**known, "smd|voters|sex=f": Absence.NONE}).findings == ()
    assert run("J01", "turnout", known).unchecked != ()


def test_j02_overseas_counted_twice(run: Any) -> None:
    figures = {"smd|voters": 100, "smd|voters|residence=domestic": 100, "smd|voters|residence=overseas": 3}
    (found,) = run("J02", "turnout", figures).findings
    assert found.difference == 3
    assert run("J02", "turnout", {**figures, "smd|voters": 103}).findings == ()


def test_j03_abstentions(run: Any) -> None:
    nagasaki = {"pr|electors": 365_313, "pr|voters": 193_647, "pr|abstentions": 171_666}
    assert run("J03", "turnout", nagasaki).findings == ()
    (found,) = run("J03", "turnout", {**nagasaki, "pr|abstentions": 171_676}).findings
    assert (found.difference, found.waivable, found.blocks) == (10, False, True)
    men = {"pr|electors|sex=m": 10, "pr|voters|sex=m": 4, "pr|abstentions|sex=m": 5}
    assert [one.cells for one in run("J03", "turnout", men).findings] == [
        ("pr|abstentions|sex=m|", "pr|electors|sex=m|", "pr|voters|sex=m|")
    ]
    assert [
        (one.message_ja.count("［m］"), one.message_ja.count("sex"))
        for one in run("J03", "turnout", men).findings
    ] == [(1, 0)]


def test_j05_absentee_counted_twice(run: Any) -> None:
    ways = {
        "smd|voters_polling_day": 700,
        "smd|voters_early": 250,
        "smd|voters_absentee": 10,
        "smd|voters_overseas": 5,
    }
    right = {
        **ways,
        "smd|voters": 965,
        "smd|voters|residence=domestic": 960,
        "smd|voters|residence=overseas": 5,
    }
    assert run("J05", "turnout", right).findings == ()
    kawasaki = {**right, "smd|voters|residence=domestic": 975, "smd|voters": 980}
    assert [one.difference for one in run("J05", "turnout", kawasaki).findings] == [-15, -15]
    assert (
        run("J05", "turnout", {**right, "smd|voters_overseas": 6, "smd|voters": 966})
        .findings[0]
        .key.startswith("J05|smd|c|")
    )
    provisional = {**right, "smd|voters_provisional": 1}
    assert [one.difference for one in run("J05", "turnout", provisional).findings] == [1, 1]


def test_j07_a_pivot_added_two_slots(run: Any) -> None:
    earlier = {"t0900": {"smd|voters": 399}, "t1100": {"smd|voters": 1_899}}
    (found,) = run("J07", "turnout", {"smd|voters": 1_800}, earlier=earlier).findings
    assert (found.expected, found.difference, found.waivable) == (1_899, -99, True)
    assert "t1100" in found.message_ja
    earlier["t1100"]["smd|voters"] = 1_500
    assert run("J07", "turnout", {"smd|voters": 1_800}, earlier=earlier).findings == ()
    silent = {"t0900": {"smd|voters": 399}, "t1100": {"smd|voters": Absence.NOT_REPORTED}}
    (found,) = run("J07", "turnout", {"smd|voters": 398}, earlier=silent).findings
    assert "t0900" in found.message_en


def test_j07_an_earlier_slot_is_not_above_a_later_one(run: Any) -> None:
    """Whichever of the two is corrected: here the earlier one, and the later stands."""
    later = {"t1400": {"smd|voters": 1_899}, "t1600": {"smd|voters": 1_850}}
    now: Any = {"slot": "t1100", "later": later}
    (found,) = run("J07", "turnout", {"smd|voters": 1_900}, **now).findings
    assert (found.expected, found.difference, found.waivable) == (1_899, 1, True)
    assert "t1400" in found.message_ja
    assert run("J07", "turnout", {"smd|voters": 1_850}, **now).findings == ()
    (found,) = run("J07", "turnout", {"smd|voters": 1_860}, **now).findings
    assert "t1600" in found.message_en
    final = {("count", "final"): {"smd|voters": 1_000}}
    assert run("J07", "turnout", {"smd|voters": 1_001}, slot="t1100", other_forms=final).findings == ()


def test_j08_more_voters_than_electors(run: Any) -> None:
    (found,) = run("J08", "turnout", {"smd|voters": 101, "smd|electors": 100}).findings
    assert (found.severity, found.difference, found.waivable) == ("error", 1, True)


def test_j08_electors_typed_as_voters(run: Any) -> None:
    (sasebo,) = run("J08", "turnout", {"smd|voters": 332, "smd|electors": 332}).findings
    assert (sasebo.severity, sasebo.blocks) == ("warning", False)
    assert run("J08", "turnout", {"smd|voters": 1, "smd|electors": 1}).findings == ()


def test_j08_turnout_unlike_the_usual(run: Any) -> None:
    now = {"smd|voters": 900, "smd|electors": 1_000}
    assert run("J08", "turnout", now).findings == ()
    before = {"smd|voters": 550, "smd|electors": 1_000}
    (found,) = run("J08", "turnout", now, previous=before).findings
    assert (found.actual, found.expected, found.difference) == (90, 55, 35)
    named = Words("前回 e2020 の 98、99", "the previous election e2020 in 98, 99")
    (found,) = run("J08", "turnout", now, previous=before, previous_named=named).findings
    assert named[0] in found.message_ja
    assert named[1] in found.message_en
    siblings = {"smd|voters": [50, 51, 52, 53, 54, 55], "smd|electors": [100] * 6}
    assert len(run("J08", "turnout", now, siblings=siblings).findings) == 1
    assert run("J08", "turnout", {**now, "smd|voters": 530}, siblings=siblings).findings == ()
    wider = {"J08": {"turnout_band": "40"}}
    assert run("J08", "turnout", now, previous=before, settings=wider).findings == ()
    (high,) = run("J08", "turnout", {**now, "smd|voters": 960}).findings
    assert high.expected == 95


def test_j24_the_roll_is_not_the_day(run: Any) -> None:
    senate = {"smd|registered_electors": 106_600_401, "smd|electors": 106_202_873}
    assert run("J24", "turnout", senate).findings == ()
    assert len(run("J24", "turnout", {**senate, "smd|electors": 96_202_873}).findings) == 1
    (copied,) = run("J24", "turnout", {**senate, "smd|electors": 106_600_401}).findings
    assert copied.severity == "warning"
