"""Offices and who works for them on a day: the pure fold of their stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from reporting.domain.actor import Actor, Role
from reporting.domain.events import Event
from reporting.domain.office_events import MembershipEnded, MembershipGranted, OfficeRegistered

JAPAN = timezone(timedelta(hours=9))
"""Memberships begin and end with the day where the offices are."""


@dataclass(slots=True)
class Directory:
    """Fold of the offices' stream. `members[office]`: (subject, from, until or None; the last day excluded)."""

    version: int = 0
    offices: dict[str, OfficeRegistered] = field(default_factory=dict)
    members: dict[str, list[tuple[str, date, date | None]]] = field(default_factory=dict)

    def copied(self) -> Directory:
        """One that goes on by itself. Events are what they are for ever: only what holds them is another."""
        members = {office: list(spans) for office, spans in self.members.items()}
        return Directory(self.version, dict(self.offices), members)

    def apply(self, event: Event) -> None:
        self.version += 1
        match event:
            case OfficeRegistered():
                self.offices[event.office] = event
            case MembershipGranted():
                spans = self.members.setdefault(event.office, [])
                spans.append((event.subject, event.valid_from, event.valid_to))
            case MembershipEnded():
                self.members[event.office] = [
                    (subject, start, _earlier(end, event.valid_to) if subject == event.subject else end)
                    for subject, start, end in self.members.get(event.office, [])
                ]

    def roles_of(self, subject: str, day: date) -> list[OfficeRegistered]:
        """Offices somebody works for on a day, by code."""
        return [
            office
            for code, office in sorted(self.offices.items())
            if any(
                who == subject and start <= day and (end is None or day < end)
                for who, start, end in self.members.get(code, ())
            )
        ]

    def others(self, actor: Actor, at: datetime) -> bool:
        """Whether anybody else works for the actor's office at an instant: any office of its role and area."""
        day = at.astimezone(JAPAN).date()
        return any(
            who != actor.person and start <= day and (end is None or day < end)
            for code, office in self.offices.items()
            if (office.role, office.jurisdiction) == (actor.role.value, actor.jurisdiction)
            for who, start, end in self.members.get(code, ())
        )

    def has_left(self, office: str, subject: str, at: datetime) -> bool:
        """Whether somebody's every membership of an office is over at an instant; not who never was a member."""
        day = at.astimezone(JAPAN).date()
        until = [end for who, _, end in self.members.get(office, ()) if who == subject]
        return bool(until) and all(end is not None and end <= day for end in until)

    def actors(self, subject: str, at: datetime) -> list[Actor]:
        """As whom somebody may act at an instant, by code of the office."""
        return [
            Actor(subject, office.label_ja, Role(office.role), office.jurisdiction)
            for office in self.roles_of(subject, at.astimezone(JAPAN).date())
        ]


def _earlier(day: date | None, other: date) -> date:
    return other if day is None else min(day, other)
