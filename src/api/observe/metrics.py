"""Metrics in Prometheus' form. Names and labels are a promise (docs/observe.md); no label holds what a caller may choose."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.health import WITHIN_S
from api.messages import message
from api.serving import Serving
from api.settings import Settings
from projections.errors import ProjectionError
from reporting.database.connect import AWAY
from reporting.database.replication import replication_of
from reporting.errors import InvalidInput, Unavailable
from reporting.watched import WatchedPart

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import GaugeMetricFamily

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NOBODYS = "other"
"""The label of an address that no route has, and of a field that the schema has not."""


class Metrics:
    """Of one serving process. A watcher of the parts of requests."""

    def __init__(self, registry: CollectorRegistry) -> None:
        from prometheus_client import Counter, Gauge, Histogram

        self.registry = registry
        self._http = Counter(
            "reporting_http_requests_total", "HTTP requests", ["route", "method", "status"], registry=registry
        )
        self._http_seconds = Histogram(
            "reporting_http_seconds",
            "seconds until an HTTP answer's end",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self._operations = Counter(
            "reporting_operations_total",
            "GraphQL operations",
            ["kind", "field", "outcome"],
            registry=registry,
        )
        self._operation_seconds = Histogram(
            "reporting_operation_seconds",
            "seconds of a GraphQL operation",
            ["kind"],
            buckets=SECONDS,
            registry=registry,
        )
        self._appends = Counter(
            "reporting_appends_total", "commands given to the log", ["outcome"], registry=registry
        )
        self._append_seconds = Histogram(
            "reporting_append_seconds", "seconds until events are durable", buckets=SECONDS, registry=registry
        )
        self._sql_seconds = Histogram(
            "reporting_sql_seconds", "seconds of a statement", buckets=SECONDS, registry=registry
        )
        self._sockets = Gauge("reporting_sockets", "open WebSockets", registry=registry)
        built = Gauge("reporting_build_info", "1, with the version", ["version"], registry=registry)
        built.labels(version("open-election-reporting")).set(1)

    def begun(self, part: WatchedPart) -> None:
        """A part is told of at its end."""

    def ended(self, part: WatchedPart, failure: BaseException | None) -> None:
        if part.name == "sql":
            self._sql_seconds.observe(part.seconds)
        elif part.name == "append":
            self._append_seconds.observe(part.seconds)
            again = "repeated" if part.facts.get("repeated") else "appended"
            self._appends.labels("refused" if failure is not None else again).inc()
        elif part.name == "operation":
            kind = str(part.facts.get("kind", NOBODYS))
            told = (kind, str(part.facts.get("field", NOBODYS)), str(part.facts.get("outcome", "failed")))
            self._operations.labels(*told).inc()
            self._operation_seconds.labels(kind).observe(part.seconds)

    def http(self, route: str, method: str, status: int, seconds: float) -> None:
        self._http.labels(route, method if method in METHODS else NOBODYS, str(status)).inc()
        self._http_seconds.labels(route).observe(seconds)

    def socket(self, more: int) -> None:
        self._sockets.inc(more)


METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def metrics_of(settings: Settings) -> Metrics | None:
    """None where no token lets anybody ask. InvalidInput where one does and the extra `observe` is not installed."""
    if settings.metrics_token is None:
        return None
    try:
        from prometheus_client import CollectorRegistry
    except ImportError:
        raise extra_missing("REPORTING_METRICS_TOKEN", "observe") from None
    return Metrics(CollectorRegistry())


def extra_missing(setting: str, extra: str) -> InvalidInput:
    """What a setting asks for is not installed."""
    return InvalidInput(
        field=setting,
        found=message("the_extra_is_missing"),
        expected=message("install_the_extra", extra=f"open-election-reporting[{extra}]"),
    )


@dataclass(frozen=True, slots=True)
class _Looked:
    """`let_in`, `followed`, `deliveries`: None while the database does not answer."""

    facts: Mapping[str, tuple[str, float]]
    up: int
    let_in: int | None = None
    followed: Mapping[str, int] | None = None
    deliveries: Mapping[str, int] | None = None


class WhereItStands:
    """What is looked up when it is asked for: where log, views, standby, signer, clock and pools stand."""

    def __init__(self, state: Serving) -> None:
        self._state = state

    def collect(self) -> Iterator[GaugeMetricFamily]:
        from prometheus_client.core import GaugeMetricFamily

        told = self._in_time()
        facts, up = told.facts, told.up
        yield GaugeMetricFamily("reporting_database_up", "1 while the database answers", up)
        for name, (words, value) in facts.items():
            yield GaugeMetricFamily(name, words, value)
        stalled = self._state.appender.stalled_s
        yield GaugeMetricFamily(
            "reporting_entry_stalled_seconds", "since commands wait and none is taken", stalled
        )
        pools = GaugeMetricFamily("reporting_pool_connections", "of a pool", labels=["pool", "state"])
        for pool, sizes in (
            ("ledger", self._state.service.ledger.pool_sizes()),
            ("views", self._state.reader.pool_sizes()),
        ):
            for state, number in sizes.items():
                pools.add_metric([pool, state], number)
        yield pools
        if told.let_in is not None:
            yield GaugeMetricFamily(
                "reporting_emergency_access", "emergency accesses that count now", told.let_in
            )
        if (looked_at := self._state.looked_at()) is not None:
            since = time.monotonic() - looked_at
            yield GaugeMetricFamily(
                "reporting_publication_clock_seconds", "since the publication clock last looked", since
            )
            yield GaugeMetricFamily(
                "reporting_publication_late_seconds",
                "since the time of the slot that waits longest and cannot go out",
                self._state.publication_late_s(),
            )
        if told.followed is not None and "reporting_log_position" in facts:
            yield from self._followers(facts["reporting_log_position"][1], told.followed)
        if told.deliveries is not None:
            deliveries = GaugeMetricFamily(
                "reporting_deliveries", "messages to offices that did not arrive", labels=["state"]
            )
            for reached, number in told.deliveries.items():
                deliveries.add_metric([reached], number)
            yield deliveries

    def _followers(self, head: float, followed: Mapping[str, int]) -> Iterator[GaugeMetricFamily]:
        """Of those that keep their position in the database."""
        from prometheus_client.core import GaugeMetricFamily

        read = GaugeMetricFamily(
            "reporting_follower_position", "ledger position of a follower", labels=["follower"]
        )
        behind = GaugeMetricFamily(
            "reporting_follower_behind_events", "events that it has not read", labels=["follower"]
        )
        for follower, position in followed.items():
            read.add_metric([follower], position)
            behind.add_metric([follower], max(0.0, head - position))
        yield read
        yield behind

    def _in_time(self) -> _Looked:
        """Whoever asks gives up after ten seconds, and would then take the server for gone where its database is."""
        look = self._state.looks.submit(self._look)
        try:
            return look.result(WITHIN_S)
        except TimeoutError:
            look.cancel()  # one that has not begun keeps no later look waiting
            return _Looked({}, 0)

    def _look(self) -> _Looked:
        """What the database says; after one question without an answer no other is asked."""
        facts, up = self._looked_up()
        if not up or (let_in := self._let_in()) is None:
            return _Looked(facts, up)
        outbox, now = self._state.outbox, self._state.service.clock()
        try:
            return _Looked(facts, up, let_in, outbox.followed(), outbox.standing(now))
        except AWAY:
            return _Looked(facts, up, let_in)

    def _let_in(self) -> int | None:
        """None while the database does not answer."""
        try:
            held, now = self._state.access.held().values(), self._state.service.clock()
        except Unavailable:
            return None
        return sum(access.counts(now) and access.event.kind == "emergency" for access in held)

    def _looked_up(self) -> tuple[dict[str, tuple[str, float]], int]:
        try:
            with self._state.reader.snapshot() as snapshot:
                lag, replication = snapshot.lag(), replication_of(snapshot.connection)
                told: dict[str, tuple[str, float]] = {
                    "reporting_log_position": ("ledger position of the log", snapshot.position + lag.behind),
                    "reporting_views_position": ("ledger position of the views", snapshot.position),
                    "reporting_views_behind_events": ("events that the views lack", lag.behind),
                    "reporting_views_behind_seconds": ("how long the oldest of them waits", lag.behind_s),
                    "reporting_views_active": ("1 while they follow", snapshot.version.state == "active"),
                    "reporting_standby": ("1 at a standby", replication.standby),
                    "reporting_standby_behind_seconds": ("behind its primary", replication.behind_s),
                }
        except AWAY:
            return {}, 0
        except ProjectionError:  # another build's views, or none yet: no alarm of the database
            return {"reporting_views_active": ("1 while they follow", 0)}, 1
        if lag.unsigned is not None:
            told["reporting_unsigned_events"] = ("events since the last signed head", lag.unsigned)
        if lag.unsigned_s is not None:
            told["reporting_unsigned_seconds"] = ("how long the oldest of them waits", lag.unsigned_s)
        return told, 1


class Measured:
    """Counts every request by the route that answered it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            self._metrics.socket(1)
            try:
                return await self.app(scope, receive, send)
            finally:
                self._metrics.socket(-1)
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status, began = 500, time.perf_counter()

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, answering)
        finally:
            self._metrics.http(_route(scope), scope["method"], status, time.perf_counter() - began)


def _route(scope: Scope) -> str:
    """The route's own pattern, never the address."""
    route: BaseRoute | None = scope.get("route")
    return route.path if isinstance(route, Route) else NOBODYS


def metrics_routes(metrics: Metrics, token: str) -> APIRouter:
    """`GET /metrics` for who sends the token; for everybody else there is no such address."""
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0, generate_latest

    router = APIRouter()

    @router.get("/metrics")
    def answer(request: Request) -> Response:
        sent = request.headers.get("authorization", "")
        if not hmac.compare_digest(sent.encode(), f"Bearer {token}".encode()):
            raise HTTPException(404)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_PLAIN_1_0_0)

    return router
