"""Three texts of a cell: what stood when the workbook was made, what stands now, what the sheet says. Pure.

Nothing is lost silently, on either side: what both changed is a conflict until somebody says which is right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["unchanged", "agreed", "taken", "conflict", "kept", "emptied"]
"""`unchanged`: the sheet says what stood, `agreed`: what stands; `taken`: only the sheet changed it; `conflict`: both did;
`kept`: a conflict in which what stands was found right; `emptied`: what stood was erased in the sheet, which says nothing of
the figure (未報告 would)."""


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
) -> Iterator[MergedCell]:
    """By cell of the sheet, in its order. `take`: conflicts in which the sheet is right, `keep`: in which what stands is."""
    for key, typed in sheet.items():
        before, stands = base.get(key, ""), now.get(key, "")
        yield MergedCell(key, before, stands, typed, _outcome(key, before, stands, typed, take, keep))


def _outcome(
    key: str, before: str, stands: str, typed: str, take: Collection[str], keep: Collection[str]
) -> Outcome:
    if typed == stands:
        return "unchanged" if typed == before else "agreed"
    if typed == before:
        return "unchanged"
    if not typed:
        return "emptied"
    if stands == before or key in take:
        return "taken"
    return "kept" if key in keep else "conflict"
