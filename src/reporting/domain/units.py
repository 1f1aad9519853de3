"""Which units report, which areas they count towards, and which contests they report on.

The one code path for it: the write side checks with it, the projections total with it, the verifier folds with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from reporting.domain.election import ElectionDefinition, Workflow
from reporting.domain.registry import Snapshot
from reporting.errors import InvalidInput, UnknownReference
from reporting.suggest import LISTED, listed


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Node:
    """An area with at least one reporting unit below it (or that is one), in one geography of the election."""

    geography: str
    code: str
    level: str
    name: str
    name_en: str | None
    parent: str | None
    depth: int
    is_unit: bool


@dataclass(frozen=True)
class Roster:
    """An election's areas at its polling date. `places[unit][geography]`: the unit itself first, the root last."""

    units: Mapping[str, Unit]
    nodes: Mapping[tuple[str, str], Node]
    places: Mapping[str, Mapping[str, tuple[str, ...]]]
    contest_units: Mapping[str, tuple[str, ...]]
    workflow: Workflow | None = None
    areas: Mapping[str, str] = field(default_factory=dict)
    """Code → name of every area of the registry on that day, in any geography of the election."""

    def path(self, unit: str, geography: str) -> tuple[tuple[str, str], ...]:
        """(level, area) of the unit itself and of everything above it, from below; empty outside the geography."""
        codes = self.places[unit].get(geography, ())
        return tuple((self.nodes[geography, code].level, code) for code in codes)

    @cached_property
    def chains(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """Unit → (level, area) of every office that looks at its returns, lowest first; empty without a workflow."""
        flow = self.workflow
        if flow is None:
            return dict.fromkeys(self.units, ())
        return {unit: flow.chain(self.path(unit, flow.geography)) for unit in self.units}

    def require_offices(self) -> None:
        """InvalidInput unless every unit that votes has an office that ends its returns, and its offices stand in
        order: otherwise what it submits could never be certified."""
        flow = self.workflow
        if flow is None:
            return
        for unit in sorted({unit for units in self.contest_units.values() for unit in units}):
            chain = [area for _, area in self.chains[unit]]
            upward = [area for _, area in self.path(unit, flow.geography) if area in chain]
            if not chain or chain != upward:
                raise InvalidInput(
                    field="workflow.levels",
                    found=", ".join(flow.levels),
                    expected=f"{unit} の上位の段階を下から順に、または self_managed / levels above {unit}, lowest first, or "
                    "its own in self_managed",
                )

    def require_unit(self, code: str) -> None:
        """UnknownReference unless the code is a reporting unit; NotAUnit for an area that is none."""
        if code in self.units:
            return
        if code in self.areas:
            raise NotAUnit(self, code)
        raise UnknownReference(
            kind="unit", found=code, among={one.code: one.name for one in self.units.values()}
        )

    def covers(self, jurisdiction: str, unit: str) -> bool:
        """Whether the unit lies in the area (any geography), by tree membership and never by prefix."""
        return jurisdiction == "*" or any(jurisdiction in path for path in self.places.get(unit, {}).values())


class NotAUnit(UnknownReference):
    """An area that does not report itself. facts: those of UnknownReference; `suggestions` are units that do: those
    below it, or the one above."""

    template_ja = "{found} {name} は地域ですが、この選挙の報告単位ではありません。{hint_ja}"
    template_en = "{found} {name} is an area, but no reporting unit of this election. {hint_en}"

    def __init__(self, roster: Roster, code: str) -> None:
        super().__init__(kind="unit", found=code)
        below = [unit for unit in roster.units if roster.covers(code, unit)]
        names = [f"{unit} {roster.units[unit].name}" for unit in below]
        ja, en = listed(names)
        self.facts |= {
            "name": roster.areas[code],
            "suggestions": below[:LISTED],
            "hint_ja": f"その中の報告単位{ja}で指定してください。"
            if below
            else "投票所などは、それを含む報告単位で指定してください。",
            "hint_en": f"Name a reporting unit in it{en}."
            if below
            else "Name the reporting unit that it lies in.",
        }
        self.args = (f"{self.message_ja} / {self.message_en}",)


def expand(definition: ElectionDefinition, snapshot: Snapshot) -> Roster:
    """Units × geographies × contests; UnknownReference when the definition names an area that is not there."""
    in_contests = [contest.area.geography for contest in definition.contests]
    geographies = tuple(dict.fromkeys((*definition.geographies, definition.units.geography, *in_contests)))
    for geography in geographies:
        if geography not in snapshot.geographies:
            raise UnknownReference(kind="geography", found=geography, among=snapshot.geographies)
    source = snapshot.areas[definition.units.geography]
    units = {
        code: Unit(code, source[code].name)
        for code in snapshot.leaves(definition.units.geography, definition.units.levels)
    }
    places = {
        code: {
            geography: snapshot.ancestors(geography, code)
            for geography in geographies
            if code in snapshot.areas[geography]
        }
        for code in units
    }
    nodes: dict[tuple[str, str], Node] = {}
    below: dict[tuple[str, str], list[str]] = {}
    for unit, paths in places.items():
        for geography, path in paths.items():
            for depth, code in enumerate(reversed(path)):
                below.setdefault((geography, code), []).append(unit)
                if geography in definition.geographies and (geography, code) not in nodes:
                    area = snapshot.areas[geography][code]
                    nodes[geography, code] = Node(
                        geography,
                        code,
                        area.level,
                        area.name,
                        area.name_en,
                        area.parent,
                        depth,
                        code in units,
                    )
    contest_units = {}
    for contest in definition.contests:
        geography = contest.area.geography
        for found in (contest.area.area, *contest.without):
            if found not in snapshot.areas.get(geography, {}):
                among = {code: area.name for code, area in snapshot.areas.get(geography, {}).items()}
                raise UnknownReference(kind="area", found=found, among=among, within=contest.code)
        silent = {unit for found in contest.without for unit in below.get((geography, found), ())}
        voting = below.get((geography, contest.area.area), ())
        contest_units[contest.code] = tuple(unit for unit in voting if unit not in silent)
    areas = {code: area.name for name in geographies for code, area in snapshot.areas[name].items()}
    return Roster(units, nodes, places, contest_units, definition.workflow, areas)
