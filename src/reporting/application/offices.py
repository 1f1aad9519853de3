"""Offices and who works for them, from day to day: events like everything else, so that April's moves can be traced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from reporting.application.authority import authorise
from reporting.application.commands import ByItself, Request, Worded
from reporting.application.messages import message
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, By, Channel, Role
from reporting.domain.directory import Directory
from reporting.domain.events import AreasRegistered, Event
from reporting.domain.labels import Code
from reporting.domain.office_events import MembershipEnded, MembershipGranted, OfficeRegistered
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger import Command, NewEvent, offices_stream
from reporting.ledger.registry import canonical

Named = Annotated[str, StringConstraints(min_length=1, max_length=200), Worded, ByItself]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=255), Worded, ByItself]
"""OpenID Connect Core 1.0, section 2: `sub` has at most 255 characters."""
Area = Annotated[str, StringConstraints(min_length=1, max_length=64), ByItself]
MOST_AT_ONCE = 100
"""People who leave or come on one day."""
OfficeRole = Literal["ward", "municipality", "prefecture", "ministry", "auditor", "analyst"]


class RegisterOffice(Request):
    """`jurisdiction`: code of the area the office answers for, or `*`."""

    command_id: UUID
    office: Code
    label: Named
    role: OfficeRole
    jurisdiction: Area


class GrantMembership(Request):
    """`subject`: of the identity provider. `valid_to`: the first day it is over; None: open. `deputy_for`: in whose stead."""

    command_id: UUID
    office: Code
    subject: Subject
    valid_from: date
    valid_to: date | None = None
    deputy_for: Subject | None = None


class HandOver(Request):
    """The day of a hand-over: from `day` on those who leave may not, those who come may, until `valid_to` or without end."""

    command_id: UUID
    office: Code
    day: date
    leaving: tuple[Subject, ...] = Field((), max_length=MOST_AT_ONCE)
    coming: tuple[Subject, ...] = Field((), max_length=MOST_AT_ONCE)
    valid_to: date | None = None


class EndMembership(Request):
    command_id: UUID
    office: Code
    subject: Subject
    valid_to: date


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody's time at an office, from `valid_from` until the day before `valid_to`. `granted_at`, `ended_at`: ledger
    positions; `granted_by`, `ended_by`: who recorded them; `deputy_for`: in whose stead."""

    subject: str
    valid_from: date
    valid_to: date | None
    granted_at: int
    granted_by: By | None = None
    ended_at: int | None = None
    ended_by: By | None = None
    deputy_for: str | None = None

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
                    begun = Membership(
                        event.subject,
                        event.valid_from,
                        event.valid_to,
                        recorded.position,
                        deputy_for=event.deputy_for,
                    )
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

    def _require_area(self, area: str) -> None:
        """UnknownReference for an area that no registry of this log has; nothing where none is declared yet, and for `*`."""
        registered = {
            record.code
            for recorded in self._reporting.ledger.every(["AreasRegistered"])
            if isinstance(recorded.event, AreasRegistered)
            for record in recorded.event.areas
        }
        if registered and area not in registered | {"*"}:
            raise UnknownReference(kind="area", found=area, among=registered)

    def register(
        self, command_id: UUID, office: str, label: str, role: Role, jurisdiction: str, actor: Actor
    ) -> int:
        """Ledger position. An office of the same code is restated. UnknownReference for an area nobody declared, where any is declared and
        it is not the office's already."""
        event = OfficeRegistered(office=office, label_ja=label, role=role.value, jurisdiction=jurisdiction)
        return self._append(command_id, [event], actor)

    def grant(
        self,
        command_id: UUID,
        office: str,
        subject: str,
        valid_from: date,
        valid_to: date | None,
        actor: Actor,
        deputy_for: str | None = None,
    ) -> int:
        """UnknownReference for an office nobody registered, and for who is to be stood in for and does not work there on all
        those days; InvalidInput for dates the wrong way round, for a deputy without an end, and for days on which this person
        works for the office already."""
        granted = MembershipGranted(
            office=office, subject=subject, valid_from=valid_from, valid_to=valid_to, deputy_for=deputy_for
        )
        return self._append(command_id, [granted], actor)

    def end(self, command_id: UUID, office: str, subject: str, valid_to: date, actor: Actor) -> int:
        """From `valid_to` on, not any more. UnknownReference when there is no such membership; InvalidInput when all of them
        are over by then: ending makes nothing longer."""
        return self._append(
            command_id, [MembershipEnded(office=office, subject=subject, valid_to=valid_to)], actor
        )

    def hand_over(self, request: HandOver, actor: Actor) -> int:
        """All of it or nothing. Errors of `end` for who leaves, of `grant` for who comes; InvalidInput where nobody does, and
        for who does both."""
        both = sorted({*request.leaving} & {*request.coming})
        if both:
            raise InvalidInput.at("coming", "、".join(both), message("who_does_not_leave"))
        if not request.leaving and not request.coming:
            raise InvalidInput.at("leaving", "", message("who_leaves_or_comes"))
        gone = [
            MembershipEnded(office=request.office, subject=subject, valid_to=request.day)
            for subject in dict.fromkeys(request.leaving)
        ]
        new = [
            MembershipGranted(
                office=request.office, subject=subject, valid_from=request.day, valid_to=request.valid_to
            )
            for subject in dict.fromkeys(request.coming)
        ]
        return self._append(request.command_id, [*gone, *new], actor, request.body(), handed_over=bool(new))

    def _append(
        self,
        command_id: UUID,
        events: Sequence[Event],
        actor: Actor,
        body: bytes | None = None,
        handed_over: bool = False,
    ) -> int:
        """Position of the last. Each is checked on the directory as those before leave it, when all are appended. `handed_over`: whose
        time is over on that day anyway need not be ended."""
        authorise("manage_offices", actor)
        ending = "valid_to" if body is None else "day"
        if body is None:
            (event,) = events
            told = event.model_dump(mode="json")
            if told.get("deputy_for") is None:  # a command from before there were deputies stays the same
                told.pop("deputy_for", None)
            body = canonical({"kind": event.type, **told})
        command, ledger = Command(command_id, body, actor, Channel.API, ()), self._reporting.ledger

        def decide() -> Command:
            directory, new = self.directory().copied(), []
            for event in events:
                if handed_over and _over_anyway(directory, event):
                    continue
                _check(directory, event, ending)
                if isinstance(event, OfficeRegistered):
                    held = directory.offices.get(event.office)
                    if held is None or held.jurisdiction != event.jurisdiction:
                        self._require_area(event.jurisdiction)
                new.append(NewEvent(offices_stream(), directory.version + 1, event))
                directory.apply(event)
            return command.deciding(new)

        return once(ledger, command, decide, ledger.append).last_position


def _check(directory: Directory, event: Event, ending: str) -> None:
    """Whether it may happen to the directory as it stands. `ending`: the field that says when somebody's time is over."""
    match event:
        case MembershipGranted():
            _check_granted(directory, event)
        case MembershipEnded():
            _check_ended(directory, event, ending)


def _over_anyway(directory: Directory, event: Event) -> bool:
    return isinstance(event, MembershipEnded) and any(
        who == event.subject and until == event.valid_to
        for who, _, until in directory.members.get(event.office, ())
    )


def registered(directory: Directory, office: str) -> OfficeRegistered:
    """UnknownReference for an office nobody registered."""
    if office not in directory.offices:
        raise UnknownReference(kind="office", found=office, among=directory.offices)
    return directory.offices[office]


def _check_granted(directory: Directory, granted: MembershipGranted) -> None:
    office, first, last = granted.office, granted.valid_from, granted.valid_to
    registered(directory, office)
    if last is not None and last <= first:
        raise _wrong_day("valid_to", last, message("day_after", day=first))
    members = directory.members.get(office, ())
    for who, start, end in members:
        apart = (end is not None and end <= first) or (last is not None and last <= start)
        if who == granted.subject and start != end and not apart:
            raise _wrong_day("valid_from", first, message("days_beside_membership", start=start))
    if granted.deputy_for is None:
        return
    if last is None:
        raise InvalidInput.at("valid_to", "", message("day_a_deputy_ends"))
    if granted.deputy_for == granted.subject:
        raise InvalidInput.at("deputy_for", granted.deputy_for, message("somebody_else"))
    if not any(
        who == granted.deputy_for and start <= first and (end is None or last <= end)
        for who, start, end in members
    ):
        theirs = [(start, end) for who, start, end in members if who == granted.deputy_for and start != end]
        if not theirs:
            raise _no_membership(office, granted.deputy_for, members)
        start, end = max(theirs, key=lambda span: span[0])
        days = message("days_within_membership", start=start, end=end or "―", subject=granted.deputy_for)
        in_time = any(start <= first and (end is None or first < end) for start, end in theirs)
        raise _wrong_day("valid_to", last, days) if in_time else _wrong_day("valid_from", first, days)


def _check_ended(directory: Directory, ended: MembershipEnded, field: str) -> None:
    members = directory.members.get(ended.office, ())
    mine = [until for who, _, until in members if who == ended.subject]
    if not mine:
        raise _no_membership(ended.office, ended.subject, members)
    if not any(ends(until, ended.valid_to) for until in mine):
        last = max(until for until in mine if until is not None)
        raise _wrong_day(field, ended.valid_to, message("day_before_end", day=last))


def _no_membership(
    office: str, subject: str, members: Iterable[tuple[str, date, date | None]]
) -> UnknownReference:
    among = [f"{office}/{who}" for who, _, _ in members]
    return UnknownReference(kind="membership", found=f"{office}/{subject}", among=among)


def _wrong_day(field: str, given: date, expected: str) -> InvalidInput:
    return InvalidInput.at(field, str(given), expected)


def ends(until: date | None, valid_to: date) -> bool:
    """Whether a membership that is open, or runs until then, is made shorter."""
    return until is None or valid_to < until
