"""Past elections from the tables in which they were printed: areas, definitions, figures and errata by one description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from reporting.application.service import Reporting
from reporting.definitions.load import load_registry
from reporting.domain.actor import Actor
from reporting.domain.areas import AreaRegistryDefinition
from reporting.domain.election import ElectionDefinition
from reporting.domain.expansion import expand
from reporting.domain.figures import Absence, Cell, format_value
from reporting.domain.place import Place
from reporting.domain.registry import AreaRegistry
from reporting.domain.returns import CellProblem, FormShape, TypedCell
from reporting.domain.typed import read_value
from reporting.domain.units import Roster
from reporting.errors import InvalidInput, UnknownReference, expected_instead
from reporting.files.problems import FileProblem, FileRefused, Problems
from reporting.files.tables import (
    checked_header,
    read_lines,
    same_width,
)
from reporting.importing.definitions import define, import_areas
from reporting.importing.errata import with_errata
from reporting.importing.history_file import (
    HistoryFile,
    PastElection,
    PrintedFigure,
    PrintedRate,
    PrintedTable,
    defined_as,
    load_elections,
    load_history,
)
from reporting.importing.messages import message
from reporting.importing.report import ImportReport, Progress, digest, quiet
from reporting.importing.rows import FigureInFile
from reporting.importing.taking import take_figures
from reporting.series.errata import errata

TOLD = 20


@dataclass(frozen=True, slots=True)
class _Past:
    """An election of the list with what its figures are judged by before anything of it stands."""

    listed: PastElection
    definition: ElectionDefinition
    roster: Roster
    shapes: Mapping[str, FormShape]


@dataclass(slots=True)
class ReadHistory:
    """A description and all its tables, in order by themselves. `definitions`: of the elections, in the list's order; `notes`: printed
    rates that are not those of the printed counts."""

    history: HistoryFile
    definitions: tuple[ElectionDefinition, ...]
    rows: list[FigureInFile] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_history(path: Path, tables: Path | None = None, reason: str = "") -> ReadHistory:
    """FileRefused naming every row of the first file that is not in order; RegistryRefused; OSError."""
    history = load_history(path)
    pasts = _pasts(path, history, load_registry(path.parent / history.registry))
    read = ReadHistory(history, tuple(past.definition for past in pasts.values()))
    _take_figures(read, pasts, tables or path.parent, reason)
    return read


def import_history(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    tables: Path | None = None,
    reason: str | None = None,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """All that a description says. `tables`: the folder of the printed tables [that of the description]; `reason`: for figures,
    areas and definitions that stand otherwise. Everything is read and checked first; then areas, elections with their errata, and
    figures are taken, each once however often it is sent. Errors of `read_history`; InvalidInput for a definition that another
    person has to confirm first."""
    progress(0, 0, "read")
    read = read_history(path, tables, reason or "")
    if dry_run:
        return ImportReport(len(read.rows), notes=tuple(read.notes))
    done = import_areas(path.parent / read.history.registry, service, actor, reason=reason)
    events = done.events
    for definition in read.definitions:
        defined = define(definition, service, actor, "election", reason=reason)
        events += defined.events
        if defined.proposal is not None:
            first = message("history_confirm_first", proposal=defined.proposal)
            raise InvalidInput.at("election", definition.code, first)
    figures = digest("\n".join(map(repr, read.rows)).encode())
    taken = take_figures(
        path.name, "history", figures, (row.alone for row in read.rows), service, actor, expected=len(read.rows),
        named=False, progress=progress, notes=(*done.notes, *read.notes),
        by=f"{read.history.history} sha256:{digest(path.read_bytes())}",
    )  # fmt: skip
    return ImportReport(
        taken.rows, events + taken.events, taken.unchanged, taken.position,
        taken.repeated and not events, taken.notes,
    )  # fmt: skip


def _pasts(path: Path, history: HistoryFile, registry: AreaRegistryDefinition) -> dict[str, _Past]:
    """Key → election. The areas are checked by themselves, before they are sent anywhere."""
    areas = AreaRegistry()
    areas.declare(registry.geographies)
    areas.register(registry.areas)
    areas.check()
    listed_errata = errata(path.parent / history.errata) if history.errata else ()
    listed = load_elections(path.parent / history.elections)
    if strays := [
        of
        for of in (erratum.election for erratum in listed_errata)
        if of not in {past.code for past in listed}
    ]:
        file = str(history.errata)
        problem = FileProblem(file, None, "election", strays[0], message("an_election_of_the_list"))
        raise FileRefused(file, [problem])
    pasts: dict[str, _Past] = {}
    for past in listed:
        definition = defined_as(history, past, registry.registry, path.name)
        definition = with_errata(
            definition,
            [erratum for erratum in listed_errata if erratum.election == past.code],
            str(history.errata),
        )
        shapes = {form.code: FormShape(definition, form) for form in definition.forms}
        for table in history.tables:
            form = next((form for form in definition.forms if form.code == table.form), None)
            if form is None or past.slot not in {slot.code for slot in form.slots}:
                place = f"{table.form}/{past.slot}"
                problem = FileProblem(history.elections, None, "slot", place, message("a_slot_of_the_form"))
                raise FileRefused(history.elections, [problem])
        pasts[past.key] = _Past(past, definition, expand(definition, areas.at(past.date)), shapes)
    return pasts


def _take_figures(read: ReadHistory, pasts: Mapping[str, _Past], folder: Path, reason: str) -> None:
    """Every figure of every table. FileRefused with all that is wrong in the first table that is not in order."""
    where: dict[tuple[Place, str], str] = {}
    for table in read.history.tables:
        problems = Problems(table.file)
        for number, fields in _printed(folder / table.file, table, problems):
            past = pasts.get(fields[table.election].strip())
            if past is None:
                typed = fields[table.election]
                expected = message("an_election_of_the_list")
                problems.add(FileProblem(table.file, number, table.election, typed, expected))
                continue
            if table.day is not None and fields[table.day].strip() != past.listed.date.isoformat():
                expected = past.listed.date.isoformat()
                problems.add(FileProblem(table.file, number, table.day, fields[table.day], expected))
            for row in _row(table, number, fields, past, problems, reason):
                at, place = f"{table.file}:{number}", (row.return_place, row.cell.key)
                if (before := where.get(place)) is not None:
                    expected = message("figure_once", before=before)
                    problems.add(FileProblem(table.file, number, row.cell.item, row.cell.key, expected))
                where[place] = at
                read.rows.append(row._replace(row=len(read.rows) + 1, place=at))
            if not problems:
                read.notes += [
                    note for rate in table.rates if (note := _compared(table, number, fields, rate))
                ]
        problems.refuse()
    if more := len(read.notes) - TOLD:
        read.notes[TOLD:] = [message("and_more", count=more)] if more > 0 else []


def _printed(path: Path, table: PrintedTable, problems: Problems) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Row and column → text of every row; FileRefused for another encoding or header, rows of another width are added to `problems`."""
    with path.open("rb") as source, closing(read_lines(table.file, source, table.encoding)) as lines:
        _, headings = next(lines, (1, []))
        header = checked_header(table.file, headings, table.columns, ())
        wide = (
            (number, [*cells, *([""] * (len(header) - len(cells) if table.short_rows else 0))])
            for number, cells in lines
        )
        for number, cells in same_width(table.file, len(header), wide, problems):
            yield number, dict(zip(header, cells, strict=True))


def _row(
    table: PrintedTable, number: int, fields: Mapping[str, str], past: _Past, problems: Problems, reason: str
) -> Iterator[FigureInFile]:
    """The figures of one row, each as its form takes it."""

    told: set[tuple[str, str]] = set()

    def wrong(column: str, stands: str, expected: str) -> None:
        if (column, stands) in told:  # a column alone and in a sum
            return
        told.add((column, stands))
        problems.add(FileProblem(table.file, number, column, stands, expected))

    typed = table.unit.of(fields)
    try:
        unit = past.roster.key(typed, past.roster.units)
        past.roster.require_unit(unit)
    except UnknownReference as unknown:
        wrong(table.unit.column or "unit", typed, expected_instead(unknown))
        return
    votes_on = frozenset(code for code, units in past.roster.contest_units.items() if unit in units)
    for figure in table.figures:
        printed = _number(fields, figure)
        if printed is None:
            continue
        text, text_column = printed
        cell = Cell(figure.contest.of(fields), figure.item, figure.breakdown, figure.choice)
        judged = past.shapes[table.form].problem(TypedCell(cell, text), votes_on)
        if isinstance(judged, CellProblem):
            column = figure.contest.column if judged.kind == "contest" else None
            stands = {part: getattr(cell, part) for part in ("contest", "item", "breakdown", "choice")}
            expected = f"{judged.expected_ja} / {judged.expected_en}"
            wrong(column or text_column, stands.get(judged.kind, text), expected)
            continue
        yield FigureInFile(
            number, past.listed.code, table.form, past.listed.slot, unit, cell, format_value(judged), reason
        )


def _number(fields: Mapping[str, str], figure: PrintedFigure) -> tuple[str, str] | None:
    """(what is printed, or the sum of what is; its column); None where nothing is, and that is in order. A sum in which one part is
    no number is that part, as it stands: the others alone are no sum. None of the kind adds nothing."""
    typed = {column: fields[column].strip() for column in figure.columns}
    if figure.blank == "passed_over" and not any(typed.values()):
        return None
    numbers: list[Decimal] = []
    for column, text in typed.items():
        try:
            value = read_value(text)
        except InvalidInput:
            return text, column
        if isinstance(value, Decimal):
            numbers.append(value)
        elif value is not Absence.NONE:
            return text, column
    first = figure.columns[0]
    return (format_value(sum(numbers, Decimal(0))) if numbers else typed[first]), first


def _sum(typed: list[str]) -> Decimal | None:
    """None where one of them is no number."""
    total = Decimal(0)
    for text in typed:
        try:
            value = read_value(text)
        except InvalidInput:
            return None
        if not isinstance(value, Decimal):
            return None
        total += value
    return total


def _compared(table: PrintedTable, number: int, fields: Mapping[str, str], rate: PrintedRate) -> str | None:
    """What to tell where the printed percentage is not that of the printed counts."""
    printed = fields[rate.column].strip()
    above, below = (_sum([fields[column].strip() for column in names]) for names in (rate.of, rate.among))
    if not printed or above is None or not below:
        return None
    step = Decimal(1).scaleb(-len(printed.partition(".")[2]))
    made = (100 * above / below).quantize(step, ROUND_HALF_UP)
    if str(made) == printed:
        return None
    return message("printed_rate_differs", where=f"{table.file}:{number}", printed=printed, made=made)
