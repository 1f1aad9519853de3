"""Returns that rest on a sample or an estimate, in plain Python beside the fold of the views: from one submission to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from reporting.domain.workflow_events import ReturnSubmitted, ReturnWithdrawn
from reporting.ledger import Recorded

Where = tuple[str, str, str, str]
"""Election, form, slot, unit."""


@dataclass(slots=True)
class _Vouched:
    event: ReturnSubmitted
    since: int
    until: int | None = None


@dataclass
class IndependentMethods:
    """Only of returns that ever said so: a night has few."""

    said: dict[Where, list[_Vouched]] = field(default_factory=dict)

    def apply(self, record: Recorded) -> None:
        event = record.event
        if not isinstance(event, ReturnSubmitted | ReturnWithdrawn):
            return
        where = (event.election, event.form, event.slot, event.unit)
        before = self.said.get(where, [])
        if before and before[-1].until is None:
            before[-1].until = record.position
        if isinstance(event, ReturnSubmitted) and event.method != "full":
            self.said.setdefault(where, []).append(_Vouched(event, record.position))

    def rows(self) -> Iterator[tuple[object, ...]]:
        """As `compare.sql` has them."""
        for where, submissions in self.said.items():
            for vouched in submissions:
                facts = (vouched.event.places, vouched.event.of_places, vouched.until)
                told = "/".join(str(fact) for fact in facts if fact is not None)
                yield (*where, vouched.event.method, vouched.since, told, None)
