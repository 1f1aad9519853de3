"""Definition events to areas, nodes and units of the views."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.types.json import Json

from reporting.database.sql import load
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import AreasRegistered, ElectionDefined, GeographiesDeclared
from reporting.domain.registry import AreaRegistry
from reporting.domain.units import Roster, expand
from reporting.ledger import Recorded

SQL = load(__package__)


def apply_definitions(
    connection: Connection[Any], events: Sequence[Recorded], *, totals: bool = True
) -> None:
    """Apply definition events in order, then re-expand every election they touch, once.

    With `totals`, those elections' totals are made anew from their figures.
    """
    registries: set[str] = set()
    for recorded in events:
        match recorded.event:
            case GeographiesDeclared(registry=registry, geographies=geographies):
                for one in geographies:
                    values = {
                        "registry": registry,
                        "code": one.code,
                        "definition": Json(one.model_dump(mode="json")),
                    }
                    connection.execute(SQL["put_geography"], values)
                registries.add(registry)
            case AreasRegistered(registry=registry, areas=areas):
                with connection.cursor() as cursor:
                    cursor.executemany(
                        SQL["put_area"], [{"registry": registry, **area.model_dump()} for area in areas]
                    )
                registries.add(registry)
            case ElectionDefined(definition=definition):
                connection.execute(
                    SQL["put_election"],
                    {
                        **definition.model_dump(include={"code", "registry", "polling_date", "is_test"}),
                        "definition": Json(definition.model_dump(mode="json")),
                        "position": recorded.position,
                    },
                )
                registries.add(definition.registry)
    for registry in sorted(registries):
        elections = connection.execute(SQL["elections_of_registry"], (registry,)).fetchall()
        if elections:
            found = load_registry(connection, registry)
            for election_no, stored in elections:
                definition = ElectionDefinition.model_validate(stored)
                _put_roster(connection, election_no, expand(definition, found.at(definition.polling_date)))
                if totals:
                    connection.execute(SQL["drop_totals"], {"election_no": election_no})
                    connection.execute(SQL["make_totals"], {"election_no": election_no})


def load_registry(connection: Connection[Any], registry: str) -> AreaRegistry:
    found = AreaRegistry()
    rows = connection.execute(SQL["geographies"], (registry,)).fetchall()
    found.declare(GeographyRecord.model_validate(row[0]) for row in rows)
    names = list(AreaRecord.model_fields)
    areas = connection.execute(SQL["areas"], (registry,)).fetchall()
    found.register(AreaRecord.model_construct(**dict(zip(names, row, strict=True))) for row in areas)
    return found


def _put_roster(connection: Connection[Any], election_no: int, roster: Roster) -> None:
    nodes = list(roster.nodes.values())
    below: Counter[tuple[str, str]] = Counter()
    for paths in roster.places.values():
        below.update((geography, area) for geography, path in paths.items() for area in path)
    places: list[tuple[str, str, str, bool]] = []
    sole: dict[tuple[str, str], str] = {}
    for unit, paths in roster.places.items():
        for geography, path in paths.items():
            base = next((area for area in path if below[geography, area] > 1), None)
            places += ((unit, geography, area, area == base) for area in path)
            sole.update({(geography, area): unit for area in path if below[geography, area] == 1})
    members = [(contest, unit) for contest, units in roster.contest_units.items() for unit in units]
    columns: dict[str, Any] = {
        "election_no": election_no,
        **{
            name: [getattr(node, name) for node in nodes]
            for name in ("geography", "code", "level", "name", "name_en", "depth", "is_unit", "parent")
        },
        "sole": [sole.get((node.geography, node.code)) for node in nodes],
        "unit": list(roster.units),
        "unit_name": [unit.name for unit in roster.units.values()],
        "place_unit": [place[0] for place in places],
        "place_geography": [place[1] for place in places],
        "place_area": [place[2] for place in places],
        "place_base": [place[3] for place in places],
        "contest": [member[0] for member in members],
        "contest_unit": [member[1] for member in members],
    }
    for name in (
        "drop_places",
        "drop_contest_units",
        "drop_expected",
        "drop_nodes",
        "put_nodes",
        "put_units",
        "put_places",
        "link_nodes",
        "put_contest_units",
        "put_expected",
    ):
        connection.execute(SQL[name], columns)
