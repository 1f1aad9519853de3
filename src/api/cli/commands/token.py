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
    """Issue a bearer token for development and drills. It stands in the log, and `reporting access close` ends it. Whoever can
    read the signing key can issue any token.

    \b
    Examples:
      reporting token --role auditor
      reporting token --person a.sato --office 浜松市選管 --role municipality --jurisdiction 22130
    """
    from api.cli.identity import issue_token, recorded_token

    actor = Actor(person=person, office=office, role=Role(role), jurisdiction=jurisdiction)
    settings = Settings.from_env()
    if settings.has_database:
        click.echo(recorded_token(settings, actor, hours * 3600))
    else:
        click.echo(message("token_is_not_recorded"), err=True)
        click.echo(issue_token(settings, actor, hours * 3600))
