"""From a definition and the areas of its day to a roster.

A unit that an election ever had is never unknown again. What it reported stands whatever a later definition or registry
says: `succeed` keeps it with its last place in the tree, where it counts (`Counting`) until the parts it was divided into
have reported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Set
from dataclasses import replace

from reporting.domain.counting import Places
from reporting.domain.election import ElectionDefinition
from reporting.domain.registry import AreasOnDay
from reporting.domain.unit_tree import UnitTree, divided_areas
from reporting.domain.units import Node, Roster, Unit
from reporting.errors import UnknownReference


def expand(definition: ElectionDefinition, snapshot: AreasOnDay, before: Roster | None = None) -> Roster:
    """Units × geographies × contests; UnknownReference when the definition names an area that is not there.

    `before`: the roster that this one follows. What the units had that are gone is kept.
    """
    in_contests = [contest.area.geography for contest in definition.contests]
    geographies = tuple(dict.fromkeys((*definition.geographies, definition.units.geography, *in_contests)))
    for geography in geographies:
        if geography not in snapshot.geographies:
            raise UnknownReference(kind="geography", found=geography, among=snapshot.geographies)
    for contest in definition.contests:
        named = [(contest.area.geography, code) for code in (contest.area.area, *contest.without)]
        named += [
            (definition.units.geography, code) for code in (contest.units.whole if contest.units else ())
        ]
        for geography, code in named:
            areas = snapshot.areas.get(geography, {})
            if code not in areas:
                among = {code_there: area.name for code_there, area in areas.items()}
                raise UnknownReference(kind="area", found=code, among=among, within=contest.code)
    return succeed(before, definition, snapshot)


def succeed(before: Roster | None, definition: ElectionDefinition, snapshot: AreasOnDay) -> Roster:
    """`expand` for what stands in the log: it refuses nothing. An area that is not there has no units but those before."""
    snapshot = divided_areas(definition, snapshot)
    fresh = _expanded(definition, snapshot)
    if before is None:
        return fresh
    former = {**before.retired, **before.units}
    open_now = {withdrawal.unit for withdrawal in definition.units.withdrawn}
    kept = {code: unit for code, unit in former.items() if code not in fresh.units}
    withdrawn = frozenset(kept.keys() & open_now)
    contests = {
        contest: (
            *units,
            *(unit for unit in before.contest_units.get(contest, ()) if unit in withdrawn),
        )
        for contest, units in fresh.contest_units.items()
    }
    gone = _gone(before, contests)
    if not kept and not gone:
        return fresh
    nodes, places = dict(fresh.nodes), dict(fresh.places)
    across = dict(fresh.across)
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
                        geography, area, at.level, at.name, at.name_en, above, depth, at.official_code
                    )
                elif old is not None:
                    nodes[geography, area] = replace(old, parent=above, depth=depth)
    for code in kept:
        if some := {
            geography: still_there
            for geography, areas in before.across.get(code, {}).items()
            if (still_there := tuple(area for area in areas if (geography, area) in nodes))
        }:
            across[code] = some
    parts, joined = (
        _parts(before, fresh, gone, contests, places),
        _joined(before, fresh, gone, contests, places, definition.units.merged_from),
    )
    dissolved = {
        contest: frozenset(
            whole
            for whole in {*before.united.get(contest, ()), *before.dissolved.get(contest, ())}
            & divided.keys()
            if whole in _former(contest, gone, contests, fresh.contest_units.get(contest, ()))
        )
        for contest, divided in parts.items()
    }
    united = _united(definition.units.merged_from, fresh, contests, parts)
    wholes = {whole for divided in parts.values() for whole in divided}
    for code in fresh.units if wholes else ():
        places[code] = _with_wholes(places, across, code, definition.units.geography, wholes)
    return Roster(
        {**fresh.units, **{code: unit for code, unit in kept.items() if code in withdrawn}},
        nodes,
        places,
        contests,
        definition.workflow,
        areas=fresh.areas,
        official=fresh.official,
        retired={code: unit for code, unit in kept.items() if code not in withdrawn},
        gone=gone,
        parts=parts,
        joined=joined,
        united=united,
        dissolved={contest: wholes for contest, wholes in dissolved.items() if wholes},
        seats=fresh.seats,
        withdrawn=withdrawn,
        keeping=_keeping(definition, withdrawn),
        across=across,
    )


def _gone(before: Roster, contests: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Who reported on each contest once and is in it no more; of a contest that is no more, all."""
    gone = {}
    for contest in before.contest_units.keys() | before.gone.keys():
        once = {*before.contest_units.get(contest, ()), *before.gone.get(contest, ())}
        if left := once.difference(contests.get(contest, ())):
            gone[contest] = tuple(sorted(left))
    return dict(sorted(gone.items()))


def _parts(
    before: Roster,
    fresh: Roster,
    gone: Mapping[str, tuple[str, ...]],
    contests: Mapping[str, tuple[str, ...]],
    places: Places,
) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Of each contest's gone and withdrawn units, those that units of it lie in now. A division that was followed by another
    change stands as it was: what its parts reported has taken the whole's place. A merged unit whose units report again is
    divided into them."""
    parts_of = {}
    for contest in sorted(gone.keys() | contests.keys()):
        now = fresh.contest_units.get(contest, ())
        wholes = _former(contest, gone, contests, now)
        inside: dict[str, list[str]] = defaultdict(list)
        for unit in now if wholes else ():
            for whole in wholes.intersection(area for path in places[unit].values() for area in path):
                inside[whole].append(unit)
        for whole, parts in before.parts.get(contest, {}).items():
            if whole in wholes and whole not in inside:
                inside[whole] = list(parts)
        for merged, units in before.united.get(contest, {}).items():
            if merged in wholes and merged not in inside and not set(units).isdisjoint(now):
                inside[merged] = list(units)
        if inside:
            parts_of[contest] = {whole: tuple(inside[whole]) for whole in sorted(inside)}
    return parts_of


def _joined(
    before: Roster,
    fresh: Roster,
    gone: Mapping[str, tuple[str, ...]],
    contests: Mapping[str, tuple[str, ...]],
    places: Places,
    merged_from: Mapping[str, tuple[str, ...]],
) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Of each contest's gone and withdrawn units, those that lie in a unit of it now, or were merged into one. What took their
    place before keeps it, where it is gone itself."""
    into_of = {unit: merged for merged, units in merged_from.items() for unit in units}
    joined = {}
    for contest in sorted(gone.keys() | contests.keys()):
        now = set(fresh.contest_units.get(contest, ()))
        former = _former(contest, gone, contests, now)
        into = {}
        for unit in sorted(former):
            wholes = now.intersection(area for path in places[unit].values() for area in path)
            wholes.update(now.intersection({into_of.get(unit)}))
            wholes.update(former.intersection(before.joined.get(contest, {}).get(unit, ())))
            if wholes:
                into[unit] = tuple(sorted(wholes))
        if into:
            joined[contest] = into
    return joined


def _united(
    merged_from: Mapping[str, tuple[str, ...]],
    fresh: Roster,
    contests: Mapping[str, tuple[str, ...]],
    parts: Mapping[str, Mapping[str, tuple[str, ...]]],
) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Of each contest's merged units, those they were merged from that reported on it: N goes on counting these, so that what they
    go on reporting (turnout) and what the merged unit reports for them are told of the same units."""
    united_of = {}
    for contest, units in contests.items():
        now = fresh.contest_units[contest]
        stood = set(units).difference(now, parts.get(contest, {}))
        if united := {
            merged: tuple(unit for unit in of if unit in stood)
            for merged, of in merged_from.items()
            if merged in now and not stood.isdisjoint(of)
        }:
            united_of[contest] = united
    return united_of


def _former(
    contest: str,
    gone: Mapping[str, tuple[str, ...]],
    contests: Mapping[str, tuple[str, ...]],
    now: Collection[str],
) -> set[str]:
    """Units that reported on a contest and no longer do, withdrawn ones among them."""
    return {*gone.get(contest, ()), *contests.get(contest, ())}.difference(now)


def _with_wholes(
    places: Places, across: Places, unit: str, geography: str, wholes: Set[str]
) -> Mapping[str, tuple[str, ...]]:
    """A unit's places. In a geography that does not hold a part, it lies where its whole lies: what it reports stays in the
    totals that the whole's figure was in."""
    paths = dict(places[unit])
    for area in places[unit].get(geography, ()):
        if area in wholes:
            for other, path in places[area].items():
                if other not in across.get(unit, {}):
                    paths.setdefault(other, path)
    return paths


def _keeping(definition: ElectionDefinition, withdrawn: Set[str]) -> Mapping[str, Mapping[str, str | None]]:
    """Every form that the definition has units keep, also where none of them ever reported."""
    return {
        form: {unit: into for unit, into in units.items() if unit in withdrawn}
        for form, units in definition.units.keeping.items()
    }


def _rehung(
    path: tuple[str, ...], areas: Mapping[str, object], geography: str, snapshot: AreasOnDay
) -> tuple[str, ...]:
    """A former path below the first of its areas that still stands, and that area's own path from there."""
    for place, code in enumerate(path):
        if code in areas:
            return (*path[:place], *snapshot.ancestors(geography, code))
    return path


def _expanded(definition: ElectionDefinition, snapshot: AreasOnDay) -> Roster:
    """What stands at the day, and nothing of before."""
    in_contests = [contest.area.geography for contest in definition.contests]
    named = dict.fromkeys((*definition.geographies, definition.units.geography, *in_contests))
    geographies = tuple(geography for geography in named if geography in snapshot.areas)
    source = snapshot.areas.get(definition.units.geography, {})
    tree = UnitTree.of(definition, snapshot)
    own = {
        contest.code: tree.units_of(contest) for contest in definition.contests if contest.units is not None
    }
    codes = sorted(tree.general.union(*own.values()))
    units = {code: Unit(code, source[code].name) for code in codes}
    places: dict[str, Mapping[str, tuple[str, ...]]] = {}
    across: dict[str, Mapping[str, tuple[str, ...]]] = {}
    for code in codes:
        held = {geography: tree.held(code, geography) for geography in geographies}
        places[code] = {geography: areas_of.whole for geography, areas_of in held.items() if areas_of.whole}
        if partly := {geography: areas_of.partly for geography, areas_of in held.items() if areas_of.partly}:
            across[code] = partly
    nodes: dict[tuple[str, str], Node] = {}
    below: dict[tuple[str, str], list[str]] = {}
    for unit, paths in places.items():
        for geography, path in paths.items():
            for depth, code in enumerate(reversed(path)):
                below.setdefault((geography, code), []).append(unit)
                if geography in definition.geographies and (geography, code) not in nodes:
                    nodes[geography, code] = _node(snapshot, geography, code, depth)
    for elsewhere in across.values():
        for geography, some in elsewhere.items():
            for code in some if geography in definition.geographies else ():
                if (geography, code) not in nodes:
                    depth = len(snapshot.ancestors(geography, code)) - 1
                    nodes[geography, code] = _node(snapshot, geography, code, depth)
    contest_units = {}
    for contest in definition.contests:
        geography = contest.area.geography
        silent = {unit for area in contest.without for unit in below.get((geography, area), ())}
        voting = below.get((geography, contest.area.area), ())
        reporting = own.get(contest.code, tree.general)
        contest_units[contest.code] = tuple(
            unit for unit in voting if unit not in silent and unit in reporting
        )
    areas = {code: area.name for name in geographies for code, area in snapshot.areas[name].items()}
    return Roster(
        units,
        nodes,
        places,
        contest_units,
        definition.workflow,
        areas=areas,
        official=_official(snapshot, geographies),
        keeping=_keeping(definition, frozenset()),
        across=across,
        seats={merged.code: merged.seat for merged in definition.units.merged if merged.code in units},
    )


def _official(snapshot: AreasOnDay, geographies: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    keys_of: dict[str, tuple[str, ...]] = {}
    for geography in geographies:
        for area in snapshot.areas[geography].values():
            code = area.official_code
            if code is not None and area.code not in keys_of.get(code, ()):
                keys_of[code] = (*keys_of.get(code, ()), area.code)
    return keys_of


def _node(snapshot: AreasOnDay, geography: str, code: str, depth: int) -> Node:
    area = snapshot.areas[geography][code]
    return Node(geography, code, area.level, area.name, area.name_en, area.parent, depth, area.official_code)
