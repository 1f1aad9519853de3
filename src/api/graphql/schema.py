"""The schema: queries and changes over HTTP; the subscription in a schema of its own, so that a socket can do
nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import date
from typing import Annotated, Any

import strawberry
import structlog
from graphql import GraphQLError, OperationDefinitionNode, lexicographic_sort_schema, print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from api.graphql.access import EVENT, PUBLIC, Seen, announced, readable, require_declared
from api.graphql.accesses import AccessQueries
from api.graphql.arguments import After, AsOf, ElectionCode, First, Level, MinPosition
from api.graphql.audit.queries import AuditQueries
from api.graphql.context import Info
from api.graphql.deliveries import DeliveryQueries
from api.graphql.desk.approvals import ApprovalQueries
from api.graphql.desk.divided_units import DividedUnitMutations, DividedUnitQueries
from api.graphql.desk.division import DivisionQueries
from api.graphql.desk.documents import DocumentMutations, DocumentQueries
from api.graphql.desk.figures import FigureMutations
from api.graphql.desk.imports import ImportMutations, ImportQueries
from api.graphql.desk.incident_changes import IncidentMutations
from api.graphql.desk.incidents import IncidentQueries
from api.graphql.desk.item_catalogue import ItemCatalogueQueries, ItemRemarkMutations
from api.graphql.desk.lots import LotMutations
from api.graphql.desk.merged_units import MergedUnitMutations, MergedUnitQueries
from api.graphql.desk.mutations import DeskMutations
from api.graphql.desk.names import NamesMutations, NamesQueries
from api.graphql.desk.paper import PaperQueries
from api.graphql.desk.polling_places import PollingPlaceMutations, PollingPlaceQueries
from api.graphql.desk.practice import PracticeQueries
from api.graphql.desk.previews import PreviewQueries
from api.graphql.desk.queries import DeskQueries
from api.graphql.desk.second_entry import SecondEntryMutations
from api.graphql.desk.taken_pages import TakenPageQueries
from api.graphql.desk.ties import LotQueries
from api.graphql.desk.together import TogetherMutations
from api.graphql.desk.uploads import UploadMutations, UploadQueries
from api.graphql.desk.work import WorkQueries
from api.graphql.desk.workbooks import WorkbookMutations, WorkbookQueries
from api.graphql.drills import DrillMutations, DrillQueries
from api.graphql.elections import Election
from api.graphql.figures import LedgerEvent
from api.graphql.in_both import tell_in_both
from api.graphql.invalid import in_our_words
from api.graphql.lineage import LineageQueries
from api.graphql.logs import LogQueries
from api.graphql.me import MeQueries
from api.graphql.offices import OfficeMutations, OfficeQueries
from api.graphql.remarks import RemarkQueries
from api.graphql.retention import RetentionMutations, RetentionQueries
from api.graphql.search import SearchQueries
from api.graphql.series.codebook import CodebookQueries
from api.graphql.series.queries import SeriesQueries
from api.graphql.types import PageInfo, cursor, described, no_cursor, page, parts_of
from api.graphql.variables import wrong_variables
from api.graphql.visibility import public_layer, public_slots
from api.graphql.wide import PassThrough
from api.refusals import error_of
from projections.read import ElectionsWanted
from reporting.database.connect import AWAY
from reporting.errors import InvalidInput, ReportingError, Unavailable, UnknownReference

log = structlog.get_logger(__name__)

Position = Annotated[int, strawberry.argument(description="its place in the ledger")]
OwnReach = Annotated[
    bool,
    strawberry.argument(
        description="only those of which units in the asker's area report, or did; needs a token"
    ),
]
AtDesk = Annotated[bool, strawberry.argument(description="only those whose returns go through offices")]
IsTest = Annotated[
    bool | None, strawberry.argument(description="true: only tests; false: none of them; left out: both")
]
Containing = Annotated[
    str | None, strawberry.argument(description="only those whose code or name holds this text")
]
Codes = Annotated[list[str] | None, strawberry.argument(description="only those of these that there are")]


ValidAt = Annotated[
    date | None, strawberry.argument(description="areas as they were on this day instead of the polling date")
]
CONFIG = StrawberryConfig(disable_field_suggestions=True)


@strawberry.type(description="An election and its cursor.")
class ElectionEdge:
    cursor: str = described("opaque")
    node: Election = described("the election")


@strawberry.type(description="Elections, latest polling date first.")
class ElectionConnection:
    edges: list[ElectionEdge] = described("with cursors")
    nodes: list[Election] = described("without cursors")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")


@strawberry.type(description="How far the totals have read, and whether they are whole.")
class ProjectionStatus:
    version: int = described("version of the views that is read")
    state: str = described("active, or stopped by an event that cannot be projected (figures are then stale)")
    position: int = described("ledger position the views stand at")
    error: str | None = described("why it stopped")


@strawberry.type(description="Reads. All of one request see one and the same ledger position.")
class Query(
    DeskQueries,
    TakenPageQueries,
    WorkbookQueries,
    UploadQueries,
    PaperQueries,
    NamesQueries,
    PollingPlaceQueries,
    IncidentQueries,
    DividedUnitQueries,
    MergedUnitQueries,
    ItemCatalogueQueries,
    PracticeQueries,
    DocumentQueries,
    ApprovalQueries,
    WorkQueries,
    LotQueries,
    PreviewQueries,
    DivisionQueries,
    AuditQueries,
    SeriesQueries,
    CodebookQueries,
    MeQueries,
    LineageQueries,
    SearchQueries,
    OfficeQueries,
    AccessQueries,
    RetentionQueries,
    RemarkQueries,
    DeliveryQueries,
    DrillQueries,
    ImportQueries,
    LogQueries,
):
    @readable(PUBLIC, "elections, latest polling date first")
    def elections(
        self,
        info: Info,
        first: First = 50,
        after: After = None,
        own_reach: OwnReach = False,
        at_desk: AtDesk = False,
        is_test: IsTest = None,
        containing: Containing = None,
        codes: Codes = None,
        min_position: MinPosition = None,
    ) -> ElectionConnection:
        wanted, seen = page(first, 100), parts_of(after, str)
        area = info.context.require_actor().jurisdiction if own_reach else None
        which = ElectionsWanted(seen[0] if seen else None, area, at_desk, is_test, containing, codes)
        snapshot = info.context.snapshot
        rows = snapshot.election_list(wanted + 1, which)
        if after and not rows and which.after not in {row.definition.code for row in snapshot.elections()}:
            raise no_cursor(after)
        elections = [Election.of(row) for row in rows]
        edges = [ElectionEdge(cursor=cursor(election.code), node=election) for election in elections[:wanted]]
        return ElectionConnection(
            edges=edges,
            nodes=elections[:wanted],
            page_info=PageInfo(
                has_next_page=len(elections) > wanted, end_cursor=edges[-1].cursor if edges else None
            ),
            as_of_position=info.context.snapshot.position,
        )

    @readable(PUBLIC, "one election by code; minPosition waits (5 s at most) until the totals are there")
    def election(
        self,
        info: Info,
        code: ElectionCode,
        min_position: MinPosition = None,
        as_of: AsOf = None,
        valid_at: ValidAt = None,
    ) -> Election:
        try:
            row = info.context.snapshot.election(code)
        except UnknownReference:
            if info.context.logs is not None and (refused := info.context.logs.elsewhere(code)) is not None:
                raise refused from None
            raise
        if as_of is None and valid_at is None:
            return Election.of(row)
        return Election.then(row, info.context.moment(code, as_of.asked() if as_of else None, valid_at))

    @readable(EVENT, "one event of the ledger; needs a token")
    def event(
        self, info: Info, position: Position, min_position: MinPosition = None, *, seen: Seen
    ) -> LedgerEvent:
        assert seen.event is not None
        return LedgerEvent.of(seen.event)

    @readable(PUBLIC, "ledger position everything in this answer stands at")
    def as_of_position(self, info: Info, min_position: MinPosition = None) -> int:
        return info.context.snapshot.position

    @readable(PUBLIC, "how far the totals have read")
    def projection_status(self, info: Info) -> ProjectionStatus:
        version = info.context.snapshot.version
        return ProjectionStatus(
            version=version.number, state=version.state, position=version.position, error=version.error
        )


@strawberry.type(
    description="Changes. Each is one command: appended whole or not at all, safe to send again."
)
class Mutation(
    FigureMutations,
    DeskMutations,
    WorkbookMutations,
    UploadMutations,
    ImportMutations,
    SecondEntryMutations,
    TogetherMutations,
    LotMutations,
    OfficeMutations,
    NamesMutations,
    PollingPlaceMutations,
    IncidentMutations,
    DividedUnitMutations,
    MergedUnitMutations,
    ItemRemarkMutations,
    RetentionMutations,
    DocumentMutations,
    DrillMutations,
):
    pass


@strawberry.type(description="A total that moved.")
class ChangedTotal:
    geography: str = described("geography of the area")
    area: str = described("code of the area")
    level: str = described("level of the area")
    contest: str = described("contest")
    item: str = described("item")


@strawberry.type(
    description="Totals of one election moved, or who won by lot. Ask for them again with minPosition = asOfPosition."
)
class TotalsChanged:
    election: str = described("election code")
    as_of_position: int = described("ledger position the totals stand at now")
    changed: list[ChangedTotal] = described("which totals moved since the message before, at most 200")
    more: bool = described("whether more than 200 moved")
    lots: list[str] = described(
        "contests of which a lot was made public since the message before, or told to be overtaken"
    )


MAX_CHANGED = 200


@strawberry.type(description="Only what a socket is for.")
class SocketQuery:
    @readable(PUBLIC, "ledger position of the last announcement this process heard")
    def as_of_position(self, info: strawberry.Info[Any, Any]) -> int:
        return int(info.context["hub"].position)


@strawberry.type(description="Announcements over a WebSocket (graphql-transport-ws).")
class Subscription:
    @announced("which public totals of an election changed, and lots; messages that queue up are merged")
    async def totals_changed(
        self, info: strawberry.Info[Any, Any], election: ElectionCode, level: Level = None
    ) -> AsyncGenerator[TotalsChanged, None]:
        hub, reader = info.context["hub"], info.context["reader"]

        def look(after: int) -> TotalsChanged:
            with reader.snapshot() as snapshot:
                row = snapshot.election(election)
                if level is not None:
                    snapshot.require_level(row, level)
                slots, moved = public_slots(row.definition), snapshot.position > after
                layer = public_layer(row.definition)
                rows = (
                    snapshot.changed_areas(row, after, slots, layer, level, MAX_CHANGED + 1) if moved else []
                )
                changed = [
                    ChangedTotal(geography=row[0], area=row[1], level=row[2], contest=row[3], item=row[4])
                    for row in rows[:MAX_CHANGED]
                ]
                return TotalsChanged(
                    election=election,
                    as_of_position=snapshot.position,
                    changed=changed,
                    more=len(rows) > MAX_CHANGED,
                    lots=snapshot.changed_lots(row, after, slots) if moved else [],
                )

        try:
            position = (await asyncio.to_thread(look, 2**62)).as_of_position
        except ReportingError:
            raise
        except Exception as failure:  # its words would go to whoever asks
            log.warning("subscription_failed", kind=type(failure).__name__)
            raise Unavailable(detail="") from None
        with hub.subscribe() as changes:
            while True:
                await changes.wait()
                changes.clear()
                try:
                    news = await asyncio.to_thread(look, position)
                except AWAY:
                    continue  # the hub wakes everyone when it hears the database again
                if news.as_of_position > position:
                    position = news.as_of_position
                    if news.changed or news.lots:
                        yield news


class Schema(strawberry.Schema):
    """Logs nothing: what a sender did wrong is in the answer and fills no log (a value of the wrong type may be personal
    data), and faults of the program are logged once, with the request's id, by whoever answers. What does not fit the
    schema is told in our words, whichever way the request came."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        if execution_context is not None:
            errors[:] = in_our_words(errors, self._schema, execution_context.graphql_document)
        for error in errors:
            if isinstance(error.original_error, ReportingError):  # a socket sends them as they are
                error.extensions = error_of(error.original_error)["extensions"]

    def tell_in_both(self) -> dict[str, str]:
        """What is described in English alone: coordinate → English (`in_both`)."""
        return tell_in_both(self._schema)

    def misfits(self, operation: OperationDefinitionNode, given: dict[str, Any]) -> list[InvalidInput]:
        """Every value among the variables that does not fit its type."""
        return wrong_variables(self._schema, operation, given)


schema = Schema(Query, Mutation, Subscription, execution_context_class=PassThrough, config=CONFIG)
socket_schema = Schema(SocketQuery, subscription=Subscription, config=CONFIG)
WITHOUT_JAPANESE: dict[str, str] = {}
"""Coordinate → English of what is described in one language alone."""
for _made in (schema, socket_schema):
    require_declared(_made)
    WITHOUT_JAPANESE |= _made.tell_in_both()


def sdl() -> str:
    """The whole contract: what HTTP and the socket offer together, sorted."""
    return print_schema(lexicographic_sort_schema(schema._schema)) + "\n"
