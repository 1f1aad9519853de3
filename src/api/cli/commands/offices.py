"""`reporting offices`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import IO
from uuid import uuid4

import click

from api.cli.messages import message, say_if_none
from api.cli.runtime import running, service_of
from reporting.application.offices import GrantMembership, HandOver, Offices, RegisterOffice
from reporting.domain.actor import Actor, Role
from reporting.domain.directory import JAPAN, Directory
from reporting.errors import ReportingError
from reporting.wording import asked_for


class OfficeIsAnother(ReportingError):
    """facts: `office`, `stands` (name, role and area)."""

    code = "office_is_another"
    template_ja = "委員会 {office} は別の内容（{stands}）で登録されています。何も記録していません。変えるときは --restate を付け、新しい委員会なら別のコードで登録してください。"
    template_en = (
        "The office {office} is registered otherwise ({stands}). Nothing was recorded. Add --restate to change it, or use another "
        "code for a new office."
    )


DAY = click.DateTime(["%Y-%m-%d"])


def _today() -> date:
    """In Japan, where memberships begin and end, wherever the machine's clock says it is."""
    return datetime.now(UTC).astimezone(JAPAN).date()


def _members(directory: Directory, office: str, day: date) -> list[str]:
    return sorted(
        who
        for who, start, until in directory.members.get(office, ())
        if start <= day and (until is None or day < until)
    )


@click.group("offices")
def command() -> None:
    """Register offices and who works for them; logins by identity provider look here.

    \b
    Example:
      reporting offices register nishinomiya --label 西宮市選挙管理委員会 --role municipality --area 28204
    """


@contextmanager
def _offices() -> Iterator[tuple[Offices, Actor]]:
    from api.cli.identity import operator

    with running() as (_, database), service_of(database) as service:
        yield Offices(service), operator()


@command.command()
@click.argument("office")
@click.option("--label", required=True, help="name of the office")
@click.option(
    "--role", type=click.Choice([role.value for role in Role if role is not Role.SYSTEM]), required=True
)
@click.option("--area", "jurisdiction", required=True, help="code of the area it answers for, or *")
@click.option("--restate", is_flag=True, help="where the office is registered otherwise: change it to this")
def register(office: str, label: str, role: str, jurisdiction: str, restate: bool) -> None:
    """Register an office, or restate it. What is registered like this already is left as it is.

    \b
    Example:
      reporting offices register nishinomiya --label 西宮市選挙管理委員会 --role municipality --area 28204
    """
    given = {
        "command_id": uuid4(),
        "office": office,
        "label": label,
        "role": role,
        "jurisdiction": jurisdiction,
    }
    asked = asked_for(RegisterOffice, given)
    with _offices() as (offices, actor):
        if (held := offices.directory().offices.get(asked.office)) is not None:
            stands = (held.label_ja, held.role, held.jurisdiction)
            if stands == (asked.label, asked.role, asked.jurisdiction):
                click.echo(message("office_stands_already", office=office))
                return
            if not restate:
                raise OfficeIsAnother(office=office, stands=" ".join(stands))
        position = offices.register(
            asked.command_id, asked.office, asked.label, Role(asked.role), asked.jurisdiction, actor
        )
    click.echo(f"{office}: position {position:,}")


@command.command()
@click.argument("office")
@click.argument("subject")
@click.option("--from", "valid_from", type=DAY, default=None, help="first day [default: today]")
@click.option("--until", "valid_to", type=DAY, default=None, help="first day it is over [default: open]")
@click.option("--deputy-for", metavar="SUBJECT", help="in whose stead; needs --until")
def grant(
    office: str, subject: str, valid_from: datetime | None, valid_to: datetime | None, deputy_for: str | None
) -> None:
    """Let somebody (subject of the identity provider) work for an office.

    \b
    Example:
      reporting offices grant nishinomiya 8f0c1a --from 2027-04-01 --until 2028-04-01
      reporting offices grant nishinomiya 77aa01 --until 2028-02-01 --deputy-for 8f0c1a
    """
    given = {
        "command_id": uuid4(), "office": office, "subject": subject, "valid_from": valid_from.date() if valid_from else _today(),
        "valid_to": valid_to.date() if valid_to else None, "deputy_for": deputy_for,
    }  # fmt: skip
    asked = asked_for(GrantMembership, given)
    with _offices() as (offices, actor):
        position = offices.grant(
            asked.command_id,
            asked.office,
            asked.subject,
            asked.valid_from,
            asked.valid_to,
            actor,
            asked.deputy_for,
        )
    click.echo(f"{office}/{subject}: position {position:,}")


@command.command()
@click.argument("office")
@click.argument("subject")
@click.option("--until", "valid_to", type=DAY, default=None, help="first day it is over [default: today]")
def end(office: str, subject: str, valid_to: datetime | None) -> None:
    """End somebody's work for an office.

    \b
    Example:
      reporting offices end nishinomiya 8f0c1a --until 2028-04-01
    """
    day = valid_to.date() if valid_to else _today()
    with _offices() as (offices, actor):
        position = offices.end(uuid4(), office, subject, day, actor)
        left = _members(offices.directory(), office, day)
    click.echo(f"{office}/{subject}: position {position:,}")
    click.echo(message("membership_ends", office=office, subject=subject, day=day), err=True)
    if not left:
        click.echo(message("nobody_left_there", office=office, day=day), err=True)


@command.command("hand-over")
@click.argument("office")
@click.option("--on", "day", type=DAY, required=True, help="first day for those who come")
@click.option("--leave", "leaving", multiple=True, metavar="SUBJECT", help="who leaves; may be repeated")
@click.option("--come", "coming", multiple=True, metavar="SUBJECT", help="who comes; may be repeated")
@click.option(
    "--until",
    "valid_to",
    type=DAY,
    default=None,
    help="first day it is over for those who come [default: open]",
)
def hand_over(
    office: str, day: datetime, leaving: tuple[str, ...], coming: tuple[str, ...], valid_to: datetime | None
) -> None:
    """Hand an office over on a day, all of it or nothing.

    \b
    Example:
      reporting offices hand-over nishinomiya --on 2028-04-01 --leave 8f0c1a --come 77aa01 --come 90bb12
    """
    given = {
        "command_id": uuid4(), "office": office, "day": day.date(), "leaving": leaving, "coming": coming,
        "valid_to": valid_to.date() if valid_to else None,
    }  # fmt: skip
    request = asked_for(HandOver, given)
    with _offices() as (offices, actor):
        position = offices.hand_over(request, actor)
    click.echo(f"{office}: position {position:,}")


@command.command("list")
def list_() -> None:
    """Every office and who works for it today.

    \b
    Example:
      reporting offices list
    """
    today = _today()
    with _offices() as (offices, _):
        directory = offices.directory()
    for code, office in sorted(directory.offices.items()):
        members = ", ".join(_members(directory, code, today)) or "—"
        click.echo(f"{code}\t{office.label_ja}\t{office.role}\t{office.jurisdiction}\t{members}")
    say_if_none(directory.offices)


@command.command()
@click.option("--since", type=DAY, default=None, help="first day [default: all]")
@click.option("--until", type=DAY, default=None, help="the day after the last one [default: now]")
@click.option(
    "--lines",
    type=click.File(encoding="utf-8"),
    multiple=True,
    help="logs of servers (JSON lines), for requests; may be repeated",
)
@click.option("--json", "as_json", is_flag=True, help="as JSON lines")
def usage(since: datetime | None, until: datetime | None, lines: tuple[IO[str], ...], as_json: bool) -> None:
    """What each office used of a common installation, for sharing its cost: commands, events and their bytes in the log; with the
    servers' logs also requests, changes among them, and seconds worked for them. Days are Japan's.

    \b
    Example:
      journalctl -u reporting -o cat --since 2027-04-01 > april.log; reporting offices usage --since 2027-04-01 --lines april.log
    """
    from api.cli.office_usage import usage as used
    from reporting.domain.directory import JAPAN

    first, last = (None if day is None else day.replace(tzinfo=JAPAN) for day in (since, until))
    with running() as (_, database), service_of(database) as service:
        told = used(service.ledger, first, last, lines)
    if not as_json:
        click.echo("office\tcommands\tevents\tbytes\trequests\tchanges\tseconds")
    for office in told:
        absent = "—"
        row = (office.commands, office.events, office.bytes, office.requests, office.changes, office.seconds)
        cells = "\t".join(absent if value is None else f"{value:,}" for value in row)
        click.echo(office.line() if as_json else f"{office.office}\t{cells}")
