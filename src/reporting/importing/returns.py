"""Figures from one long tidy table: checked whole, taken whole, and never in memory whole.

A first pass checks every row by itself and puts it on disk; a second compares unit by unit with what stands; only what has
passed both is decided and appended, in one transaction."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from reporting.application.batch import (
    BatchPart,
    BatchRecorded,
    ImportedFile,
    Submitted,
    open_questions,
    record_batch,
    recorded_before,
    submit_all,
)
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.figures import Cell
from reporting.domain.place import Place
from reporting.errors import InvalidInput
from reporting.files.spool import Spool
from reporting.files.tables import read_stream
from reporting.importing.checking import AreaKeys, Checker, FigureInFile
from reporting.importing.messages import message
from reporting.importing.report import ImportReport, Progress, command_id, quiet, taken_file

COLUMNS = ("election", "form", "slot", "unit", "contest", "item", "value")
OPTIONAL = ("breakdown", "choice", "reason")


def import_returns(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    encoding: str = "utf-8",
    control: bool = False,
    submit: bool = False,
    named: bool = True,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """Take a tidy CSV. A cell that holds the same value is passed over; one that holds another needs a `reason` and
    becomes a correction. `control`: rows of areas above the units are compared with their sums and not imported;
    `submit`: returns of which nothing is open are handed in, as at the desk. FileRefused naming every bad row,
    NotAuthorised, VersionConflict when someone wrote between."""
    with taken_file(path) as taken, closing(_figure_rows(path.name, taken.content, encoding)) as rows:
        return take_figures(
            path.name, "returns", taken.sha256, rows, service, actor,
            expected=taken.lines - 1, control=control, submit=submit, named=named, dry_run=dry_run, progress=progress,
        )  # fmt: skip


def _figure_rows(name: str, content: BinaryIO, encoding: str) -> Generator[FigureInFile, None, None]:
    for row, f in read_stream(name, content, COLUMNS, OPTIONAL, encoding):
        cell = Cell(f["contest"], f["item"], f.get("breakdown", ""), f.get("choice", ""))
        yield FigureInFile(
            row, f["election"], f["form"], f["slot"], f["unit"], cell, f["value"], f.get("reason", "")
        )


def take_figures(
    file: str,
    kind: str,
    file_digest: str,
    rows: Iterable[FigureInFile],
    service: Reporting,
    actor: Actor,
    *,
    expected: int,
    control: bool = False,
    submit: bool = False,
    named: bool = True,
    dry_run: bool = False,
    progress: Progress = quiet,
    notes: Iterable[str] = (),
    confirmed: Sequence[str] = (),
) -> ImportReport:
    """The common end of every figure import: check all, compare with what stands, append in one transaction; then, where
    asked, hand in what has nothing open. A file taken before is handed in all the same. `rows`: gone through once;
    `expected`: about how many there are. `named`: whether the actor is a
    person: InvalidInput for an election with a workflow otherwise, whose history must say who did it. `confirmed`: see
    Source."""
    source = ImportedFile(kind, file, file_digest, command_id(kind, file_digest), tuple(confirmed))
    rows = map(AreaKeys(service).of, rows)
    if before := recorded_before(service, source):
        count, places = 0, dict[Place, None]()
        for row in rows:
            count += 1
            places[row.return_place] = None
        told = submit_all(service, source, places, actor) if submit and not dry_run else Submitted()
        return ImportReport(count, 0, count, before.position, True, (*notes, *told.refused), told.count)
    with Checker(file, service, control) as checker, Spool[BatchPart]() as parts:
        checker.check(rows, expected, progress)
        if not named and checker.has_workflow:
            raise InvalidInput(field="--token", found="", expected=message("who_imports"))
        for part in checker.compare(progress):
            if part.figures:
                parts.put(part)
        checker.problems.refuse()
        notes = (*notes, *checker.control_notes())
        if checker.has_workflow:
            notes = (*notes, *open_questions(service, parts, actor))
        done = BatchRecorded(0, None, False)
        if parts.count:  # in a dry run, too: who may not, and what certified returns are refused for, is told as it would be
            progress(checker.count, checker.count, "append")
            done = record_batch(service, source, parts, actor, dry_run=dry_run)
        places = dict.fromkeys(checker.places())
    told = submit_all(service, source, places, actor) if submit and not dry_run else Submitted()
    return ImportReport(
        checker.count, done.events, checker.unchanged, done.position, done.repeated,
        (*notes, *told.refused), told.count,
    )  # fmt: skip
