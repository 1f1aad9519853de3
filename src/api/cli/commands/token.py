"""`reporting token`."""

from __future__ import annotations

import click

from api.cli.messages import message
from api.settings import Settings
from reporting.domain.actor import Actor, Role


@click.command("token")
@click.option(
    "--person", default="dev", show_default=True, help="who: a stable personal reference, not a name"
)
@click.option("--office", default=message("development"), show_default=True, help="the office they act for")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.ANALYST.value, show_default=True
)
@click.option(
    "--jurisdiction", default="*", show_default=True, help="area code they may write for; * for all"
)
@click.option(
    "--hours", type=click.IntRange(1, 24 * 31), default=12, show_default=True, help="valid for so long"
)
def command(person: str, office: str, role: str, jurisdiction: str, hours: int) -> None:
    """Issue a bearer token for development and drills. Whoever can read the signing key can issue any token.

    \b
    Examples:
      reporting token --role auditor
      reporting token --person a.sato --office 浜松市選管 --role municipality --jurisdiction 22130
    """
    from api.cli.identity import issue_token

    actor = Actor(person=person, office=office, role=Role(role), jurisdiction=jurisdiction)
    click.echo(issue_token(Settings.from_env(), actor, hours * 3600))
