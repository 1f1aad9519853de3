"""The HTTP server as commands run it: alone, or beside something else in the same process."""

from __future__ import annotations

import gc
import socket
import threading
import time
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.cli.messages import message
from api.drills import OpensDrills
from api.settings import Settings
from reporting.errors import ReportingError
from reporting.outside import of_system

START_WITHIN_S = 30.0
STOP_WITHIN_S = 10.0
MAX_MESSAGE = 64_000  # bytes on a socket; a subscription has a few hundred
MAX_CONNECTIONS = 4_000  # more are answered 503 at once; an open file each


class PortTaken(ReportingError):
    """facts: `host`, `port`, `detail`."""

    code = "port_taken"
    template_ja = "{host}:{port} で待ち受けできません。--port で別の番号を指定してください。（{detail}）"
    template_en = "Cannot listen on {host}:{port} ({detail}). Choose another with --port."


class Server:
    """uvicorn on `api.app`. The port is taken at once, so that a clash is an error before anything starts."""

    def __init__(self, settings: Settings, drills: OpensDrills | None = None) -> None:
        from api.app import create_app

        self._socket = _listen(settings.host, settings.port)
        self._app = _Application(create_app(settings, drills=drills))
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app,
                host=settings.host,
                port=settings.port,
                ws="websockets-sansio",
                log_config=None,  # `api.cli.logs` has set it up
                log_level="warning",
                timeout_graceful_shutdown=5,
                ws_max_size=MAX_MESSAGE,
                limit_concurrency=MAX_CONNECTIONS,
                server_header=False,
                proxy_headers=False,  # nothing here asks for the caller's address, and anybody may send them
            )
        )
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Serve until interrupted, which is all that this process does; raises what kept the application from starting."""
        # What stands by now stays until the end: a full look for cycles would walk all of it in the middle of somebody's request.
        gc.collect()
        gc.freeze()
        self._run()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except SystemExit:
            if self._app.failure is None:
                raise
        if self._app.failure is not None:
            raise self._app.failure

    def start(self) -> None:
        """Serve in a thread; returns when requests are answered."""
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_WITHIN_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise self._app.failure or ReportingError(detail=message("http_server_does_not_start"))
            time.sleep(0.02)

    def _serve(self) -> None:
        with suppress(Exception):  # `start` tells it
            self._run()

    def stop(self) -> None:
        """End a server begun with `start`."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_S)
        self._socket.close()


class _Application:
    """Keeps the exception that ended the start, which uvicorn would print with its traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.failure: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            return await self._app(scope, receive, send)

        async def without_traceback(message: Message) -> None:
            if message["type"].endswith(".failed"):
                message = {"type": message["type"], "message": ""}
            await send(message)

        try:
            await self._app(scope, receive, without_traceback)
        except Exception as failure:
            self.failure = failure


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it a small answer waits for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortTaken(host=host, port=port, detail=of_system(error)) from None
    listener.listen(2048)
    return listener
