"""The witness exchange over HTTP (c2sp.org/tlog-witness): a small server, and the log's side of it."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from reporting.errors import InvalidInput
from reporting.outside import of_system
from reporting.timed_calls import TimeAllowed, opener
from reporting.transparency.errors import WitnessRefuses, WitnessSilent
from reporting.transparency.witness import Witness, WitnessAnswer, WitnessRequest

PATH = "/add-checkpoint"
MAX_BODY = 65_536
TIMEOUT_S = 10.0
"""For the whole answer of a witness: one that sends a byte a second holds up no signature."""
ATTEMPTS = 3
"""One to learn what the witness saw last, one to ask from there, one if another asked it in between."""


def serve(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A bound server; the caller calls `serve_forever` and `server_close`. Put TLS in front of it."""

    class Handler(BaseHTTPRequestHandler):
        timeout = TIMEOUT_S
        server_version = "witness"

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != PATH:
                self._give(WitnessAnswer(404, "not here\n"))
            elif not length.isdecimal() or int(length) > MAX_BODY:
                self._give(WitnessAnswer(413, "too long\n"))
            else:
                self._give(witness.add_checkpoint(self.rfile.read(int(length))))

        def _give(self, answer: WitnessAnswer) -> None:
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the state files say what was cosigned."""

    return ThreadingHTTPServer((host, port), Handler)


def require_url(url: str) -> None:
    """InvalidInput unless it is an address of the web: a witness is never a file."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InvalidInput(field="url", found=url, expected="http:// … / https:// …")


def post(url: str, request: WitnessRequest) -> WitnessAnswer:
    """WitnessSilent when there is no HTTP answer. `url`: the submission prefix."""
    require_url(url)
    try:
        return _asked(url.rstrip("/") + PATH, str(request).encode())
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise WitnessSilent(
            url=url, detail=of_system(error), said=str(getattr(error, "reason", error))
        ) from error


def _asked(address: str, body: bytes) -> WitnessAnswer:
    asked = urllib.request.Request(address, data=body, method="POST")
    try:
        with opener(TimeAllowed(TIMEOUT_S)).open(asked) as response:
            return WitnessAnswer(response.status, response.read(MAX_BODY).decode())
    except urllib.error.HTTPError as refused:
        with refused:
            said = refused.read(MAX_BODY).decode(errors="replace")
            return WitnessAnswer(refused.code, said, refused.headers.get_content_type())


def obtain(url: str, make: Callable[[int], WitnessRequest], old: int = 0) -> str:
    """A witness's signature lines. `make(old)`: the request from the size it says it saw last. WitnessSilent;
    WitnessRefuses when for it the checkpoint does not continue what it saw; what `make` raises."""
    for _ in range(ATTEMPTS):
        answer = post(url, make(old))
        if answer.status == 200:
            return answer.body
        said = answer.body.strip()[:200]
        if answer.status == 422 or (answer.status == 409 and said == str(old)):
            raise WitnessRefuses(url=url, position=old + 1, detail=f"HTTP {answer.status}", said=said)
        if answer.status != 409 or not said.isdecimal():
            break
        old = int(said)
    raise WitnessSilent(url=url, detail=f"HTTP {answer.status}", said=said)
