"""Who works at the command line, and tokens as it hands them out."""

from __future__ import annotations

import getpass
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from joserfc.errors import JoseError

from api import auth
from api.cli.messages import message
from api.cli.runtime import running
from api.settings import Settings
from reporting.application.access import Access
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.access_events import AccessOpened
from reporting.domain.actor import Actor, Role
from reporting.errors import InvalidInput
from reporting.ledger import Ledger

LOCAL_LIFETIME_S = 300  # one `reporting query`


def issue_token(settings: Settings, actor: Actor, lifetime_s: int) -> str:
    """A token signed with the installation's key, which is made at first use."""
    for field in ("person", "office", "jurisdiction"):
        if not 0 < len(text := getattr(actor, field)) <= 200:
            raise InvalidInput(field=f"--{field}", found=repr(text[:40]), expected=message("characters"))
    try:
        key = auth.load_key(settings.token_key)
    except (ValueError, JoseError):
        raise InvalidInput(
            field="REPORTING_TOKEN_KEY",
            found=settings.token_key,
            expected=message("file_with_signing_key"),
        ) from None
    return auth.issue_token(key, actor, now=int(time.time()), lifetime_s=lifetime_s)


def recorded_token(settings: Settings, actor: Actor, lifetime_s: int) -> str:
    """As `issue_token`, and the log says so: it counts as long as the access does that was opened for it."""
    asked = AccessOpened(
        access=f"t-{secrets.token_hex(4)}", kind="token", person=actor.person, office=actor.office, role=actor.role.value,
        jurisdiction=actor.jurisdiction, valid_to=datetime.now(UTC) + timedelta(seconds=lifetime_s),
    )  # fmt: skip
    with running(settings) as (_, database), access_of(database) as access:
        access.sign_with(uuid4(), auth.load_key(settings.token_key).thumbprint(), operator())
        access.open(uuid4(), asked, "reporting token", operator())
    return issue_token(settings, replace(actor, access=asked.access), lifetime_s)


def who(settings: Settings, token: str) -> Actor:
    """Whom a token names. NotAuthenticated, also for one of an access that is over."""
    actor = auth.read_token(auth.load_key(settings.token_key), token, now=int(time.time()))
    if actor.access is not None:
        with running(settings) as (_, database), access_of(database) as access:
            access.check(actor)
    return actor


@contextmanager
def access_of(database: Database) -> Iterator[Access]:
    ledger = Ledger(database)
    try:
        yield Access(Reporting(ledger))
    finally:
        ledger.close()


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
