"""Facts about who was told of what happened. As in `events`: field names are stored names; no address stands here."""

from __future__ import annotations

from typing import ClassVar

from reporting.domain.events import Event


class DeliveryMade(Event):
    """Somebody of an office was told of an event. `told_of`: its ledger position; `kind`: what about it they were told of;
    `recipient`: a random id of their address, which stands beside the log and goes with the person."""

    type: ClassVar[str] = "DeliveryMade"
    told_of: int
    kind: str
    office: str
    recipient: str
    channel: str


DELIVERY_EVENTS: tuple[type[Event], ...] = (DeliveryMade,)
