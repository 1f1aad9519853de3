"""From the person whom the provider names to the actor whom the ledger records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from api.oidc.errors import NoOffice, SeveralOffices
from api.oidc.settings import OidcSettings
from api.oidc.strict import is_text
from reporting.application.offices import Offices as DirectoryService
from reporting.domain.actor import Actor, Role
from reporting.domain.directory import Directory

FRESH = timedelta(seconds=5)
"""How long somebody who no longer works for an office may still act in a session that has begun."""


class HeldOffices(Protocol):
    """Which offices a person holds. Called in a worker thread; may read the database."""

    def roles_of(self, subject: str, at: datetime, claims: Mapping[str, Any]) -> Sequence[Actor]:
        """Every office of `subject` at the moment `at` (UTC), none when unknown. `claims` are those of the checked
        ID token; an implementation that keeps offices as events does not look at them."""

    def holds(self, actor: Actor, at: datetime) -> bool:
        """Whether who logged in as `actor` may go on as such at the moment `at` (UTC)."""


@dataclass(frozen=True, slots=True)
class ClaimOffices:
    """The office stands in the ID token itself, in three claims whose names are settings."""

    settings: OidcSettings

    def roles_of(self, subject: str, at: datetime, claims: Mapping[str, Any]) -> Sequence[Actor]:
        names = (self.settings.office_claim, self.settings.role_claim, self.settings.jurisdiction_claim)
        values = [claims.get(name) for name in names]
        if not all(is_text(value) for value in values):
            return ()
        office, role, jurisdiction = (str(value) for value in values)
        if role not in set(Role):
            return ()
        return (Actor(subject, office, Role(role), jurisdiction),)

    def holds(self, actor: Actor, at: datetime) -> bool:
        """Until the session ends: only another login asks the provider again."""
        return True


class DirectoryOffices:
    """The directory of offices kept as events; while nobody has registered one, the token's claims."""

    def __init__(self, service: DirectoryService, claims: ClaimOffices) -> None:
        self._service, self._claims = service, claims
        self._read: tuple[datetime, Directory] | None = None

    def roles_of(self, subject: str, at: datetime, claims: Mapping[str, Any]) -> Sequence[Actor]:
        if not self._service.directory().offices:
            return self._claims.roles_of(subject, at, claims)
        return self._service.roles_of(subject, at, claims)

    def holds(self, actor: Actor, at: datetime) -> bool:
        if self._read is None or not timedelta() <= at - self._read[0] < FRESH:
            self._read = (at, self._service.directory())
        directory = self._read[1]
        return not directory.offices or actor in directory.actors(actor.person, at)


def choose(candidates: Sequence[Actor], subject: str, office: str) -> Actor:
    """The one office to act for. NoOffice, SeveralOffices. Nobody logs in as the system itself, or as another. Registered twice it is one
    office; of several that are called alike (府中市 is in Tokyo and in Hiroshima) each is asked for by its name and area."""
    held = {
        candidate: candidate.office
        for candidate in candidates
        if candidate.person == subject and candidate.role is not Role.SYSTEM
    }
    called = Counter(held.values())
    names = {
        actor: name if called[name] == 1 else f"{name} {actor.role.value} {actor.jurisdiction}"
        for actor, name in held.items()
    }
    fit = [actor for actor, name in names.items() if not office or office in (actor.office, name)]
    if not fit:
        raise NoOffice
    if len(fit) > 1:
        raise SeveralOffices(offices="、".join(sorted(names[actor] for actor in fit))[:400])
    return fit[0]
