"""Are two versions of the views the same, row for row?"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from projections.versions import schema_name
from reporting.database.sql import filled, identifier, load

SQL = load(__package__)
TABLES = (
    "figures",
    "totals",
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
SHOWN = 5


def differences(connection: Connection[Any], left: int, right: int) -> list[str]:
    """The first rows that stand in one version only, as text; empty when they are equal."""
    differing = []
    for table in TABLES:
        query = SQL[table]
        schemas = (identifier(schema_name(version)) for version in (left, right))
        live, rebuilt = (filled(query, schema=schema, mark=table) for schema in schemas)
        for side, statement in (
            ("only live", f"{live} EXCEPT ALL {rebuilt}"),
            ("only rebuilt", f"{rebuilt} EXCEPT ALL {live}"),
        ):
            rows = connection.execute(f"{statement} LIMIT {SHOWN}".encode()).fetchall()
            differing += [f"{side}: {' '.join(str(value) for value in row)}" for row in rows]
    return differing
