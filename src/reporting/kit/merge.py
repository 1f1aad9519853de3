"""Three texts of a cell: what stood when the workbook was made, what stands now, what the sheet says. Pure.

Nothing is lost silently, on either side: what both changed is a conflict until somebody says which is right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["unchanged", "agreed", "taken", "conflict", "renamed", "outdated", "kept", "emptied"]
"""`unchanged`: the sheet says what stood, `agreed`: what stands; `taken`: only the sheet changed it; `conflict`: both did;
`renamed`: its row was called otherwise in the sheet than it is now; `outdated`: nobody typed it, it was offered when the workbook was
made, and something else is offered now; `emptied`: what stood was erased in the sheet, which says nothing of the figure (未報告
would); `kept`: one of these four in which what stands was found right."""
OPEN: Collection[Outcome] = ("conflict", "renamed", "outdated", "emptied")
"""Somebody has to say what is right."""


@dataclass(frozen=True, slots=True)
class MergedCell:
    """Canonical texts; empty: nothing."""

    key: str
    base: str
    now: str
    sheet: str
    outcome: Outcome


def merge(
    base: Mapping[str, str],
    now: Mapping[str, str],
    sheet: Mapping[str, str],
    *,
    take: Collection[str] = (),
    keep: Collection[str] = (),
    renamed: Collection[str] = (),
    outdated: Collection[str] = (),
) -> Iterator[MergedCell]:
    """By cell of the sheet, in its order. `take`: open cells in which the sheet is right, `keep`: in which what stands is;
    `renamed`: cells whose row was called otherwise; `outdated`: that hold what is offered otherwise now."""
    for key, typed in sheet.items():
        before, stands = base.get(key, ""), now.get(key, "")
        outcome = _outcome(before, stands, typed)
        if outcome in ("taken", "conflict"):
            outcome = "renamed" if key in renamed else "outdated" if key in outdated else outcome
        if outcome in OPEN and typed and key in take:
            outcome = "taken"
        elif outcome in OPEN and key in keep:
            outcome = "kept"
        yield MergedCell(key, before, stands, typed, outcome)


def _outcome(before: str, stands: str, typed: str) -> Outcome:
    if typed == stands:
        return "unchanged" if typed == before else "agreed"
    if typed == before:
        return "unchanged"
    if not typed:
        return "emptied"
    return "taken" if stands == before else "conflict"
