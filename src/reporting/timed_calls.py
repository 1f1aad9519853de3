"""HTTP calls that end: within a time for the whole answer, its head included, however little of it comes at once; and no redirection is
followed: it is an answer like any other."""

from __future__ import annotations

import http.client
import socket
import threading
import urllib.request
from contextlib import suppress
from functools import partial
from typing import Any, Self


class TimeAllowed:
    """Of one call, in seconds. Whatever it waits for when the time is over, it waits for no longer; what was cut off looks like an end,
    so that who reads asks `over`."""

    def __init__(self, seconds: float) -> None:
        self._socket: socket.socket | None = None
        self.over = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def holds(self, connected: socket.socket) -> None:
        """TimeoutError where it came too late: there had been nothing to cut off."""
        self._socket = connected
        if self.over:
            raise TimeoutError

    def _cut(self) -> None:
        self.over = True
        if (held := self._socket) is not None:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


class _Plain(http.client.HTTPConnection):
    def __init__(self, deadline: TimeAllowed, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.holds(self.sock)


class _Secure(http.client.HTTPSConnection):
    def __init__(self, deadline: TimeAllowed, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.holds(self.sock)


class TimedCalls(urllib.request.HTTPSHandler, urllib.request.HTTPHandler):
    """By connections that a deadline holds; by a proxy of the environment where there is one."""

    def __init__(self, deadline: TimeAllowed) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Plain, self._deadline), request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Secure, self._deadline), request)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def opener(deadline: TimeAllowed) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect, TimedCalls(deadline))
