"""Who is asking, and what the server's clock says."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.access import PUBLIC, readable
from api.graphql.context import Info
from api.graphql.types import described
from reporting.domain.actor import Actor


@strawberry.type(description="Who asks: the person, and the office they act for.")
class Me:
    person: str = described("name or subject of the token or login")
    office: str = described("office")
    role: str = described("ward, municipality, prefecture, ministry, auditor, analyst or system")
    jurisdiction: str = described("area whose returns the office answers for; * for all")

    @classmethod
    def of(cls, actor: Actor) -> Me:
        return cls(
            person=actor.person, office=actor.office, role=actor.role.value, jurisdiction=actor.jurisdiction
        )


@strawberry.type(description="Who asks and what time it is.")
class MeQueries:
    @readable(PUBLIC, "who asks; null without a token or login")
    def me(self, info: Info) -> Me | None:
        actor = info.context.actor
        return None if actor is None else Me.of(actor)

    @readable(PUBLIC, "the clock that cut-offs and publication times are measured by")
    def server_time(self, info: Info) -> datetime:
        now: datetime = info.context.now()
        return now
