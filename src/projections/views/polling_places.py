"""Lists of polling places, and what each place counted: set by set, as events come."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from reporting.database.sql import load
from reporting.domain.polling_place_events import POLLING_PLACE_EVENTS

SQL = load(__package__)
MANY = 1_000
"""Where so many places or captures came at once and the tables have doubled, they are counted, as many units are (`rosters`): uncounted,
PostgreSQL thinks of one place and sorts all. It takes a tenth of a second, which not each step of a backlog shall pay."""
TYPES = [event.type for event in POLLING_PLACE_EVENTS]


def fold_polling_places(connection: Connection[Any], after: int, upto: int) -> None:
    """What places sent in (after, upto]. Depends on nothing but the log: no definition moves it."""
    bounds = {"after": after, "upto": upto}
    streams = [row[0] for row in connection.execute(SQL["moved_polling_places"], {**bounds, "types": TYPES})]
    if not streams:
        return
    asked = {**bounds, "streams": streams}
    connection.execute(SQL["drop_polling_places"], asked)
    listed = connection.execute(SQL["put_polling_places"], asked).rowcount
    captured = connection.execute(SQL["put_place_captures"], asked).rowcount
    if max(listed, captured) >= MANY and connection.execute(SQL["polling_places_grew"]).fetchone() == (True,):
        connection.execute(SQL["count_polling_places"])
