"""Like with like as columns for SQL: which elections follow each other, and which of their units are alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from projections.read import Snapshot, asof
from projections.series.alike import Ground, alike
from projections.series.known import SQL, columns
from projections.series.lines import Followed
from projections.series.plan import SeriesElection, Wanted
from reporting.domain.election import Contest, ElectionDefinition
from reporting.lineage.graph import Lineage

Key = tuple[int, str | None, str]
"""Of what is compared: election number, contest, form."""
LineageOf = Callable[[str, str], Lineage | None]


@dataclass(frozen=True, slots=True)
class Voted:
    """What is compared unit by unit: an election's contests with its own units, or one contest with units of its own. `form`: one that
    withdrawn units go on reporting, "" for all others."""

    election: SeriesElection
    contest: str | None
    form: str

    @classmethod
    def of(cls, wanted: Wanted) -> Voted:
        form = wanted.election.definition.units.kept(wanted.form.code)
        return cls(wanted.election, None if wanted.contest.units is None else wanted.contest.code, form)

    @property
    def key(self) -> Key:
        return self.election.number, self.contest, self.form

    @property
    def contests(self) -> Sequence[Contest]:
        every = self.election.definition.contests
        return [
            contest
            for contest in every
            if contest.code == self.contest or (self.contest is None and contest.units is None)
        ]


@dataclass(frozen=True)
class _Defined:
    """What a definition alone says of a ground."""

    definition: ElectionDefinition
    contests: Sequence[Contest]
    form: str

    @property
    def day(self) -> date:
        return self.definition.polling_date

    @property
    def levels(self) -> Collection[str]:
        levels = [
            contest.units.levels
            for contest in self.contests
            if contest.units is not None and contest.units.levels
        ]
        return levels[0] if levels else self.definition.units.levels

    @property
    def codes(self) -> list[str]:
        return [contest.code for contest in self.contests]

    @property
    def names_its_own(self) -> bool:
        return any(contest.units is not None for contest in self.contests)


@dataclass(frozen=True)
class _Live(_Defined):
    """As the views have it."""

    snapshot: Snapshot
    number: int

    @cached_property
    def divided(self) -> Mapping[str, Sequence[str]]:
        parts_of: dict[str, list[str]] = defaultdict(list)
        where = {"election_no": self.number, "contests": self.codes, "form": self.form}
        for whole, part in self.snapshot.fetch(SQL["divided_units"], where):
            parts_of[whole].append(part)
        return parts_of

    @cached_property
    def own(self) -> Collection[str]:
        where = {"election_no": self.number, "contests": self.codes if self.names_its_own else []}
        return [code for (code,) in self.snapshot.fetch(SQL["units_of_contests"], where)]

    def below(self, codes: Collection[str]) -> Mapping[str, Collection[str]]:
        units_in: dict[str, list[str]] = defaultdict(list)
        if codes:
            where = {
                "election_no": self.number,
                "geography": self.definition.units.geography,
                "codes": list(codes),
                "contests": self.codes,
                "form": self.form,
            }
            for code, unit in self.snapshot.fetch(SQL["units_among"], where):
                units_in[code].append(unit)
        return units_in


@dataclass(frozen=True)
class _Then(_Defined):
    """As it was known."""

    election: asof.KnownThen

    @cached_property
    def divided(self) -> Mapping[str, Sequence[str]]:
        parts_of: dict[str, dict[str, None]] = defaultdict(dict)
        for contest in self.codes:
            units = self.election.roster.on(contest, self.form)
            for whole, parts in {**units.divided, **units.united}.items():
                if whole not in units.dissolved:
                    parts_of[whole] |= dict.fromkeys(parts)
        return {whole: list(parts) for whole, parts in parts_of.items()}

    @cached_property
    def own(self) -> Collection[str]:
        return self._units if self.names_its_own else ()

    def below(self, codes: Collection[str]) -> Mapping[str, Collection[str]]:
        roster, units_in = self.election.roster, defaultdict[str, list[str]](list)
        replaced = {unit for contest in self.codes for unit in roster.on(contest, self.form).former}
        for unit in sorted(self._units - replaced):
            for code in roster.places[unit].get(self.definition.units.geography, (unit,)):
                if code in codes:
                    units_in[code].append(unit)
        return units_in

    @cached_property
    def _units(self) -> frozenset[str]:
        voting = self.election.roster.contest_units
        return frozenset(unit for contest in self.codes for unit in voting.get(contest, ()))


@dataclass(frozen=True, slots=True)
class Step:
    """What follows what on a line."""

    then: Voted
    now: Voted


def pairs_of(wanted: Sequence[Wanted], followed: Sequence[Followed]) -> dict[int, Step]:
    """Place of what is wanted (from 1) → the pair it belongs to. What follows several contests at once is compared with
    their sum only: no unit of it reported in all of them."""
    return {
        n: Step(Voted.of(wanted[follows.before[0]]), Voted.of(now))
        for n, (now, follows) in enumerate(zip(wanted, followed, strict=True), 1)
        if len(follows.before) == 1
    }


def compared_columns(
    pairs: Mapping[int, Step],
    snapshot: Snapshot,
    then: Mapping[str, asof.KnownThen],
    lineage_of: LineageOf,
) -> dict[str, Any]:
    """Parameters of the block `compared`. `then`: elections that were defined otherwise at the position; of others the views
    have the units."""
    grounds: dict[Key, Ground] = {}

    def ground_of(voted: Voted) -> Ground:
        if voted.key not in grounds:
            definition = voted.election.definition
            grounds[voted.key] = (
                _Live(definition, voted.contests, voted.form, snapshot, voted.election.number)
                if definition.code not in then
                else _Then(definition, voted.contests, voted.form, then[definition.code])
            )
        return grounds[voted.key]

    numbers: dict[tuple[Key, Key], int] = {}
    rows: list[tuple[Any, ...]] = []
    of_places: list[int] = []
    for pair in pairs.values():
        before, after = pair.then, pair.now
        key = (before.key, after.key)
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            definition = after.election.definition
            lineage = lineage_of(definition.registry, definition.units.geography)
            rows += [
                (numbers[key], unit.now, unit.unit, unit.group, unit.size)
                for unit in alike(ground_of(before), ground_of(after), lineage)
            ]
        of_places.append(numbers[key])
    return {
        "pair_ns": list(pairs),
        "pairs": of_places,
        **columns("g", ("pair", "now", "unit", "alike", "size"), rows),
    }
