"""A server whose answer begins at once and never ends: each byte comes in time."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

WHOLE_HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@contextmanager
def dripping(begins: bytes = b"HTTP/1.1 200 OK\r\n") -> Iterator[str]:
    """Its address. `begins`: what it says at once, its head still open or whole."""
    over = threading.Event()

    def drip() -> None:
        connected, _ = listening.accept()
        with connected, suppress(OSError):
            connected.sendall(begins)
            while not over.wait(0.02):
                connected.sendall(b"X")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            over.set()
            thread.join(5)
