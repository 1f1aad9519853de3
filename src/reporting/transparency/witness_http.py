"""The witness exchange over HTTP (c2sp.org/tlog-witness): a small server, and the log's side of it."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from reporting.errors import Unavailable
from reporting.transparency.errors import LogDisagrees
from reporting.transparency.witness import Answer, Request, Witness

PATH = "/add-checkpoint"
MAX_BODY = 65_536
TIMEOUT_S = 10.0


def serve(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A bound server; the caller calls `serve_forever` and `server_close`. Put TLS in front of it."""

    class Handler(BaseHTTPRequestHandler):
        timeout = TIMEOUT_S
        server_version = "witness"

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != PATH:
                self._give(Answer(404, "not here\n"))
            elif not length.isdecimal() or int(length) > MAX_BODY:
                self._give(Answer(413, "too long\n"))
            else:
                self._give(witness.add_checkpoint(self.rfile.read(int(length))))

        def _give(self, answer: Answer) -> None:
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the state files say what was cosigned."""

    return ThreadingHTTPServer((host, port), Handler)


def post(url: str, request: Request) -> Answer:
    """Unavailable when there is no HTTP answer. `url`: the submission prefix."""
    try:
        asked = urllib.request.Request(url.rstrip("/") + PATH, data=str(request).encode(), method="POST")
        with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as response:
            return Answer(response.status, response.read(MAX_BODY).decode())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(
                refused.code,
                refused.read(MAX_BODY).decode(errors="replace"),
                refused.headers.get_content_type(),
            )
    except (OSError, ValueError) as error:
        raise Unavailable(detail=f"witness {url}: {error}") from error


def obtain(url: str, make: Callable[[int], Request], old: int = 0) -> str:
    """A witness's signature lines. `make(old)`: the request from the size it says it saw last. Unavailable;
    LogDisagrees when it refuses the checkpoint as no continuation of what it saw."""
    for _ in range(2):
        answer = post(url, make(old))
        if answer.status == 200:
            return answer.body
        said = answer.body.strip()
        if answer.status != 409 or not said.isdecimal() or int(said) == old:
            break
        old = int(said)
    if answer.status in (409, 422):
        raise LogDisagrees(position=old + 1, detail=f"witness {url}: {answer.status} {answer.body.strip()}")
    raise Unavailable(detail=f"witness {url}: {answer.status} {answer.body.strip()}")
