"""One server over HTTP: what may be sent again, and errors as exceptions.

The client only reads, so whatever it sends may be sent again: where no answer came, where the server says that it cannot now
(429, 502, 503, 504, or UNAVAILABLE in an answer), after as long as `Retry-After` asks. Nothing else is repeated.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from reporting_client.errors import (
    KINDS,
    Busy,
    InvalidArgument,
    InvalidRequest,
    NewerServer,
    NotThisApi,
    RefusedByServer,
    ServerAway,
)

LATER = (429, 502, 503, 504)
"""Statuses that say: not now."""
AGAIN = ("UNAVAILABLE", "BEING_MADE", "TOO_OFTEN")
"""Codes in an answer that say so. NOT_YET_PROJECTED has waited already."""
OUTGROWN = "GRAPHQL_INVALID"
"""A question of this client does not fit the server's schema."""


@dataclass(frozen=True)
class Retries:
    """`times`: repeats after the first attempt; waits double from `first` seconds, with a random part, and never take longer than
    `longest`: a server that asks for more patience than that is not waited for."""

    times: int = 4
    first: float = 0.5
    longest: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def wait(self, attempt: int, asked: float | None) -> bool:
        """Wait before the next attempt (the first is 0); False where there is none."""
        if attempt >= self.times or (asked is not None and asked > self.longest):
            return False
        backoff = self.first * 2**attempt * random.uniform(1, 1.5)
        self.sleep(min(max(backoff, asked or 0.0), self.longest))
        return True


class Connection:
    """Errors: ServerAway, NotThisApi, NewerServer, and RefusedByServer by KINDS."""

    def __init__(
        self,
        url: str,
        token: str | None,
        timeout: float,
        retries: Retries,
        transport: httpx.BaseTransport | None,
    ) -> None:
        self.url, self.retries = _checked(url), retries
        headers = {"User-Agent": "reporting-client/0.1.0"}
        if token is not None:
            headers["Authorization"] = f"Bearer {_bare(token)}"
        self._http = httpx.Client(headers=headers, timeout=timeout, transport=transport)

    def close(self) -> None:
        self._http.close()

    def query(self, text: str, variables: Mapping[str, object], field: str) -> Any:
        """What stands in the `field` of a GraphQL answer; a partial answer counts as none."""
        body = {
            "query": text,
            "variables": {name: value for name, value in variables.items() if value is not None},
        }
        attempt = 0
        while True:
            response = self.send("POST", "/graphql", json=body)
            answer = self._answer(response)
            refused = refusal(answer, response.status_code)
            if refused is None:
                if not isinstance(answer.get("data"), dict):
                    raise NotThisApi(url=self.url, detail="data —")
                if field not in answer["data"]:
                    raise NewerServer(detail=f"{field} —")
                return answer["data"][field]
            if refused.code not in AGAIN or not self.retries.wait(attempt, _seconds(response)):
                raise refused
            attempt += 1

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """A whole answer, 2xx; redirects on the same server are followed."""
        response = self.send("GET", path, headers=headers)
        if response.is_success:
            return response
        raise refusal(self._answer(response), response.status_code) or NotThisApi(
            url=f"{self.url}{path}", detail=f"HTTP {response.status_code}"
        )

    def send(
        self, method: str, path: str, *, json: object = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """An answer of any status but LATER, read to its end."""
        attempt = 0
        while True:
            try:
                response = self._once(method, path, json, headers)
            except (httpx.UnsupportedProtocol, httpx.InvalidURL) as wrong:
                raise NotThisApi(url=self.url, detail=str(wrong)) from None
            except httpx.TransportError as away:
                if not self.retries.wait(attempt, None):
                    raise ServerAway(url=self.url, detail=str(away) or type(away).__name__) from away
            except httpx.DecodingError as wrong:
                raise NotThisApi(url=self.url, detail=str(wrong)) from wrong
            else:
                if response.status_code not in LATER:
                    return response
                if not self.retries.wait(attempt, _seconds(response)):
                    raise _busy(response, self.url)
            attempt += 1

    def stream(self, path: str, headers: Mapping[str, str]) -> Any:
        """A context manager with an answer that is read piece by piece; sent once."""
        return self._http.stream("GET", self.url + path, headers=dict(headers))

    def _once(
        self, method: str, path: str, body: object, headers: Mapping[str, str] | None
    ) -> httpx.Response:
        request = self._http.build_request(method, self.url + path, json=body, headers=dict(headers or {}))
        response = self._http.send(request)
        for _ in range(5):
            if not (method == "GET" and response.has_redirect_location):
                break
            onward = request.url.join(response.headers["location"])
            if (onward.scheme, onward.netloc) != (request.url.scheme, request.url.netloc):
                break  # to another server goes no token, and what it says is not this one's word
            request = self._http.build_request(method, onward, headers=dict(headers or {}))
            response = self._http.send(request)
        if response.has_redirect_location:
            raise NotThisApi(
                url=self.url, detail=f"HTTP {response.status_code} → {response.headers['location']}"
            )
        return response

    def _answer(self, response: httpx.Response) -> Mapping[str, Any]:
        try:
            answer = json.loads(response.content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            said = f"HTTP {response.status_code}, {response.headers.get('content-type', '—')}"
            raise NotThisApi(url=str(response.request.url), detail=said)
        return answer


def refusal(answer: Mapping[str, Any], status: int) -> RefusedByServer | None:
    """The first error of an answer; None without any. NewerServer where the question does not fit the server any more."""
    errors = answer.get("errors")
    if not errors:
        return None
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    told = first.get("extensions") or {}
    code, message = str(told.get("code", "UNKNOWN")), str(first.get("message", "—"))
    facts = {**(told.get("facts") or {})}
    if code == OUTGROWN and "field" not in facts:  # else it is a value of the caller's that does not fit
        raise NewerServer(detail=message)
    if "requestId" in told:
        facts["requestId"] = told["requestId"]
    kind = InvalidRequest if code == OUTGROWN else KINDS.get(code, RefusedByServer)
    return kind(code, str(told.get("ja", message)), str(told.get("en", message)), facts, status)


def _busy(response: httpx.Response, url: str) -> Exception:
    """Why an answer of LATER was the last one."""
    refused = None
    with suppress(ValueError):
        answer = json.loads(response.content)
        refused = refusal(answer, response.status_code) if isinstance(answer, dict) else None
    if refused is None:
        return ServerAway(url=url, detail=f"HTTP {response.status_code}")
    if isinstance(refused, Busy):
        refused.retry_after = _seconds(response)
    return refused


def _seconds(response: httpx.Response) -> float | None:
    """Of Retry-After: seconds or a date (RFC 9110 §10.2.3); None without one that can be read."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(timezone.utc)).total_seconds())
    return None


def _checked(url: str) -> str:
    """Without a slash at its end. InvalidArgument for what is no address of a server."""
    try:
        parsed = httpx.URL(url.strip())
        usable = (
            parsed.scheme in ("http", "https") and bool(parsed.host) and not (parsed.query or parsed.fragment)
        )
    except (httpx.InvalidURL, AttributeError, TypeError):
        usable = False
    if not usable:
        raise InvalidArgument(
            field="url",
            found=repr(url)[:80],
            expected_ja="https://HOST のようなアドレス",
            expected_en="an address like https://HOST",
        )
    return str(parsed).rstrip("/")


def _bare(token: str) -> str:
    """InvalidArgument, without the token's words, for what no header can carry."""
    bare = token.strip()
    if not bare or not bare.isascii() or not bare.isprintable() or " " in bare:
        raise InvalidArgument(
            field="token",
            found="…",
            expected_ja="発行されたトークンの文字列",
            expected_en="the token's text as it was issued",
        )
    return bare
