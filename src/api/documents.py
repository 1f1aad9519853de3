"""`GET /documents/{election}/{form}/{slot}/{unit}/{sha256}`: a document of a return, always as an attachment. Nothing here shows one."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import anyio.to_thread
import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.callers import asker_of
from api.console.people import Person
from api.execute import error_of, status_of
from api.messages import message
from api.serving import serving
from reporting.application.documents import AttachedDocuments
from reporting.domain.place import Place
from reporting.errors import NotAuthenticated, ReportingError

SUFFIXES = {"pdf": "pdf", "jpeg": "jpg", "png": "png"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Encoding": "identity",
}
"""A browser that is told to show it all the same has nothing to run it in."""


def document_routes(clock: Callable[[], float]) -> APIRouter:
    """`clock`: Unix seconds."""
    router = APIRouter()

    @router.get("/documents/{election}/{form}/{slot}/{unit}/{document}")
    async def fetch(
        request: Request, election: str, form: str, slot: str, unit: str, document: str
    ) -> Response:
        request_id, state = str(uuid.uuid4()), serving(request)

        def read() -> Response:
            asker = asker_of(request, int(clock()))
            if asker.actor is None:  # whoever practises has no login, and follows a link of the console
                person: Person | None = state.people.who(request, int(clock()))
                asker = asker if person is None else person.asker
            if asker.actor is None:
                raise NotAuthenticated(detail=message("documents_need_a_login"))
            asker.check_held(state)
            attached = AttachedDocuments(state.service, state.documents)
            held, content = attached.read(Place(election, form, slot, unit), document, asker.actor)
            name = f"{held.document[:12]}.{SUFFIXES[held.kind]}"
            told = {"Content-Disposition": f'attachment; filename="{name}"', "X-Sha256": held.document}
            return Response(content, 200, HEADERS | told, media_type="application/octet-stream")

        try:
            return await anyio.to_thread.run_sync(read, limiter=state.reads)
        except ReportingError as refused:
            return _refused(error_of(refused), status_of(refused), request_id)
        except Exception as unexpected:
            return _refused(error_of(unexpected, request_id), 503, request_id)

    return router


def _refused(told: object, status: int, request_id: str) -> Response:
    body = orjson.dumps({"errors": [told]})
    return Response(body, status, {"X-Request-Id": request_id}, media_type="application/json")
