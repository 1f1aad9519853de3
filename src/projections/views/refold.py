"""Where the returns of a whole log stand, folded in processes of their own: `python -m projections.views.refold` is one worker."""

from __future__ import annotations

from psycopg import sql

from projections.views.cases import refold_between
from projections.views.pace import pace_of
from projections.views.workers import SETTINGS, StreamShare, Told, be_worker
from reporting.database.connect import PROJECTOR, Database


def refold(share: StreamShare, told: Told = lambda done: None) -> None:
    """In one transaction. `told`: of how many returns are done."""
    with Database(share.url).connect(PROJECTOR, autocommit=True) as connection:
        for setting in SETTINGS:
            connection.execute(f"SET {setting}".encode())
        connection.execute(sql.SQL("SET search_path = {}, pg_temp").format(sql.Identifier(share.schema)))
        pace = pace_of(connection, makes_way=share.makes_way)

        def rested(done: int) -> None:
            told(done)
            pace.rest()

        with connection.transaction():
            refold_between(connection, share.head, share.low, share.high, rested)


if __name__ == "__main__":
    be_worker(refold)
