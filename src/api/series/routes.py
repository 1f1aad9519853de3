"""`/series.csv`, `/series.ndjson`, `/series.parquet`: whole, of one position, gone on with after a cut, and kept by whoever may keep it."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import anyio.to_thread
import orjson
import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from api.callers import address_of, asker_of
from api.execute import Asker, error_of, status_of
from api.graphql.wide import as_json
from api.open_data.answers import FOR_EVER, OPEN, Representation, accepts_gzip, answer, is_held
from api.open_data.fairness import network
from api.series import forms
from api.series.arguments import SeriesArguments, wrong
from api.series.cited import cited_json
from api.series.messages import message
from api.series.source import SeriesSource
from api.series_table import NAMES
from api.serving import Serving, serving
from projections.series.read import SeriesReader
from reporting.errors import ReportingError, Unavailable, UnknownReference
from reporting.publication.formats.parquet import ParquetNeedsExtra

LONG_ANSWERS, OF_ONE_CALLER = 12, 4
"""Streams of one process, and of one caller, that are not at their end after the first chunk; more are told to wait."""
PATIENCE_S = 60.0
"""A reader that takes nothing for so long is cut off, and goes on after its last row."""
RETRY_S = 30
LISTED = 20
"""Reasons that a header names."""
NOT_STORED = "private, no-store"
CODE = re.compile(r"[^A-Za-z0-9_.-]+")
Chunk = Callable[[], bytes | None]

log = structlog.get_logger(__name__)


class LongAnswers:
    """Those that are being sent, by caller; asked from the event loop alone."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def enter(self, caller: str) -> None:
        """Unavailable where as many are being made as can be."""
        if self._open.total() >= LONG_ANSWERS or self._open[caller] >= OF_ONE_CALLER:
            raise Unavailable(detail=message("many_at_once"))
        self._open[caller] += 1

    def leave(self, caller: str) -> None:
        self._open[caller] -= 1
        self._open += Counter()  # whoever has none is forgotten


def series_routes(clock: Callable[[], float], trusted: Sequence[str]) -> APIRouter:
    """`clock`: Unix seconds. `trusted`: proxies that name the caller."""
    router = APIRouter()
    busy = LongAnswers()
    for form in forms.MEDIA_TYPES:
        handler = partial(_series, form, clock, trusted, busy)
        router.add_api_route(f"/series.{form}", _endpoint(handler), methods=["GET", "HEAD"])
    router.add_api_route("/observation", _endpoint(partial(_observation, clock)), methods=["GET", "HEAD"])
    return router


async def _observation(clock: Callable[[], float], request: Request) -> Response:
    """What a citation names, as `/series.ndjson` tells a row: the same for ever, so that anybody may keep what is public."""
    request_id, state = str(uuid.uuid4()), serving(request)
    try:
        asker = asker_of(request, int(clock()))
        told = partial(cited_json, state, request.query_params, asker, request_id)
        body = await anyio.to_thread.run_sync(told, limiter=state.reads)
    except ReportingError as refused:
        status = 404 if isinstance(refused, UnknownReference) else status_of(refused)
        return _refused(error_of(refused), status, request_id)
    except Exception as unexpected:
        return _refused(error_of(unexpected, request_id), 503, request_id)
    coded = "-gzip" if accepts_gzip(request.headers) else ""
    whole = Representation(len(body), f'"{hashlib.sha256(body).hexdigest()[:32]}{coded}"', "", content=body)
    headers = {"X-Request-Id": request_id, "Vary": "Authorization, Cookie, Accept-Encoding"}
    headers |= (
        {"Cache-Control": NOT_STORED} if asker.actor is not None else OPEN | {"Cache-Control": FOR_EVER}
    )
    is_head = request.method == "HEAD"
    return answer(whole, request.headers, head=is_head, media_type="application/json", headers=headers)


def _endpoint(handler: Callable[[Request], Any]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        made: Response = await handler(request)
        return made

    return endpoint


async def _series(
    form: str, clock: Callable[[], float], trusted: Sequence[str], busy: LongAnswers, request: Request
) -> Response:
    request_id, state = str(uuid.uuid4()), serving(request)
    try:
        asker = asker_of(request, int(clock()))
        made = _Answer(form, state, request, asker, request_id)
        if form == "parquet":
            return await anyio.to_thread.run_sync(made.file, limiter=state.imports)
        first = await anyio.to_thread.run_sync(made.begin, limiter=state.reads)
        if isinstance(first, Response):
            return first
        caller = network(address_of(request.scope, trusted))
        return _going_on(made, first, state, busy, caller)
    except ParquetNeedsExtra as missing:
        return _refused(error_of(missing), 501, request_id)
    except ReportingError as refused:
        return _refused(error_of(refused), status_of(refused), request_id)
    except Exception as unexpected:
        return _refused(error_of(unexpected, request_id), 503, request_id)


class _Answer:
    """One answer: its source, its headers and, chunk by chunk, its bytes."""

    def __init__(self, form: str, state: Serving, request: Request, asker: Asker, request_id: str) -> None:
        self.form, self._request, self._asker, self._id = form, request, asker, request_id
        self._arguments = SeriesArguments(request.query_params)
        _require_fitting(form, self._arguments)
        self.source = SeriesSource(state, self._arguments, asker, request_id)
        self._bom = self._arguments.yes("bom")
        self._is_head = request.method == "HEAD"
        self.told: dict[str, str] = {}
        """Its headers, once it has begun."""

    def begin(self) -> Response | bytes:
        """The answer where there is nothing to send but headers; else its first bytes."""
        self.told = headers = self._headers(self.source.open())
        if is_held(self._request.headers, headers.get("ETag", ""), None) and "ETag" in headers:
            return Response(status_code=304, headers=headers)
        if self._is_head:
            return StreamingResponse(iter(()), 200, headers, media_type=forms.MEDIA_TYPES[self.form])
        return self._head() + (self.chunk() or b"")

    def chunk(self) -> bytes | None:
        """None after the last."""
        if self.form == "csv":
            return forms.csv_chunk(self.source, spreadsheet=self._bom)
        return forms.ndjson_chunk(self.source)

    def file(self) -> Response:
        """Parquet is whole or not at all: it is made beside, and sent from there."""
        forms.require_parquet()
        headers = self._headers(self.source.open()) | {"Accept-Ranges": "bytes"}
        etag = headers.pop("ETag", f'"{self._id}"')
        media_type = forms.MEDIA_TYPES[self.form]
        if self._is_head:
            return StreamingResponse(iter(()), 200, headers | {"ETag": etag}, media_type=media_type)
        if is_held(self._request.headers, etag, None):
            return Response(status_code=304, headers=headers | {"ETag": etag})
        folder = forms.temporary()
        try:
            path = forms.parquet_file(self.source, Path(folder.name))
            whole = Representation(path.stat().st_size, etag, "", path)
            made = answer(whole, self._request.headers, head=False, media_type=media_type, headers=headers)
        except BaseException:
            folder.cleanup()
            raise
        made.background = BackgroundTask(folder.cleanup)
        return made

    def _headers(self, reader: SeriesReader) -> dict[str, str]:
        """What depends on who asks is nobody else's: no store keeps it, and no mark says that it is the same."""
        told = {
            "X-Request-Id": self._id,
            "X-As-Of-Position": str(reader.position),
            "Content-Disposition": _file_name(reader, self.form),
            "Vary": "Authorization, Cookie, Accept-Encoding",
        }
        if self.source.without:
            listed = (
                f"{missing.why.name} {quote(missing.place)}".strip()
                for missing in self.source.without[:LISTED]
            )
            told |= {"X-Without-Figures": "; ".join(listed)}
        if self._asker.actor is not None:
            return told | {"Cache-Control": NOT_STORED}
        kept = FOR_EVER if self._arguments.is_pinned else "public, no-cache"
        return told | OPEN | {"Cache-Control": kept, "ETag": self._etag(reader.position)}

    def _etag(self, position: int) -> str:
        asked = sorted(pair for pair in self._request.query_params.multi_items() if pair[0] != "minPosition")
        said = orjson.dumps([self.form, version("open-election-reporting"), NAMES, asked, position])
        coded = self.form != "parquet" and accepts_gzip(self._request.headers)
        return f'"{hashlib.sha256(said).hexdigest()[:32]}{"-gzip" if coded else ""}"'

    def _head(self) -> bytes:
        """What follows a row goes on without the line of names."""
        if self.form != "csv" or self._arguments.single("after") is not None:
            return b""
        return forms.csv_head(self._bom)


class _Patient(StreamingResponse):
    """Ends, and frees what it holds, when its reader goes away or takes nothing for too long. `free`: called once."""

    def __init__(self, body: AsyncIterator[bytes], free: Callable[[], None], **more: Any) -> None:
        super().__init__(body, **more)
        self._free = free

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(part: Message) -> None:
            with anyio.fail_after(PATIENCE_S):
                await send(part)

        try:
            await super().__call__(scope, receive, sent)
        except TimeoutError:
            log.info("slow_reader_cut_off", path=scope["path"])
        finally:
            self._free()


def _going_on(made: _Answer, first: bytes, state: Serving, busy: LongAnswers, caller: str) -> Response:
    """The rest is read while it is sent."""
    media_type = forms.MEDIA_TYPES[made.form]
    if made.source.is_finished:
        return Response(first, 200, made.told, media_type=media_type)
    busy.enter(caller)

    async def body() -> AsyncIterator[bytes]:
        yield first
        while (part := await anyio.to_thread.run_sync(made.chunk, limiter=state.reads)) is not None:
            yield part

    free = partial(busy.leave, caller)
    return _Patient(body(), free, headers=made.told, media_type=media_type)


def _require_fitting(form: str, arguments: SeriesArguments) -> None:
    if form != "csv" and arguments.single("bom") is not None:
        raise wrong("bom", arguments.single("bom"), message("only_with_csv"))
    if form == "parquet" and arguments.single("after") is not None:
        raise wrong("after", "after", message("not_with_parquet"))


def _file_name(reader: SeriesReader, form: str) -> str:
    """`attachment`, its name in ASCII and in Japanese (RFC 6266, RFC 8187)."""
    labels = {
        item.code: item.label.ja for sought in reader.wanted for item in sought.election.definition.items
    }
    items = reader.query.items
    plain = CODE.sub("-", "-".join(items))[:60]
    told = "・".join(labels.get(code, code) for code in items)[:40]
    name = f"{message.words('file_name').ja}_{told}_{reader.position}.{form}"
    return f"attachment; filename=\"series-{plain}-{reader.position}.{form}\"; filename*=UTF-8''{quote(name, safe='')}"


def _refused(error: dict[str, Any], status: int, request_id: str) -> Response:
    headers = {"X-Request-Id": request_id, **({"Retry-After": str(RETRY_S)} if status == 503 else {})}
    body = orjson.dumps({"errors": [error]}, default=as_json)
    return Response(body, status, headers, media_type="application/json")
