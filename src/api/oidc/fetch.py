"""The few HTTP requests to the provider: bounded in time and size, https or loopback, no redirects."""

from __future__ import annotations

import http.client
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from api.oidc.errors import ProviderUnavailable
from api.oidc.settings import is_safe_url

MAX_BYTES = 128_000
CONNECT_S = 5.0
"""For each wait on the network."""
TOTAL_S = 10.0
"""For the whole answer, its head included: a provider that sends a byte a second does not hold a thread."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A GET, or a POST when there is a form. Its values never appear in `repr`: they are secrets."""

    url: str
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Fetched:
    status: int
    body: bytes = field(repr=False)


Fetch = Callable[[HttpCall], Fetched]
"""Does one call, blocking; OSError when it cannot. Tests pass their own."""


def ask(fetch: Fetch, call: HttpCall) -> Fetched:
    """The provider's answer, whatever its status. ProviderUnavailable: no answer, too late, too long, unsafe URL."""
    if not is_safe_url(call.url):
        raise ProviderUnavailable(detail="address")
    try:
        answer = fetch(call)
    except TimeoutError:
        raise ProviderUnavailable(detail="time") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise ProviderUnavailable(detail="connection") from None
    if len(answer.body) > MAX_BYTES:
        raise ProviderUnavailable(detail="size")
    return answer


def read_source(fetch: Fetch, source: str) -> bytes:
    """The document at a URL or in a file. ProviderUnavailable when it cannot be had whole."""
    if "://" in source:
        answer = ask(fetch, HttpCall(source))
        if answer.status != 200:
            raise ProviderUnavailable(detail="HTTP", status=answer.status)
        return answer.body
    try:
        with Path(source).open("rb") as file:
            body = file.read(MAX_BYTES + 1)
    except OSError:
        raise ProviderUnavailable(detail="file") from None
    if len(body) > MAX_BYTES:
        raise ProviderUnavailable(detail="size")
    return body


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the code and the secret elsewhere (RFC 9700 §4.12); it becomes an ordinary answer."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class _Deadline:
    """Of one call. Whatever it waits for when the time is over, it waits for no longer."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.over = False
        self._timer = threading.Timer(TOTAL_S, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def holds(self, connected: socket.socket) -> None:
        """TimeoutError where it came too late."""
        self._socket = connected
        if self.over:
            raise TimeoutError

    def _cut(self) -> None:
        self.over = True
        if (held := self._socket) is not None:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


class _Plain(http.client.HTTPConnection):
    def __init__(self, deadline: _Deadline, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.holds(self.sock)


class _Secure(http.client.HTTPSConnection):
    def __init__(self, deadline: _Deadline, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.holds(self.sock)


class _Calls(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    """By connections that a deadline holds; by a proxy of the environment as before."""

    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Plain, self._deadline), request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Secure, self._deadline), request)


def http_fetch(call: HttpCall) -> Fetched:
    """`Fetch` over the network with the system's certificate authorities (or `SSL_CERT_FILE`)."""
    with _Deadline() as deadline:
        try:
            return _fetched(call, deadline)
        except (OSError, http.client.HTTPException):
            if deadline.over:
                raise TimeoutError from None
            raise


def _fetched(call: HttpCall, deadline: _Deadline) -> Fetched:
    opener = urllib.request.build_opener(_NoRedirect, _Calls(deadline))
    data = None if call.form is None else urlencode(call.form).encode("ascii")
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "open-election-reporting",
    }
    request = urllib.request.Request(call.url, data, {**headers, **call.headers})
    try:
        response = opener.open(request, timeout=CONNECT_S)
    except urllib.error.HTTPError as answered:
        response = answered
    except urllib.error.URLError as failure:
        if isinstance(failure.reason, TimeoutError):
            raise failure.reason from None
        raise
    with response:
        body = b""
        while len(body) <= MAX_BYTES and not deadline.over and (part := response.read1(16_384)):
            body += part
        if deadline.over:  # what was cut off looks like an end
            raise TimeoutError
        return Fetched(response.status or 0, body)
