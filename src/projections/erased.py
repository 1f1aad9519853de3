"""After names were erased from the ledger: the live views forget them, too. Everything else reads names from there."""

from __future__ import annotations

from projections import versions
from projections.views.cases import refold_cases
from reporting.database.connect import PROJECTOR, Database


def forget(database: Database) -> None:
    """Refold every return on its way, with the offices as the ledger has them now. In one transaction."""
    with database.connect(PROJECTOR) as connection:
        live = versions.live(connection, lock=True)
        if live is not None:
            versions.use(connection, live.number)
            refold_cases(connection, live.position)
            connection.execute("ANALYZE return_case, discrepancy")  # the planner's statistics quote offices
