"""What a server asks of an election that it is to define, or does not have. One of the practice room needs no operator: it is placed
in the log that opens it, and its areas are the directory's, too, so that what gathers all logs waits for nothing."""

from __future__ import annotations

from uuid import UUID, uuid5

from psycopg.errors import OperationalError

from reporting.database.connect import READER
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.practice import is_drill
from reporting.errors import HeldElsewhere, ReportingError, Unavailable
from reporting.ledger import Command, NewEvent, registry_stream
from reporting.ledger.registry import canonical, recorded
from reporting.ledger.store import SQL as LEDGER
from reporting.ledger.streams import NAMESPACE
from reporting.logs.directory import LogDirectory, directory_of, told_by
from reporting.logs.errors import AreasDiffer, NotPlaced, PlacedAlready
from reporting.logs.naming import Installation, Log

PLACER = Actor("reporting logs", "reporting logs", Role.SYSTEM, "*")


class Placing:
    """Of a server's installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def elsewhere(self, election: str) -> ReportingError | None:
        """HeldElsewhere where another log holds it; None where this one does, or none. Unavailable."""
        return self._refused(election, told_by(self._installation).placed.get(election))

    def require_here(self, election: str, registry: str) -> None:
        """HeldElsewhere, NotPlaced, Unavailable; AreasDiffer for a practice election on areas that the directory has otherwise.
        `registry`: of its areas."""
        holder = told_by(self._installation).placed.get(election)
        if holder is None and is_drill(election) and self._installation.here is not None:
            holder = self._placed_here(election, registry)
        if holder is None:
            raise NotPlaced(election=election, log=self._installation.here)
        if refused := self._refused(election, holder):
            raise refused

    def version_there(self, election: str, stream: UUID) -> int | None:
        """Of a stream in another log that holds the election; None where none does, or it cannot be asked."""
        try:
            holder = told_by(self._installation).placed.get(election)
            if holder is None or holder == self._installation.here:
                return None
            with self._installation.named(holder).at.connect(READER) as connection:
                return int(connection.execute(LEDGER["stream_version"], (stream,)).fetchall()[0][0])
        except (Unavailable, OperationalError):
            return None

    def _placed_here(self, election: str, registry: str) -> str:
        """The log that holds it now: this one, or one that was first."""
        assert self._installation.here is not None
        here = self._installation.named(self._installation.here)
        with directory_of(self._installation) as directory:
            if here.name != self._installation.directory:
                _share_areas(here, self._installation.directory_log, directory, registry)
            command_id = uuid5(NAMESPACE, "\x1f".join(("practice", election, here.name)))
            try:
                directory.place(command_id, election, here.name, PLACER, None)
            except PlacedAlready as first:
                return str(first.facts["log"])
        return here.name

    def _refused(self, election: str, holder: str | None) -> ReportingError | None:
        if holder is None or holder == self._installation.here:
            return None
        return HeldElsewhere(election=election, log=holder, address=self._installation.named(holder).address)


def _share_areas(here: Log, there: Log, directory: LogDirectory, registry: str) -> None:
    """What the directory has not got of areas that this log has. AreasDiffer where it has others."""
    stream = registry_stream(registry)
    with here.at.connect(READER) as connection:
        ours = [recorded(row) for row in connection.execute(LEDGER["stream"], (stream, 0)).fetchall()]
    theirs = directory.ledger.stream(stream)
    for mine, standing in zip(ours, theirs, strict=False):
        if mine.event != standing.event:
            raise AreasDiffer(registry=registry, version=mine.stream_version, log=here.name, other=there.name)
    for mine in ours[len(theirs) :]:
        body = canonical({"kind": "ShareAreas", "registry": registry, "version": mine.stream_version})
        new = NewEvent(stream, mine.stream_version, mine.event)
        command_id = uuid5(stream, str(mine.stream_version))
        directory.ledger.append(Command(command_id, body, PLACER, Channel.API, (new,)))
