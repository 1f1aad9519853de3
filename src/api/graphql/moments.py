"""Moments of knowledge, as arguments."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.context import Info
from api.graphql.messages import message
from projections.read.moment import position_asked
from reporting.errors import InvalidInput


@strawberry.input(description="A moment of knowledge: a ledger position or an instant, one of the two.")
class AsOfInput:
    position: int | None = strawberry.field(default=None, description="what the ledger held up to here")
    instant: datetime | None = strawberry.field(
        default=None, description="what it held at this time, with UTC offset: 2025-07-20T21:30:00+09:00"
    )

    def asked(self) -> int | datetime:
        """InvalidInput unless exactly one is given."""
        if self.position is not None and self.instant is None:
            return self.position
        if self.instant is not None and self.position is None:
            return self.instant
        raise InvalidInput(
            field="asOf",
            found="" if self.instant is None else f"{self.position}, {self.instant.isoformat()}",
            expected=message("either_position_or_instant"),
        )


def position_of(info: Info, moment: AsOfInput | None, otherwise: int) -> int:
    """The ledger position of a moment."""
    return otherwise if moment is None else position_asked(info.context.snapshot, moment.asked())


def edge_of(info: Info, moment: AsOfInput | None, otherwise: int) -> int:
    """The ledger position where a span begins or ends: of a time that has not come, where the answer ends."""
    snapshot, asked = info.context.snapshot, None if moment is None else moment.asked()
    if isinstance(asked, datetime) and asked.tzinfo is not None and asked > snapshot.time():
        return snapshot.position
    return position_of(info, moment, otherwise)


def time_of(info: Info, moment: AsOfInput | None, position: int) -> datetime:
    """The instant of a moment: as it was asked, or when the event at its position was recorded; now without one."""
    if moment is None:
        return info.context.now()
    return moment.instant or info.context.snapshot.event(max(1, position)).recorded_at
