"""An election that another log holds, or that is on its way there: told as it is now, whatever the wall that refused knew of it."""

from __future__ import annotations

from reporting.errors import HeldElsewhere
from reporting.logs.standing import LogsStanding


def as_it_stands(error: Exception, logs: LogsStanding | None) -> Exception:
    """May ask other logs. `logs` None: the installation has one alone."""
    if logs is None or not isinstance(error, HeldElsewhere):
        return error
    return logs.told(error)
