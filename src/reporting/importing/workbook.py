"""The ministry's result workbooks (市区町村別得票数), by their mapping; other workbooks of the same build by one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.importing.mapped import import_mapped
from reporting.importing.report import ImportReport, Progress, quiet
from reporting.importing.shipped import shipped_mapping

MINISTRY = "ministry-votes"


def import_workbook(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    election: str,
    form: str,
    slot: str,
    aliases: Path | None = None,
    totals: Path | None = None,
    confirm_title: Sequence[str] = (),
    submit: bool = False,
    named: bool = True,
    dry_run: bool = False,
    progress: Progress = quiet,
    seen_at: int | None = None,
    reason: str | None = None,
) -> ImportReport:
    """Votes of one workbook into one form and slot. `aliases`: a table `found,meant` of misprints; `totals`: more words of
    total rows; `confirm_title`: words of the title that do not agree with the election and are right nevertheless;
    `reason`: why votes that stand are changed. FileRefused naming sheet, row and column of every name, number or title that is not understood; `notes` of the report
    tell published totals that do not agree with their rows, and rows that were passed over."""
    return import_mapped(
        path, service, actor, mapping=shipped_mapping(MINISTRY), kind=f"workbook/{election}/{form}/{slot}", election=election,
        form=form, slot=slot, aliases=aliases, totals=totals, confirm_title=confirm_title, submit=submit, named=named,
        dry_run=dry_run, progress=progress, seen_at=seen_at, reason=reason,
    )  # fmt: skip
