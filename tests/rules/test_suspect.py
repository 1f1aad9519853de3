"""J18–J20, J22: copied numbers, missing places, exchanged candidates; and the detectors behind them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reporting.rules.catalogue import shipped
from reporting.rules.detectors import backwards, exchanges, looks_copied, sensitivity

D = Decimal


def test_j18_early_votes_pasted_into_another_contest(run: Any) -> None:
    karatsu = {"smd|voters_early": 30_041, "pr|voters_early": 30_041, "review|voters_early": 29_990}
    (found,) = run("J18", "turnout", karatsu).findings
    assert (found.severity, found.cells) == ("warning", ("smd|voters_early||", "pr|voters_early||"))
    assert "pr" in found.message_ja
    assert run("J18", "turnout", {**karatsu, "pr|voters_early": 30_000}).findings == ()
    small = {"smd|voters_early": 999, "pr|voters_early": 999}
    assert run("J18", "turnout", small).findings == ()
    lower = {"J18": {"copied_min": "900"}}
    assert len(run("J18", "turnout", small, settings=lower).findings) == 1


def test_j18_is_silent_on_interim_bundles_of_500(run: Any) -> None:
    bundles = {"smd|valid_votes": 1_500, "pr|valid_votes": 1_500, "smd|votes||a": 500, "smd|votes||b": 500}
    assert run("J18 J20 J21", "count", bundles, slot="i2200").findings == ()
    assert len(run("J18", "count", bundles).findings) == 1
    odd = {"smd|valid_votes": 1_503, "pr|valid_votes": 1_503}
    assert len(run("J18", "count", odd, slot="i2200").findings) == 1


def test_j18_large_gaps_between_contests(run: Any) -> None:
    (found,) = run("J18", "turnout", {"smd|voters": 10_000, "review|voters": 9_700}).findings
    assert found.difference == -300
    assert run("J18", "turnout", {"smd|voters": 10_000, "review|voters": 9_960}).findings == ()
    other: dict[tuple[str, str], dict[str, Any]] = {("count", "final"): {}}
    assert run("J18", "turnout", {"smd|voters": 10_000}, other_forms=other).findings == ()


def test_j19_a_place_that_never_reported(run: Any) -> None:
    counted = {"smd|polling_places": 3, "smd|polling_places_reported": 2}
    (found,) = run("J19", "turnout", counted).findings
    assert (found.difference, found.severity) == (-1, "error")
    assert run("J19", "turnout", {**counted, "smd|polling_places_reported": 3}).findings == ()
    assert run("J19", "turnout", counted, slot="t0900").findings == ()
    # The places were asked of another contest: they are the same places.
    (other,) = run("J19", "turnout", {"pr|polling_places_reported": 2, "smd|polling_places": 3}).findings
    assert other.cells == ("pr|polling_places_reported||", "smd|polling_places||")
    assert run("J19", "turnout", {"smd|polling_places_reported": 1}).unchecked[0].rule == "J19"


def _usual(contest: str, shares: dict[str, int]) -> dict[str, list[int]]:
    return {f"{contest}|votes||{code}": [share + i for i in range(6)] for code, share in shares.items()}


def test_j20_two_candidates_exchanged(run: Any) -> None:
    siblings = _usual("smd", {"a": 600, "b": 350, "c": 50})
    tsushima = {"smd|votes||a": "3308.592", "smd|votes||b": "5299.407", "smd|votes||c": 400}
    found = run("J20", "count", tsushima, siblings=siblings).findings
    assert found[0].cells == ("smd|votes||a", "smd|votes||b")
    assert "甲・乙" in found[0].message_ja
    right = {**tsushima, "smd|votes||a": "5299.407", "smd|votes||b": "3308.592"}
    assert run("J20", "count", right, siblings=siblings).findings == ()
    before = {key: row[0] for key, row in siblings.items()}
    assert len(run("J20", "count", tsushima, previous=before).findings) == 1
    assert run("J20", "count", tsushima).findings == ()
    bundles = {"smd|votes||a": 500, "smd|votes||b": 1_000, "smd|votes||c": 0}
    assert run("J20", "count", bundles, slot="i2200", siblings=siblings).findings == ()
    assert (
        len(run("J20", "count", {**bundles, "smd|votes||c": 9}, slot="i2200", siblings=siblings).findings)
        == 1
    )


def test_j20_seven_parties_moved_on(run: Any) -> None:
    usual = {"a": 300, "b": 220, "c": 160, "d": 120, "e": 90, "f": 70, "g": 40}
    values = list(usual.values())
    komagane = {f"pr|votes||{code}": values[i - 1] for i, code in enumerate(usual)}
    found = run("J20", "count", komagane, slot="i2200", siblings=_usual("pr", usual)).findings
    assert [len(one.cells) for one in found] == [7]


def test_j20_one_party_too_low_here(run: Any) -> None:
    siblings = {
        "smd|votes||a": [500, 505, 510, 495, 490, 502],
        "smd|votes||b": [300, 295, 290, 305, 310, 298],
    }
    siblings["smd|votes||c"] = [200] * 6
    fushimi = {"smd|votes||a": 350, "smd|votes||b": 450, "smd|votes||c": 200}
    found = run("J20", "count", fushimi, siblings=siblings).findings
    assert {"smd|votes||a", "smd|votes||b"} <= {cell for one in found for cell in one.cells}


def test_j22_places_by_closing(run: Any) -> None:
    figures = {
        "smd|polling_places": 10,
        "smd|polling_places|closing=t1800": 4,
        "smd|polling_places|closing=t2000": 6,
    }
    assert run("J22", "turnout", figures).findings == ()
    (found,) = run("J22", "turnout", {**figures, "smd|polling_places": 11}).findings
    assert (found.difference, found.waivable) == (-1, False)


def test_same_number() -> None:
    assert looks_copied(D(332), D(332), D(2))
    assert not looks_copied(D(1_500), D(1_500), D(2), D(500), interim=True)
    assert looks_copied(D(1_500), D(1_500), D(2), D(500), interim=False)


def test_slot_going_backwards() -> None:
    assert backwards(D(5), [("t1", D(4)), ("t2", D(6)), ("t3", D(5))]) == ("t2", D(6))
    assert backwards(D(5), [("t1", D(5))]) is None


def test_exchange_needs_a_reference_for_every_choice() -> None:
    assert list(exchanges({"a": D(1), "b": D(2)}, {"a": D(1)}, D(1))) == []
    assert list(exchanges({"a": D(0), "b": D(0)}, {"a": D(1), "b": D(2)}, D(1))) == []


def test_outcome_sensitivity() -> None:
    lines = [line for line in shipped().lines if "single_member" in line.contest_kinds]
    close = {"a": D("50000.474"), "b": D(50_000), "c": D(9_000)}
    assert sensitivity(close, 1, D(0), lines).seats == ()
    assert sensitivity(close, 1, D(1), lines).seats == (("a", "b"),)
    assert sensitivity(close, 1, D(1), lines).margin == D("0.474")
    wide = {"a": D(51_000), "b": D(50_000)}
    assert not sensitivity(wide, 1, D(999))
    assert sensitivity(wide, 1, D(500), moved=True).seats == (("a", "b"),)
    deposit = {"a": D(60_000), "b": D(30_010), "c": D(9_998)}
    assert sensitivity(deposit, 1, D(5), lines).lines == (("deposit_smd", "c"),)
    assert not sensitivity(deposit, 1, D(1), lines)


def test_lines_per_seat() -> None:
    lines = [line for line in shipped().lines if line.code == "elected_assembly"]
    votes = {f"c{i}": D(100) for i in range(10)} | {"low": D(25)}
    assert sensitivity(votes, 10, D(2), lines, valid=D(1_025)).lines == (("elected_assembly", "low"),)
