"""`reporting tell`."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import time as TimeOfDay
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID, uuid4

import click

from api.cli.failure import first_line
from api.cli.logs import configure
from api.cli.messages import message, say_if_none
from api.cli.runtime import placements_of, running
from reporting.domain.directory import JAPAN
from reporting.errors import InvalidInput, Unavailable
from reporting.outside import of_database
from reporting.telling.addresses import Address, Addresses, Channel, still_there
from reporting.telling.outbox import Outbox, State

if TYPE_CHECKING:
    from reporting.application.service import Reporting
    from reporting.database.connect import Database
    from reporting.telling.letter import Sender

MOST_LISTED = 1_000
LOOK_S = 1.0  # how often what is due is looked for
CHANNELS, STATES = get_args(Channel), get_args(State)
NETWORKS = click.option(
    "--networks",
    envvar="REPORTING_TELL_NETWORKS",
    show_envvar=True,
    default="",
    help="inner networks where webhooks may be, e.g. '10.20.0.0/16' [default: none]",
)
JSON = click.option("--json", "as_json", is_flag=True, help="as JSON lines")


@dataclass(frozen=True, slots=True)
class _Opened:
    database: Database
    service: Reporting
    addresses: Addresses
    outbox: Outbox


@click.group("tell")
def command() -> None:
    """Tell offices what happened: each person once, whatever dies. No message holds a figure.

    \b
    Examples:
      reporting tell address add chuo-ku --person a.sato --channel webhook --to https://alarm.example.jp/hook
      reporting tell run
      reporting tell list --state dead
    """


@command.command()
@click.option("--once", is_flag=True, help="tell what is due and end, instead of waiting for more")
@click.option(
    "--rules",
    envvar="REPORTING_TELL_RULES",
    show_envvar=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML over the shipped rules of who is told of what",
)
@click.option(
    "--link",
    envvar="REPORTING_TELL_LINK",
    show_envvar=True,
    default="",
    help="address of the console, for the links in messages",
)
@click.option(
    "--lead",
    envvar="REPORTING_TELL_LEAD",
    show_envvar=True,
    type=click.IntRange(0, 24 * 60),
    default=30,
    show_default=True,
    help="minutes before a cut-off at which who has not submitted is told",
)
@NETWORKS
@click.option(
    "--mail",
    envvar="REPORTING_MAIL_SERVER",
    show_envvar=True,
    help="smtps://…, smtp://… (STARTTLS) [default: no e-mail]",
)
@click.option(
    "--mail-from", envvar="REPORTING_MAIL_FROM", show_envvar=True, default="", help="whom e-mail is from"
)
def run(
    once: bool, rules: Path | None, link: str, lead: int, networks: str, mail: str | None, mail_from: str
) -> None:
    """Follow the log and tell whom the rules name. Several may run; a message is one's at a time. The mail server's password stands
    in REPORTING_MAIL_PASSWORD.

    \b
    Example:
      reporting tell run --link https://election.example.jp
    """
    from eventsourcing.persistence import OperationalError

    from projections.followers import wait_for
    from projections.followers.notices import following
    from reporting.telling.deadlines import Deadlines
    from reporting.telling.inner_network import read_networks
    from reporting.telling.mail import Mail, read_server
    from reporting.telling.rules import read_rules
    from reporting.telling.telling import Teller
    from reporting.telling.webhook import Webhook

    allowed, told_whom = read_networks(networks), read_rules(rules)
    server = read_server(mail, mail_from, os.environ.get("REPORTING_MAIL_PASSWORD")) if mail else None
    try:
        with _opened(service=True) as here, following(here.database.url) as runner:
            senders: dict[str, Sender] = {"webhook": Webhook(here.service.clock, allowed)}
            if server is not None:
                senders["mail"] = Mail(server, here.service.clock)
            telling = Teller(here.service, here.outbox, here.addresses, told_whom, senders, link)
            deadlines = Deadlines(here.service, timedelta(minutes=lead))
            deadlines.remind()
            clock, nobodys = here.service.clock, dict[str, int]()
            if once:
                wait_for(runner, runner.app.recorder.max_notification_id())
                runner.run_forever(timeout=0)  # raises what stopped the follower
                telling.lay_out()
                _say_told(telling.send())
                _say_nobodys(here.outbox.of_nobody(senders, clock()))
                return
            configure(logging.INFO)
            with telling.sending() as told:
                while True:
                    runner.run_forever(timeout=LOOK_S)
                    telling.lay_out()
                    _say_told(told())
                    deadlines.remind()
                    waiting = here.outbox.of_nobody(senders, clock())
                    _say_nobodys({each: waiting[each] for each in waiting.keys() - nobodys})
                    nobodys = waiting
    except OperationalError as away:
        raise Unavailable(detail=of_database(away), said=first_line(away)) from away


@command.command("list")
@click.argument("office", required=False)
@click.option("--state", type=click.Choice(STATES), help="only these")
@JSON
def listed(office: str | None, state: State | None, as_json: bool) -> None:
    """What was told, waits, or could not be delivered (dead), the newest first; at most 1,000.

    \b
    Example:
      reporting tell list --state dead
    """
    with _opened() as here:
        kept_ones = here.outbox.kept(None if office is None else [office], state, MOST_LISTED + 1)
        for kept in kept_ones[:MOST_LISTED]:
            row: dict[str, Any] = {
                "delivery": str(kept.delivery_id), "position": kept.position, "kind": kept.kind, "election": kept.election,
                "form": kept.form, "slot": kept.slot, "unit": kept.unit, "office": kept.office, "channel": kept.channel,
                "person": kept.person, "state": kept.state, "attempts": kept.attempts, "failure": kept.failure,
            }  # fmt: skip
            _print(row, as_json)
    say_if_none(kept_ones)
    if len(kept_ones) > MOST_LISTED:
        click.echo(message("more_deliveries", most=MOST_LISTED), err=True)


@command.command()
@click.argument("deliveries", metavar="DELIVERY...", type=click.UUID, nargs=-1, required=True)
def again(deliveries: tuple[UUID, ...]) -> None:
    """Try again what was given up: all that are named, or none.

    \b
    Examples:
      reporting tell again 7b0c6f0e-0f5e-5d39-9a0e-2f6b0d0c1a11
      reporting tell again $(reporting tell list nishinomiya --state dead | cut -f1)
    """
    with _opened() as here:
        here.outbox.again(deliveries, here.service.clock())
    click.echo(message("tried_again", number=len(set(deliveries))), err=True)


@command.command()
@click.argument("election")
@click.argument("form")
@click.argument("slot")
@click.option("--all", "every", is_flag=True, help="units that have submitted, too")
@JSON
def tree(election: str, form: str, slot: str, every: bool, as_json: bool) -> None:
    """Print whom to telephone for a slot: units that have not submitted, below their areas, with the numbers of their office in order.

    \b
    Example:
      reporting tell tree shugiin-2028 turnout t1400 > 電話連絡表.txt
    """
    from reporting.telling.deadlines import Deadlines
    from reporting.telling.telephones import calls

    with _opened() as here:
        held = here.service.catalog.election(election)
        waiting = Deadlines(here.service).waiting(election, form, slot)
        units = sorted(held.waited_for(form, slot)) if every else waiting
        now, directory = here.service.clock().astimezone(JAPAN), here.service.directory()
        numbers = still_there(here.addresses.of(), directory, now)
        listed = calls(units, held.roster, held.definition.units.geography, directory, numbers)
    if as_json:
        for call in listed:
            _print(asdict(call), True)
        return
    click.echo(
        message(
            "tree_head", election=held.definition.label.ja, form=form, slot=slot, at=f"{now:%Y-%m-%d %H:%M}"
        )
    )
    click.echo(message("tree_counts", units=len(units), waiting=len(waiting)))
    above: tuple[str, ...] | None = None
    for call in listed:
        if call.above != above:
            above = call.above
            click.echo(f"\n{' / '.join(above)}")
        number = f"{call.number}  {call.person}" if call.number else message("tree_no_number")
        click.echo(f"  □ {call.unit} {call.name}  {call.office or '―'}  {number}")


@command.group()
def address() -> None:
    """Where people of an office are told. Personal data: beside the log, erased with the person.

    \b
    Example:
      reporting tell address list nishinomiya
    """


@address.command()
@click.argument("office")
@click.option("--person", required=True, help="whose it is: the name that `reporting audit erase` knows")
@click.option("--channel", type=click.Choice(CHANNELS), required=True)
@click.option("--to", "where", required=True, help="https://…, an e-mail address, or a telephone number")
@click.option("--rank", type=click.IntRange(0, 9), default=0, show_default=True, help="0 is told first")
@click.option("--quiet", help="only what is urgent between these, e.g. 22:00-06:00 (Japan)")
@NETWORKS
def add(
    office: str, person: str, channel: Channel, where: str, rank: int, quiet: str | None, networks: str
) -> None:
    """Add an address to an office that is registered. Prints its id and, of a webhook, the secret that its calls are signed with.

    \b
    Example:
      reporting tell address add chuo-ku --person a.sato --channel webhook --to https://alarm.example.jp/hook --quiet 22:00-06:00
    """
    from reporting.application.commands import is_name
    from reporting.application.offices import registered
    from reporting.telling.inner_network import read_networks
    from reporting.telling.mail import check_address
    from reporting.telling.webhook import Webhook, new_secret

    start, end = _span(quiet)
    if not is_name(person):
        raise InvalidInput.at("person", person, message("whose_address"))
    with _opened() as here:
        registered(here.service.directory(), office)
        if channel == "webhook":
            Webhook(here.service.clock, read_networks(networks)).check(where)
        elif channel == "mail":
            check_address(where)
        elif channel == "telephone" and not re.fullmatch(r"\+?[0-9][0-9 ()-]{2,30}", where):
            raise InvalidInput.at("address", where, message("a_telephone_number"))
        secret = new_secret() if channel == "webhook" else None
        since = here.service.ledger.position()
        asked = Address(uuid4(), office, person, channel, where, secret, rank, start, end, since)
        held = here.addresses.add(asked)
    if (held.rank, held.quiet_from, held.quiet_to) != (rank, start, end):
        told = message("an_address_that_is_new", address=held.address_id, rank=held.rank, quiet=_hours(held))
        raise InvalidInput.at("address", where, told)
    _print({"address": str(held.address_id), "secret": held.secret}, True)


@address.command("list")
@click.argument("office", required=False)
@JSON
def addresses(office: str | None, as_json: bool) -> None:
    """Addresses, without secrets.

    \b
    Example:
      reporting tell address list nishinomiya
    """
    with _opened() as here:
        held_ones = here.addresses.of(office)
        for held in held_ones:
            row = {
                "address": str(held.address_id), "office": held.office, "rank": held.rank, "person": held.person,
                "channel": held.channel, "to": held.address, "quiet": _hours(held),
            }  # fmt: skip
            _print(row, as_json)
    say_if_none(held_ones)


@address.command()
@click.argument("address_id", metavar="ADDRESS", type=click.UUID)
def remove(address_id: UUID) -> None:
    """Remove an address, with what waits to be sent there.

    \b
    Example:
      reporting tell address remove 5b0f9a52-7f0e-4a51-9d10-0d3c1a6f9c1e
    """
    with _opened() as here:
        here.addresses.remove(address_id)


def _say_told(number: int) -> None:
    if number:
        click.echo(message("were_told", number=number), err=True)


def _say_nobodys(waiting: Mapping[str, int]) -> None:
    """Of mail alone: webhooks are everybody's, and nothing is laid out for telephones."""
    for number in waiting.values():
        click.echo(message("nobody_sends_mail", number=number), err=True)


@contextmanager
def _opened(service: bool = False) -> Iterator[_Opened]:
    from reporting.application.service import Reporting
    from reporting.ledger import GroupAppender, Ledger

    with running(service=service) as (settings, database), ExitStack() as held:
        ledger = held.enter_context(closing(Ledger(database)))
        appender = held.enter_context(closing(GroupAppender(ledger))) if service else None
        yield _Opened(
            database,
            Reporting(ledger, appender, placements=placements_of(settings)),
            held.enter_context(closing(Addresses(database))),
            held.enter_context(closing(Outbox(database))),
        )


def _span(text: str | None) -> tuple[TimeOfDay | None, TimeOfDay | None]:
    if text is None:
        return None, None
    try:
        start, end = (TimeOfDay.fromisoformat(part) for part in text.split("-"))
    except ValueError:
        start = end = TimeOfDay()
    if start == end or start.tzinfo or end.tzinfo:  # they are of the clock in Japan
        raise InvalidInput.at("quiet", text, message("a_time_of_day"))
    return start, end


def _hours(held: Address) -> str:
    return "" if held.quiet_from is None else f"{held.quiet_from:%H:%M}-{held.quiet_to:%H:%M}"


def _print(row: dict[str, Any], as_json: bool) -> None:
    click.echo(
        json.dumps(row, ensure_ascii=False)
        if as_json
        else "\t".join("" if value is None else str(value) for value in row.values())
    )
