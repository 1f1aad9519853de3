"""Offices and who works for them, from day to day: events like everything else, so that April's moves can be traced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import StringConstraints

from reporting.application.authority import authorise
from reporting.application.commands import Request, Worded
from reporting.application.messages import message
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, By, Channel, Role
from reporting.domain.directory import Directory
from reporting.domain.events import Event
from reporting.domain.labels import Code
from reporting.domain.workflow_events import MembershipEnded, MembershipGranted, OfficeRegistered
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import Command, NewEvent, offices_stream
from reporting.ledger.registry import canonical

Named = Annotated[str, StringConstraints(min_length=1, max_length=200), Worded]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=255), Worded]
"""OpenID Connect Core 1.0, section 2: `sub` has at most 255 characters."""
Area = Annotated[str, StringConstraints(min_length=1, max_length=64), Worded]
OfficeRole = Literal["ward", "municipality", "prefecture", "ministry", "auditor", "analyst"]


class RegisterOffice(Request):
    """`jurisdiction`: code of the area the office answers for, or `*`."""

    command_id: UUID
    office: Code
    label: Named
    role: OfficeRole
    jurisdiction: Area


class GrantMembership(Request):
    """`subject`: of the identity provider. `valid_to`: the first day it is over; None: open."""

    command_id: UUID
    office: Code
    subject: Subject
    valid_from: date
    valid_to: date | None = None


class EndMembership(Request):
    command_id: UUID
    office: Code
    subject: Subject
    valid_to: date


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody's time at an office, from `valid_from` until the day before `valid_to`. `granted_at`, `ended_at`: ledger
    positions; `granted_by`, `ended_by`: who recorded them."""

    subject: str
    valid_from: date
    valid_to: date | None
    granted_at: int
    granted_by: By | None = None
    ended_at: int | None = None
    ended_by: By | None = None

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class Offices:
    """Commands on the directory, and what a login asks of it."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def directory(self) -> Directory:
        return self._reporting.directory()

    def roles_of(self, subject: str, at: datetime, claims: Mapping[str, Any]) -> Sequence[Actor]:
        """Every office `subject` may act for at an instant. `claims` of the provider are not looked at."""
        return self.directory().actors(subject, at)

    def memberships(self) -> dict[str, list[Membership]]:
        """Office → everybody who works, worked or will work for it, by first day, with who said so."""
        held: dict[str, list[Membership]] = {}
        for recorded in self._reporting.ledger.stream(offices_stream()):
            match recorded.event:
                case MembershipGranted() as event:
                    begun = Membership(event.subject, event.valid_from, event.valid_to, recorded.position)
                    held.setdefault(event.office, []).append(begun)
                case MembershipEnded() as event:
                    held[event.office] = [
                        replace(span, valid_to=event.valid_to, ended_at=recorded.position)
                        if span.subject == event.subject and ends(span.valid_to, event.valid_to)
                        else span
                        for span in held.get(event.office, [])
                    ]
        at = [
            place for spans in held.values() for span in spans for place in (span.granted_at, span.ended_at)
        ]
        doers = self._reporting.ledger.doers(place for place in at if place is not None)
        return {
            office: sorted(
                (
                    replace(
                        span,
                        granted_by=doers.get(span.granted_at),
                        ended_by=None if span.ended_at is None else doers.get(span.ended_at),
                    )
                    for span in spans
                ),
                key=lambda span: (span.valid_from, span.subject),
            )
            for office, spans in held.items()
        }

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
        """UnknownReference for an office nobody registered; InvalidInput for dates the wrong way round, and for days on which
        this person works for the office already."""

        def check(directory: Directory) -> None:
            if office not in directory.offices:
                raise UnknownReference(kind="office", found=office, among=directory.offices)
            if valid_to is not None and valid_to <= valid_from:
                expected = message("day_after", day=valid_from)
                raise _wrong_day("valid_to", valid_to, expected)
            for who, start, end in directory.members.get(office, ()):
                apart = (end is not None and end <= valid_from) or (
                    valid_to is not None and valid_to <= start
                )
                if who == subject and start != end and not apart:
                    expected = message("days_beside_membership", start=start)
                    raise _wrong_day("valid_from", valid_from, expected)

        event = MembershipGranted(office=office, subject=subject, valid_from=valid_from, valid_to=valid_to)
        return self._append(command_id, event, actor, check)

    def end(self, command_id: UUID, office: str, subject: str, valid_to: date, actor: Actor) -> int:
        """From `valid_to` on, not any more. UnknownReference when there is no such membership; InvalidInput when all of them
        are over by then: ending makes nothing longer."""

        def check(directory: Directory) -> None:
            members = directory.members.get(office, ())
            mine = [until for who, _, until in members if who == subject]
            if not mine:
                among = [f"{office}/{who}" for who, _, _ in members]
                raise UnknownReference(kind="membership", found=f"{office}/{subject}", among=among)
            if not any(ends(until, valid_to) for until in mine):
                last = max(until for until in mine if until is not None)
                expected = message("day_before_end", day=last)
                raise _wrong_day("valid_to", valid_to, expected)

        return self._append(
            command_id, MembershipEnded(office=office, subject=subject, valid_to=valid_to), actor, check
        )

    def _append(
        self,
        command_id: UUID,
        event: Event,
        actor: Actor,
        check: Callable[[Directory], None] = lambda directory: None,
    ) -> int:
        """Checked on the directory as it is when the event is appended."""
        authorise("manage_offices", actor)
        body = canonical({"kind": event.type, **event.model_dump(mode="json")})
        command, ledger = Command(command_id, body, actor, Channel.API, ()), self._reporting.ledger

        def decide() -> Command:
            directory = self.directory()
            check(directory)
            return command.deciding([NewEvent(offices_stream(), directory.version + 1, event)])

        return once(ledger, command, decide, ledger.append).last_position


def _wrong_day(field: str, given: date, expected: str) -> InvalidInput:
    return InvalidInput(field=field, found=str(given), expected=expected)


def ends(until: date | None, valid_to: date) -> bool:
    """Whether a membership that is open, or runs until then, is made shorter."""
    return until is None or valid_to < until
