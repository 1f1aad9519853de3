"""`reporting access`."""

from __future__ import annotations

import json
import secrets
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import click

from api.cli.messages import message, say_if_none
from api.cli.runtime import running
from reporting.application.access import Opened, hashed

SECRET_BYTES = 32
JSON = click.option("--json", "as_json", is_flag=True, help="as JSON lines")
REASON = click.option("--reason", required=True, help="why; stands in the log")


@click.group("access")
def command() -> None:
    """Access beside the ordinary login. Each is opened with a reason and an end, stands in the log, and is told of.

    \b
    Examples:
      reporting access emergency nishinomiya --person a.sato --hours 2 --reason 認証サービスの停止
      reporting access report e-3f9a01
    """


@command.command()
@click.argument("office")
@click.option("--person", required=True, help="who comes by it: a stable personal reference, not a name")
@click.option(
    "--hours",
    type=click.FloatRange(0, 12, min_open=True),
    default=2.0,
    show_default=True,
    help="it ends after so long",
)
@REASON
def emergency(office: str, person: str, hours: float, reason: str) -> None:
    """Let one person work for one registered office while the identity provider is away. Prints what they paste under
    「非常時のログイン」 of the console's login page, or send as a bearer token.

    \b
    Example:
      reporting access emergency nishinomiya --person a.sato --hours 2 --reason 認証サービスの停止
    """
    from api.auth import SESSION_ISSUER, issue_token, load_key
    from api.cli.identity import access_of, open_access, operator
    from reporting.errors import InvalidInput

    with running() as (settings, database), access_of(database) as access:
        if settings.oidc is None:
            raise InvalidInput.at("REPORTING_OIDC_ISSUER", "", message("a_provider_that_may_be_away"))
        key = load_key(settings.token_key)
        access.sign_with(uuid4(), key.thumbprint(), operator())
        until = access.now() + timedelta(hours=hours)
        opened = open_access(access, "emergency", person, office, until, reason)
    click.echo(
        message(
            "emergency_is_open", name=opened.event.access, office=opened.event.office, until=_local(until)
        ),
        err=True,
    )
    # The token's own times are this machine's, as those of every token; what counts is the end of the access.
    lifetime_s = int(timedelta(hours=hours).total_seconds())
    click.echo(
        issue_token(key, opened.actor, now=int(time.time()), lifetime_s=lifetime_s, issuer=SESSION_ISSUER)
    )


@command.command()
@click.argument("office")
@click.option(
    "--system", required=True, help="what the software is called; stands in every history as who did it"
)
@click.option(
    "--days", type=click.IntRange(1, 400), default=365, show_default=True, help="it ends after so many"
)
@click.option(
    "--operation",
    "operations",
    multiple=True,
    help="may do this and nothing else; may be repeated [default: all of the role]",
)
@REASON
def account(office: str, system: str, days: int, operations: tuple[str, ...], reason: str) -> None:
    """Open an account for other software of one registered office: it gets a token at POST /token (RFC 6749, 4.4) by the
    name and the secret printed here, once.

    \b
    Example:
      reporting access account nishinomiya --system 開票集計システム --operation import --reason 集計システムとの連携
    """
    from api.cli.identity import access_of, open_access

    secret = secrets.token_urlsafe(SECRET_BYTES)
    with running() as (_, database), access_of(database) as access:
        until = access.now() + timedelta(days=days)
        opened = open_access(
            access,
            "system",
            system,
            office,
            until,
            reason,
            operations=operations or None,
            secret_hash=hashed(secret),
        )
    click.echo(
        message("account_is_open", name=opened.event.access, office=opened.event.office, until=_local(until)),
        err=True,
    )
    click.echo(f"client_id={opened.event.access}\nclient_secret={secret}")


@command.command()
@click.argument("name")
@REASON
def close(name: str, reason: str) -> None:
    """End an access before its time, at every server at once.

    \b
    Example:
      reporting access close e-3f9a01 --reason 認証サービスの復旧
    """
    from api.cli.identity import access_of, operator

    with running() as (_, database), access_of(database) as access:
        position = access.close(uuid4(), name, reason, operator())
    click.echo(f"{name}: position {position:,}")


@command.command("list")
@click.option("--all", "every", is_flag=True, help="also those that are over")
@JSON
def list_(every: bool, as_json: bool) -> None:
    """Print every access that counts now.

    \b
    Example:
      reporting access list --all
    """
    from api.cli.identity import access_of

    with running() as (_, database), access_of(database) as access:
        now = access.now()
        told = [_told(opened, now) for opened in access.held().values() if every or opened.counts(now)]
    for row in told:
        _say(row, as_json)
    say_if_none(told)


@command.command()
@click.argument("name")
@JSON
def report(name: str, as_json: bool) -> None:
    """Print who opened an access, why and until when, and everything that its person did for its office meanwhile.

    \b
    Example:
      reporting access report e-3f9a01
    """
    from api.cli.identity import access_of

    with running() as (_, database), access_of(database) as access:
        opened = access.named(name)
        _say(_told(opened, access.now()), as_json)
        for done in access.done(opened):
            told = {
                "positions": f"{done.first_position}-{done.last_position}",
                "at": _local(done.recorded_at),
            }
            _say(told | {"command": str(done.command_id), "reason": done.reason}, as_json)


def _told(opened: Opened, now: datetime) -> dict[str, Any]:
    told, opening, closing = opened.event, opened.opening, opened.closing
    return {
        "access": told.access, "kind": told.kind, "counts": opened.counts(now), "person": told.person, "office": told.office,
        "role": told.role, "area": told.jurisdiction, "operations": told.operations,
        "opened": _local(opening.recorded.recorded_at), "openedBy": opening.person, "reason": opening.reason,
        "until": _local(opened.until), "closedBy": closing and closing.person, "whyClosed": closing and closing.reason,
    }  # fmt: skip


def _say(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo("  ".join(f"{name}={value}" for name, value in told.items() if value not in (None, "")))


def _local(instant: datetime) -> str:
    return instant.astimezone().isoformat(timespec="seconds")
