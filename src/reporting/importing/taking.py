"""The common end of every import of figures: checked whole, taken whole, and never in memory whole.

A first pass checks every row by itself and puts it on disk; a second compares unit by unit with what stands; only what has
passed both is decided and appended, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from reporting.application.after_import import Submitted, open_questions, submit_all
from reporting.application.batch import (
    BatchPart,
    BatchRecorded,
    ImportedFile,
    record_batch,
    recorded_before,
)
from reporting.application.commands import Request, Text
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.place import Place
from reporting.errors import InvalidInput
from reporting.files.problems import Problems
from reporting.files.spool import Spool
from reporting.importing.checking import AreaKeys, Checker, require_reach
from reporting.importing.messages import message
from reporting.importing.report import ImportReport, Progress, command_id, quiet
from reporting.importing.rows import RowInFile
from reporting.importing.stated import StatedWords
from reporting.importing.stood_otherwise import StoodOtherwise
from reporting.wording import asked_for


class WhyChanged(Request):
    """What whoever imports says of all figures that a file changes."""

    reason: Text | None


def take_figures(
    file: str,
    kind: str,
    file_digest: str,
    rows: Iterable[RowInFile],
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
    problems: Problems | None = None,
    by: str = "",
    seen_at: int | None = None,
    reason: str | None = None,
) -> ImportReport:
    """The common end of every figure import: check all, compare with what stands, append in one transaction; then, where
    asked, hand in what has nothing open. A file taken before is handed in all the same. `rows`: gone through once;
    `expected`: about how many there are. `named`: whether the actor is a
    person: InvalidInput for an election with a workflow otherwise, whose history must say who did it. `confirmed`, `by`: see
    ImportedFile. `seen_at`: ledger position at which the sender saw what the cells are called; one that is called otherwise now is a
    problem of its row. `reason`: why figures that stand are changed, of rows that do not say it themselves; InvalidInput for one that
    says nothing. `problems`: where whoever makes the rows tells what is wrong with them, so that all of it is one report."""
    asked_for(WhyChanged, {"reason": reason})
    source = ImportedFile(kind, file, file_digest, command_id(kind, file_digest), tuple(confirmed), by)
    rows = map(AreaKeys(service).of, rows)

    def handed_in(places: Collection[Place], stated: StatedWords) -> Submitted:
        return submit_all(
            service,
            source,
            places,
            actor,
            stated.by_return(),
            lambda done: progress(done, len(places), "submit"),
        )

    if before := recorded_before(service, source):
        count, places, stated, since = 0, dict[Place, None](), StatedWords(), StoodOtherwise(service)
        for row in rows:
            count += len(row.cells)
            since.put(row)
            if row.return_place not in places:
                places[row.return_place] = None
                require_reach(service.catalog.election(row.election), actor, row.unit)
            for cell in row.cells if row.said is not None else ():
                stated.put(row.return_place, cell.key, row.said)
        notes = (*notes, *since.notes())
        told = handed_in(places, stated) if submit and not dry_run else Submitted()
        return ImportReport(
            count, 0, count - since.count, before.position, True, (*notes, *told.refused), told.count
        )
    with (
        Checker(file, service, actor, control, problems, seen_at, reason or "") as checker,
        Spool[BatchPart]() as parts,
    ):
        checker.check(rows, expected, progress)
        if not named and checker.has_workflow:
            raise InvalidInput.at("--token", "", message("who_imports"))
        for part in checker.compare(progress):
            if part.figures:
                parts.put(part)
        checker.problems.refuse()
        notes = (*notes, *checker.control_notes())
        said = checker.stated.by_return()
        if checker.has_workflow:
            notes = (*notes, *open_questions(service, parts, actor, said if submit else {}))
            if said and not submit:
                notes = (*notes, message("words_need_submit", count=len(said)))
        done = BatchRecorded(0, None, False)
        if parts.count:  # in a dry run, too: who may not, and what certified returns are refused for, is told as it would be
            progress(checker.count, checker.count, "append")
            done = record_batch(service, source, parts, actor, said=said, dry_run=dry_run)
        places = dict.fromkeys(checker.places())
        stated = checker.stated
    told = handed_in(places, stated) if submit and not dry_run else Submitted()
    return ImportReport(
        checker.count, done.events, checker.unchanged, done.position, done.repeated,
        (*notes, *told.refused), told.count,
    )  # fmt: skip
