"""The identity provider: its keys change at once, and then it is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import httpx
from acknowledged import Book
from fault import Fault
from installation import Installation, begun, folder_for_all, free_port
from provider import CLIENT, Provider

from api.oidc.fetch import HttpCall
from reporting.database import embedded

SESSION = "reporting-session"
LET_IN_WITHIN_S, AGAIN_S = 70.0, 2.0
"""Keys that a token names and nobody knows are looked up at most once a minute."""
REFUSED_WITHIN_S = 11.0
"""Whoever logs in hears it before they give up."""


class Answers(BaseHTTPRequestHandler):
    """The provider of the tests, over HTTP."""

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer(dict(parse_qsl(self.rfile.read(length).decode())))

    def _answer(self, form: dict[str, str] | None) -> None:
        provider = cast(Serving, self.server).provider
        fetched = provider(HttpCall(provider.issuer + self.path.removeprefix("/realm"), form))
        self.send_response(fetched.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(fetched.body)))
        self.end_headers()
        self.wfile.write(fetched.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Serving(ThreadingHTTPServer):
    provider: Provider
    daemon_threads = True


class WithAProvider(Installation):
    provider: Provider
    serving: Serving | None = None

    def provide(self) -> None:
        port = urlsplit(self.provider.issuer).port
        self.serving = Serving(("127.0.0.1", port or 0), Answers)
        self.serving.provider = self.provider
        threading.Thread(target=self.serving.serve_forever, args=(0.1,), daemon=True).start()

    def leave(self) -> None:
        if self.serving is not None:
            self.serving.shutdown()
            self.serving.server_close()
            self.serving = None


@contextmanager
def with_a_provider() -> Iterator[Installation]:
    with folder_for_all() as folder, embedded.serve(folder / "pg", again=True) as url:
        made = WithAProvider(folder, url)
        made.provider = Provider(f"http://127.0.0.1:{free_port()}/realm", time.time())
        made.environ |= {
            "REPORTING_OIDC_ISSUER": made.provider.issuer, "REPORTING_OIDC_CLIENT_ID": CLIENT,
            "REPORTING_OIDC_REDIRECT_URI": f"http://127.0.0.1:{made.port}/callback", "REPORTING_DEV_TOKENS": "yes",
        }  # fmt: skip
        made.provide()
        try:
            with begun(made):
                yield made
        finally:
            made.leave()


def browser(at: Installation) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{at.port}", headers={"X-Reporting": "1"}, timeout=30)


def log_in(at: WithAProvider, person: httpx.Client) -> httpx.Response:
    """The last answer on the way; with the session in `person`'s cookies where it came to its end."""
    started = person.get("/login")
    if started.status_code != 303:
        return started
    at.provider.now = time.time()
    return person.get("/callback", params=at.provider.approve(started.headers["location"]))


def let_in(at: WithAProvider) -> None:
    """Somebody, after a while."""
    deadline = time.monotonic() + LET_IN_WITHIN_S
    while not is_let_in(at):
        assert time.monotonic() < deadline, "nobody is let in"
        time.sleep(AGAIN_S)


def is_let_in(at: WithAProvider) -> bool:
    with browser(at) as person:
        log_in(at, person)
        return SESSION in person.cookies and person.get("/session").json().get("person") == "sato"


@contextmanager
def keys_rotated_then_away(at: Installation, book: Book) -> Iterator[None]:
    """New keys let people in without a restart. While it is away whoever is in works on, and whoever is not is told so, and by
    whom; nobody who enters notices either."""
    one = cast(WithAProvider, at)
    with browser(at) as before:
        log_in(one, before)
        assert SESSION in before.cookies
        one.provider.published, one.provider.signer = ["two"], "two"
        let_in(one)
        one.leave()
        try:
            asked = time.monotonic()
            with browser(at) as person:
                # The description of it is still known: people are sent there, and it is the way back that fails.
                refused = person.get("/callback", params=_approved(one, person))
            assert time.monotonic() - asked < REFUSED_WITHIN_S
            assert refused.status_code == 503
            told = refused.json()["errors"][0]["extensions"]
            assert told["code"] == "PROVIDER_UNAVAILABLE"
            assert told["ja"]
            assert told["en"]
            assert before.get("/session").json()["person"] == "sato"
            yield
        finally:
            one.provide()
    let_in(one)


def _approved(at: WithAProvider, person: httpx.Client) -> dict[str, str]:
    at.provider.now = time.time()
    return at.provider.approve(person.get("/login").headers["location"])


FAULTS = (
    Fault(
        "provider-away", "認証サービスの鍵が替わり、そのあと止まる", "the identity provider's keys are rotated, then it is away",
        "戻れば自分で（それまでは非常時のログイン）", "by itself once it is back (emergency access meanwhile)", keys_rotated_then_away,
        lasts_s=6, alone=with_a_provider,
    ),
)  # fmt: skip
