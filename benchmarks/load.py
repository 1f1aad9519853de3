"""Closed-loop HTTP load from a process of its own: keep-alive connections, one POST after the other."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Sequence
from multiprocessing import get_context

TIMEOUT_S = 60


def post(connection: http.client.HTTPConnection, path: str, body: bytes) -> bytes:
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    data = answer.read()
    if answer.status != 200 or b'"errors"' in data[:200]:
        raise RuntimeError(f"{answer.status}: {data[:300]!r}")
    return data


def load(port: int, path: str, bodies: Sequence[bytes], connections: int, seconds: float) -> float:
    """Answers per second; the bodies are sent in turn, over and over."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_load, (port, path, bodies, connections, seconds))


def _load(port: int, path: str, bodies: Sequence[bytes], connections: int, seconds: float) -> float:
    turn = itertools.cycle(bodies)
    answered: list[int] = []
    start = threading.Barrier(connections + 1)

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        post(connection, path, next(turn))
        start.wait()
        deadline, count = time.perf_counter() + seconds, 0
        while time.perf_counter() < deadline:
            post(connection, path, next(turn))
            count += 1
        answered.append(count)
        connection.close()

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    start.wait(TIMEOUT_S)
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    if len(answered) != connections:
        raise RuntimeError("a connection failed")
    return sum(answered) / (time.perf_counter() - begun)
