"""n of N after any changes of definition and registry, by the rosters alone: whoever reported, no area has more units than N."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

import tiny

from reporting.domain.areas import AreaRecord
from reporting.domain.events import AreasRegistered, ElectionDefined, GeographiesDeclared
from reporting.domain.rosters import RosterHistory
from reporting.domain.units import Roster

LONGER = int(os.environ.get("CHANGED", "0"))
ENDED = {"valid_to": date(2024, 1, 1)}
PARTS = {"20": ("21", "22"), "31": ("33",)}
OWN: tuple[dict[str, Any] | None, ...] = (
    None,
    {"whole": ["10"]},
    {"whole": ["20", "P2"]},
    {"whole": ["P1", "10"]},
    {"levels": ["city", "municipality"]},
    {"levels": ["ward", "prefecture"], "whole": ["31"]},
)


class Changing:
    """One election under changes. `ever`: contest → units that once reported on it: their figures stand."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.history, self.ever = dice, RosterHistory(), {"pr": set[str](), "d1": set[str]()}
        self.history.apply(GeographiesDeclared(registry="tinyland", geographies=tiny.GEOGRAPHIES), uuid4())
        self.register(*tiny.AREAS)
        self.define()

    def register(self, *areas: AreaRecord) -> None:
        self.history.apply(AreasRegistered(registry="tinyland", areas=areas), uuid4())

    def define(self, **changes: Any) -> None:
        self.history.apply(ElectionDefined(definition=tiny.election(**changes)), uuid4())

    def units(self, levels: list[str], *withdrawn: str) -> None:
        gone = [{"unit": unit, "on": "2024-10-27", "reason": "廃止"} for unit in withdrawn]
        self.define(units={"geography": "administrative", "levels": levels, "withdrawn": gone})

    def change(self) -> Roster:
        choice, there = self.dice.choice, self.dice.random() < 0.5
        match choice(("split", "end", "move", "withdraw", "levels", "own", "again")):
            case "split":
                unit = choice(tuple(PARTS))
                self.register(*parts_of(unit, None if there else ENDED["valid_to"]))
            case "end":
                unit = choice(("20", "31", "32", "12"))
                self.register(area(unit).model_copy(update={} if there else ENDED))
            case "move":
                moved = area(choice(("20", "31")))
                self.register(moved.model_copy(update={"parent": choice(("P1", "P2"))}))
            case "withdraw":
                self.units(
                    ["ward", "municipality"], *self.dice.sample(("12", "20", "31"), self.dice.randint(0, 3))
                )
            case "levels":
                self.units(["ward", "municipality"] if there else ["municipality"])
            case "own":
                self.define(contests=tiny.contests(pr=choice(OWN)))
            case "again":
                parts = (part for unit in PARTS for part in parts_of(unit, ENDED["valid_to"]))
                self.register(*tiny.AREAS, *parts)
                self.define()
        self.history.settle()
        roster = self.history.roster("tiny")
        for contest, units in self.ever.items():
            units.update(roster.contest_units[contest])
        return roster


def area(code: str) -> AreaRecord:
    return next(area for area in tiny.AREAS if (area.geography, area.code) == ("administrative", code))


def parts_of(unit: str, until: date | None) -> tuple[AreaRecord, ...]:
    part = {"level": "ward", "parent": unit, "valid_to": until}
    return tuple(area(unit).model_copy(update=part | {"code": code}) for code in PARTS[unit])


def reported(roster: Roster, contest: str, said: frozenset[str]) -> Mapping[tuple[str, str], int]:
    """(geography, area) → n where these units gave a figure."""
    units = roster.on(contest)
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
                divided += len(roster.on(contest).divided)
                _require_n_within_expected(dice, roster, contest, sorted(ever))
    assert divided > 100


def _require_n_within_expected(dice: random.Random, roster: Roster, contest: str, ever: list[str]) -> None:
    expected = {
        geography: roster.expected(contest, geography) for geography in ("administrative", "electoral")
    }
    for _ in range(20):
        share = dice.choice((0.2, 0.5, 0.8))
        said = frozenset(unit for unit in ever if dice.random() < share)
        for (geography, code), n in reported(roster, contest, said).items():
            assert n <= len(expected[geography].get(code, ())), (contest, sorted(said), geography, code)
