"""What became of which area, as facts. As in `events`: field names are stored names."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from reporting.domain.area_changes import AreaChange, AreaName
from reporting.domain.events import Event


class LineageRegistered(Event):
    """Part of a registry's area lineage: areas of its first day and changes after it. The same code or change id again
    replaces the former one; `removed`: ids of changes that stood in an earlier list by mistake. `geography`: the only
    one it is about; None: all that have no lineage of their own. Holds no figure and moves none."""

    type: ClassVar[str] = "LineageRegistered"
    registry: str
    geography: str | None = None
    start_date: date
    start: tuple[AreaName, ...] = ()
    changes: tuple[AreaChange, ...] = ()
    removed: tuple[str, ...] = ()


LINEAGE_EVENTS: tuple[type[Event], ...] = (LineageRegistered,)
