"""Statements that get no answer: a session of PostgreSQL that is frozen in the middle of one says nothing, and its connection stays.

Whoever waits would wait for ever. After SILENT_S the connection is cut on this side: the statement fails as on any connection that is
lost, and what is safe to send again is sent again on another one.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

SILENT_S = 12.0
"""Longer than any lock is waited for (5 s) and than a reader's statement may take (5 s); sooner than who appends gives up (15 s)."""
LOOK_S = 1.0

_patient: ContextVar[bool] = ContextVar("patient", default=False)
_lock = threading.Lock()
_asked: dict[object, tuple[float, int]] = {}
"""Of each statement that is on its way: when it is cut, by the steady clock, and its socket's descriptor."""
_watch: threading.Thread | None = None
"""There while statements are on their way, and at most a look longer: nothing stays of who has gone."""
_look_now = threading.Event()


@contextmanager
def patient() -> Iterator[None]:
    """For what reads all of the log or writes a whole import: however long its statements take."""
    before = _patient.set(True)
    try:
        yield
    finally:
        _patient.reset(before)


@contextmanager
def answered(descriptor: int, statements: int = 1) -> Iterator[None]:
    """One statement on the connection of this socket, or so many that go over together."""
    if _patient.get():
        yield
        return
    statement = object()
    with _lock:
        _asked[statement] = (time.monotonic() + statements * SILENT_S, descriptor)
        if _watch is None:
            _begin()
    try:
        yield
    finally:
        with _lock:
            _asked.pop(statement, None)


def rest() -> None:
    """Of who asks nothing more: the watch has ended when this returns, unless others ask."""
    with _lock:
        watch = None if _asked else _watch
        _look_now.set()
    if watch is not None:
        watch.join(LOOK_S)  # others may have asked meanwhile


def _begin() -> None:
    global _watch
    _look_now.clear()
    _watch = threading.Thread(target=_look_on, name="silence", daemon=True)
    _watch.start()


def _look_on() -> None:
    global _watch
    while True:
        _look_now.wait(LOOK_S)
        cut_silent(time.monotonic())
        with _lock:
            _look_now.clear()
            if not _asked:
                _watch = None
                return


def cut_silent(now: float) -> int:
    """Those whose time has passed; how many. Under the lock, so that each still waits and its descriptor is its own."""
    with _lock:
        late = [statement for statement, (until, _) in _asked.items() if now >= until]
        for statement in late:
            _, descriptor = _asked.pop(statement)
            with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as ours:
                ours.shutdown(socket.SHUT_RDWR)
    if late:
        # Here, since a third of what a worker of a rebuild imports came with it, and each begins anew.
        import structlog

        log = structlog.get_logger(__name__)
        log.warning("database_session_silent", connections=len(late), seconds=SILENT_S)
    return len(late)
