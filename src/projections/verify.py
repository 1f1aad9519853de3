"""Prove the live views: equal to a rebuild, and equal to an independent fold in Python, row for row."""

from __future__ import annotations

from dataclasses import dataclass, field

from projections import versions
from projections.compare import differences
from projections.errors import ProjectionError
from projections.independent import against_fold
from projections.messages import message
from projections.rebuild import advance, build, maker
from projections.runner import Projector
from projections.versions import Progress
from projections.views.pace import pace_of
from reporting.database.connect import PROJECTOR, Database


@dataclass
class Verification:
    """`differences` empty: live = rebuilt = fold at `position`."""

    position: int
    figures: int = 0
    totals: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not self.differences


def verify(database: Database, progress: Progress = lambda done, total, what: None) -> Verification:
    """Compare at the live position; changes nothing that is live. ProjectionError when another maker is at work."""
    with maker(database) as connection, database.connect(PROJECTOR, autocommit=True) as watch:
        pace = pace_of(watch, makes_way=True)
        scratch = build(connection, database, progress, pace)
        try:
            Projector(database).catch_up()
            with connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                live = versions.live(connection)
                if live is None:
                    raise ProjectionError(detail=message("no_views_yet"))
                result = Verification(live.position)
                advance(connection, scratch, live.position)
                result.differences += differences(connection, live.number, scratch, pace)
                fold = against_fold(connection, live.number, live.position, progress)
                result.figures, result.totals = fold.figures, fold.totals
                result.differences += fold.differences
        finally:
            with connection.transaction():
                versions.drop(connection, scratch)
    return result
