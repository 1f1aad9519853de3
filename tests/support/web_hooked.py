"""Another system that is called: a small HTTP server that notes each call and answers as told."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from beside import beside


@dataclass
class Hook:
    """`answers`: status of the calls to come, then 200 for ever; `calls`: (headers in lower case, body); `drips`: seconds between the
    bytes of an answer of two hundred."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    drips: float | None = None

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.calls]


@contextmanager
def hooked(certified: tuple[Path, Path] | None = None) -> Iterator[Hook]:
    """`certified`: certificate and key of https."""
    hook, over = Hook(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.before()
            hook.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if hook.drips is not None:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
                for _ in range(200):
                    over.wait(hook.drips)
                    self.wfile.write(b"x")
                return
            status = hook.answers.pop(0) if hook.answers else 200
            self.send_response(status)
            if status // 100 == 3:
                self.send_header("Location", hook.url + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle(self) -> None:
            with suppress(OSError):  # who called has gone
                super().handle()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certified is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certified)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    hook.url = f"http{'s' if certified else ''}://127.0.0.1:{server.server_port}/"

    def end() -> None:
        over.set()
        server.shutdown()

    with server, beside(lambda: server.serve_forever(0.02), let_go=end):
        yield hook
