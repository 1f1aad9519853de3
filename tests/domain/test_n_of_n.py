"""n of N after any changes of definition and registry, by the rosters alone: whoever reported, no area has more units than N."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping

from changing import Changing

from reporting.domain.units import Roster

LONGER = int(os.environ.get("CHANGED", "0"))


def reported(roster: Roster, contest: str, said: frozenset[str]) -> Mapping[tuple[str, str], int]:
    """(geography, area) → n where these units gave a figure."""
    units = roster.on(contest, "final")
    standing = units.standing(said)
    n: Counter[tuple[str, str]] = Counter()
    for unit in said:
        for geography, path in roster.places[unit].items():
            for code in path:
                if units.counts_at(unit, geography, code, standing):
                    n[geography, code] += units.weight_at(unit, geography, code)
    return n


def test_whoever_reported_no_area_has_more_units_than_n() -> None:
    """60 chains of changes (`CHANGED=2000`: as many new ones), after each some 40 choices of who reported: all of those who
    ever could."""
    dice = random.Random(None if LONGER else 10)
    divided = 0
    for _ in range(LONGER or 60):
        election = Changing(dice)
        for _ in range(dice.randint(3, 12)):
            roster = election.change()
            for contest, ever in election.ever.items():
                divided += len(roster.on(contest, "final").divided)
                _require_n_within_expected(dice, roster, contest, sorted(ever))
    assert divided > 100


def _require_n_within_expected(dice: random.Random, roster: Roster, contest: str, ever: list[str]) -> None:
    expected = {
        geography: roster.expected(contest, "final", geography)
        for geography in ("administrative", "electoral")
    }
    for _ in range(20):
        share = dice.choice((0.2, 0.5, 0.8))
        said = frozenset(unit for unit in ever if dice.random() < share)
        for (geography, code), n in reported(roster, contest, said).items():
            assert n <= len(expected[geography].get(code, ())), (contest, sorted(said), geography, code)
