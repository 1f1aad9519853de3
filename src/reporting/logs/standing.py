"""Where the logs and their elections stand, as readers are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from reporting.database.connect import READER
from reporting.errors import HeldElsewhere, ReportingError
from reporting.logs.directory import DirectorySays, told_by, told_in
from reporting.logs.gathering import gathers, places
from reporting.logs.naming import Installation, Log
from reporting.logs.placing import Placing
from reporting.logs.source import SQL
from reporting.logs.whereabouts import ElectionStands, Whereabouts


@dataclass(frozen=True, slots=True)
class LogStands:
    """`here`: the log of the server that tells this. `noted`: size of the signed head that the directory noted last. Of a reading
    database also how far it is gathered and how many positions that was behind when it was looked at."""

    name: str
    address: str
    directory: bool
    here: bool
    noted: int | None
    gathered: int | None
    behind: int | None
    looked_at: datetime | None


class LogsStanding:
    """Of an installation with several logs. Reads by connections of who asks, to the database that tells it."""

    def __init__(self, installation: Installation) -> None:
        self._installation, self._whereabouts = installation, Whereabouts(installation)

    def logs(self, connection: Connection[Any]) -> list[LogStands]:
        """Unavailable while the directory's database is away."""
        told, gathered = self._told(connection), places(connection)
        rows = []
        for log in self._installation.log:
            noted, place = told.noted.get(log.name), gathered.get(log.name)
            rows.append(
                LogStands(
                    log.name, log.address, log.name == self._installation.directory, log.name == self._installation.here,
                    noted[-1].size if noted else None,
                    None if place is None else place.position,
                    None if place is None else place.head - place.position,
                    None if place is None else place.looked_at,
                )
            )  # fmt: skip
        return rows

    def of(self, election: str, connection: Connection[Any]) -> ElectionStands | None:
        """Of an election that is in this database; None where nobody said."""
        return self._whereabouts.of(election, connection)

    def told(self, wall: HeldElsewhere) -> ReportingError:
        """What a command is answered that the wall refused."""
        return self._whereabouts.told(wall)

    def elsewhere(self, election: str) -> ReportingError | None:
        """Of an election that is not in this database. Unavailable."""
        return Placing(self._installation).elsewhere(election)

    def _told(self, connection: Connection[Any]) -> DirectorySays:
        own = self._installation.here == self._installation.directory or gathers(connection)
        return told_in(connection) if own else told_by(self._installation)


def leaving(log: Log, told: DirectorySays) -> dict[str, str]:
    """Elections that have left a log which the directory still names → the log they go to: to be moved there again, unless that is going
    on right now."""
    with log.at.connect(READER) as connection:
        walls = connection.execute(SQL["every_elsewhere"]).fetchall()
    return {election: to for election, to, _ in walls if told.placed.get(election) == log.name}


def head_of(log: Log) -> int:
    with log.at.connect(READER) as connection:
        return int(connection.execute(SQL["head"]).fetchall()[0][0])
