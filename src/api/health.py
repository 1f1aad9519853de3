"""What tells a person that something is wrong (`/health`) and a balancer where to send requests (`/ready`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from psycopg import Connection

from api.serving import serving
from projections.errors import ViewsOutdated
from projections.read import ViewReader
from reporting.database.replication import Replication, replication_of
from reporting.logs.gathering import gathers, places

LATE_S = 30.0
"""An event that has been waiting for the totals so long means that nothing moves them any more; a backlog at the fastest
import clears sooner."""
STALLED_S = 3.0
"""Somebody waits for the log so long and nothing comes of it: longer than any import holds it up on its own."""
WITHIN_S = 2.5
"""A balancer gives up after five seconds or so, and then knows less than by an answer that the database is away."""
LOOKS = 4
"""At once. One that asks a frozen database keeps its thread until that goes on; never more of them than this, and none that
requests wait for."""


def looks_at_once() -> ThreadPoolExecutor:
    """Threads for looks; whoever serves ends them."""
    return ThreadPoolExecutor(LOOKS, thread_name_prefix="health")


def health_routes() -> APIRouter:
    """Each answers within WITHIN_S, whatever the database does."""
    router = APIRouter()

    @router.get("/health")
    async def health(request: Request) -> Response:
        """200 while totals follow the log; 503 with `state` stopped, late, outdated (another build's; being made
        anew), stalled (who enters waits, `stalledSeconds`, though reads are answered) or unavailable otherwise. Seconds are by
        the database's clock; `unsigned` counts events since the last checkpoint, null where none was ever signed. `standby` is told
        by one that follows another server: whether it hears it, places in PostgreSQL's log, and seconds behind."""
        answer = await _answer(request, _health)
        return _stalled(answer, serving(request).appender.stalled_s)

    @router.get("/ready")
    async def ready(request: Request) -> Response:
        """200 while the database answers, so that entry works, however late the totals are; 503 while another build's views
        are made anew."""
        return await _answer(request, _ready)

    @router.get("/ready/changes")
    async def changes(request: Request) -> Response:
        """200 where changes are taken, too; 503 with `state` standby or gathered (from other logs) where they are not, and stalled while
        they fail here: for a balancer that sends them apart. Changes that wait are none that fail: they wait at every server."""
        answer = await _answer(request, _changes)
        return _stalled(answer, serving(request).appender.failing_s)

    return router


def _stalled(answer: Response, seconds: float) -> Response:
    """503 in place of 200 where that is too long."""
    if answer.status_code != 200 or seconds <= STALLED_S:
        return answer
    told = orjson.loads(answer.body) | {"state": "stalled", "stalledSeconds": round(seconds, 1)}
    return Response(orjson.dumps(told), 503, media_type="application/json")


def _health(reader: ViewReader) -> dict[str, Any]:
    with reader.snapshot() as snapshot:
        version, lag, replication = snapshot.version, snapshot.lag(), replication_of(snapshot.connection)
        gathered = _gathered(snapshot.connection)
    late = version.state == "active" and max(lag.behind_s, replication.behind_s) > LATE_S
    return {
        "state": "late" if late else version.state,
        "position": version.position,
        "behind": lag.behind,
        "behindSeconds": round(lag.behind_s, 1),
        "version": version.number,
        "unsigned": lag.unsigned,
        "unsignedSeconds": None if lag.unsigned_s is None else round(lag.unsigned_s, 1),
        **_standby(replication),
        **gathered,
    }


def _ready(reader: ViewReader) -> dict[str, Any]:
    with reader.snapshot() as snapshot:
        return {
            "state": "active",
            "position": snapshot.position,
            **_standby(replication_of(snapshot.connection)),
            **_gathered(snapshot.connection),
        }


def _changes(reader: ViewReader) -> dict[str, Any]:
    """Of a server that reads from a replica this is the replica's: such a one is asked at `/ready`."""
    told = _ready(reader)
    for state in ("standby", "gathered"):
        if state in told:
            return told | {"state": state}
    return told


def _gathered(connection: Connection[Any]) -> dict[str, Any]:
    """Nothing at a log of its own; else how far each log is gathered, and how many positions that was behind when it was looked at."""
    if not gathers(connection):
        return {}
    told = {
        log: {"position": upto.position, "behind": upto.head - upto.position}
        for log, upto in places(connection).items()
    }
    return {"gathered": told}


def _standby(replication: Replication) -> dict[str, Any]:
    """Nothing at a primary."""
    if not replication.standby:
        return {}
    told = {
        "receiving": replication.receiving, "received": replication.received, "replayed": replication.replayed,
        "behindSeconds": round(replication.behind_s, 1),
    }  # fmt: skip
    return {"standby": told}


async def _answer(request: Request, look: Callable[[ViewReader], dict[str, Any]]) -> Response:
    state = serving(request)
    looked = asyncio.get_running_loop().run_in_executor(state.looks, look, state.reader)
    try:
        async with asyncio.timeout(WITHIN_S):
            health = await looked
    except ViewsOutdated as other:  # entry works, and the projector is making them anew
        health = {"state": "outdated", "detail": f"{other.message_ja} / {other.message_en}"}
    except Exception as failure:  # whatever it is, an answer must come
        health = {"state": "unavailable", "detail": type(failure).__name__}
    status = 200 if health["state"] == "active" else 503
    return Response(orjson.dumps(health), status, media_type="application/json")
