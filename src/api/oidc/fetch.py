"""The few HTTP requests to the provider: bounded in time and size, https or loopback, no redirects (they would carry the code and the
secret elsewhere, RFC 9700 §4.12)."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from api.oidc.errors import ProviderUnavailable
from api.oidc.settings import is_safe_url
from reporting.timed_calls import TimeAllowed, opener

MAX_BYTES = 128_000
WAIT_S = 5.0
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


def http_fetch(call: HttpCall) -> Fetched:
    """`Fetch` over the network with the system's certificate authorities (or `SSL_CERT_FILE`)."""
    data = None if call.form is None else urlencode(call.form).encode("ascii")
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "open-election-reporting",
    }
    request = urllib.request.Request(call.url, data, {**headers, **call.headers})
    try:
        response = opener(TimeAllowed(TOTAL_S, WAIT_S)).open(request)
    except urllib.error.HTTPError as answered:
        response = answered
    except urllib.error.URLError as failure:
        if isinstance(failure.reason, TimeoutError):
            raise failure.reason from None
        raise
    with response:
        body = b""
        while len(body) <= MAX_BYTES and (part := response.read1(16_384)):
            body += part
        return Fetched(response.status or 0, body)
