"""The HTTP application: which address does what. What runs beside it: `api.process`; one request: `api.execute`."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from typing import Any

import anyio.to_thread
import orjson
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.requests import ClientDisconnect
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from api import notices
from api.accounts import account_routes
from api.address_gate import AddressGate
from api.brands import brands_of
from api.budgets import BudgetGate, PersonBudget
from api.callers import asker_of
from api.compress import Compressed
from api.console import offline
from api.console.routes import Console
from api.documents import document_routes
from api.drills import OpensDrills
from api.execute import Asker, error_of, execute, status_of
from api.gate import read_body
from api.graphql.schema import socket_schema
from api.graphql.wide import as_json
from api.headers import SafeHeaders
from api.health import health_routes
from api.imports import import_routes
from api.messages import message
from api.observe.metrics import Measured, metrics_of, metrics_routes
from api.oidc.fetch import Fetch
from api.oidc.offices import HeldOffices
from api.oidc.routes import login_routes
from api.open_data.gate import DataGate
from api.open_data.routes import data_routes
from api.process import running
from api.refusals import not_there
from api.series.routes import series_routes
from api.serving import serving
from api.settings import Settings
from api.socket_gate import SocketGate
from reporting.database.connect import Database
from reporting.errors import ReportingError, Unavailable

SUBSCRIPTIONS = 20  # on one socket
TOO_MANY = 429


def create_app(
    settings: Settings,
    clock: Callable[[], float] = time.time,
    *,
    offices: HeldOffices | None = None,
    fetch: Fetch | None = None,
    drills: OpensDrills | None = None,
) -> FastAPI:
    """The application over `settings.database_url`, which must be migrated. `clock`: Unix seconds. With an identity
    provider, `offices` says who holds which office (default: the token's claims), `fetch` how it is reached. `drills` makes
    the practice room of a server that has one."""
    if settings.database_url is None:
        raise Unavailable(detail=message("no_reporting_database_url"))
    database = Database(settings.database_url)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(app.state, settings, database, clock, offices, fetch, drills):
            yield

    metrics = metrics_of(settings)
    app = FastAPI(title="Open election reporting", lifespan=lifespan, openapi_url=None)
    app.state.metrics = metrics
    app.state.brands = brands_of(settings.brands)
    app.include_router(app.state.brands.routes())
    app.state.budget = PersonBudget(settings.requests_per_person)
    app.add_middleware(Compressed)
    app.add_middleware(SocketGate, state=app.state, settings=settings, clock=clock)
    app.add_middleware(BudgetGate, settings=settings)
    app.add_middleware(DataGate, trusted=settings.trusted_proxies)
    console = Console(clock) if settings.console else None
    app.add_middleware(AddressGate, page=console.refused if console else None)
    app.add_middleware(SafeHeaders)  # whatever is answered has its headers
    if metrics is not None and settings.metrics_token is not None:
        app.add_middleware(Measured, metrics=metrics)
        app.include_router(metrics_routes(metrics, settings.metrics_token))

    async def graphql(request: Request) -> Response:
        request_id = str(uuid.uuid4())
        try:
            asker = asker_of(request, int(clock()))
            body = await read_body(request)
        except ReportingError as refused:
            return _answer({"errors": [error_of(refused)]}, status_of(refused), request_id)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        # No change without the word; a read that has it somewhere only queues with them.
        limiter = app.state.changes if b"mutation" in body else app.state.reads
        payload, status = await anyio.to_thread.run_sync(
            execute, app.state, body, asker, request_id, limiter=limiter
        )
        answered = _answer(payload, status, request_id)
        if asker.logged_in and "authorization" not in request.headers:
            app.state.people.renew(request, answered, int(clock()))
        return answered

    # Not by `app.post`, which would look for dependencies and parameters of each request: it has none.
    app.add_route("/graphql", graphql, methods=["POST"])

    @app.get("/notices.atom")
    async def feed(request: Request) -> Response:
        def answer(asker: Asker, request_id: str) -> Response:
            brand = app.state.brands.at(request)
            office = brand and notices.OfficeFeed(brand.code, brand.told.name.ja, brand.told.elections)
            made = notices.answer(app.state.reader, app.state.service, request.query_params, office)
            return Response(made, 200, {"X-Request-Id": request_id}, media_type=notices.MEDIA_TYPE)

        return await _file(request, clock, answer)

    @app.get("/graphql")
    async def graphiql() -> HTMLResponse:
        page = files("api").joinpath("graphiql/index.html").read_text(encoding="utf-8")
        return HTMLResponse(page, headers={"Content-Security-Policy": CONTENT_SECURITY})

    app.include_router(health_routes())
    app.include_router(account_routes(clock))
    app.include_router(import_routes(clock))
    app.include_router(document_routes(clock))
    app.include_router(data_routes())
    app.include_router(series_routes(clock, settings.trusted_proxies))
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
        max_subscriptions_per_connection=SUBSCRIPTIONS,
        context_getter=socket_context,
    )
    app.router.routes.extend(route for route in sockets.routes if not getattr(route, "methods", None))
    if console is not None:
        app.router.routes.extend(console.routes())
        app.add_exception_handler(404, console.not_found)
        app.add_exception_handler(405, console.not_found)
    else:
        app.add_route(offline.WORKER, offline.no_worker)
        app.add_exception_handler(405, not_there)
    app.mount("/static", StaticFiles(packages=[("api", "graphiql/static")]))
    return app


CONTENT_SECURITY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""GraphiQL sets styles and carries its fonts inline; scripts and connections (also the socket) come from here only."""


async def _file(
    request: Request, clock: Callable[[], float], answer: Callable[[Asker, str], Response]
) -> Response:
    """What `answer` makes in a thread, or the error as JSON."""
    request_id, state = str(uuid.uuid4()), serving(request)
    try:
        asker = asker_of(request, int(clock()))
        return await anyio.to_thread.run_sync(answer, asker, request_id, limiter=state.reads)
    except ReportingError as refused:
        return _answer({"errors": [error_of(refused)]}, status_of(refused), request_id)
    except Exception as unexpected:
        return _answer({"errors": [error_of(unexpected, request_id)]}, 503, request_id)


def _answer(payload: dict[str, Any], status: int, request_id: str) -> Response:
    headers = {"X-Request-Id": request_id}
    if status == TOO_MANY:
        headers["Retry-After"] = str(payload["errors"][0]["extensions"]["facts"]["wait"])
    body = orjson.dumps(payload, default=as_json)
    return Response(body, status, headers, media_type="application/json")
