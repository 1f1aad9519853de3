"""Waiting for what another thread or process does: always with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], Any], what: str, seconds: float = 30) -> None:
    """Returns when the condition holds; AssertionError saying what never came true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{seconds:g} s and still not: {what}"
        time.sleep(0.002)
