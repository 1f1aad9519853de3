"""The HTTP server as commands run it: alone, or beside something else in the same process."""

from __future__ import annotations

import socket
import threading
import time

import uvicorn

from api.settings import Settings
from reporting.errors import ReportingError

START_WITHIN_S = 30.0
STOP_WITHIN_S = 10.0


class PortTaken(ReportingError):
    """facts: `host`, `port`, `detail`."""

    code = "port_taken"
    template_ja = "{host}:{port} で待ち受けできません。--port で別の番号を指定してください。（{detail}）"
    template_en = "Cannot listen on {host}:{port} ({detail}). Choose another with --port."


class Server:
    """uvicorn on `api.app`. The port is taken at once, so that a clash is an error before anything starts."""

    def __init__(self, settings: Settings) -> None:
        from api.app import create_app

        self._socket = _listen(settings.host, settings.port)
        self._server = uvicorn.Server(
            uvicorn.Config(
                create_app(settings),
                host=settings.host,
                port=settings.port,
                ws="websockets-sansio",
                log_level="warning",
                timeout_graceful_shutdown=5,
            )
        )
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Serve until interrupted."""
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Serve in a thread; returns when requests are answered."""
        self._thread = threading.Thread(target=self.run, name="http", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_WITHIN_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise ReportingError(detail="HTTP")
            time.sleep(0.02)

    def stop(self) -> None:
        """End a server begun with `start`."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOP_WITHIN_S)
        self._socket.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it a small answer waits for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        detail = getattr(error, "strerror", None) or str(error)
        raise PortTaken(host=host, port=port, detail=detail) from None
    listener.listen(2048)
    return listener
