"""One request to an application in this process."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, Request

from api.cli.asgi import post
from reporting.errors import InvalidInput


async def test_post_runs_the_lifespan_and_returns_status_and_body() -> None:
    seen: list[str] = []
    app = FastAPI()
    app.router.lifespan_context = _lifespan(seen)

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, str]:
        return {"body": (await request.body()).decode(), "token": request.headers["authorization"]}

    status, body = await post(app, "/echo", "値".encode(), {"Authorization": "Bearer t"})
    assert (status, body.decode()) == (200, '{"body":"値","token":"Bearer t"}')
    assert seen == ["up", "down"]


async def test_a_failing_start_is_its_own_error() -> None:
    app = FastAPI()

    async def refuse(scope: object, receive: object, send: object) -> None:
        raise InvalidInput(field="x", found="1", expected="2")

    app.router.lifespan = refuse  # type: ignore[method-assign]
    with pytest.raises(InvalidInput):
        await post(app, "/", b"", {})


def _lifespan(seen: list[str]):  # type: ignore[no-untyped-def]
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def lifespan(app: FastAPI):  # type: ignore[no-untyped-def]
        seen.append("up")
        yield
        seen.append("down")

    return lifespan
