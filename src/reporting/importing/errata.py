"""Known differences between official publications, from a table that offices keep: into the definitions of their elections."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.election import ElectionDefinition
from reporting.domain.errata import KnownErratum
from reporting.errors import UnknownReference, expected_instead
from reporting.files.problems import FileProblem, FileRefused
from reporting.importing.definitions import define
from reporting.importing.messages import message
from reporting.importing.report import ImportReport, Progress, quiet
from reporting.series.errata import Erratum, errata


def import_errata(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    reason: str | None = None,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """Each election that the table names gets the errata it says and no others; elections that it does not name keep theirs. An
    erratum calls no figure otherwise, so that nobody has to confirm it. FileRefused naming rows; NotAuthorised."""
    progress(0, 0, "read")
    listed = errata(path)
    by_election: dict[str, list[Erratum]] = {}
    for erratum in listed:
        by_election.setdefault(erratum.election, []).append(erratum)
    definitions: list[ElectionDefinition] = []
    for code, own in by_election.items():
        try:
            held = service.catalog.election(code).definition
        except UnknownReference as unknown:
            problem = FileProblem(path.name, None, "election", code, expected_instead(unknown))
            raise FileRefused(path.name, [problem]) from None
        definitions.append(with_errata(held, own, path.name))
    if not listed:
        raise FileRefused(path.name, [FileProblem(path.name, None, "", "", message("at_least_one_erratum"))])
    events, position, unchanged = 0, None, 0
    for definition in definitions:
        if definition == service.catalog.election(definition.code).definition:
            unchanged += len(definition.errata)
            continue
        done = define(definition, service, actor, "errata", reason=reason, dry_run=dry_run)
        events, position = events + done.events, done.position
    return ImportReport(len(listed), events, unchanged, position)


def with_errata(definition: ElectionDefinition, listed: Iterable[Erratum], file: str) -> ElectionDefinition:
    """The definition with these and no others. FileRefused for another day, and for what the election does not ask."""
    items = {item.code for item in definition.items}
    contests = {contest.code for contest in definition.contests}
    problems: list[FileProblem] = []
    for erratum in listed:
        if erratum.date != definition.polling_date:
            expected = definition.polling_date.isoformat()
            problems.append(FileProblem(file, None, "date", erratum.date.isoformat(), expected))
        if erratum.item not in items:
            problems.append(FileProblem(file, None, "item", erratum.item, ", ".join(sorted(items))))
        if erratum.contest not in contests:
            problems.append(
                FileProblem(file, None, "contest", erratum.contest, ", ".join(sorted(contests)[:20]))
            )
    if problems:
        raise FileRefused(file, problems)
    kept = tuple(
        KnownErratum.model_validate({name: getattr(erratum, name) for name in KnownErratum.model_fields})
        for erratum in listed
    )
    return definition.model_copy(update={"errata": kept})
