"""The HTTP application: GraphQL, series as CSV, health, GraphiQL, and the projector beside them when asked for."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from typing import Any

import anyio.to_thread
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from graphql import GraphQLError
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from api import series_csv
from api.auth import ISSUER, SESSION_ISSUER, load_key, read_token
from api.clock import PublicationClock
from api.gate import GraphQLRequest, parse_body, read_body
from api.graphql.context import Context
from api.graphql.limits import OncePerText, check, wanted_position
from api.graphql.schema import schema, socket_schema
from api.graphql.wide import as_json
from api.headers import SafeHeaders
from api.health import health_routes
from api.hub import Hub
from api.oidc.fetch import Fetch
from api.oidc.offices import ClaimOffices, DirectoryOffices, Offices
from api.oidc.routes import Login, login_routes
from api.settings import Settings
from api.socket_gate import SocketGate
from projections.errors import ProjectionError
from projections.read import ViewReader
from projections.runner import Projector
from reporting.application.offices import Offices as Directory
from reporting.application.service import Reporting
from reporting.database.connect import AWAY, Database
from reporting.domain.actor import Actor
from reporting.errors import NotAuthenticated, NotAuthorised, ReportingError, Unavailable
from reporting.ledger import GroupAppender, Ledger

THREADS = 24
"""Reads worked on at once, and as many changes; the rest wait in order. More than the connections, as group append shares
one. Apart, since changes that wait for the ledger's head would take every thread from the reads."""

log = structlog.get_logger(__name__)

schema.extensions = (*schema.extensions, OncePerText)


def create_app(
    settings: Settings,
    clock: Callable[[], float] = time.time,
    *,
    offices: Offices | None = None,
    fetch: Fetch | None = None,
) -> FastAPI:
    """The application over `settings.database_url`, which must be migrated. `clock`: Unix seconds. With an identity
    provider, `offices` says who holds which office (default: the token's claims), `fetch` how it is reached."""
    if settings.database_url is None:
        raise Unavailable(detail="no database URL")
    database = Database(settings.database_url)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state = app.state
        state.key = load_key(settings.token_key)
        state.issuers = [ISSUER] if settings.accepts_dev_tokens else []
        state.login = None
        if settings.oidc is not None:
            state.issuers.append(SESSION_ISSUER)
            if settings.accepts_dev_tokens:
                log.warning("development_tokens_accepted_beside_provider")
        state.reads, state.changes = anyio.CapacityLimiter(THREADS), anyio.CapacityLimiter(THREADS)
        projector, stop = Projector(database), threading.Event()
        await anyio.to_thread.run_sync(projector.create_if_missing)
        ledger = Ledger(database, max_connections=8)
        appender = GroupAppender(ledger)
        state.service = Reporting(ledger, appender)
        if settings.oidc is not None:
            held = offices or DirectoryOffices(Directory(state.service), ClaimOffices(settings.oidc))
            state.login = Login(settings.oidc, state.key, clock, held, fetch)
        state.reader = ViewReader(database)
        state.hub = Hub(database)
        listener = asyncio.create_task(state.hub.listen())
        thread = threading.Thread(target=projector.run, args=(stop,), name="projector", daemon=True)
        if settings.projector:
            thread.start()
        clock_thread = threading.Thread(
            target=PublicationClock(state.service, state.reader).run,
            args=(stop,),
            name="publication",
            daemon=True,
        )
        if settings.publication:
            clock_thread.start()
        try:
            yield
        finally:
            stop.set()
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            if settings.publication:
                await anyio.to_thread.run_sync(clock_thread.join, 5)
            if settings.projector:
                await anyio.to_thread.run_sync(thread.join, 5)
            await anyio.to_thread.run_sync(appender.close)
            state.reader.close()
            ledger.close()

    app = FastAPI(title="Open election reporting", lifespan=lifespan, openapi_url=None)
    app.add_middleware(SafeHeaders)
    app.add_middleware(SocketGate)

    @app.post("/graphql")
    async def graphql(request: Request) -> Response:
        request_id = str(uuid.uuid4())
        try:
            body = await read_body(request)
            asked = parse_body(body)
            actor = _actor(request, int(clock()))
        except ReportingError as refused:
            return _answer({"errors": [_error(refused)]}, _status(refused), request_id)
        # No change without the word; a read that has it somewhere only queues with them.
        limiter = app.state.changes if "mutation" in asked.query else app.state.reads
        payload = await anyio.to_thread.run_sync(
            _execute, app.state, asked, actor, request_id, limiter=limiter
        )
        return _answer(payload, 200, request_id)

    @app.get("/series.csv")
    async def series(request: Request) -> Response:
        request_id = str(uuid.uuid4())
        try:
            actor = _actor(request, int(clock()))
            position, table = await anyio.to_thread.run_sync(
                series_csv.answer,
                app.state,
                request.query_params,
                actor,
                request_id,
                limiter=app.state.limiter,
            )
        except ReportingError as refused:
            return _answer({"errors": [_error(refused)]}, _status(refused), request_id)
        except Exception as unexpected:
            return _answer({"errors": [_error(unexpected, request_id)]}, 503, request_id)
        told = {"X-Request-Id": request_id, "X-As-Of-Position": str(position)}
        return Response(table, 200, told, media_type="text/csv; charset=utf-8")

    @app.get("/graphql")
    async def graphiql() -> HTMLResponse:
        page = files("api").joinpath("graphiql/index.html").read_text(encoding="utf-8")
        return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_SECURITY})

    app.include_router(health_routes())
    if settings.oidc is not None:
        app.include_router(login_routes())

    async def socket_context() -> dict[str, Any]:
        return {"hub": app.state.hub, "reader": app.state.reader}

    sockets: GraphQLRouter[Any, Any] = GraphQLRouter(
        socket_schema,
        path="/graphql",
        graphql_ide=None,
        allow_queries_via_get=False,
        subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        connection_init_wait_timeout=timedelta(seconds=10),
        max_subscriptions_per_connection=20,
        context_getter=socket_context,
    )
    app.router.routes.extend(route for route in sockets.routes if not getattr(route, "methods", None))
    app.mount("/static", StaticFiles(packages=[("api", "graphiql/static")]))
    return app


CONTENT_SECURITY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""GraphiQL sets styles and carries its fonts inline; scripts and connections (also the socket) come from here only."""


def _actor(request: Request, now: int) -> Actor | None:
    header = request.headers.get("authorization")
    login: Login | None = request.app.state.login
    if header is None:
        return None if login is None else login.sessions.actor(request, now)
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated(detail="Authorization: Bearer …")
    actor = read_token(request.app.state.key, token, now=now, issuers=request.app.state.issuers)
    if login is not None:
        login.sessions.check_live(token, now)
    return actor


def _execute(state: Any, asked: GraphQLRequest, actor: Actor | None, request_id: str) -> dict[str, Any]:
    try:
        checked = check(asked.query, asked.variables, asked.operation_name)
        with ExitStack() as resources:
            wanted = wanted_position(checked, asked.variables)
            context = Context(state.reader, state.service, actor, request_id, wanted, resources, checked)
            result = schema.execute_sync(
                asked.query, asked.variables, context_value=context, operation_name=asked.operation_name
            )
    except ReportingError as refused:
        return {"errors": [_error(refused)]}
    except Exception as unexpected:
        return {"errors": [_error(unexpected, request_id)]}
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = [_graphql_error(error, request_id) for error in result.errors]
        if result.data is None and not any(error.path for error in result.errors):
            del payload["data"]
    return payload


def _graphql_error(error: GraphQLError, request_id: str) -> dict[str, Any]:
    original = error.original_error
    if original is None or isinstance(original, GraphQLError):
        made: dict[str, Any] = {"message": error.message, "extensions": {"code": "GRAPHQL_INVALID"}}
    else:
        made = _error(original, request_id)
    if error.path:
        made["path"] = list(error.path)
    if error.locations:
        made["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return made


def _error(error: Exception, request_id: str = "") -> dict[str, Any]:
    if isinstance(error, AWAY):
        log.warning("database_away", request_id=request_id, kind=type(error).__name__)
        error = Unavailable(detail=f"request {request_id}")
    if not isinstance(error, ReportingError):
        log.error("request_failed", request_id=request_id, kind=type(error).__name__, exc_info=error)
        error = Unavailable(detail=f"request {request_id}")
        return {"message": str(error), "extensions": {"code": "INTERNAL", "requestId": request_id}}
    facts = {
        name: value
        for name, value in error.facts.items()
        if isinstance(value, str | int | float | bool | None)
    }
    extensions = {"code": error.code.upper(), "ja": error.message_ja, "en": error.message_en, "facts": facts}
    return {"message": str(error), "extensions": extensions}


def _status(error: ReportingError) -> int:
    if isinstance(error, NotAuthenticated):
        return 401
    if isinstance(error, NotAuthorised):
        return 403
    return 503 if isinstance(error, Unavailable | ProjectionError) else 400


def _answer(payload: dict[str, Any], status: int, request_id: str) -> Response:
    body = orjson.dumps(payload, default=as_json)
    return Response(body, status, {"X-Request-Id": request_id}, media_type="application/json")
