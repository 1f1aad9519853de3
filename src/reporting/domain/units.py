"""Which units report, which areas they count towards, and which contests they report on.

The one code path for it: the write side checks with it, the projections total with it, the verifier folds with it.

A unit that an election ever had is never unknown again. What it reported stands whatever a later definition or registry
says: `succeed` keeps it with its last place in the tree, where it counts (`counting`) until the parts it was divided into
have reported.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
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
    official_code: str | None = None


@dataclass(frozen=True)
class Roster:
    """An election's areas at its polling date. `places[unit][geography]`: the unit itself first, the root last."""

    units: Mapping[str, Unit]
    nodes: Mapping[tuple[str, str], Node]
    places: Mapping[str, Mapping[str, tuple[str, ...]]]
    contest_units: Mapping[str, tuple[str, ...]]
    workflow: Workflow | None = None
    retired: Mapping[str, Unit] = field(default_factory=dict)
    """Units of a roster before this one that no longer report. They have places, and are in no contest."""
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Retired or withdrawn unit → the units that now report below it, where it was divided."""
    withdrawn: frozenset[str] = frozenset()
    """Units that the definition withdraws openly: they report no more, what they reported stands and counts in N."""

    @cached_property
    def above(self) -> Mapping[str, tuple[str, ...]]:
        """Unit → divided units it lies in."""
        found: dict[str, tuple[str, ...]] = {}
        for whole in self.parts:
            for unit, paths in self.places.items():
                if unit != whole and any(whole in path for path in paths.values()):
                    found[unit] = (*found.get(unit, ()), whole)
        return found

    @cached_property
    def weights(self) -> Mapping[str, int]:
        """Unit → units of N that its report stands for, where that is not one: a divided unit stands for its parts, one
        that is gone for none."""
        parts = {unit: len(parts) for unit, parts in self.parts.items()}
        return {**dict.fromkeys(self.retired, 0), **parts}

    def standing(self, reported: Set[str]) -> frozenset[str]:
        """Of the units that reported one cell, the divided ones whose figure stands for their parts: some part is
        still to report it."""
        return frozenset(
            whole for whole, parts in self.parts.items() if whole in reported and not reported >= set(parts)
        )

    def counting(self, reported: Set[str]) -> frozenset[str]:
        """Of the units that reported one cell, those whose figures count: a divided unit's until all its parts have
        reported, its parts' from then on. So no vote is counted twice, and none is lost in between."""
        if not self.parts:
            return frozenset(reported)
        standing = self.standing(reported)
        return frozenset(
            unit
            for unit in reported
            if (unit not in self.parts or unit in standing)
            and not standing.intersection(self.above.get(unit, ()))
        )

    def counts_at(self, unit: str, geography: str, area: str, standing: frozenset[str]) -> bool:
        """Whether a unit that reported one cell counts towards an area, where these divided units stand: a part counts at
        once below its whole, and where the whole does not lie."""
        return (unit not in self.parts or unit in standing) and not any(
            area in self.places[whole].get(geography, ())
            for whole in standing.intersection(self.above.get(unit, ()))
        )

    def coverage(self, asked: Iterable[str], given: Set[str]) -> tuple[int, int]:
        """n of N of the units asked, of which these gave something: a divided unit is no unit of N beside its parts, and
        stands for those that gave nothing yet."""
        counted = [unit for unit in asked if unit not in self.parts]
        covered = sum(unit in given or not given.isdisjoint(self.above.get(unit, ())) for unit in counted)
        return covered, len(counted)

    @property
    def rests_on(self) -> object:
        """What totals are made of: equal for two rosters whose totals are the same."""
        return self.places, set(self.nodes), self.parts, self.weights

    areas: Mapping[str, str] = field(default_factory=dict)
    """Code → name of every area of the registry on that day, in any geography of the election."""
    official: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Official code of that day → the areas that have it: one in a geography, and one key in most registries."""

    @cached_property
    def official_codes(self) -> Mapping[str, str]:
        """Area → its official code on that day, where it has one beside its key."""
        return {key: code for code, keys in self.official.items() for key in keys}

    def key(self, code: str, among: Container[str] = ()) -> str:
        """The key of an area told by its key or by its official code of that day; a code that nobody has is given back, for
        whoever looks it up to refuse. AmbiguousCode where geographies have different areas of that code, and not just one of
        those that it is looked for `among`."""
        if code in self.areas or code in self.units or code in self.retired:
            return code
        keys = self.official.get(code, (code,))
        keys = tuple(key for key in keys if key in among) or keys
        if len(keys) > 1:
            raise AmbiguousCode(code, {key: self.areas[key] for key in keys})
        return keys[0]

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
        """UnknownReference unless the code is the key of a reporting unit; NotAUnit for an area that is none, AmbiguousCode for
        an official code of several areas."""
        if code in self.units:
            return
        self.key(code, self.units)
        if code in self.areas:
            raise NotAUnit(self, code)
        raise UnknownReference(
            kind="unit", found=code, among={unit.code: unit.name for unit in self.units.values()}
        )

    def covers(self, jurisdiction: str, unit: str) -> bool:
        """Whether the unit lies in the area (any geography), by tree membership and never by prefix."""
        return jurisdiction == "*" or any(jurisdiction in path for path in self.places.get(unit, {}).values())


class AmbiguousCode(InvalidInput):
    """An official code that several areas have or had. facts: those of InvalidInput; `candidates`: their keys."""

    def __init__(self, code: str, candidates: Mapping[str, str]) -> None:
        shown = ", ".join(f"{key} {name}" for key, name in candidates.items())
        super().__init__(
            field="area",
            found=code,
            expected=f"どれか一つを登録コードで: {shown} / one of these, by its key: {shown}",
        )
        self.facts["candidates"] = list(candidates)


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


def expand(definition: ElectionDefinition, snapshot: Snapshot, before: Roster | None = None) -> Roster:
    """Units × geographies × contests; UnknownReference when the definition names an area that is not there.

    `before`: the roster that this one follows. What the units had that are gone is kept.
    """
    in_contests = [contest.area.geography for contest in definition.contests]
    geographies = tuple(dict.fromkeys((*definition.geographies, definition.units.geography, *in_contests)))
    for geography in geographies:
        if geography not in snapshot.geographies:
            raise UnknownReference(kind="geography", found=geography, among=snapshot.geographies)
    for contest in definition.contests:
        areas = snapshot.areas.get(contest.area.geography, {})
        for code in (contest.area.area, *contest.without):
            if code not in areas:
                among = {known: area.name for known, area in areas.items()}
                raise UnknownReference(kind="area", found=code, among=among, within=contest.code)
    return succeed(before, definition, snapshot)


def succeed(before: Roster | None, definition: ElectionDefinition, snapshot: Snapshot) -> Roster:
    """`expand` for what stands in the log: it refuses nothing. An area that is not there has no units but those before."""
    fresh = _expanded(definition, snapshot)
    former = {**before.retired, **before.units} if before else {}
    open_now = {one.unit: one for one in definition.units.withdrawn}
    kept = {code: unit for code, unit in former.items() if code not in fresh.units}
    if not kept or before is None:
        return fresh
    nodes, places = dict(fresh.nodes), dict(fresh.places)
    for code in kept:
        paths: dict[str, tuple[str, ...]] = {}
        for geography, path in before.places[code].items():
            if geography in definition.geographies or geography == definition.units.geography:
                paths[geography] = _rehung(path, snapshot.areas.get(geography, {}), geography, snapshot)
        places[code] = paths
        for geography, path in paths.items():
            for depth, area in enumerate(reversed(path)):
                if geography not in definition.geographies or (geography, area) in nodes:
                    continue
                at = snapshot.areas.get(geography, {}).get(area)
                old = before.nodes.get((geography, area))
                above = path[len(path) - depth] if depth else None
                if at is not None:
                    nodes[geography, area] = Node(
                        geography,
                        area,
                        at.level,
                        at.name,
                        at.name_en,
                        above,
                        depth,
                        area == code,
                        at.official_code,
                    )
                elif old is not None:
                    nodes[geography, area] = replace(old, parent=above, depth=depth)
    inside: dict[str, list[str]] = {}
    for unit in fresh.units:
        for code in {area for path in places[unit].values() for area in path} & kept.keys():
            inside.setdefault(code, []).append(unit)
    withdrawn = frozenset(kept.keys() & open_now.keys())
    contests = {
        contest: (
            *units,
            *(unit for unit in before.contest_units.get(contest, ()) if unit in withdrawn),
        )
        for contest, units in fresh.contest_units.items()
    }
    return Roster(
        {**fresh.units, **{code: unit for code, unit in kept.items() if code in withdrawn}},
        nodes,
        places,
        contests,
        definition.workflow,
        areas=fresh.areas,
        official=fresh.official,
        retired={code: unit for code, unit in kept.items() if code not in withdrawn},
        parts={code: tuple(units) for code, units in inside.items()},
        withdrawn=withdrawn,
    )


def _rehung(
    path: tuple[str, ...], areas: Mapping[str, object], geography: str, snapshot: Snapshot
) -> tuple[str, ...]:
    """A former path below the first of its areas that still stands, and that area's own path from there."""
    for place, code in enumerate(path):
        if code in areas:
            return (*path[:place], *snapshot.ancestors(geography, code))
    return path


def _expanded(definition: ElectionDefinition, snapshot: Snapshot) -> Roster:
    """What stands at the day, and nothing of before."""
    in_contests = [contest.area.geography for contest in definition.contests]
    named = dict.fromkeys((*definition.geographies, definition.units.geography, *in_contests))
    geographies = tuple(geography for geography in named if geography in snapshot.areas)
    source = snapshot.areas.get(definition.units.geography, {})
    gone = {one.unit for one in definition.units.withdrawn}
    units = {
        code: Unit(code, source[code].name)
        for code in snapshot.leaves(definition.units.geography, definition.units.levels)
        if code not in gone
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
                        area.official_code,
                    )
    contest_units = {}
    for contest in definition.contests:
        geography = contest.area.geography
        silent = {unit for found in contest.without for unit in below.get((geography, found), ())}
        voting = below.get((geography, contest.area.area), ())
        contest_units[contest.code] = tuple(unit for unit in voting if unit not in silent)
    areas = {code: area.name for name in geographies for code, area in snapshot.areas[name].items()}
    return Roster(
        units,
        nodes,
        places,
        contest_units,
        definition.workflow,
        areas=areas,
        official=_official(snapshot, geographies),
    )


def _official(snapshot: Snapshot, geographies: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for geography in geographies:
        for area in snapshot.areas[geography].values():
            code = area.official_code
            if code is not None and area.code not in found.get(code, ()):
                found[code] = (*found.get(code, ()), area.code)
    return found
