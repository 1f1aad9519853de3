"""What a test does beside itself, in threads of its own, which no failure in the middle leaves behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread


@contextmanager
def beside(
    *deeds: Callable[[], object], let_go: Callable[[], object] = lambda: None, seconds: float = 30
) -> Iterator[tuple[Thread, ...]]:
    """These go on beside the block. However that ends, `let_go` gives them what they wait for, and they are waited for: a client, a lock
    or a database that they use is there until then. AssertionError where the block came to its end and one of them does not."""
    threads = tuple(Thread(target=deed, daemon=True) for deed in deeds)
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        let_go()
        until = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), f"{seconds:g} s and still beside the test"
