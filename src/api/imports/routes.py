"""`POST /import/{kind}`, and the files that a sender has not dealt with under `/import/uploads`."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import anyio
import anyio.from_thread
import anyio.to_thread
import orjson
import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.requests import ClientDisconnect

from api.callers import asker_of
from api.console.people import Person
from api.execute import Asker, error_of, status_of
from api.imports.asked import ImportAsked, KeepAsked, ReceivedFile, received
from api.imports.lines import upload_of
from api.imports.messages import message
from api.imports.work import ImportWork
from api.serving import Serving, serving
from reporting.domain.actor import Actor
from reporting.errors import InvalidInput, NotAuthenticated, ReportingError
from reporting.uploads import Upload, Uploads

NDJSON = "application/x-ndjson"


def import_routes(clock: Callable[[], float]) -> APIRouter:
    """`clock`: Unix seconds."""
    router = APIRouter()

    @router.post("/import/uploads")
    async def keep(request: Request) -> Response:
        """A file that is only sent: nothing is read of it before it is asked for. Pages of the console send workbooks so that are
        too large for a form."""
        request_id, state = str(uuid.uuid4()), serving(request)
        try:
            asker, actor = _changing(request, int(clock()))
            asked = KeepAsked.of(request.query_params)
            file = await received(request, asked.most)
            with file.content:
                if not file.size:
                    raise InvalidInput.at("body", "", message("a_file_or_upload", upload="…"))

                def kept() -> Response:
                    asker.check_held(state)
                    upload = state.uploads.keep(actor, asked.way, asked.name, file.sha256, file.content)
                    return _answer(upload_of(upload), 201)

                return await anyio.to_thread.run_sync(kept, limiter=state.changes)
        except ReportingError as refused:
            return _answer({"errors": [error_of(refused)]}, status_of(refused), request_id)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        except Exception as unexpected:
            return _answer({"errors": [error_of(unexpected, request_id)]}, 503, request_id)

    @router.post("/import/{kind}")
    async def take(request: Request, kind: str) -> Response:
        """The report as it comes to be; its last line says how it ended. What is wrong with the request itself is told at
        once, as GraphQL tells it."""
        request_id = str(uuid.uuid4())
        try:
            asker, actor = _changing(request, int(clock()))
            asked = ImportAsked.of(kind, request.query_params)
            file = await _file(request, asked)
        except ReportingError as refused:
            return _answer({"errors": [error_of(refused)]}, status_of(refused), request_id)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        lines = _lines(serving(request), asked, asker, actor, file, request_id)
        told = {"X-Request-Id": request_id, "X-Accel-Buffering": "no", "Content-Encoding": "identity"}
        return StreamingResponse(lines, 200, told, media_type=NDJSON)

    @router.get("/import/uploads")
    async def waiting(request: Request) -> Response:
        """The caller's own, the first that came first."""

        def look(uploads: Uploads, actor: Actor) -> Response:
            return _answer({"uploads": [upload_of(upload) for upload in uploads.waiting(actor)]}, 200)

        return await _own(request, clock, look)

    @router.get("/import/uploads/{upload_id}")
    async def fetch(request: Request, upload_id: str) -> Response:
        """The file as it was sent."""

        def look(uploads: Uploads, actor: Actor) -> Response:
            upload = _upload(uploads, actor, upload_id)
            headers = {
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(upload.name, safe='')}", "Content-Length": str(upload.size), "X-Sha256": upload.sha256,
                "Content-Encoding": "identity",
            }  # fmt: skip
            return StreamingResponse(
                uploads.content(upload), 200, headers, media_type="application/octet-stream"
            )

        return await _own(request, clock, look)

    @router.delete("/import/uploads/{upload_id}")
    async def discard(request: Request, upload_id: str) -> Response:
        def look(uploads: Uploads, actor: Actor) -> Response:
            serving(request).changes_here.check()
            uploads.remove(_upload(uploads, actor, upload_id))
            return Response(status_code=204)

        return await _own(request, clock, look)

    return router


def _who(request: Request, now: int) -> tuple[Asker, Actor]:
    """NotAuthenticated for nobody; for a session of another site's page, too, unless it only follows the link to one file: such a
    page cannot look at the answer. Whoever practises has no login, and sits at the console."""
    asker = asker_of(request, now)
    follows_link = request.method == "GET" and "upload_id" in request.path_params
    if asker.actor is None and ("x-reporting" in request.headers or follows_link):
        person: Person | None = serving(request).people.who(request, now)
        asker = asker if person is None else person.asker
    if asker.actor is None:
        raise NotAuthenticated(detail=message("nobody_imports"))
    return asker, asker.actor


def _changing(request: Request, now: int) -> tuple[Asker, Actor]:
    """The same for who sends something: TakesNoChanges at a standby, before a byte of it is read."""
    sender = _who(request, now)
    serving(request).changes_here.check()
    return sender


async def _file(request: Request, asked: ImportAsked) -> ReceivedFile | None:
    """None where the file was sent before. InvalidInput for neither and for both."""
    if asked.upload is None:
        file = await received(request)
        if file.size:
            return file
        file.content.close()
    elif not await _has_body(request):
        return None
    raise InvalidInput.at("body", "", message("a_file_or_upload", upload="upload=…"))


async def _has_body(request: Request) -> bool:
    async for piece in request.stream():
        if piece:
            return True
    return False


async def _lines(
    state: Serving, asked: ImportAsked, asker: Asker, actor: Actor, file: ReceivedFile | None, request_id: str
) -> AsyncIterator[bytes]:
    """An import that has begun ends by itself, whole or not at all, whether or not anybody still listens. Lines wait for a slow
    listener in memory: they are bounded by the number of problems that are told."""
    sender, listener = anyio.create_memory_object_stream[bytes](math.inf)

    def send(line: bytes) -> None:
        anyio.from_thread.run_sync(_put, sender, line)

    async def work() -> None:
        doing = ImportWork(state, asked, asker, actor, file, request_id, send)
        with sender, structlog.contextvars.bound_contextvars(request_id=request_id):
            await anyio.to_thread.run_sync(doing.run, limiter=state.imports)

    task = asyncio.create_task(work())
    state.importing.add(task)
    task.add_done_callback(state.importing.discard)
    with listener:
        async for line in listener:
            yield line


def _put(sender: Any, line: bytes) -> None:
    try:
        sender.send_nowait(line)
    except anyio.BrokenResourceError:  # nobody listens any more
        return


async def _own(
    request: Request, clock: Callable[[], float], look: Callable[[Uploads, Actor], Response]
) -> Response:
    request_id, state = str(uuid.uuid4()), serving(request)

    def looked() -> Response:
        asker.check_held(state)
        return look(state.uploads, actor)

    try:
        asker, actor = _who(request, int(clock()))
        return await anyio.to_thread.run_sync(looked, limiter=state.reads)
    except ReportingError as refused:
        return _answer({"errors": [error_of(refused)]}, status_of(refused), request_id)
    except Exception as unexpected:
        return _answer({"errors": [error_of(unexpected, request_id)]}, 503, request_id)


def _upload(uploads: Uploads, actor: Actor, text: str) -> Upload:
    try:
        return uploads.upload(actor, uuid.UUID(text))
    except ValueError:
        raise InvalidInput.at("upload", repr(text)[:60], "UUID") from None


def _answer(payload: dict[str, Any], status: int, request_id: str = "") -> Response:
    headers = {"X-Request-Id": request_id} if request_id else {}
    return Response(orjson.dumps(payload), status, headers, media_type="application/json")
