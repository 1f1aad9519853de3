"""What keeps the tests honest: nothing reaches the network, nothing waits without an end, everything is formatted."""

from __future__ import annotations

import ast
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

TESTS = Path(__file__).resolve().parents[1]
ELSEWHERE = ("192.0.2.1", 80)  # RFC 5737: for documentation, routed nowhere


def test_no_test_reaches_the_network() -> None:
    with (
        socket.socket() as one,
        pytest.warns(UserWarning, match="tried to use"),
        pytest.raises(SocketConnectBlockedError),
    ):
        one.connect(ELSEWHERE)


def endless(source: str) -> Iterator[int]:
    """Lines of loops that wait (sleep, or do nothing) and look at no clock."""
    for loop in ast.walk(ast.parse(source)):
        if not isinstance(loop, ast.While):
            continue
        named = {node.attr for node in ast.walk(loop) if isinstance(node, ast.Attribute)} | {
            node.id for node in ast.walk(loop) if isinstance(node, ast.Name)
        }
        idle = all(isinstance(line, ast.Pass) for line in loop.body)
        if ("sleep" in named or idle) and "monotonic" not in named:
            yield loop.lineno


def test_every_waiting_loop_has_a_deadline() -> None:
    assert [*endless("while not ready():\n    time.sleep(1)"), *endless("while busy:\n    pass")] == [1, 1]
    waiting = [
        f"{file.relative_to(TESTS)}:{line}"
        for file in sorted(TESTS.rglob("*.py"))
        for line in endless(file.read_text(encoding="utf-8"))
    ]
    assert waiting == [], "use `waiting.until`"
