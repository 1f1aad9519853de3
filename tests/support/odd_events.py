"""Events that no command records: put into a log by its owner."""

from __future__ import annotations

from reporting.database.connect import Database

OWN_STREAM, THE_SAME = "gen_random_uuid(), 1", "stream_id, stream_version + 1"


def repeat_last(database: Database, text: str, otherwise: str, stream: str = THE_SAME) -> None:
    """The last event of the log once more, with something else in place of `text`; `stream`: where it stands."""
    with database.connect() as connection:
        connection.execute("UPDATE ledger.head SET position = position + 1")
        connection.execute(
            f"INSERT INTO ledger.event SELECT position + 1, {stream}, type, type_version, command_id, recorded_at,"
            " convert_to(replace(convert_from(state, 'UTF8'), %s, %s), 'UTF8') FROM ledger.event ORDER BY position DESC LIMIT 1".encode(),
            (text, otherwise),
        )
