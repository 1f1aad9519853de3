"""What has been released, over all elections: read from one snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from projections.read.snapshot import Snapshot
from reporting.database.sql import load

SQL = load(__package__)


@dataclass(frozen=True, slots=True)
class PublishedRelease:
    """`release`: its id; `position`: of its event."""

    election: str
    form: str
    slot: str
    number: int
    release: str
    position: int
    released_at: datetime


def published(snapshot: Snapshot) -> list[PublishedRelease]:
    """Of every election that is no test, oldest first; what is not released, and what is practised, leaves no trace here."""
    live = [row.definition.code for row in snapshot.elections() if not row.definition.is_test]
    return [PublishedRelease(*row) for row in snapshot.fetch(SQL["published"], {"elections": live})]
