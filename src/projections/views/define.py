"""Definition events to areas, nodes and units of the views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from psycopg import Connection
from psycopg.types.json import Json

from projections.views.fold import make_totals
from projections.views.rosters import put_rosters
from reporting.database.sql import load
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import AreasRegistered, ElectionDefined, GeographiesDeclared
from reporting.domain.expansion import succeed
from reporting.domain.registry import AreaRegistry
from reporting.domain.rosters import RosterHistory
from reporting.domain.units import Node, Roster, Unit
from reporting.ledger import Recorded

SQL = load(__package__)
REGISTRY_EVENTS = (GeographiesDeclared, AreasRegistered)


def apply_definitions(
    connection: Connection[Any], events: Sequence[Recorded], *, totals: bool = True
) -> None:
    """Apply definition events, whole commands in order; elections whose areas or units change get their places anew.

    With `totals`, also their totals, where what totals rest on changed: nobody else's, and not for a label.
    """
    history, before = _taken_up(connection, events)
    for recorded in events:
        history.apply(recorded.event, recorded.command_id)
        match recorded.event:
            case GeographiesDeclared(registry=registry, geographies=geographies):
                for geography in geographies:
                    values = {
                        "registry": registry,
                        "code": geography.code,
                        "definition": Json(geography.model_dump(mode="json")),
                    }
                    connection.execute(SQL["put_geography"], values)
            case AreasRegistered(registry=registry, areas=areas):
                with connection.cursor() as cursor:
                    cursor.executemany(
                        SQL["put_area"], [{"registry": registry, **area.model_dump()} for area in areas]
                    )
            case ElectionDefined(definition=definition):
                connection.execute(
                    SQL["put_election"],
                    {
                        **definition.model_dump(include={"code", "registry", "polling_date", "is_test"}),
                        "definition": Json(definition.model_dump(mode="json")),
                        "position": recorded.position,
                    },
                )
    history.settle()
    moved = {
        code: roster
        for code, roster in sorted(history.rosters.items())
        if (former := before.get(code)) is None or former.settled != roster
    }
    rows = connection.execute(SQL["election_numbers"], (list(moved),)).fetchall()
    numbers: dict[str, int] = dict(rows)
    put_rosters(connection, {numbers[code]: roster for code, roster in moved.items()})
    for code, roster in moved.items():
        kept = _kept(roster)
        values = {"election_no": numbers[code], "kept": None if kept is None else Json(kept)}
        connection.execute(SQL["put_kept"], values)
        former = before.get(code)
        if totals and (former is None or former.settled.rests_on != roster.rests_on):
            make_totals(connection, numbers[code])


@dataclass(frozen=True)
class _Former:
    """An election as these events found it."""

    definition: ElectionDefinition
    kept: Roster
    registry: AreaRegistry

    @cached_property
    def settled(self) -> Roster:
        return succeed(self.kept, self.definition, self.registry.at(self.definition.polling_date))


def roster_of(
    connection: Connection[Any], definition: ElectionDefinition, registry: str, kept: dict[str, Any] | None
) -> Roster:
    """As the views hold it. `kept`: of the election's row."""
    return _Former(definition, _restored(kept), load_registry(connection, registry)).settled


def _taken_up(
    connection: Connection[Any], events: Sequence[Recorded]
) -> tuple[RosterHistory, dict[str, _Former]]:
    """The history as the views hold it: what these events may touch."""
    moved = {event.event.registry for event in events if isinstance(event.event, REGISTRY_EVENTS)}
    defined = [event.event.definition for event in events if isinstance(event.event, ElectionDefined)]
    asked = {"registries": sorted(moved), "elections": sorted({definition.code for definition in defined})}
    rows = connection.execute(SQL["elections_to_follow"], asked).fetchall()
    elections = [(ElectionDefinition.model_validate(row[1]), _restored(row[2])) for row in rows]
    history, before = RosterHistory(), {}
    for code in sorted(
        moved | {definition.registry for definition in (*defined, *(followed for followed, _ in elections))}
    ):
        history.registries[code] = load_registry(connection, code)
    untouched = {code: registry.copy() for code, registry in history.registries.items()}
    for definition, kept in elections:
        history.resume(definition, kept)
        before[definition.code] = _Former(definition, kept, untouched[definition.registry])
    return history, before


def _kept(roster: Roster) -> dict[str, Any] | None:
    """What a roster knows that its definition and registry do not say."""
    units = {**roster.retired, **{code: roster.units[code] for code in roster.withdrawn}}
    if not units and not roster.gone:
        return None
    nodes = {
        (geography, area)
        for unit in units
        for held in (roster.places[unit], roster.across.get(unit, {}))
        for geography, path in held.items()
        for area in path
        if (geography, area) in roster.nodes
    }
    return {
        "units": {code: unit.name for code, unit in units.items()},
        "places": {code: {name: list(path) for name, path in roster.places[code].items()} for code in units},
        "across": {
            code: {name: list(areas) for name, areas in roster.across[code].items()}
            for code in units
            if code in roster.across
        },
        "nodes": [asdict(roster.nodes[node]) for node in sorted(nodes)],
        "contests": {
            contest: [unit for unit in members if unit in units]
            for contest, members in roster.contest_units.items()
        },
        "gone": {contest: list(members) for contest, members in roster.gone.items()},
        "parts": roster.parts,
        "joined": roster.joined,
        "dissolved": {contest: sorted(wholes) for contest, wholes in roster.dissolved.items()},
    }


def _restored(kept: dict[str, Any] | None) -> Roster:
    """Of `_kept`: a roster of nothing but units that are gone."""
    if kept is None:
        return Roster({}, {}, {}, {})
    nodes = [Node(**node) for node in kept["nodes"]]
    return Roster(
        {},
        {(node.geography, node.code): node for node in nodes},
        {code: {name: tuple(path) for name, path in paths.items()} for code, paths in kept["places"].items()},
        {contest: tuple(units) for contest, units in kept["contests"].items()},
        retired={code: Unit(code, name) for code, name in kept["units"].items()},
        gone={contest: tuple(units) for contest, units in kept["gone"].items()},
        parts=_tuples(kept["parts"]),
        joined=_tuples(kept["joined"]),
        dissolved={contest: frozenset(wholes) for contest, wholes in kept["dissolved"].items()},
        across={
            code: {name: tuple(areas) for name, areas in held.items()}
            for code, held in kept["across"].items()
        },
    )


def _tuples(related: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Contest → unit → units, as JSON gave them back."""
    return {
        contest: {unit: tuple(others) for unit, others in by_unit.items()}
        for contest, by_unit in related.items()
    }


def load_registry(connection: Connection[Any], registry: str) -> AreaRegistry:
    area_registry = AreaRegistry()
    rows = connection.execute(SQL["geographies"], (registry,)).fetchall()
    area_registry.declare(GeographyRecord.model_validate(row[0]) for row in rows)
    names = list(AreaRecord.model_fields)
    areas = connection.execute(SQL["areas"], (registry,)).fetchall()
    area_registry.register(AreaRecord.model_construct(**dict(zip(names, row, strict=True))) for row in areas)
    return area_registry
