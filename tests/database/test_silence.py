"""A statement that gets no answer ends after a while, and nothing else does."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from reporting.database.silence import SILENT_S, answered, cut_silent, patient

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    near, far = socket.socketpair()
    near.settimeout(1)
    with near, far:
        yield near, far


def test_one_that_is_late_is_cut_on_this_side_and_its_socket_stays_its_owners(pair: Pair) -> None:
    near, _ = pair
    with answered(near.fileno()):
        assert cut_silent(time.monotonic()) == 0
        assert cut_silent(time.monotonic() + SILENT_S) == 1
        assert near.recv(1) == b""
        assert near.fileno() >= 0
        assert cut_silent(time.monotonic() + SILENT_S) == 0  # once


def test_one_that_was_answered_or_takes_as_long_as_it_takes_is_left_alone(pair: Pair) -> None:
    near, far = pair
    with answered(near.fileno()):
        pass
    with patient(), answered(near.fileno()):
        assert cut_silent(time.monotonic() + SILENT_S) == 0
    far.send(b"x")
    assert near.recv(1) == b"x"
