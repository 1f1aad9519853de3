"""Which position of the log a moment is: one that was asked by number, or by time. Who asks again is answered the same."""

from __future__ import annotations

from datetime import datetime

from projections.errors import NotYetProjected
from projections.messages import message
from projections.read import Snapshot
from reporting.database.sql import load
from reporting.errors import InvalidInput

SQL = load(__package__)


def position_at(snapshot: Snapshot, instant: datetime) -> int:
    """The last position recorded at or before `instant`; 0 before the first. Who asks again is answered the same: InvalidInput for
    a time that has not come, NotYetProjected for what the views do not hold yet; InvalidInput without a time zone."""
    if instant.tzinfo is None:
        raise InvalidInput(field="asOf", found=instant.isoformat(), expected=message("with_a_utc_offset"))
    if instant > (now := snapshot.time()):
        latest = now.astimezone(instant.tzinfo).isoformat(timespec="seconds")
        raise InvalidInput(field="asOf", found=instant.isoformat(), expected=message("up_to_now", now=latest))
    rows = snapshot.fetch(SQL["head_at"], {"head": snapshot.head, "instant": instant})
    position = int(rows[0][0]) if rows else 0
    require_reached(snapshot, position)
    return position


def position_asked(snapshot: Snapshot, asked: int | datetime) -> int:
    """A position as it is, an instant's as in `position_at`; refused where it is not reached."""
    if isinstance(asked, datetime):
        return position_at(snapshot, asked)
    require_reached(snapshot, asked)
    return asked


def require_reached(snapshot: Snapshot, position: int) -> None:
    """InvalidInput for a position that the log has not; NotYetProjected where the views are behind it."""
    if snapshot.position < position <= snapshot.head:
        raise NotYetProjected(wanted=position, position=snapshot.position)
    if not 0 <= position <= snapshot.position:
        raise InvalidInput(field="asOf", found=position, expected=f"0–{snapshot.position}")
