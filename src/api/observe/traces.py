"""Traces by OpenTelemetry: request → GraphQL operation → statements → append, where the extra `traces` is installed and asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from api.observe.metrics import extra_missing
from api.settings import Settings
from reporting.watched import WatchedPart

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

SPANS = {"operation": "graphql.operation", "append": "ledger.append", "sql": "db.statement"}
"""What a part is called there."""


class Traces:
    """A watcher that makes a span of each part."""

    def __init__(self, tracer: Tracer, close: Callable[[], None]) -> None:
        self._tracer, self.close = tracer, close

    def begun(self, part: WatchedPart) -> None:
        span = self._tracer.start_as_current_span(SPANS.get(part.name, part.name))
        part.kept[id(self)] = span
        span.__enter__()

    def ended(self, part: WatchedPart, failure: BaseException | None) -> None:
        from opentelemetry.trace import Status, StatusCode, get_current_span

        span = get_current_span()
        for name, fact in part.facts.items():
            span.set_attribute(f"reporting.{name}", fact)
        if failure is not None:
            # Its kind only: what it says may hold what somebody typed.
            span.set_status(Status(StatusCode.ERROR, type(failure).__name__))
        part.kept.pop(id(self)).__exit__(None, None, None)  # type: ignore[attr-defined]


def traces_of(settings: Settings) -> Traces | None:
    """To the collector at `REPORTING_TRACES_URL` (OTLP over HTTP); None without one. InvalidInput without the extra."""
    if settings.traces_url is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise extra_missing("REPORTING_TRACES_URL", "traces") from None
    provider = TracerProvider(resource=Resource.create({"service.name": "reporting"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(settings.traces_url)))
    return Traces(provider.get_tracer("reporting"), provider.shutdown)
