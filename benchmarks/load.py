"""Closed-loop HTTP load from a process of its own: keep-alive connections, one POST after the other."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass
from multiprocessing import get_context

TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back within the time."""

    rate: float
    seconds: tuple[float, ...]
    size: int


def post(connection: http.client.HTTPConnection, path: str, body: bytes) -> bytes:
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    data = answer.read()
    if answer.status != 200 or b'"errors"' in data[:200]:
        raise RuntimeError(f"{answer.status}: {data[:300]!r}")
    return data


def load(port: int, path: str, body: bytes, connections: int, seconds: float) -> Answers:
    """Requests per second and how long each took."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_load, (port, path, body, connections, seconds))


def _load(port: int, path: str, body: bytes, connections: int, seconds: float) -> Answers:
    taken: list[float] = []
    sizes: set[int] = set()
    start = threading.Barrier(connections + 1)

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        sizes.add(len(post(connection, path, body)))
        start.wait()
        deadline = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < deadline:
            post(connection, path, body)
            taken.append(time.perf_counter() - begun)
        connection.close()

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(connections)]
    for thread in threads:
        thread.start()
    start.wait(TIMEOUT_S)
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return Answers(len(taken) / (time.perf_counter() - begun), tuple(taken), max(sizes))
