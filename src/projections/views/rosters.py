"""Rosters of elections to areas, units and which count where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from psycopg import Connection

from reporting.database.sql import load
from reporting.domain.units import Roster

SQL = load(__package__)
Row = tuple[object, ...]
Place = tuple[str, str]
"""Geography and code of an area."""
K = TypeVar("K", str, Place)
MANY = 200
"""So many units that came are counted at once. PostgreSQL does it by itself within a minute or two, in which a board of a nation took
seconds: it thought of one area, and looked at each unit for each of them."""
DROPS = (
    "drop_expected",
    "drop_places",
    "drop_across",
    "drop_contest_units",
    "drop_parts",
    "drop_former",
    "drop_weights",
    "drop_nodes",
    "drop_units",
)
"""What is told by an area's or unit's row goes before it."""


def put_rosters(connection: Connection[Any], rosters: Mapping[int, Roster]) -> None:
    """In place of what stood there of these elections, by number."""
    for election_no, roster in rosters.items():
        _put(connection, election_no, roster)
    many = sum(len(roster.units) for roster in rosters.values()) >= MANY
    if many:
        connection.execute(SQL["count_places"])
    connection.execute(SQL["put_expected"], {"elections": list(rosters)})
    if many:
        connection.execute(SQL["count_expected"])


def _put(connection: Connection[Any], election_no: int, roster: Roster) -> None:
    of = {"election_no": election_no}
    units_before: dict[str, int] = dict(connection.execute(SQL["unit_numbers"], of).fetchall())
    rows = connection.execute(SQL["node_numbers"], of).fetchall()
    nodes_before = {(geography, code): number for geography, code, number in rows}
    if units_before or nodes_before:
        for name in DROPS:
            connection.execute(SQL[name], of | {"units": list(roster.ever)})
    units = _put_units(connection, election_no, roster, units_before)
    nodes = _put_nodes(connection, election_no, roster, nodes_before, units)
    sole = roster.sole
    places: list[str] = []
    for code, paths in roster.places.items():
        number = units[code]
        for geography, path in paths.items():
            base = next((area for area in path if (geography, area) not in sole), None)
            places += (
                f"{number}\t{nodes[geography, area]}\t{area == base}\n"
                for area in path
                if (geography, area) in nodes
            )
    across = (
        f"{units[code]}\t{nodes[geography, area]}\n"
        for code, held in roster.across.items()
        for geography, areas in held.items()
        for area in areas
        if (geography, area) in nodes
    )
    members = (
        f"{election_no}\t{contest}\t{units[code]}\n"
        for contest, codes in roster.contest_units.items()
        for code in codes
    )
    _copy_lines(connection, "put_places", places)
    _copy_lines(connection, "put_across", across)
    _copy_lines(connection, "put_contest_units", members)
    columns = of | _replaced(roster)
    for name in ("drop_kept_forms", "put_kept_forms", "put_parts", "put_former", "put_weights"):
        connection.execute(SQL[name], columns)


def _put_units(
    connection: Connection[Any], election_no: int, roster: Roster, before: Mapping[str, int]
) -> Mapping[str, int]:
    """The number of each unit that the election has or had."""
    new = [code for code in roster.ever if code not in before]
    numbers = {**before, **_new(connection, "new_unit_numbers", new)}
    rows = ((numbers[code], election_no, code, unit.name) for code, unit in roster.ever.items())
    _copy(connection, "put_units", rows)
    return numbers


def _put_nodes(
    connection: Connection[Any],
    election_no: int,
    roster: Roster,
    before: Mapping[Place, int],
    units: Mapping[str, int],
) -> Mapping[Place, int]:
    """The number of each area."""
    numbers = {place: number for place, number in before.items() if place in roster.nodes}
    numbers |= _new(connection, "new_node_numbers", [place for place in roster.nodes if place not in numbers])
    sole = roster.sole
    _copy(
        connection,
        "put_nodes",
        (
            (
                numbers[place],
                election_no,
                node.geography,
                node.code,
                node.level,
                node.name,
                node.name_en,
                node.depth,
                node.official_code,
                None if node.parent is None else numbers.get((node.geography, node.parent)),
                units[sole[place]] if place in sole else numbers[place],
            )
            for place, node in roster.nodes.items()
        ),
    )
    return numbers


def _new(connection: Connection[Any], name: str, codes: Sequence[K]) -> dict[K, int]:
    numbers = connection.execute(SQL[name], {"count": len(codes)})
    return {code: number for code, (number,) in zip(codes, numbers, strict=True)}


def _copy(connection: Connection[Any], name: str, rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor, cursor.copy(SQL[name]) as copy:
        for row in rows:
            copy.write_row(row)


def _copy_lines(connection: Connection[Any], name: str, lines: Iterable[str]) -> None:
    """Rows as COPY reads them, of numbers and codes: no code has a sign that means something to it. For so many it is half the work."""
    with connection.cursor() as cursor, cursor.copy(SQL[name]) as copy:
        copy.write("".join(lines))


def _replaced(roster: Roster) -> dict[str, Any]:
    """Columns of what stands for what, of contests and forms in which anything does."""
    counting = [
        (contest, form, roster.on(contest, form))
        for contest in sorted(roster.gone.keys() | roster.parts.keys() | roster.joined.keys())
        for form in ("", *roster.keeping)
    ]
    related = [
        (contest, form, whole, unit, unit in divided, whole in units.above.get(unit, ()))
        for contest, form, units in counting
        for whole, divided in units.divided.items()
        for unit in sorted({*divided, *(unit for unit, wholes in units.above.items() if whole in wholes)})
    ]
    former = [
        (
            contest,
            form,
            unit,
            units.joined.get(unit, ()),
            unit not in units.former,
            unit in units.united,
            unit in units.dissolved,
        )
        for contest, form, units in counting
        for unit in sorted(units.former | units.joined.keys())
    ]
    weights = [
        (contest, form, unit, geography, area, roster.on(contest, form).weight_at(unit, geography, area))
        for contest, form, unit, *_ in former
        for geography, path in roster.places[unit].items()
        for area in path
    ]
    return {
        "kept_forms": list(roster.keeping),
        **_columns(("part_contest", "part_form", "whole", "part", "part_reports", "part_inside"), related),
        **_columns(
            (
                "former_contest",
                "former_form",
                "former_unit",
                "former_of_n",
                "former_reports",
                "former_dissolved",
            ),
            [row[:3] + row[4:] for row in former],
        ),
        **_columns(
            ("weight_contest", "weight_form", "weight_unit", "weight_geography", "weight_area", "weight"),
            weights,
        ),
        **_columns(
            ("joined_contest", "joined_form", "joined_unit", "joined_whole"),
            [(contest, form, unit, whole) for contest, form, unit, wholes, *_ in former for whole in wholes],
        ),
    }


def _columns(names: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, list[object]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}
