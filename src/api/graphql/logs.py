"""Which logs the installation has, and which of them holds an election."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.graphql.access import PUBLIC, TOKEN, readable
from api.graphql.context import Info
from api.graphql.types import described
from reporting.logs.standing import LogStands
from reporting.logs.whereabouts import ElectionMove as Move
from reporting.logs.whereabouts import ElectionStands as Stands


@strawberry.type(description="One of the installation's logs.")
class InstallationLog:
    name: str = described("its name")
    address: str = described("the server that writes there")
    directory: bool = described("whether it says which log holds which election")
    here: bool = described("whether it is this server's own")
    noted: int | None = described("size of the signed head that the directory noted last")
    gathered: int | None = described(
        "its position up to which this server shows it, where it gathers all logs"
    )
    behind: int | None = described("positions of it that were not gathered when it was last looked at")
    looked_at: datetime | None = described("when it was last looked at")

    @classmethod
    def of(cls, log: LogStands) -> InstallationLog:
        return cls(
            name=log.name, address=log.address, directory=log.directory, here=log.here, noted=log.noted, gathered=log.gathered,
            behind=log.behind, looked_at=log.looked_at,
        )  # fmt: skip


@strawberry.type(description="That an election left one log for another, or arrived there.")
class ElectionMove:
    at: datetime = described("when")
    from_log: str = described("the log it left")
    to_log: str = described("the log it goes to")
    office: str = described("the office of who moved it")
    move: strawberry.Private[Move]

    @readable(TOKEN, "who moved it")
    def person(self) -> str:
        return self.move.person

    @readable(TOKEN, "why; null: none was given, or it was erased")
    def reason(self) -> str | None:
        return self.move.reason

    @classmethod
    def of(cls, move: Move) -> ElectionMove:
        return cls(at=move.at, from_log=move.from_log, to_log=move.to_log, office=move.office, move=move)


@strawberry.type(description="The log that holds an election: it is written there and nowhere else.")
class ElectionStands:
    log: str = described("the log's name")
    address: str = described("the server that writes there")
    here: bool = described("whether that is this server")
    moving: bool = described(
        "whether it is on its way there: nobody may write it until it has arrived (BEING_MOVED)"
    )
    moved: ElectionMove | None = described("how it came there last; null for one that never moved")

    @classmethod
    def of(cls, stands: Stands) -> ElectionStands:
        moved = None if stands.moved is None else ElectionMove.of(stands.moved)
        return cls(
            log=stands.log, address=stands.address, here=stands.here, moving=stands.moving, moved=moved
        )


@strawberry.type(description="The installation's logs.")
class LogQueries:
    @readable(PUBLIC, "the installation's logs; none where it has one alone")
    def logs(self, info: Info) -> list[InstallationLog]:
        context = info.context
        if context.logs is None:
            return []
        return [InstallationLog.of(log) for log in context.logs.logs(context.snapshot.connection)]


def stands(info: Info, election: str) -> ElectionStands | None:
    """Of an election that is shown here."""
    context = info.context
    if context.logs is None:
        return None
    held = context.logs.of(election, context.snapshot.connection)
    return None if held is None else ElectionStands.of(held)
