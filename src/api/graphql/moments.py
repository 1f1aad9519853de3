"""Moments of knowledge, as arguments."""

from __future__ import annotations

from datetime import datetime

import strawberry

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
        raise InvalidInput(field="asOf", found=repr(self), expected="position か instant / one of the two")
