"""What an office was told, what waits, and what could not be delivered. Never where: an address is its owner's."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, cast

import strawberry

from api.graphql.access import TOKEN, readable
from api.graphql.context import Info
from api.graphql.offices import mine, oversees
from api.graphql.types import described
from reporting.domain.actor import Actor
from reporting.domain.directory import Directory
from reporting.telling import Delivery
from reporting.telling.outbox import State
from reporting.words import in_both

MOST = 500


@strawberry.enum(description="How far a delivery is.")
class DeliveryState(Enum):
    WAITING = strawberry.enum_value("waiting", description="it is tried, or tried again, when its time comes")
    MADE = strawberry.enum_value("made", description="it arrived; the log says so (DeliveryMade)")
    DEAD = strawberry.enum_value("dead", description="it was given up; `failure` says why")
    UNNEEDED = strawberry.enum_value("unneeded", description="somebody else was reached, or the return moved")


@strawberry.type(description="That somebody of an office is told of an event, or was, or could not be.")
class OfficeDelivery:
    id: strawberry.ID = described("the same however often it is sent: webhook-id, and in Message-ID")
    position: int = described("ledger position of the event it tells of")
    kind: str = described(
        "what of it: sent_back, edited_above, override_used, difference_declared, release …"
    )
    election: str = described("of which election")
    form: str = described("of which form")
    slot: str = described("of which slot")
    unit: str | None = described("of which unit; null: of the whole slot")
    office: str = described("code of the office")
    channel: str = described("webhook or mail")
    person: str = described("who is told")
    state: DeliveryState = described("how far it is")
    attempts: int = described("how often it was tried")
    next_at: datetime | None = described(
        "not tried before; null: it is over, or waits for somebody else's failure"
    )
    failure_ja: str | None = described("why the last attempt failed, in Japanese")
    failure_en: str | None = described("the same in English")

    @classmethod
    def of(cls, kept: Delivery) -> OfficeDelivery:
        ja, en = in_both(kept.failure) if kept.failure else (None, None)
        return cls(
            id=strawberry.ID(str(kept.delivery_id)), position=kept.position, kind=kept.kind, election=kept.election,
            form=kept.form, slot=kept.slot, unit=kept.unit or None, office=kept.office, channel=kept.channel,
            person=kept.person, state=DeliveryState(kept.state), attempts=kept.attempts, next_at=kept.next_at,
            failure_ja=ja, failure_en=en,
        )  # fmt: skip


def _offices_of(actor: Actor, directory: Directory) -> list[str] | None:
    """Whose deliveries somebody may see: of the office they act for; None: of all, who may manage or audit offices."""
    if oversees(actor):
        return None
    return [code for code, office in directory.offices.items() if mine(office, actor)]


@strawberry.type(description="Who was told.")
class DeliveryQueries:
    @readable(
        TOKEN,
        "deliveries of one's own office, the newest first, at most 500; of all offices for who may manage or audit them",
    )
    def deliveries(
        self,
        info: Info,
        state: Annotated[
            DeliveryState | None, strawberry.argument(description="only these; null: all")
        ] = None,
    ) -> list[OfficeDelivery]:
        context = info.context
        offices = _offices_of(context.require_actor(), context.service.directory())
        wanted = None if state is None else cast(State, state.name.lower())
        return [OfficeDelivery.of(kept) for kept in context.outbox.kept(offices, wanted, MOST)]
