"""Like with like as columns for SQL: which elections follow each other, and which of their units are alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from projections.read import Snapshot, asof
from projections.series.alike import Ground, alike
from projections.series.known import SQL, columns
from projections.series.lines import Followed
from projections.series.plan import KnownElection, Wanted
from reporting.domain.election import ElectionDefinition
from reporting.lineage.graph import Lineage

LineageOf = Callable[[str, str], Lineage | None]


class _Defined:
    """What a definition alone says of a ground."""

    definition: ElectionDefinition

    @property
    def day(self) -> date:
        return self.definition.polling_date

    @property
    def levels(self) -> Collection[str]:
        return self.definition.units.levels


@dataclass(frozen=True)
class _Live(_Defined):
    """As the views have it."""

    snapshot: Snapshot
    number: int
    definition: ElectionDefinition

    @property
    def divided(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for whole, part in self.snapshot.fetch(SQL["divided_units"], {"election_no": self.number}):
            found[whole].append(part)
        return found

    def below(self, codes: Collection[str]) -> Mapping[str, Collection[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        if codes:
            where = {
                "election_no": self.number,
                "geography": self.definition.units.geography,
                "codes": list(codes),
            }
            for code, unit in self.snapshot.fetch(SQL["units_among"], where):
                found[code].append(unit)
        return found


@dataclass(frozen=True)
class _Then(_Defined):
    """As it was known."""

    known: asof.KnownThen
    definition: ElectionDefinition

    @property
    def divided(self) -> Mapping[str, Sequence[str]]:
        return self.known.roster.parts

    def below(self, codes: Collection[str]) -> Mapping[str, Collection[str]]:
        roster, found = self.known.roster, defaultdict[str, list[str]](list)
        for unit in roster.units:
            if unit not in roster.parts:
                for code in roster.places[unit].get(self.definition.units.geography, (unit,)):
                    if code in codes:
                        found[code].append(unit)
        return found


def pairs_of(
    wanted: Sequence[Wanted], followed: Sequence[Followed]
) -> list[tuple[KnownElection, KnownElection]]:
    """Elections that follow each other on a line, (then, now), each pair once. What follows several contests at once is
    compared with their sum only: no unit of it reported in all of them."""
    known_elections: dict[tuple[int, int], tuple[KnownElection, KnownElection]] = {}
    for one, follows in zip(wanted, followed, strict=True):
        if len(follows.before) == 1:
            then = wanted[follows.before[0]].election
            known_elections[then.number, one.election.number] = (then, one.election)
    return list(known_elections.values())


def compared_columns(
    pairs: Sequence[tuple[KnownElection, KnownElection]],
    snapshot: Snapshot,
    then: Mapping[str, asof.KnownThen] | None,
    lineage_of: LineageOf,
) -> dict[str, Any]:
    """Parameters of the block `compared`. `then`: elections as of a position; None: as the views have them."""
    grounds: dict[int, Ground] = {}
    for one in {election.number: election for pair in pairs for election in pair}.values():
        definition = one.definition
        grounds[one.number] = (
            _Live(snapshot, one.number, definition)
            if then is None
            else _Then(then[definition.code], definition)
        )
    rows = [
        (number, one.now, one.unit, one.group, one.size)
        for number, (before, after) in enumerate(pairs, 1)
        for one in alike(
            grounds[before.number],
            grounds[after.number],
            lineage_of(after.definition.registry, after.definition.units.geography),
        )
    ]
    return {
        "pairs_then": [before.number for before, _ in pairs],
        "pairs_now": [after.number for _, after in pairs],
        **columns("g", ("pair", "now", "unit", "alike", "size"), rows),
    }
