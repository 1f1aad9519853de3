"""Are two versions of the views the same, row for row?"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from projections.versions import schema_name
from projections.views.pace import PIECE, RebuildPace
from reporting.database.sql import filled, identifier, load

SQL = load(__package__)
LARGE = ("figures", "totals")
"""Held against each other by numbers first (`_alike`): nearly always they are the same, and codes are long."""

TABLES = (
    *LARGE,
    "expected",
    "returns",
    "cases",
    "methods",
    "releases",
    "lots",
    "polling_places",
    "place_captures",
    "incidents",
)
HELD = (
    {"table": "figure", "number": "unit_no", "first": "value", "second": "absence", "third": "position"},
    {"table": "area_total", "number": "node_no", "first": "value", "second": "reported", "third": "counted"},
)
"""What figures and totals are made of: the sums of areas that have several units, and the figures of units where an area has one (view `total`)."""

SHOWN = 5


def differences(connection: Connection[Any], left: int, right: int, pace: RebuildPace) -> list[str]:
    """The first rows that stand in one version only, as text; empty when they are equal. In the caller's transaction, of one snapshot; `pace`
    looks at the log by another connection."""
    differing = []
    schemas = identifier(schema_name(left)), identifier(schema_name(right))
    alike = _alike(connection, schemas, pace)
    for table in TABLES:
        if table in LARGE and alike:
            continue
        live, rebuilt = (filled(SQL[table], schema=schema, mark=table) for schema in schemas)
        for side, statement in (
            ("only live", f"{live} EXCEPT ALL {rebuilt}"),
            ("only rebuilt", f"{rebuilt} EXCEPT ALL {live}"),
        ):
            rows = connection.execute(f"{statement} LIMIT {SHOWN}".encode()).fetchall()
            differing += [f"{side}: {' '.join(str(value) for value in row)}" for row in rows]
            pace.rest()
    return differing


def _alike(connection: Connection[Any], schemas: tuple[str, str], pace: RebuildPace) -> bool:
    """Whether figures and totals are the same; where not, LARGE say what differs, or that it means the same."""
    live, rebuilt = schemas
    for name in ("pair_cells", "pair_places"):
        connection.execute(filled(SQL[name], live=live, rebuilt=rebuilt).encode())
    same = not _counted(connection, filled(SQL["unlike_places"], live=live, rebuilt=rebuilt))
    unlike = [filled(SQL["unlike"], live=live, rebuilt=rebuilt, **table) for table in HELD]
    at, end = 0, _counted(connection, SQL["pairs_last"])
    while same and at < end:
        upto = min(end, at + PIECE) if pace.yields() else end
        same = not any(_counted(connection, statement, {"after": at, "upto": upto}) for statement in unlike)
        at = upto
        pace.rest()
    connection.execute(SQL["pairs_end"])
    return same


def _counted(connection: Connection[Any], statement: str, bounds: dict[str, int] | None = None) -> int:
    ((count,),) = connection.execute(statement.encode(), bounds, prepare=False).fetchall()
    return int(count)
