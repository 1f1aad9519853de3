"""What a serving process holds for its requests: `app.state`, as `process.running` fills it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from anyio import CapacityLimiter
from joserfc.jwk import OctKey
from starlette.requests import HTTPConnection

if TYPE_CHECKING:  # most of these take a `Serving` themselves
    from api.brands import Brands
    from api.budgets import PersonBudget
    from api.console.people import People
    from api.drills import Drills
    from api.hub import Hub
    from api.observe.metrics import Metrics
    from api.oidc.routes import Login
    from api.open_data.store import OpenData
    from api.standby import ChangesHere
    from api.usage import Usage
    from projections.read import ViewReader
    from reporting.application.access import Access
    from reporting.application.service import Reporting
    from reporting.documents import Documents
    from reporting.ledger import GroupAppender
    from reporting.logs.standing import LogsStanding
    from reporting.telling import Outbox
    from reporting.uploads import Uploads


class Serving(Protocol):
    """None: an installation without a provider (`login`), a practice room (`drills`), metrics. `key` signs tokens, and those of
    `issuers` count. `reads`, `changes` and `imports` are worked on so many at once, `looks` by threads of their own. `looked_at`: when publication times were
    last looked at; `time.monotonic` seconds; None where this process does not."""

    key: OctKey
    issuers: list[str]
    access: Access
    login: Login | None
    people: People
    service: Reporting
    reader: ViewReader
    changes_here: ChangesHere
    logs: LogsStanding | None
    hub: Hub
    reads: CapacityLimiter
    changes: CapacityLimiter
    imports: CapacityLimiter
    looks: ThreadPoolExecutor
    importing: set[asyncio.Task[None]]
    uploads: Uploads
    documents: Documents
    outbox: Outbox
    open_data: OpenData
    drills: Drills | None
    fonts: Path | None
    metrics: Metrics | None
    looked_at: Callable[[], float | None]
    publication_late_s: Callable[[], float]
    appender: GroupAppender
    budget: PersonBudget
    usage: Usage
    brands: Brands


def serving(request: HTTPConnection) -> Serving:
    """What serves this request."""
    state: Serving = request.app.state
    return state
