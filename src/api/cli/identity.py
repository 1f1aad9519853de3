"""Who works at the command line, and tokens as it hands them out."""

from __future__ import annotations

import getpass
import time

from joserfc.errors import JoseError

from api import auth
from api.cli.messages import message
from api.settings import Settings
from reporting.domain.actor import Actor, Role
from reporting.errors import InvalidInput

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


def who(settings: Settings, token: str) -> Actor:
    """Whom a token names. NotAuthenticated."""
    return auth.read_token(auth.load_key(settings.token_key), token, now=int(time.time()))


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
