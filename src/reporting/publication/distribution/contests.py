"""Counts by contest and choice, as the common data format for election results sees a release (NIST SP 1500-100 version 2).

It has votes by area, and electors and voters of an area where all contests agree on them; other items have no place in it, nor has
a figure that is none, not reported or withheld: its counts are numbers. The tables have everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reporting.domain.election import Choice, Contest
from reporting.domain.figures import Cell
from reporting.domain.units import Node
from reporting.publication.distribution.facts import (
    Figure,
    FigurePlace,
    ReleasedFacts,
    ReleasedObservation,
    ValueStatus,
)
from reporting.words import Words

PROPORTIONAL = "proportional"
VOTERS = {"electors": "registered", "voters": "participated"}
"""Items that an area has a place for, if they have these codes."""


@dataclass(frozen=True, slots=True)
class CountedArea:
    """`inside`: codes of the areas directly in it; `registered`, `participated`: electors and voters, empty where not told."""

    code: str
    name: Words
    level: str
    official_code: str
    inside: tuple[str, ...]
    registered: str
    participated: str


@dataclass(frozen=True, slots=True)
class AreaCount:
    """Votes in one area. `of`: empty for the votes themselves, else the item or breakdown that is counted."""

    area: str
    of: str
    count: str


@dataclass(frozen=True, slots=True)
class CountedChoice:
    """`is_list`: a party's list, not a person."""

    choice: Choice
    is_list: bool
    counts: tuple[AreaCount, ...]


@dataclass(frozen=True, slots=True)
class CountedContest:
    contest: Contest
    choices: tuple[CountedChoice, ...]

    @property
    def by_lists(self) -> bool:
        return self.contest.kind == PROPORTIONAL


@dataclass(frozen=True, slots=True)
class CountedElection:
    """`top`: the area of the whole."""

    top: str
    areas: tuple[CountedArea, ...]
    contests: tuple[CountedContest, ...]

    def choices(self, *, lists: bool) -> Iterator[tuple[CountedContest, Choice]]:
        """Parties' lists, or people, each with its contest."""
        for told in self.contests:
            yield from ((told, counted.choice) for counted in told.choices if counted.is_list is lists)


def counted(facts: ReleasedFacts) -> CountedElection:
    rows = _one_per_area(facts)
    by_choice: dict[tuple[str, str], list[AreaCount]] = {}
    voters: dict[tuple[str, str], set[str]] = {}
    items = [item for item in facts.definition.items if item.code in facts.form.items]
    votes = next((item.code for item in items if item.by_choice), "")
    for (area, cell), row in rows.items():
        if row.reading.status is not ValueStatus.REPORTED:
            continue
        if cell.choice:
            part = "/".join(part for part in (cell.item, cell.breakdown) if part)
            told = AreaCount(area, "" if part == votes else part, row.reading.text)
            by_choice.setdefault((cell.contest, cell.choice), []).append(told)
        elif cell.item in VOTERS and not cell.breakdown:
            voters.setdefault((area, VOTERS[cell.item]), set()).add(row.reading.text)
    areas = _areas(facts, {place: texts.pop() for place, texts in voters.items() if len(texts) == 1})
    asked = {kind for kind in facts.form.contest_kinds}
    contests = tuple(
        CountedContest(
            contest,
            tuple(
                CountedChoice(
                    choice,
                    contest.kind == PROPORTIONAL and choice.on_list is None,
                    tuple(by_choice.get((contest.code, choice.code), ())),
                )
                for choice in contest.choices
            ),
        )
        for contest in facts.definition.contests
        if not asked or contest.kind in asked
    )
    within = {code for outer in areas for code in outer.inside}
    tops = [area.code for area in areas if area.code not in within]
    there = {area.code for area in areas}
    named = {told.contest.area.area for told in contests} | {facts.definition.contests[0].area.area}
    bare = tuple(
        CountedArea(code, Words(code, code), "", "", (), "", "") for code in sorted(named - there)
    )  # a contest that nobody reports on
    top = tops[0] if tops else facts.definition.contests[0].area.area
    return CountedElection(top, areas + bare, contests)


def _one_per_area(facts: ReleasedFacts) -> Mapping[tuple[str, Cell], ReleasedObservation]:
    """Area and cell → its total, or the return of the unit that it is."""
    rows: dict[tuple[str, Cell], ReleasedObservation] = {}
    for row in facts.observations:
        place = (row.place.area, row.place.cell)
        if place not in rows or (_weight(facts, row.place) > _weight(facts, rows[place].place)):
            rows[place] = row
    return rows


def _weight(facts: ReleasedFacts, place: FigurePlace) -> int:
    return 2 * (place.geography == facts.definition.units.geography) + (place.figure is Figure.TOTAL)


def _areas(facts: ReleasedFacts, voters: Mapping[tuple[str, str], str]) -> tuple[CountedArea, ...]:
    inside: dict[str, dict[str, None]] = {}
    nodes: dict[str, Node] = {}
    home = facts.definition.units.geography
    for (geography, code), node in sorted(
        facts.roster.nodes.items(), key=lambda at: (at[0][0] != home, at[0])
    ):
        nodes.setdefault(code, node)
        if node.parent is not None and geography == nodes[code].geography:
            inside.setdefault(node.parent, {})[code] = None
    return tuple(
        CountedArea(
            code,
            Words(node.name, node.name_en or node.name),
            node.level,
            node.official_code or "",
            tuple(sorted(inside.get(code, ()))),
            voters.get((code, "registered"), ""),
            voters.get((code, "participated"), ""),
        )
        for code, node in sorted(nodes.items())
    )
