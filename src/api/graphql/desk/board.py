"""The board as it stood at a moment."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.types import described
from reporting.application.board_then import AreaThen
from reporting.domain.status import Status


@strawberry.type(description="Returns of one slot under one area by status, as they stood at a moment.")
class BoardRowThen:
    area: str = described("code of the area")
    name: str = described("its name now")
    units: int = described("units that the slot asked then")
    missing: int = described("nothing yet")
    entered: int = described("figures, nobody had vouched for them")
    submitted: int = described("submitted, not approved by the first level")
    sent_back: int = described("cells awaited their owner")
    approved: int = described("approved by the first level at least")
    certified: int = described("final")
    withdrawn: int = described("taken back")
    changed_at: datetime | None = described("last change among them by then")

    @classmethod
    def of(cls, row: AreaThen, name: str) -> BoardRowThen:
        counts = {status.value: row.of(status) for status in Status}
        return cls(area=row.area, name=name, units=len(row.returns), changed_at=row.changed_at, **counts)
