"""`reporting retention`."""

from __future__ import annotations

import json
from typing import Any, get_args
from uuid import UUID, uuid4

import click

from api.cli.messages import message, say_if_none
from api.cli.runtime import running
from reporting.domain.disposal import Disposal
from reporting.domain.retention_events import Ground, HeldKind

JSON = click.option("--json", "as_json", is_flag=True, help="as JSON lines")
REASON = click.option("--reason", required=True, help="why; stands in the log")
PERSON = click.option("--person", help="whose names; - to be asked, so that it stands in no shell history")
COMMANDS = click.option("--command", "commands", multiple=True, type=click.UUID, help="this command, too")


@click.group("retention")
def command() -> None:
    """What is kept how long by law; legal holds; disposal of names and documents by two people, with a certificate.

    \b
    Examples:
      reporting retention due
      reporting retention propose --election lower_house.48 --reason 2026-17
    """


@command.command()
@click.option("--all", "every", is_flag=True, help="also elections whose period is not over")
@JSON
def due(every: bool, as_json: bool) -> None:
    """Print elections whose period is over and whose names or documents are still there, by which law, and what holds them; then
    disposals that wait for a second person, or to be carried out.

    \b
    Example:
      reporting retention due --all
    """
    from api.cli.disposing import retention_of, working
    from api.cli.identity import operator

    with running() as (_, database), retention_of(database) as retention:
        with working():
            rows = retention.due(operator(), every)
        for row in rows:
            period = row.kept.period
            _say(
                {
                    "election": row.election, "keptUntil": row.kept.until.isoformat(), "over": row.over,
                    "commands": row.commands, "holds": list(row.holds), "documents": row.documents,
                    "documentHolds": list(row.document_holds), "law": period.source.ja, "read": period.read,
                },
                as_json,
            )  # fmt: skip
        waiting = [each for each in retention.holding().disposals.values() if each.certificate is None]
        for disposal in waiting:
            _say(_told(disposal) | {"document": retention.document_of(disposal)}, as_json)
    say_if_none(rows or waiting)


@command.command()
@click.option("--election", help="of this election; none: of everything")
@click.option("--record", type=click.Choice(get_args(HeldKind)), help="this kind alone; none: every kind")
@REASON
def hold(election: str | None, record: HeldKind | None, reason: str) -> None:
    """Open a legal hold: nothing of it is disposed of until it is lifted. Prints its name.

    \b
    Example:
      reporting retention hold --election lower_house.48 --reason '令和8年(行ケ)第3号'
    """
    from api.cli.disposing import retention_of
    from api.cli.identity import operator

    with running() as (_, database), retention_of(database) as retention:
        click.echo(retention.hold(uuid4(), election, record, reason, operator()))


@command.command()
@JSON
def holds(as_json: bool) -> None:
    """Print every legal hold that is open: on what, since when, by whom and why.

    \b
    Example:
      reporting retention holds
    """
    from api.cli.disposing import retention_of
    from api.cli.identity import operator

    with running() as (_, database), retention_of(database) as retention:
        rows = retention.holds(operator())
    for opened, deed in rows:
        _say(
            {
                "hold": opened.hold, "election": opened.election, "record": opened.record,
                "opened": deed.recorded_at.astimezone().isoformat(timespec="seconds"), "openedBy": deed.person,
                "reason": deed.reason,
            },
            as_json,
        )  # fmt: skip
    say_if_none(rows)


@command.command()
@click.argument("name")
@REASON
def lift(name: str, reason: str) -> None:
    """Lift a legal hold.

    \b
    Example:
      reporting retention lift h-3f9a01cc --reason '判決確定'
    """
    from api.cli.disposing import retention_of
    from api.cli.identity import operator

    with running() as (_, database), retention_of(database) as retention:
        click.echo(f"{name}: position {retention.lift(uuid4(), name, reason, operator()):,}")


@command.command()
@click.option(
    "--election", help="names of this election, whose period is over; none: of no election, where old enough"
)
@click.option(
    "--record",
    type=click.Choice(("names", "documents")),
    default="names",
    show_default=True,
    help="documents: the scans attached to the election's returns",
)
@click.option(
    "--class",
    "ground",
    type=click.Choice(get_args(Ground)),
    default="period_over",
    show_default=True,
    help="before the period ends only as a person asks (data_protection) or a court orders (court_order)",
)
@click.option("--document", metavar="SHA256", help="this document alone, before the period ends")
@PERSON
@COMMANDS
@REASON
def propose(
    election: str | None,
    record: str,
    ground: Ground,
    document: str | None,
    person: str | None,
    commands: tuple[UUID, ...],
    reason: str,
) -> None:
    """Propose a disposal. Erases nothing: another person confirms it. Prints its name.

    \b
    Examples:
      reporting retention propose --election lower_house.48 --reason 2026-17
      reporting retention propose --election lower_house.48 --record documents --reason 2026-18
      reporting retention propose --class data_protection --person - --reason 2026-18
      reporting retention propose --election lower_house.48 --record documents --class court_order --document 9f86d0… --reason '令和8年(ヨ)第3号'
    """
    from api.cli.disposing import asked_name, retention_of, working
    from api.cli.identity import operator

    single = record == "documents" and ground != "period_over"
    if (record == "documents" and (person or commands)) or single != (document is not None):
        raise click.UsageError(message("documents_when_over"))
    name = asked_name(person)
    with running() as (_, database), retention_of(database) as retention, working():
        if document is not None:
            disposal = retention.propose_document(uuid4(), election, document, ground, reason, operator())
        elif record == "documents":
            disposal = retention.propose_documents(uuid4(), election, reason, operator())
        elif ground == "period_over" and not name and not commands:
            disposal = retention.propose_due(uuid4(), election, reason, operator())
        else:
            disposal = retention.propose_person(uuid4(), name, commands, ground, reason, operator())
    told = disposal.proposal
    much = f"{told.documents:,} documents" if record == "documents" else f"{told.commands:,} commands"
    click.echo(f"{told.disposal}: {much}")


@command.command()
@click.argument("name")
@PERSON
@COMMANDS
@click.option(
    "--decide-only",
    is_flag=True,
    help="leave it to reporting audit erase, by who may act as the owner; of documents to reporting documents dispose",
)
def confirm(name: str, person: str | None, commands: tuple[UUID, ...], decide_only: bool) -> None:
    """Confirm what another person proposed, and carry it out. Cannot be undone; prints the certificate.

    \b
    Example:
      reporting retention confirm d-1f00ab42
    """
    from api.cli.disposing import asked_name, carried_out, disposed_documents, retention_of, working
    from api.cli.identity import operator

    whose, who = asked_name(person), operator()
    with running() as (settings, database):
        with retention_of(database) as retention, working():
            disposal = retention.confirm(uuid4(), name, who, whose, commands)
        if disposal.proposal.record == "documents":
            if not decide_only:
                click.echo(disposed_documents(database, name, settings.documents))
        elif not decide_only:
            told = carried_out(database, name, whose, commands, by=who.person, ground=disposal.proposal.law)
            click.echo(
                f"{name}: {told.commands:,} commands, {told.files:,} {message('files')}, {told.addresses:,} {message('addresses')}"
            )


def _told(disposal: Disposal) -> dict[str, Any]:
    proposal = disposal.proposal
    return {
        "disposal": proposal.disposal, "class": proposal.ground, "election": proposal.election, "record": proposal.record,
        "commands": proposal.commands, "documents": proposal.documents,
        "law": proposal.law, "proposedBy": disposal.proposed_by, "confirmed": disposal.confirmed_at is not None,
    }  # fmt: skip


def _say(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(
            "  ".join(f"{name}={value}" for name, value in told.items() if value not in (None, "", []))
        )
