"""`reporting series`."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from api.cli.asking import ROWS, asking, facts_of_series, series
from api.cli.messages import message


class ShowByDefault(click.Group):
    """`series ITEM …` is `series show ITEM …`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group("series", cls=ShowByDefault)
def command() -> None:
    """Figures over elections: as reported or on the boundaries of any day, with breaks marked. `series ITEM` shows one.

    \b
    Examples:
      reporting series turnout --level prefecture --kind lower_house --csv > turnout.csv
      reporting series turnout --area 22138 --area 22139 --boundaries 2024-01-01
      reporting series electors --area JP --plot electors.svg
    """


@command.command()
@click.argument("items", nargs=-1, required=True, metavar="ITEM…")
@asking
@click.option("--csv", "as_csv", is_flag=True, help="every field, as CSV")
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), help="draw it instead: FILE.svg or FILE.png"
)
def show(items: tuple[str, ...], as_csv: bool, plot: Path | None, **asked: Any) -> None:
    """Print series as a table, as CSV, or draw them (needs matplotlib: the extra `plot`).

    \b
    Example:
      reporting series show turnout --level municipality --level ward --boundaries 2024-01-01 --csv
    """
    from api.series_table import write_header, write_rows

    with series(items, **asked) as reader:
        rows = reader.rows()
        if plot is not None:
            from api.cli.plot import draw
            from projections.series.breaks import breaks_of

            draw(rows, breaks_of(reader, rows), plot)
            click.echo(f"{plot}: {len(rows):,} observations", err=True)
            return
    if as_csv:
        write_header(sys.stdout)
        write_rows(rows, sys.stdout)
        return
    for row in rows:
        shown = row.value or (f"!{row.absence}" if row.absence else "—")
        change = row.difference or ""
        what = " ".join(part for part in (row.contest, row.item, row.breakdown, row.choice) if part)
        click.echo(
            f"{row.date} {row.election:<16} {row.area:<8} {what:<14} {shown:>14} {change:>10} "
            f"{''.join(row.obs_status):<3} {row.coverage:>9}  {row.name}"
        )


@command.command()
@click.argument("items", nargs=-1, required=True, metavar="ITEM…")
@click.option(
    "--name",
    required=True,
    metavar="CODE",
    help="of the data set: its address is /data/series/CODE/POSITION/",
)
@asking
@click.option("--without", multiple=True, metavar="FORMAT", help="a format to leave out; may be repeated")
def package(items: tuple[str, ...], name: str, without: tuple[str, ...], **asked: Any) -> None:
    """Make series a public data set in all formats (CSV with CSVW, Parquet, SDMX, Excel), with flags, citations, lineage, breaks
    and errata as tables of their own and a codebook. Only what is released goes in; at one ledger position it is always the same
    bytes, and stays at its address.

    \b
    Examples:
      reporting series package turnout electors voters --name turnout-prefectures --level prefecture
      reporting series package turnout --name turnout-2024-areas --level municipality --boundaries 2024-01-01
    """
    from api.open_data.series_sets import SeriesSets
    from api.settings import Settings
    from projections.series_set.making import make_series

    if asked["layer"] != "released" or asked["tests"]:
        raise click.UsageError(message("only_released"))
    settings = Settings.from_env()
    with series(items, for_everybody=True, **asked) as reader:
        made = make_series(facts_of_series(name, reader, settings.publisher), without)
        kept = SeriesSets(settings.series).keep(made)
    size = sum(file.size for file in kept.files)
    click.echo(
        f"/data/series/{kept.path}/: {kept.observations:,} observations, {len(kept.files)} files, {size:,} bytes"
    )


@command.command()
@click.argument("items", nargs=-1, required=True, metavar="ITEM…")
@asking
@click.option("--whole", metavar="AREA", help="area whose figures the other areas add up to")
@click.option("--json", "as_json", is_flag=True, help="the report as JSON")
def check(items: tuple[str, ...], whole: str | None, as_json: bool, **asked: Any) -> None:
    """Check series for gaps, overlaps, unknown codes, sums, jumps and repeats. Findings are no error: exit code 0.

    \b
    Example:
      reporting series check electors voters --kind lower_house --breakdown sex=f --whole JP
    """
    from projections.series.breaks import continuity

    with series(items, **asked) as reader:
        report = continuity(reader, whole)
    click.echo(report.to_json() if as_json else report.to_text(), nl=as_json)


@command.command()
@click.argument("items", nargs=-1, required=True, metavar="ITEM…")
@asking
def breaks(items: tuple[str, ...], **asked: Any) -> None:
    """List where series break, why, and what bridges it, as CSV.

    \b
    Example:
      reporting series breaks electors --area JP --kind lower_house
    """
    from projections.series.breaks import breaks_of

    with series(items, **asked) as reader:
        series_breaks = breaks_of(reader, reader.rows())
    rows = [
        [
            break_.key.area, break_.key.contest, break_.key.item, break_.key.breakdown, break_.cause.value,
            break_.date or "", break_.before, break_.after, break_.change, break_.ja, break_.en, break_.bridge,
            break_.source,
        ]
        for break_ in series_breaks
    ]  # fmt: skip
    _csv(
        [
            "area",
            "contest",
            "item",
            "breakdown",
            "cause",
            "date",
            "before",
            "after",
            "change",
            "ja",
            "en",
            "bridge",
            "source",
        ],
        rows,
    )


@command.command()
@click.argument("citation", metavar="CITATION")
def compared(citation: str) -> None:
    """List the units behind an observation's like-with-like comparison (`--comparable`), and why one is left out, as CSV.

    \b
    Example:
      reporting series compared "$(reporting series voters --area JP --comparable --csv | tail -1 | sed 's/.*,//')"
    """
    from api.cli.asking import compared_units

    names = ("election", "unit", "name", "group", "now", "why_not")
    _csv(names, [[getattr(unit, name) for name in names] for unit in compared_units(citation)])


@command.command()
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="a list of your own instead of the shipped one",
)
def errata(file: Path | None) -> None:
    """List known differences between official publications, with where each figure is printed, as CSV.

    \b
    Example:
      reporting series errata
    """
    from reporting.series.errata import ERRATA_COLUMNS
    from reporting.series.errata import errata as read_errata

    _csv(
        ERRATA_COLUMNS, [[getattr(erratum, name) for name in ERRATA_COLUMNS] for erratum in read_errata(file)]
    )


@command.command()
@click.argument("election", metavar="ELECTION")
@click.option("--all", "every", is_flag=True, help="what is equal, too")
def flash(election: str, every: bool) -> None:
    """List where final figures differ from the flash they follow, unit by unit, as CSV. What is released, where the
    election has a workflow.

    \b
    Example:
      reporting series flash shugiin-50 > differences.csv
    """
    from decimal import Decimal

    from api.cli.asking import reading
    from projections.read.desk import reconciliation
    from reporting.domain.figures import Cell
    from reporting.domain.layer import ENTERED, RELEASED

    rows: list[list[Any]] = []
    with reading() as snapshot:
        row = snapshot.election(election)
        layer = ENTERED if row.definition.workflow is None else RELEASED
        for form in row.definition.forms:
            for compared in reconciliation(
                snapshot, row, form, form.slots[-1].code, layer, None, not every, None, ROWS
            ):
                cell = Cell.from_key(compared.cell)
                numbers = not {"!"} & {compared.value[:1], compared.source_value[:1]}
                rows.append(
                    [
                        election, form.code, form.slots[-1].code, compared.source_form, compared.source_slot,
                        compared.unit, compared.unit_name, cell.contest, cell.item, cell.breakdown, cell.choice,
                        compared.source_value, compared.value,
                        Decimal(compared.value) - Decimal(compared.source_value) if numbers else "", compared.state,
                        compared.source_position, compared.position,
                    ]
                )  # fmt: skip
    _csv(
        [
            "election",
            "form",
            "slot",
            "flash_form",
            "flash_slot",
            "unit",
            "unit_name",
            "contest",
            "item",
            "breakdown",
            "choice",
            "flash",
            "final",
            "difference",
            "state",
            "flash_position",
            "final_position",
        ],
        rows,
    )


def _csv(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
