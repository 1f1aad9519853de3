"""Since when somebody waits for the log and nothing comes of it."""

from __future__ import annotations

from reporting.ledger.stall import Stall


def test_it_counts_while_somebody_waits_and_nothing_ends_well() -> None:
    now = [100.0]
    stall = Stall(lambda: now[0])
    assert stall.seconds == 0
    stall.begun()
    now[0] += 2
    stall.begun()
    assert stall.seconds == 2
    stall.ended(well=False)
    now[0] += 3
    assert stall.seconds == 5
    stall.ended(well=False)
    now[0] += 1
    assert stall.seconds == 6  # nobody waits, and nobody has been served since


def test_whoever_is_served_ends_it_and_who_still_waits_counts_from_then() -> None:
    now = [100.0]
    stall = Stall(lambda: now[0])
    stall.begun()
    stall.begun()
    now[0] += 9
    stall.ended(well=True)
    now[0] += 1
    assert stall.seconds == 1
    stall.ended(well=True)
    assert stall.seconds == 0
