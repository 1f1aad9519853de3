"""HTTP calls that end: within a time for the whole answer, its head included, however little of it comes at once; and no redirection is
followed: it is an answer like any other."""

from __future__ import annotations

import http.client
import io
import socket
import time
import urllib.request
from functools import partial
from typing import Any


class TimeAllowed:
    """Of one call, from the moment it is made."""

    def __init__(self, seconds: float, wait: float | None = None) -> None:
        """`wait`: seconds for each wait of it."""
        self._until = time.monotonic() + seconds
        self._wait = seconds if wait is None else wait

    def left(self) -> float:
        """Seconds, for the next wait. TimeoutError once there are none, whatever has come by then."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self._wait)


class TimedConnection(http.client.HTTPConnection):
    """Each wait is for what is left of the time allowed, at most. A name is looked up by the system, in a time of its own."""

    def __init__(self, allowed: TimeAllowed, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.allowed = allowed
        self.response_class = partial(_Answer, allowed)  # type: ignore[assignment]

    def connect(self) -> None:
        self.timeout = self.allowed.left()
        super().connect()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self.sock.settimeout(self.allowed.left())
        super().send(data)


class _Secure(TimedConnection, http.client.HTTPSConnection):
    pass


class _Answer(http.client.HTTPResponse):
    def __init__(self, allowed: TimeAllowed, connected: socket.socket, *given: Any, **more: Any) -> None:
        super().__init__(connected, *given, **more)
        self.fp = io.BufferedReader(_Reads(allowed, connected, self.fp.detach()))


class _Reads(io.RawIOBase):
    """What is read of an answer. The socket's own limit would begin anew with each byte."""

    def __init__(self, allowed: TimeAllowed, connected: socket.socket, source: io.RawIOBase) -> None:
        self._allowed, self._connected, self._source = allowed, connected, source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connected.settimeout(self._allowed.left())
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class TimedCalls(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    """By timed connections; by a proxy of the environment where there is one."""

    def __init__(self, allowed: TimeAllowed) -> None:
        super().__init__()
        self._allowed = allowed

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(TimedConnection, self._allowed), request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Secure, self._allowed), request)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def opener(allowed: TimeAllowed) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect, TimedCalls(allowed))
