"""What became of the areas, from the official change list."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from reporting.application.lineage import register_lineage
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.errors import InvalidInput
from reporting.files.problems import FileProblem, FileRefused
from reporting.importing.report import ImportReport, Progress, command_id, digest, quiet
from reporting.ledger.streams import lineage_stream
from reporting.lineage.official import START, read_changes, read_state
from reporting.lineage.problems import WORDS, LineageRefused
from reporting.lineage.tidy import is_tidy, read_areas, read_tidy_changes


def import_lineage(
    start: Path,
    changes: Path,
    service: Reporting,
    actor: Actor,
    *,
    registry: str,
    geography: str | None = None,
    day: date = START,
    shares: Path | None = None,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """`start`: areas of `day`; `changes`: the whole list after it, Japan's official one or tidy (`tidy`); `shares`:
    weights of partial splits, the shipped ones when None (a tidy list carries its own). `geography`: of which alone
    this is the lineage. FileRefused with the rows of every change that does not fit."""
    progress(0, 0, "read")
    if is_tidy(changes):
        areas, area_changes = read_areas(start), read_tidy_changes(changes)
    else:
        areas, area_changes = read_state(start), read_changes(changes, start, shares)
    told = digest(
        b"".join(
            [
                f"{registry} {geography or ''} {day}".encode(),
                *(path.read_bytes() for path in (start, changes, shares) if path),
            ]
        )
    )
    version = service.ledger.stream_version(lineage_stream(registry, geography))
    rows = sum(len(change.rows) for change in area_changes)
    progress(rows, rows, "check")
    try:
        done = register_lineage(
            service,
            registry,
            day,
            areas,
            area_changes,
            actor,
            command_id("lineage", told, str(version)),
            geography=geography,
            dry_run=dry_run,
        )
    except LineageRefused as refused:
        raise FileRefused(
            changes.name,
            [
                FileProblem(
                    changes.name,
                    problem.rows[0] if problem.rows else None,
                    problem.change,
                    f"{problem.detail} ({', '.join(map(str, problem.rows))})",
                    WORDS[problem.kind],
                )
                for problem in refused.problems
            ],
        ) from None
    except InvalidInput as wrong:
        facts = wrong.facts
        problem = FileProblem(
            start.name, None, str(facts["field"]), str(facts["found"]), str(facts["expected"])
        )
        raise FileRefused(start.name, [problem]) from None
    unchanged = rows if not done.events else 0
    return ImportReport(rows, done.events, unchanged, done.position, done.repeated)
