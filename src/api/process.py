"""What one serving process starts and stops: the command service, the readers, and the threads beside the requests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import anyio.to_thread
import structlog
from psycopg.errors import ReadOnlySqlTransaction

from api.auth import ISSUER, SESSION_ISSUER, load_key
from api.clock import PublicationClock
from api.console.people import People
from api.drills import OpensDrills
from api.health import looks_at_once
from api.hub import Hub
from api.observe.lines import Lines
from api.observe.metrics import WhereItStands
from api.observe.traces import traces_of
from api.oidc.fetch import Fetch
from api.oidc.offices import ClaimOffices, DirectoryOffices, HeldOffices
from api.oidc.routes import Login
from api.open_data.series_sets import SeriesSets
from api.open_data.store import OpenData
from api.read_log import READS
from api.serving import Serving
from api.settings import Settings
from api.standby import ChangesHere
from api.usage import Usage
from projections.keeper import Keeper
from projections.read import ViewReader
from projections.runner import Projector
from reporting.application.access import Access
from reporting.application.offices import Offices as DirectoryService
from reporting.application.service import Reporting
from reporting.database import silence
from reporting.database.connect import PROJECTOR, Database
from reporting.database.migrate import refuse_older
from reporting.documents import Documents
from reporting.errors import InvalidInput
from reporting.ledger import GroupAppender, Ledger
from reporting.logs.gathering import gathers
from reporting.logs.placing import Placing
from reporting.logs.standing import LogsStanding
from reporting.publication.distribution.store import DistributionStore
from reporting.telling import Outbox
from reporting.uploads import Uploads
from reporting.watched import watch

THREADS = 24
"""Reads worked on at once, and as many changes; the rest wait in order. More than the connections, as group append shares
one. Apart, since changes that wait for the ledger's head would take every thread from the reads."""

IMPORTS = 2
"""Imports at once; the rest wait in order. Each may be of a hundred thousand cells, and entry goes on beside them."""

CONNECTIONS = 8
"""Of the ledger; the readers have as many of their own."""

JOIN_WITHIN_S = 5.0
"""A thread that does not end in time ends with the process: what it does is whole or not at all."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(
    state: Serving,
    settings: Settings,
    database: Database,
    clock: Callable[[], float],
    offices: HeldOffices | None,
    fetch: Fetch | None,
    drills: OpensDrills | None = None,
) -> AsyncIterator[None]:
    """Fill `state`: started in the order things need each other, stopped the other way round."""
    state.key = load_key(settings.token_key)
    state.reads, state.changes = anyio.CapacityLimiter(THREADS), anyio.CapacityLimiter(THREADS)
    state.imports, state.importing = anyio.CapacityLimiter(IMPORTS), set()
    state.looks = looks_at_once()
    only_gathers = await anyio.to_thread.run_sync(_with_views, database)
    installation = settings.installation()
    state.logs = None if installation is None else LogsStanding(installation)
    placing = Placing(installation) if installation is not None else None
    if installation is not None and installation.here is None and not only_gathers:
        raise InvalidInput(field="REPORTING_LOG", found="—", expected=", ".join(installation.logs))
    ledger = Ledger(database, max_connections=CONNECTIONS)
    appender = state.appender = GroupAppender(ledger)
    replica = Database(settings.read_url) if settings.read_url else database
    state.service, state.reader = (
        Reporting(ledger, appender, placements=placing),
        ViewReader(replica, max_connections=CONNECTIONS),
    )
    # What decides a change never asks a replica: it may be behind.
    deciding = state.reader if replica is database else ViewReader(database, max_connections=1)
    state.open_data = OpenData(
        state.reader,
        state.service,
        settings.releases,
        DistributionStore(settings.distributions),
        settings.publisher,
        SeriesSets(settings.series),
    )
    state.fonts = settings.fonts
    state.uploads = Uploads(database)
    state.documents = Documents(settings.documents)
    state.outbox = Outbox(database)
    await anyio.to_thread.run_sync(_tidy, state.uploads)
    state.drills = drills(state.service, settings.data_dir / "drills") if drills else None
    state.access = Access(state.service)
    state.people = People(settings, state.key, state.drills)
    state.issuers, state.login = _identity(state, settings, clock, offices, fetch)
    state.hub = Hub(replica)
    state.changes_here = ChangesHere(
        state.hub, settings.write_url, elsewhere=replica is not database, only_gathers=only_gathers
    )
    listener = asyncio.create_task(state.hub.listen())
    traces = traces_of(settings)
    stop, beside = threading.Event(), []
    publication = PublicationClock(state.service, deciding)
    state.looked_at = lambda: publication.looked_at if settings.publication and not only_gathers else None
    state.publication_late_s = lambda: publication.late_s
    if state.metrics is not None:
        state.metrics.registry.register(WhereItStands(state))
    state.usage = Usage()
    beside.append(_thread("usage", state.usage.run, stop))
    if settings.projector:
        beside.append(_thread("projector", Keeper(database).run, stop))
    if settings.publication and not only_gathers:
        beside.append(_thread("publication", publication.run, stop))
    beside.append(
        _thread(
            "reads",
            lambda ends: READS.run(
                ends, appender.append, ledger.stream_version, lambda: state.changes_here.possible
            ),
            stop,
        )
    )
    watching = [watch(watcher) for watcher in (Lines(), state.metrics, traces) if watcher is not None]
    try:
        yield
    finally:
        for end in watching:  # first: whatever fails below, nobody watches a server that is gone
            end()
        stop.set()
        if state.drills is not None:
            await anyio.to_thread.run_sync(state.drills.close)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        for thread in reversed(beside):
            await anyio.to_thread.run_sync(thread.join, JOIN_WITHIN_S)
        await asyncio.gather(*state.importing, return_exceptions=True)
        state.uploads.close()
        state.outbox.close()
        await anyio.to_thread.run_sync(state.open_data.close)
        await anyio.to_thread.run_sync(appender.close)
        state.reader.close()
        if deciding is not state.reader:
            deciding.close()
        ledger.close()
        if traces is not None:
            await anyio.to_thread.run_sync(traces.close)
        with anyio.move_on_after(JOIN_WITHIN_S):
            await anyio.to_thread.run_sync(state.looks.shutdown, abandon_on_cancel=True)
        await anyio.to_thread.run_sync(silence.rest)


def _with_views(database: Database) -> bool:
    """Makes the views where there are none yet, and tells whether other logs' events are gathered here, and none recorded. By one connection:
    each is a process more that PostgreSQL starts. TablesOlder."""
    with database.connect(PROJECTOR, autocommit=True) as connection:
        refuse_older(connection)
        Projector(database).create_if_missing(connection)
        return gathers(connection)


def _tidy(uploads: Uploads) -> None:
    """At a standby its primary does."""
    with suppress(ReadOnlySqlTransaction):
        uploads.remove_old()


def _identity(
    state: Serving,
    settings: Settings,
    clock: Callable[[], float],
    offices: HeldOffices | None,
    fetch: Fetch | None,
) -> tuple[list[str], Login | None]:
    """Whose tokens count, and the login where there is a provider."""
    issuers = [ISSUER] if settings.accepts_dev_tokens else []
    if settings.oidc is None:
        return issuers, None
    if settings.accepts_dev_tokens:
        log.warning("development_tokens_accepted_beside_provider")
    held = offices or DirectoryOffices(DirectoryService(state.service), ClaimOffices(settings.oidc))
    return [*issuers, SESSION_ISSUER], Login(settings.oidc, state.key, clock, held, fetch)


def _thread(name: str, work: Callable[[threading.Event], None], stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()
    return thread
