"""`reporting import`."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from api.cli.commands.import_past import errata, history
from api.cli.messages import message
from api.cli.taking import DRY_RUN, FILE, REASON, take
from api.cli.tokens import require_token

TOKEN = click.option(
    "--token",
    envvar="REPORTING_TOKEN",
    show_envvar=True,
    callback=require_token,
    help="who imports (see `reporting token`) [default: the installation]",
)
SUBMIT = click.option(
    "--submit", is_flag=True, help="hand in every return of which nothing is open, as at the desk"
)
ALIASES = click.option(
    "--aliases",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV found,meant: misprinted names and what they stand for",
)
TOTALS = click.option(
    "--totals",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV word,sums,of: words of total rows besides the shipped ones (docs/formats.md)",
)
CONFIRM = click.option(
    "--confirm-title",
    multiple=True,
    metavar="WORDS",
    help="words of the title that do not agree with the election and are right nevertheless; 無記載: it says nothing",
)
CHANGED = click.option(
    "--reason",
    metavar="WORDS",
    help="why figures that stand are changed, of rows that do not say it themselves",
)


@click.group("import")
def command() -> None:
    """Import areas, what became of them, an election, past elections, errata, polling places, returns, an official workbook or
    files of other systems.

    A file is taken whole or not at all. Taking the same file twice changes nothing. The forms are described in
    docs/formats.md.

    \b
    Example:
      reporting import returns returns.csv --dry-run
    """


@command.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--registry", metavar="CODE", help="registry a CSV belongs to")
@click.option("--shipped", metavar="NAME", help="a registry that comes with this program, instead of FILE")
@click.option(
    "--list", "listed", is_flag=True, help="name the registries that come with it, and do nothing else"
)
@REASON
@DRY_RUN
def areas(
    file: Path | None,
    registry: str | None,
    shipped: str | None,
    listed: bool,
    reason: str | None,
    dry_run: bool,
) -> None:
    """Import an area registry: a shipped one; a definition file, with its areas in it or in the tidy CSV beside it; or
    the CSV alone for a registry that stands.

    \b
    Examples:
      reporting import areas --list
      reporting import areas --shipped japan
      reporting import areas registry.json --dry-run
      reporting import areas changes-2027.csv --registry japan
    """
    from reporting.definitions.load import shipped_registries, shipped_registry_file
    from reporting.importing import import_areas

    if listed:
        for name, definition in shipped_registries().items():
            shapes = ", ".join(geography.code for geography in definition.geographies)
            click.echo(f"{name}: {len(definition.areas):,} areas ({shapes})")
        return
    if (file is None) == (shipped is None):
        raise click.UsageError(message("file_or_shipped"))
    with nullcontext(file) if file is not None else shipped_registry_file(shipped or "") as path:
        take(import_areas, path, dry_run, registry=registry, reason=reason)


@command.command()
@click.argument("start", type=click.Path(path_type=Path))
@click.argument("changes", type=click.Path(path_type=Path))
@click.option("--registry", required=True, metavar="CODE", help="registry whose areas these are")
@click.option(
    "--geography",
    metavar="CODE",
    help="the only geography this is about, e.g. electoral districts [default: all]",
)
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    default="1970-04-01",
    show_default=True,
    help="first day: that of START",
)
@click.option(
    "--shares",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV of the weights of partial splits [default: the shipped ones]",
)
@DRY_RUN
def lineage(
    start: Path,
    changes: Path,
    registry: str,
    geography: str | None,
    day: datetime,
    shares: Path | None,
    dry_run: bool,
) -> None:
    """Import what became of the areas: those of the first day (START), and the changes after it (CHANGES): Japan's
    official list, or a tidy one (docs/formats.md).

    The whole list is checked and taken as one; a longer list later adds to it. No figure is moved or changed.

    \b
    Examples:
      reporting import lineage areacode_start.csv absorption_separation.csv --registry japan --dry-run
      reporting import lineage districts.csv redrawn.csv --registry japan --geography lower_house --day 2017-07-16
    """
    from reporting.importing import import_lineage

    def importer(file: Path, *given: Any, **more: Any) -> Any:
        return import_lineage(start, file, *given, **more)

    take(importer, changes, dry_run, registry=registry, geography=geography, day=day.date(), shares=shares)


@command.command()
@FILE
@REASON
@DRY_RUN
def election(file: Path, reason: str | None, dry_run: bool) -> None:
    """Import an election definition, JSON or TOML, whole or as what it adds to a template. An election of the same code is
    replaced whole.

    What calls figures that stand something else, or counts them elsewhere (a label, a polling date, an area, something
    withdrawn), is listed and needs a reason. In an election that is no test it becomes a proposal, which another person
    confirms: `reporting definitions confirm`.

    \b
    Examples:
      reporting import election election.toml
      reporting import election election.toml --reason "候補者名の誤植" --dry-run
    """
    from reporting.importing import import_election

    take(import_election, file, dry_run, reason=reason)


@command.command()
@FILE
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "cp932", "utf-16"]),
    default="utf-8",
    show_default=True,
    help="cp932: Shift_JIS",
)
@click.option(
    "--control", is_flag=True, help="rows of areas above the units are control totals: compared, not imported"
)
@SUBMIT
@CHANGED
@TOKEN
@DRY_RUN
def returns(
    file: Path,
    encoding: str,
    control: bool,
    submit: bool,
    reason: str | None,
    token: str | None,
    dry_run: bool,
) -> None:
    """Import figures from the tidy CSV. In an election with a workflow it is somebody's deed: name them by --token.

    \b
    Examples:
      reporting import returns returns.csv --dry-run
      reporting import returns returns.csv --token "$TOKEN" --submit --control
      reporting import returns old-system.csv --encoding cp932 --dry-run
    """
    from reporting.importing import import_returns

    take(
        import_returns,
        file,
        dry_run,
        token,
        named=token is not None,
        encoding=encoding,
        control=control,
        submit=submit,
        reason=reason,
    )


@command.command()
@FILE
@click.option("--election", required=True, metavar="CODE", help="election whose polling places these are")
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "cp932", "utf-16"]),
    default="utf-8",
    show_default=True,
    help="cp932: Shift_JIS",
)
@TOKEN
@DRY_RUN
def places(file: Path, election: str, encoding: str, token: str | None, dry_run: bool) -> None:
    """Import lists of polling places, CSV. Each unit that the file names gets the places it says and no others; units that it
    does not name keep theirs. A place that has reported figures cannot be left out.

    \b
    Examples:
      reporting import places places.csv --election shugiin-2028 --dry-run
      reporting import places 投票所一覧.csv --election shugiin-2028 --encoding cp932 --token "$TOKEN"
    """
    from reporting.importing import import_places

    take(import_places, file, dry_run, token, election=election, encoding=encoding)


@command.command()
@FILE
@click.option("--election", required=True, metavar="CODE", help="election the figures belong to")
@click.option("--form", required=True, metavar="CODE", help="form, e.g. count")
@click.option("--slot", required=True, metavar="CODE", help="slot of the form, e.g. final")
@ALIASES
@TOTALS
@CONFIRM
@SUBMIT
@CHANGED
@TOKEN
@DRY_RUN
def workbook(
    file: Path,
    election: str,
    form: str,
    slot: str,
    aliases: Path | None,
    totals: Path | None,
    confirm_title: tuple[str, ...],
    submit: bool,
    reason: str | None,
    token: str | None,
    dry_run: bool,
) -> None:
    """Import votes from one of the ministry's result workbooks (.xlsx).

    Day, election and contest in the titles must be the election's. Published totals in the workbook are compared with
    their parts, wherever they stand; a difference is told, nothing is repaired.

    \b
    Example:
      reporting import workbook results.xlsx --election shugiin-2024 --form count --slot final --dry-run
    """
    from reporting.importing import import_workbook

    take(
        import_workbook, file, dry_run, token, named=token is not None, election=election, form=form, slot=slot, aliases=aliases, totals=totals,
        confirm_title=confirm_title, submit=submit, reason=reason,
    )  # fmt: skip


@command.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--mapping", metavar="NAME|FILE", help="a shipped mapping, or a .toml of your own (docs/mappings.md)"
)
@click.option("--list", "listed", is_flag=True, help="name the shipped mappings, and do nothing else")
@click.option("--election", metavar="CODE", help="election the figures belong to, unless the file says it")
@click.option("--form", metavar="CODE", help="form, unless the file says it")
@click.option("--slot", metavar="CODE", help="slot of the form, unless the file says it")
@click.option(
    "--encoding", type=click.Choice(["utf-8", "cp932", "utf-16"]), help="another than the mapping's"
)
@ALIASES
@TOTALS
@CONFIRM
@SUBMIT
@CHANGED
@TOKEN
@DRY_RUN
def mapped(
    file: Path | None,
    mapping: str | None,
    listed: bool,
    election: str | None,
    form: str | None,
    slot: str | None,
    encoding: str | None,
    aliases: Path | None,
    totals: Path | None,
    confirm_title: tuple[str, ...],
    submit: bool,
    reason: str | None,
    token: str | None,
    dry_run: bool,
) -> None:
    """Import figures from a file of another system, read by a mapping: a shipped one, or a file of your own.

    \b
    Examples:
      reporting import mapped --list
      reporting import mapped kerg2.csv --mapping kerg2 --election bundestag-2021 --form result --slot final --dry-run
      reporting import mapped shuukei.csv --mapping our-system.toml --election shicho-2027 --form final --slot final --dry-run
    """
    from reporting.importing import import_mapped, mapping_of, shipped_mappings

    if listed:
        for name in shipped_mappings():
            label = mapping_of(name).mapping.label
            click.echo(f"{name}: {label.words}")
        return
    if file is None or mapping is None:
        raise click.UsageError(message("file_and_mapping"))
    take(
        import_mapped, file, dry_run, token, named=token is not None, mapping=mapping_of(mapping), election=election, form=form,
        slot=slot, encoding=encoding, aliases=aliases, totals=totals, confirm_title=confirm_title, submit=submit,
        reason=reason,
    )  # fmt: skip


command.add_command(history)
command.add_command(errata)
