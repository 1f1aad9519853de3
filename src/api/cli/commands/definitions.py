"""`reporting definitions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.runtime import running

if TYPE_CHECKING:
    from reporting.application.commands import DefinitionRecorded
    from reporting.application.service import Reporting
    from reporting.definitions.catalogue import Catalogue
    from reporting.domain.actor import Actor
    from reporting.domain.areas import GeographyRecord
    from reporting.domain.election import ElectionDefinition
from api.cli.messages import message
from reporting.application.proposals import STATE_WORDS
from reporting.definitions.compose import compose_file

FILE = click.Path(dir_okay=False, path_type=Path)
CATALOGUE = click.option(
    "--catalogue",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="a catalogue of your own instead of the shipped one",
)


@click.group("definitions")
def command() -> None:
    """Check the item catalogue and make elections from templates, slot plans and local additions.

    \b
    Example:
      reporting definitions compose examples/local-assembly/election.toml > election.json
    """


@command.command()
@click.argument("election", type=FILE, required=False)
@CATALOGUE
@click.option(
    "--previous", type=FILE, help="an earlier election (JSON or TOML); items must still mean the same"
)
@click.option("--record", is_flag=True, help="record new versions of items in the catalogue's versions.toml")
def lint(election: Path | None, folder: Path | None, previous: Path | None, record: bool) -> None:
    """Check the catalogue, and with ELECTION also what that election adds and what its import would
    refuse of its names, times and levels. Exit code 1 names every problem.

    \b
    Examples:
      reporting definitions lint
      reporting definitions lint examples/local-assembly/election.toml
    """
    from reporting.application.meant import require_meant
    from reporting.definitions.lint import lint_catalogue, lint_change
    from reporting.definitions.listing import versions_record
    from reporting.definitions.load import load_election
    from reporting.files.problems import FileRefused

    if previous is not None and election is None:
        raise click.UsageError(message("previous_of_an_election"))
    catalogue = _catalogue(folder)
    if record:
        path = catalogue.folder / "versions.toml"
        path.write_text(versions_record(catalogue), encoding="utf-8", newline="\n")
        catalogue = _catalogue(catalogue.folder)
    if problems := lint_catalogue(catalogue):
        raise FileRefused(catalogue.folder.name, problems)
    if election is not None:
        made = compose_file(catalogue, election)
        require_meant(made, None, _shipped_geographies(made))
        if previous is not None and (problems := lint_change(load_election(previous), made, election.name)):
            raise FileRefused(election.name, problems)
    click.echo(f"{message('in_order')}: {len(catalogue.items)} items, {len(catalogue.forms)} forms")


@command.command()
@click.argument("election", type=FILE)
@CATALOGUE
@click.option("--national", is_flag=True, help="only what the national export holds, without local additions")
def compose(election: Path, folder: Path | None, national: bool) -> None:
    """Print the whole definition of ELECTION as JSON, ready for `reporting import election`.

    \b
    Example:
      reporting definitions compose examples/local-assembly/election.toml > election.json
    """
    from reporting.definitions.scopes import national_only

    made = compose_file(_catalogue(folder), election)
    click.echo((national_only(made) if national else made).model_dump_json(indent=1, exclude_defaults=True))


@command.command()
@CATALOGUE
def catalogue(folder: Path | None) -> None:
    """Print the catalogue as Markdown: items with purpose and basis, forms, templates.

    \b
    Example:
      reporting definitions catalogue > docs/catalogue.md
    """
    from reporting.definitions.listing import catalogue_listing

    click.echo(catalogue_listing(_catalogue(folder)), nl=False)


@command.command()
def proposals() -> None:
    """List changes that wait for a second person, with what each touches as things stand now; then those that are closed.

    \b
    Example:
      reporting definitions proposals
    """
    from reporting.application.service import Reporting
    from reporting.ledger import Ledger

    with running() as (_, database):
        ledger = Ledger(database)
        try:
            definitions = Reporting(ledger).definitions
            for proposal in sorted(
                definitions.proposals(), key=lambda proposal: (proposal.state != "open", proposal.number)
            ):
                click.echo(
                    f"{proposal.number} {proposal.subject} {proposal.code}: {STATE_WORDS[proposal.state]}; "
                    f"{proposal.person} {proposal.recorded_at.isoformat(timespec='minutes')}: {proposal.reason}"
                )
                for told in definitions.foreseen(proposal).told() if proposal.state == "open" else ():
                    click.echo(f"  {told.ja} / {told.en}")
        finally:
            ledger.close()


@command.command()
@click.argument("code")
@click.option(
    "--proposal", "number", type=int, required=True, metavar="NUMBER", help="as `proposals` lists it"
)
def confirm(code: str, number: int) -> None:
    """Stand behind another person's proposal for the election or registry CODE, and carry it out.

    \b
    Example:
      reporting definitions confirm sangiin-2028 --proposal 1234
    """
    from uuid import uuid4

    from api.cli.identity import operator
    from reporting.application.service import Reporting
    from reporting.ledger import Ledger

    actor = operator()
    with running() as (_, database):
        ledger = Ledger(database)
        try:
            done = Reporting(ledger).definitions.confirm(code, number, actor, uuid4())
        finally:
            ledger.close()
    for touched in done.touched:
        click.echo(f"{touched.told(0)} / {touched.told(1)}", err=True)
    click.echo(f"{code}: {message('proposal_confirmed', number=number)}, position {done.position:,}")


@command.command()
@click.argument("election")
@click.argument("unit")
@click.option("--part", "parts", multiple=True, required=True, metavar="CODE=NAME", help="at least two")
@click.option("--from", "on", required=True, metavar="YYYY-MM-DD", help="from when they count")
@click.option("--level", metavar="CODE", help="level of the parts; none: the lowest of the geography")
@click.option(
    "--keeps",
    multiple=True,
    metavar="FORM",
    help="a form that UNIT goes on reporting; none: those that ask nothing by candidate or party",
)
@click.option("--reason", required=True, metavar="TEXT", help="shown wherever the unit is")
@click.option("--dry-run", is_flag=True, help="only say what it touches")
def divide(
    election: str,
    unit: str,
    parts: tuple[str, ...],
    on: str,
    level: str | None,
    keeps: tuple[str, ...],
    reason: str,
    dry_run: bool,
) -> None:
    """Divide UNIT of ELECTION into counting districts (開票区); what it reported stands until all of them have reported.

    \b
    Example:
      reporting definitions divide shuin-2026 42212 --part 42212-1=本土 --part 42212-2=離島 \\
        --from 2026-02-08 --reason 荒天のため離島は翌日開票
    """  # fmt: skip
    from uuid import uuid4

    from reporting.application.dividing import DivideUnit, Divisions
    from reporting.wording import asked_for

    given = {
        "command_id": uuid4(), "election": election, "unit": unit, "on": on, "level": level,
        "parts": [dict(zip(("code", "name"), part.split("=", 1), strict=False)) for part in parts],
        "keeps": keeps or None, "reason": reason,
    }  # fmt: skip
    asked = asked_for(DivideUnit, given)
    with _reporting() as (service, actor):
        _tell(unit, Divisions(service).divide(asked, actor, dry_run=dry_run))


@command.command()
@click.argument("election")
@click.argument("unit")
@click.option("--reason", required=True, metavar="TEXT")
@click.option("--dry-run", is_flag=True, help="only say what it touches")
def undivide(election: str, unit: str, reason: str, dry_run: bool) -> None:
    """Undo the division of UNIT of ELECTION, as long as no part of it has reported.

    \b
    Example:
      reporting definitions undivide shuin-2026 42212 --reason 天候が回復した
    """
    from uuid import uuid4

    from reporting.application.dividing import Divisions, UndoDivision
    from reporting.wording import asked_for

    given = {"command_id": uuid4(), "election": election, "unit": unit, "reason": reason}
    asked = asked_for(UndoDivision, given)
    with _reporting() as (service, actor):
        _tell(unit, Divisions(service).undo(asked, actor, dry_run=dry_run))


@command.command()
@click.argument("election")
@click.argument("units", nargs=-1, required=True)
@click.option("--into", required=True, metavar="CODE=NAME", help="what they are merged into")
@click.option("--from", "on", required=True, metavar="YYYY-MM-DD", help="from when it counts")
@click.option(
    "--seat", metavar="UNIT", help="whose office counts and reports for all of them; none: the first"
)
@click.option(
    "--level", metavar="CODE", help="its level; none: the lowest at which no office looks at returns"
)
@click.option(
    "--keeps",
    multiple=True,
    metavar="FORM",
    help="a form that each of UNITS goes on reporting; none: those that ask nothing by candidate or party",
)
@click.option("--reason", required=True, metavar="TEXT", help="shown wherever the units are")
@click.option("--dry-run", is_flag=True, help="only say what it touches")
def merge(
    election: str,
    units: tuple[str, ...],
    into: str,
    on: str,
    seat: str | None,
    level: str | None,
    keeps: tuple[str, ...],
    reason: str,
    dry_run: bool,
) -> None:
    """Merge UNITS of ELECTION into one counting district (合同の開票区); what they reported stands until it has reported.

    \b
    Example:
      reporting definitions merge shuin-2026 42383 42391 --into 42383-J=小値賀・佐々 --seat 42391 \\
        --from 2026-02-08 --reason 庁舎の浸水のため合同で開票
    """  # fmt: skip
    from uuid import uuid4

    from reporting.application.merging import Merges, MergeUnits
    from reporting.wording import asked_for

    given = {
        "command_id": uuid4(), "election": election, "units": units, **dict(zip(("code", "name"), into.split("=", 1), strict=False)),
        "on": on, "seat": seat, "level": level, "keeps": keeps or None, "reason": reason,
    }  # fmt: skip
    asked = asked_for(MergeUnits, given)
    with _reporting() as (service, actor):
        _tell(asked.code, Merges(service).merge(asked, actor, dry_run=dry_run))


@command.command()
@click.argument("election")
@click.argument("unit")
@click.option("--reason", required=True, metavar="TEXT")
@click.option("--dry-run", is_flag=True, help="only say what it touches")
def unmerge(election: str, unit: str, reason: str, dry_run: bool) -> None:
    """Undo the merge into UNIT of ELECTION, as long as it has not reported.

    \b
    Example:
      reporting definitions unmerge shuin-2026 42383-J --reason 別々に開票できた
    """
    from uuid import uuid4

    from reporting.application.merging import Merges, UndoMerge
    from reporting.wording import asked_for

    given = {"command_id": uuid4(), "election": election, "unit": unit, "reason": reason}
    asked = asked_for(UndoMerge, given)
    with _reporting() as (service, actor):
        _tell(unit, Merges(service).undo(asked, actor, dry_run=dry_run))


@contextmanager
def _reporting() -> Iterator[tuple[Reporting, Actor]]:
    from api.cli.identity import operator
    from reporting.application.service import Reporting
    from reporting.ledger import Ledger

    actor = operator()
    with running() as (_, database):
        ledger = Ledger(database)
        try:
            yield Reporting(ledger), actor
        finally:
            ledger.close()


def _tell(unit: str, done: DefinitionRecorded) -> None:
    for touched in done.touched:
        click.echo(f"{touched.told(0)} / {touched.told(1)}", err=True)
    if done.proposal is not None:
        click.echo(f"{unit}: {message('division_waits', number=done.proposal)}")
    else:
        click.echo(f"{unit}: {message('division_done') if done.position else message('division_nothing')}")


def _shipped_geographies(election: ElectionDefinition) -> Mapping[str, GeographyRecord]:
    """Of the election's registry where it comes with this program; of another only its import knows the levels."""
    from reporting.definitions.load import SHIPPED_REGISTRIES, shipped_registry

    if election.registry not in SHIPPED_REGISTRIES:
        return {}
    return {geography.code: geography for geography in shipped_registry(election.registry).geographies}


def _catalogue(folder: Path | None) -> Catalogue:
    from reporting.definitions.catalogue import Catalogue, shipped_catalogue

    return shipped_catalogue() if folder is None else Catalogue.load(folder)
