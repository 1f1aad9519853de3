"""A line to PostgreSQL that can fall silent, be cut and be slow: a TCP proxy of this machine, before the server's own socket."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from psycopg.conninfo import conninfo_to_dict, make_conninfo

CHUNK = 65_536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of a connection that is reset when it is closed: the other side is told at once that it is gone."""


class Line:
    """`url`: the database through it. Nothing is wrong with it until it is told."""

    def __init__(self, url: str) -> None:
        given = conninfo_to_dict(url)
        self._socket = f"{given['host']}/.s.PGSQL.{given.get('port', 5432)}"
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = make_conninfo(url, host="127.0.0.1", port=port)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._passes = threading.Event()
        self._passes.set()
        self._refuses, self._delay_s = False, 0.0
        threading.Thread(target=self._accept, daemon=True).start()

    def fall_silent(self) -> None:
        """Connections stay open, new ones are taken, and nothing comes through: half open."""
        self._passes.clear()

    def cut(self) -> None:
        """Every connection is reset, and new ones are as soon as they are made."""
        self._refuses = True
        self.reset()

    def reset(self) -> None:
        """Every connection that stands now."""
        with self._lock:
            gone, self._open = self._open, set()
        for end in gone:
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)

    def slow(self, delay_s: float) -> None:
        """Each piece takes so much longer, in both directions."""
        self._delay_s = delay_s

    def mend(self) -> None:
        self._refuses, self._delay_s = False, 0.0
        self._passes.set()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes whoever accepts
        self._listener.close()
        self.mend()
        self.cut()

    def _next(self) -> socket.socket | None:
        """None when the line is closed."""
        try:
            return self._listener.accept()[0]
        except OSError:
            return None

    def _accept(self) -> None:
        for near in iter(self._next, None):
            if self._refuses:
                near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                far.connect(self._socket)
            except OSError:  # no server: what a closed port says
                near.close()
                far.close()
                continue
            with self._lock:
                self._open |= {near, far}
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, come: socket.socket, go: socket.socket) -> None:
        with suppress(OSError):
            for piece in iter(lambda: come.recv(CHUNK), b""):
                self._passes.wait()
                if self._delay_s:
                    time.sleep(self._delay_s)
                go.sendall(piece)
        for end in (come, go):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with self._lock:
                self._open.discard(end)
        come.close()  # the other end is the other pump's, which may be about to read it


@contextmanager
def line_to(url: str) -> Iterator[Line]:
    line = Line(url)
    try:
        yield line
    finally:
        line.close()
