"""Access beside the ordinary login: who was let in, by whom, why, until when, and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.access import HELD, TOKEN, readable
from api.graphql.arguments import First
from api.graphql.context import Info
from api.graphql.offices import mine, oversees
from api.graphql.types import Typist, described, page
from reporting.application.access import Access, Opened
from reporting.domain.actor import Actor

MOST_DEEDS, MOST_SHOWN = 1_000, 500


@strawberry.type(description="A command of somebody who was let in.")
class AccessDeed:
    first_position: int = described("ledger position of its first event")
    last_position: int = described("of its last")
    at: datetime = described("when it was recorded")
    reason: str | None = described("why, as typed; null where no reason was asked")


@strawberry.type(description="An access beside the ordinary login.")
class OpenedAccess:
    name: str = described("what it is called")
    kind: str = described("emergency, system or token")
    person: str = described("who, or which system, comes by it")
    office: str = described("for which office")
    role: str = described("in which role")
    jurisdiction: str = described("area whose returns it reaches; * for all")
    operations: list[str] | None = described("the only operations it may do; null: all of its role")
    opened_at: datetime = described("when it was opened")
    opened_by: Typist = described("who opened it")
    reason: str | None = described("why it was opened")
    until: datetime = described("it counts, or counted, before this")
    now: bool = described("whether it counts now")
    closed_by: Typist | None = described("who closed it before its time; null: nobody")
    why_closed: str | None = described("why it was closed")
    opened: strawberry.Private[Opened]
    access: strawberry.Private[Access]

    @readable(
        HELD,
        "what its person did for its office while it counted, by position, at most 1,000; also by an ordinary login",
    )
    def done(self, info: Info) -> list[AccessDeed]:
        return [
            AccessDeed(
                first_position=done.first_position, last_position=done.last_position, at=done.recorded_at,
                reason=done.reason,
            )
            for done in self.access.done(self.opened, MOST_DEEDS)
        ]  # fmt: skip

    @classmethod
    def of(cls, opened: Opened, access: Access, now: datetime) -> OpenedAccess:
        told, closed = opened.event, opened.closing
        return cls(
            name=told.access, kind=told.kind, person=told.person, office=told.office, role=told.role,
            jurisdiction=told.jurisdiction, operations=None if told.operations is None else list(told.operations),
            opened_at=opened.opening.recorded.recorded_at, opened_by=Typist.of(opened.opening.by), reason=opened.opening.reason,
            until=opened.until, now=opened.counts(now), closed_by=None if closed is None else Typist.of(closed.by),
            why_closed=None if closed is None else closed.reason,
            opened=opened, access=access,
        )  # fmt: skip


def _sees(opened: Opened, actor: Actor) -> bool:
    """Its office, whoever registers offices, and the auditors of everything."""
    return mine(opened.event, actor) or oversees(actor)


@strawberry.type(description="Who was let in.")
class AccessQueries:
    @readable(
        TOKEN,
        "access beside the ordinary login, the newest first: one's own office's; all of it for who may manage or audit offices",
    )
    def accesses(
        self,
        info: Info,
        every: Annotated[bool, strawberry.argument(description="also those that are over")] = False,
        first: First = 100,
    ) -> list[OpenedAccess]:
        wanted = page(first, MOST_SHOWN)
        actor, now, access = info.context.require_actor(), info.context.now(), Access(info.context.service)
        shown = [
            opened
            for opened in access.held().values()
            if _sees(opened, actor) and (every or opened.counts(now))
        ]
        return [OpenedAccess.of(opened, access, now) for opened in shown[::-1][:wanted]]
