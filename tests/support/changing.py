"""One election whose definition and registry change at random, as rosters: figures of all who ever reported stand."""

from __future__ import annotations

import random
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import tiny

from reporting.domain.areas import AreaRecord
from reporting.domain.events import AreasRegistered, ElectionDefined, Event, GeographiesDeclared
from reporting.domain.rosters import RosterHistory
from reporting.domain.units import Roster

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
        self.log: list[tuple[Event, UUID]] = []
        self._apply(GeographiesDeclared(registry="tinyland", geographies=tiny.GEOGRAPHIES))
        self.register(*tiny.AREAS)
        self.define()

    def _apply(self, event: Event) -> None:
        command = uuid4()
        self.log.append((event, command))
        self.history.apply(event, command)

    def register(self, *areas: AreaRecord) -> None:
        self._apply(AreasRegistered(registry="tinyland", areas=areas))

    def define(self, **changes: Any) -> None:
        self._apply(ElectionDefined(definition=tiny.election(**changes)))

    def units(self, levels: list[str], *withdrawn: str) -> None:
        gone = [{"unit": unit, "on": "2024-10-27", "reason": "廃止"} for unit in withdrawn]
        self.define(units={"geography": "administrative", "levels": levels, "withdrawn": gone})

    def divide(self, *units: str) -> None:
        """Each into two parts that no registry knows."""
        gone = [
            {
                "unit": unit, "on": "2024-10-27", "reason": "分割", "level": "ward", "keeps": self._keeps(),
                "parts": [{"code": f"{unit}-{part}", "name": part} for part in "ab"],
            }
            for unit in units
        ]  # fmt: skip
        levels = ["ward", "municipality"]
        self.define(units={"geography": "administrative", "levels": levels, "withdrawn": gone})

    def merge(self, *groups: str) -> None:
        """The units of each group into one that no registry knows."""
        gone = [
            {"unit": unit, "on": "2024-10-27", "reason": "合同", "into": f"M{group}", "keeps": keeps}
            for group in groups
            for keeps in (self._keeps(),)
            for unit in group.split("-")
        ]
        merged = [
            {"code": f"M{group}", "name": group, "level": "ward", "seat": group.split("-")[0]}
            for group in groups
        ]
        units = {"geography": "administrative", "levels": ["ward", "municipality"], "withdrawn": gone}
        self.define(units={**units, "merged": merged})

    def _keeps(self) -> list[str]:
        """Whether they go on reporting the one form that there is: another time otherwise."""
        return self.dice.choice(([], ["final"]))

    def change(self) -> Roster:
        choice, there = self.dice.choice, self.dice.random() < 0.5
        match choice(("split", "end", "move", "withdraw", "divide", "merge", "levels", "own", "again")):
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
            case "divide":
                self.divide(*self.dice.sample(("12", "20", "31"), self.dice.randint(0, 2)))
            case "merge":
                self.merge(
                    *self.dice.sample(("11-12", choice(("31-32", "20-31")), "21-22"), self.dice.randint(0, 2))
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
