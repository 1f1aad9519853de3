"""What a resolver may reach: the actor, one snapshot, the command service."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import strawberry
from graphql import OperationType

from api.drills import Drills
from api.graphql.limits import Checked
from api.graphql.messages import message
from api.open_data.store import OpenData
from projections.read import ElectionRow, Sees, Snapshot, ViewReader, asof
from projections.read.desk import SampledReturn, partial_counts, sampled_returns
from projections.read.lots import PublicLot, lots, public_lots
from projections.read.moment import position_asked
from reporting.application.catalog import KnownElection
from reporting.application.desk import Desk
from reporting.application.documents import AttachedDocuments
from reporting.application.service import Reporting
from reporting.documents import Documents
from reporting.domain.actor import Actor
from reporting.domain.layer import Layer
from reporting.domain.lots import Lot
from reporting.errors import NotAuthenticated
from reporting.logs.standing import LogsStanding
from reporting.publication.live_or_training import Publications
from reporting.telling import Outbox
from reporting.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Moment:
    """What was known of one election at a ledger position."""

    position: int
    election: asof.KnownThen


@dataclass(frozen=True, slots=True)
class LotsSeen:
    """An election's lots at a position: as the releases until then hold them, and as the views know them now."""

    public: list[PublicLot]
    recorded: list[Lot]


class RequestContext:
    """One request's. All reads share one REPEATABLE READ snapshot, opened at the first read.

    `snapshot` is kept by hand: before Python 3.12 a functools.cached_property holds one lock for all objects of its class,
    so one request that waited for its position or for a connection would keep every other one waiting.
    """

    def __init__(
        self,
        reader: ViewReader,
        service: Reporting,
        actor: Actor | None,
        request_id: str,
        min_position: int,
        resources: ExitStack,
        checked: Checked | None = None,
        fonts: Path | None = None,
        uploads: Uploads | None = None,
        open_data: OpenData | None = None,
        drills: Drills | None = None,
        outbox: Outbox | None = None,
        documents: Documents | None = None,
        logs: LogsStanding | None = None,
    ) -> None:
        self.service = service
        self.actor = actor
        self.request_id = request_id
        self.checked = checked
        self.fonts = fonts  # the operator's folder of them
        self._uploads = uploads
        self._outbox = outbox
        self._documents = documents
        self._open_data = open_data
        self.drills = drills  # None: no practice room here
        self.logs = logs  # None: the installation has one log
        self.told: set[tuple[str, ...]] = set()  # reads before release that are in the log already
        self._defined: dict[str, KnownElection] = {}
        self._partial: dict[tuple[object, ...], Mapping[str, SampledReturn]] = {}
        self.packages = 0  # releases whose files this request has made again
        # Asked by each of an election's contests: read once for all of them.
        self.reaches: dict[str, list[str] | None] = {}
        self.lots: dict[tuple[str, int], LotsSeen] = {}
        self._reader = reader
        self._min_position = min_position
        self._resources = resources
        self._snapshot: Snapshot | None = None
        self.desk = Desk(service)

    @property
    def documents(self) -> AttachedDocuments:
        assert self._documents is not None, "only requests in GraphQL attach documents"
        return AttachedDocuments(self.service, self._documents)

    @property
    def uploads(self) -> Uploads:
        assert self._uploads is not None, "only requests in GraphQL bring files"
        return self._uploads

    @property
    def outbox(self) -> Outbox:
        assert self._outbox is not None, "only requests in GraphQL tell of deliveries"
        return self._outbox

    @property
    def open_data(self) -> OpenData:
        assert self._open_data is not None, "only requests in GraphQL tell files of releases"
        return self._open_data

    @property
    def snapshot(self) -> Snapshot:
        if self._snapshot is None:
            sees = Sees.PUBLIC if self.actor is None else Sees.EVERYTHING
            self._snapshot = self._resources.enter_context(
                self._reader.snapshot(self._min_position, sees=sees)
            )
        return self._snapshot

    def partial(
        self, election: ElectionRow, form: str, slot: str, position: int
    ) -> Mapping[str, SampledReturn]:
        """Unit → its return of a slot, where it rested on a sample or an estimate at a position."""
        key = (election.number, form, slot, position)
        if key not in self._partial:
            self._partial[key] = partial_counts(self.snapshot, election, form, slot, position)
        return self._partial[key]

    def sampled(
        self, election: ElectionRow, form: str, slot: str, layer: Layer, contest: str, position: int
    ) -> Mapping[str, SampledReturn]:
        """The same of those that hold figures of a contest in a layer of a slot."""
        key = (election.number, form, slot, layer, contest, position)
        if key not in self._partial:
            returns = sampled_returns(self.snapshot, election, form, slot, layer, contest, position)
            self._partial[key] = {sampled.unit: sampled for sampled in returns}
        return self._partial[key]

    @property
    def publication(self) -> Publications:
        return Publications(self.service, self.desk)

    def defined(self, code: str) -> KnownElection:
        """An election as it is defined now. Looked up once for all the fields of a request that reads: with a hundred totals on a
        page, each field of each would ask the ledger. UnknownReference."""
        kept = self._defined.get(code)
        if kept is None:
            catalog, seen = self.service.catalog, self._snapshot
            if self.checked is not None and self.checked.operation.operation is OperationType.MUTATION:
                return catalog.election(code)
            kept = catalog.election(code) if seen is None else catalog.election_by(seen.head, code)
            self._defined[code] = kept
        return kept

    def moment(self, code: str, as_of: int | datetime | None, valid_at: date | None) -> Moment:
        """An election as it was known; `as_of`: a position, an instant, or None for now."""
        position = self.snapshot.position if as_of is None else position_asked(self.snapshot, as_of)
        cache = asof.cache_of(self._reader)
        return Moment(position, asof.election_at(self.snapshot, code, position, valid_at, cache))

    def lots_of(self, election: ElectionRow, upto: int) -> LotsSeen:
        """Read once a request."""
        key = election.definition.code, upto
        if key not in self.lots:
            snapshot = self.snapshot
            self.lots[key] = LotsSeen(public_lots(snapshot, election, upto), lots(snapshot, election))
        return self.lots[key]

    @property
    def asof_cache(self) -> asof.AsOfCache:
        return asof.cache_of(self._reader)

    def now(self) -> datetime:
        """By the database's clock, as the publication clock counts."""
        return self.snapshot.time()

    def require_actor(self) -> Actor:
        """NotAuthenticated without a token: everything but published totals and definitions needs one."""
        if self.actor is None:
            raise NotAuthenticated(detail=message("send_authorization_bearer"))
        return self.actor


class Asking(Protocol):
    """Whoever asks: a resolver's Info, or a route's own."""

    @property
    def context(self) -> RequestContext: ...


Info = strawberry.Info[RequestContext, Any]
