"""A signed call of another system (Standard Webhooks 1.0): id, time and body under HMAC-SHA256."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import socket
import ssl
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

from reporting.errors import InvalidInput
from reporting.outside import of_system
from reporting.telling.inner_network import InnerNetwork, Network, is_allowed, reachable
from reporting.telling.letter import Letter, NotDelivered
from reporting.telling.messages import message
from reporting.timed_calls import TimeAllowed, TimedConnection

WITHIN_S = 10.0
"""For the whole call: somebody who answers a byte a second holds up nothing."""
PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, delivery_id: str, at: int, body: bytes) -> str:
    """What the header `webhook-signature` holds."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{delivery_id}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Webhook:
    """`allowed`: inner networks that may be called, and by http as well. Thread-safe."""

    def __init__(self, clock: Callable[[], datetime], allowed: Sequence[Network] = ()) -> None:
        self._clock, self._allowed = clock, allowed

    def __call__(self, letter: Letter) -> None:
        """NotDelivered unless it answers 2xx. The name is looked up anew each time, and the very address that was looked at is
        called; a redirection is an answer like any other and is not followed."""
        assert letter.secret is not None
        parts, address = self._checked(letter.address)
        at, body = int(self._clock().timestamp()), json.dumps(letter.told(), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "open-election-reporting",
            "webhook-id": str(letter.delivery_id),
            "webhook-timestamp": str(at),
            "webhook-signature": signature(letter.secret, str(letter.delivery_id), at, body),
        }
        status = self._post(parts, address, body, headers)
        if not 200 <= status < 300:
            raise NotDelivered(message("answered", status=status), final=status == 410)

    def check(self, url: str) -> None:
        """Before somebody is told there. InvalidInput for what is no address of the web, InnerNetwork; a name that nobody knows."""
        try:
            self._checked(url)
        except NotDelivered as refused:
            if isinstance(refused.__cause__, InnerNetwork):
                raise refused.__cause__ from None
            unknown = isinstance(refused.__cause__, (OSError, UnicodeError))
            host, web = message("a_name_that_is_known"), message("an_address_of_the_web")
            raise InvalidInput.at("address", url, host if unknown else web) from refused

    def _checked(self, url: str) -> tuple[SplitResult, str]:
        """(its parts, the address to call)."""
        parts = _parts(url)
        assert parts.hostname is not None
        try:
            address = reachable(parts.hostname, _port(parts), self._allowed)[0]
        except InnerNetwork as inner:
            raise NotDelivered(f"{inner.message_ja} / {inner.message_en}", final=True) from inner
        except (OSError, UnicodeError) as unknown:
            raise NotDelivered(message("no_such_name"), said=str(unknown)) from unknown
        if parts.scheme == "http" and not is_allowed(address, self._allowed):
            raise NotDelivered(message("an_address_of_the_web"), final=True)
        return parts, address

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Whom this machine trusts, read once: reading it costs more than ten calls."""
        return ssl.create_default_context()

    def _post(self, parts: SplitResult, address: str, body: bytes, headers: dict[str, str]) -> int:
        call = _PinnedCall(parts, address, self._trusted if parts.scheme == "https" else None)
        try:
            call.request(
                "POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers
            )
            return call.getresponse().status  # its body is not asked for
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = isinstance(error, TimeoutError)
            detail = message("no_answer") if late or not isinstance(error, OSError) else of_system(error)
            raise NotDelivered(detail, silent=late, said=str(error)) from error
        finally:
            call.close()


class _PinnedCall(TimedConnection):
    """To the address that was looked at, within WITHIN_S from the moment it is made; certificate and Host are those of the name."""

    def __init__(self, parts: SplitResult, address: str, trusted: ssl.SSLContext | None) -> None:
        """`trusted`: of https alone."""
        assert parts.hostname is not None
        self._address, self._trusted = address, trusted
        self.default_port = 443 if trusted else 80
        super().__init__(TimeAllowed(WITHIN_S), parts.hostname, _port(parts))

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.allowed.left())
        if self._trusted is not None:
            self.sock.settimeout(self.allowed.left())
            self.sock = self._trusted.wrap_socket(self.sock, server_hostname=self.host)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        fit = parts.scheme in ("http", "https") and bool(parts.hostname) and _port(parts) > 0
    except ValueError:
        fit = False
    if (
        not fit
        or not url.isascii()
        or not url.isprintable()
        or " " in url
        or "@" in parts.netloc
        or parts.fragment
    ):
        raise InvalidInput.at("address", url, message("an_address_of_the_web"))
    return parts
