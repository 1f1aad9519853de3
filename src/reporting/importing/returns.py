"""Figures from one long tidy table: a mapping like any other's, in codes."""

from __future__ import annotations

from pathlib import Path

from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.importing.mapped import import_mapped
from reporting.importing.report import ImportReport, Progress, quiet
from reporting.importing.shipped import shipped_mapping

TIDY, KIND = "tidy", "returns"
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
    seen_at: int | None = None,
    reason: str | None = None,
) -> ImportReport:
    """Take a tidy CSV. A cell that holds the same value is passed over; one that holds another needs a `reason`, its
    row's or that of the whole file, and becomes a correction. `control`: rows of areas above the units are compared with their sums and not imported;
    `submit`: returns of which nothing is open are handed in, as at the desk. FileRefused naming every bad row,
    NotAuthorised, VersionConflict when someone wrote between."""
    return import_mapped(
        path, service, actor, mapping=shipped_mapping(TIDY), kind=KIND, encoding=encoding, control=control, submit=submit,
        named=named, dry_run=dry_run, progress=progress, seen_at=seen_at, reason=reason,
    )  # fmt: skip
