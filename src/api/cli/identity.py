"""Who works at the command line, and tokens as it hands them out."""

from __future__ import annotations

import getpass
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from api import auth
from api.cli.messages import message
from api.cli.runtime import running, service_of
from api.settings import Settings
from reporting.application.access import Access, Opened
from reporting.database.connect import Database
from reporting.domain.access_events import AccessKind, AccessOpened
from reporting.domain.actor import Actor, Role
from reporting.errors import InvalidInput

LOCAL_LIFETIME_S = 300  # one `reporting query`


def issue_token(settings: Settings, actor: Actor, lifetime_s: int) -> str:
    """A token signed with the installation's key, which is made at first use."""
    _check_named(actor)
    return auth.issue_token(_signing_key(settings), actor, now=int(time.time()), lifetime_s=lifetime_s)


def _check_named(actor: Actor) -> None:
    for field in ("person", "office", "jurisdiction"):
        if not 0 < len(text := getattr(actor, field)) <= 200:
            raise InvalidInput(field=f"--{field}", found=repr(text[:40]), expected=message("characters"))


def _signing_key(settings: Settings) -> OctKey:
    try:
        return auth.load_key(settings.token_key)
    except (ValueError, JoseError):
        raise InvalidInput(
            field="REPORTING_TOKEN_KEY",
            found=settings.token_key,
            expected=message("file_with_signing_key"),
        ) from None


def recorded_token(settings: Settings, actor: Actor, lifetime_s: int) -> str:
    """As `issue_token`, and the log says so: it counts as long as the access does that was opened for it."""
    _check_named(actor)
    with running(settings) as (_, database), access_of(database) as access:
        access.sign_with(uuid4(), _signing_key(settings).thumbprint(), operator())
        opened = open_access(
            access,
            "token",
            actor.person,
            actor.office,
            access.now() + timedelta(seconds=lifetime_s),
            "reporting token",
            role=actor.role.value,
            jurisdiction=actor.jurisdiction,
        )
    return issue_token(settings, opened.actor, lifetime_s)


def who(settings: Settings, token: str) -> Actor:
    """Whom a token names. NotAuthenticated, also for one of an access that is over."""
    actor = auth.read_token(auth.load_key(settings.token_key), token, now=int(time.time()))
    if actor.access is not None:
        with running(settings) as (_, database), access_of(database) as access:
            access.check(actor)
    return actor


@contextmanager
def access_of(database: Database) -> Iterator[Access]:
    with service_of(database) as service:
        yield Access(service)


def open_access(
    access: Access, kind: AccessKind, person: str, office: str, until: datetime, reason: str, **more: Any
) -> Opened:
    """By whoever is at this machine, under a name nobody has. `more`: other fields of AccessOpened."""
    told = {"role": "", "jurisdiction": "", **more}
    asked = AccessOpened(
        access=f"{kind[0]}-{secrets.token_hex(4)}",
        kind=kind,
        person=person,
        office=office,
        valid_to=until,
        **told,
    )
    access.open(uuid4(), asked, reason, operator())
    return access.named(asked.access)


def local_token(settings: Settings) -> str:
    """For a request in this process: reads everything, changes nothing."""
    return issue_token(settings, operator(Role.AUDITOR), LOCAL_LIFETIME_S)


def operator(role: Role = Role.SYSTEM) -> Actor:
    """Whoever is logged in at this machine, as its installation."""
    try:
        person = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        person = "local"
    return Actor(person, "command line", role, "*")
