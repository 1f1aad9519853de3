"""Offices and who works for them, from day to day: events like everything else, so that April's moves can be traced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from reporting.application.authority import authorise
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.directory import Directory
from reporting.domain.events import Event
from reporting.domain.workflow_events import MembershipEnded, MembershipGranted, OfficeRegistered
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import Command, NewEvent, offices_stream
from reporting.ledger.registry import canonical


class Offices:
    """Commands on the directory, and what a login asks of it."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def directory(self) -> Directory:
        return self._reporting.directory()

    def roles_of(self, subject: str, at: datetime, claims: Mapping[str, Any]) -> Sequence[Actor]:
        """Every office `subject` may act for at an instant. `claims` of the provider are not looked at."""
        return self.directory().actors(subject, at)

    def register(
        self, command_id: UUID, office: str, label: str, role: Role, jurisdiction: str, actor: Actor
    ) -> int:
        """Ledger position. An office of the same code is restated."""
        event = OfficeRegistered(office=office, label_ja=label, role=role.value, jurisdiction=jurisdiction)
        return self._append(command_id, event, actor)

    def grant(
        self,
        command_id: UUID,
        office: str,
        subject: str,
        valid_from: date,
        valid_to: date | None,
        actor: Actor,
    ) -> int:
        """UnknownReference for an office nobody registered; InvalidInput for dates the wrong way round."""
        if office not in self.directory().offices:
            raise UnknownReference(kind="office", found=office, among=self.directory().offices)
        if valid_to is not None and valid_to <= valid_from:
            raise InvalidInput(field="valid_to", found=str(valid_to), expected=f"> {valid_from}")
        event = MembershipGranted(office=office, subject=subject, valid_from=valid_from, valid_to=valid_to)
        return self._append(command_id, event, actor)

    def end(self, command_id: UUID, office: str, subject: str, valid_to: date, actor: Actor) -> int:
        """From `valid_to` on, not any more. UnknownReference when there is no such membership."""
        members = [who for who, _, _ in self.directory().members.get(office, ())]
        if subject not in members:
            among = [f"{office}/{who}" for who in members]
            raise UnknownReference(kind="membership", found=f"{office}/{subject}", among=among)
        return self._append(
            command_id, MembershipEnded(office=office, subject=subject, valid_to=valid_to), actor
        )

    def _append(self, command_id: UUID, event: Event, actor: Actor) -> int:
        authorise("manage_offices", actor)
        body = canonical({"kind": event.type, **event.model_dump(mode="json")})
        command = Command(command_id, body, actor, Channel.API, ())
        if repeat := self._reporting.ledger.repeat_of(command_id, command.body_hash):
            return repeat.last_position
        version = self.directory().version
        new = NewEvent(offices_stream(), version + 1, event)
        return self._reporting.ledger.append(
            Command(command_id, body, actor, Channel.API, (new,))
        ).last_position
