"""What a sender had before their eyes: a deed upon it is refused where something else stands now.

A page is read, then a button pressed; whatever came in between has been seen by nobody who presses it.
"""

from __future__ import annotations

from collections.abc import Iterable

from reporting.application.opened import OpenReturn
from reporting.errors import VersionConflict


def require_seen(opened: OpenReturn, seen: int | None, cells: Iterable[str], *, whole: bool = False) -> None:
    """VersionConflict when one of these cells (keys) got another value after the version of the return that the sender has
    seen; None: the sender did not say. `whole`: the deed rests on the submission, too, with its explanations and what it
    was counted from: a later one has not been seen either."""
    if seen is None:
        return
    case = opened.case
    moved = sorted(key for key in cells if case.changed.get(key, 0) > seen)
    if moved or seen > case.version or (whole and case.vouched > seen):
        by = case.cells[moved[0]].by if moved else case.submitted_by
        raise VersionConflict(
            stream_id=str(opened.stream), expected=seen, actual=case.version, cells=moved,
            changed_by=by.office if by else None, changed_person=by.person if by else None,
            **opened.place.within._asdict(),
        )  # fmt: skip


def came_since(opened: OpenReturn, position: int) -> bool:
    """Whether a cell of the return was set, or the return submitted, after that position of the ledger."""
    case = opened.case
    return max((case.vouched_at, *(cell.position for cell in case.cells.values()))) > position
