"""What keeps the tests honest: nothing reaches the network, nothing waits without an end, everything is formatted."""

from __future__ import annotations

import ast
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest
from beside import beside
from parsed import nodes
from pytest_socket import SocketConnectBlockedError
from standing import stands

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
    for loop in nodes(ast.parse(source)):
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
        if "while" in (source := file.read_text(encoding="utf-8"))
        for line in endless(source)
    ]
    assert waiting == [], "use `waiting.until`"


def kept_on(source: str) -> Iterator[int]:
    """Lines that begin a thread for which a failure in the middle of the test, or a product that hangs, keeps the process for ever."""
    for call in nodes(ast.parse(source)):
        if (
            isinstance(call, ast.Call)
            and ast.unparse(call.func) in ("Thread", "threading.Thread")
            and not any(given.arg == "daemon" for given in call.keywords)
        ):
            yield call.lineno


def test_no_thread_keeps_a_process() -> None:
    assert [*kept_on("Thread(target=f)\nThread(target=f, daemon=True)\nthreading.Thread(target=f)")] == [1, 3]
    keeping = [
        f"{file.relative_to(TESTS)}:{line}"
        for file in sorted(TESTS.rglob("*.py"))
        if "Thread(" in (source := file.read_text(encoding="utf-8"))
        for line in kept_on(source)
    ]
    assert keeping == [], "use `beside.beside`"


def test_what_is_beside_a_test_ends_with_it_however_that_ends() -> None:
    goes_on = Event()
    with suppress(ZeroDivisionError), beside(goes_on.wait, let_go=goes_on.set) as (thread,):
        assert thread.is_alive()
        raise ZeroDivisionError
    assert not thread.is_alive()
    with pytest.raises(AssertionError, match="still beside"), beside(Event().wait, seconds=0.01):
        pass


def test_the_end_of_a_test_that_failed_has_a_limit(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pytest-timeout has taken its own away by then."""
    (conftest,) = (
        plugin
        for plugin in request.config.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", None) == str(TESTS / "conftest.py")
    )
    monkeypatch.setattr(conftest, "ENDS_S", 0.05)
    end = conftest.pytest_runtest_teardown(request.node)
    next(end)
    for _ in range(2):  # of two fixtures each may hang
        with pytest.raises(TimeoutError):
            Event().wait(20)
    with pytest.raises(StopIteration):
        end.send(None)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def by_chance(source: str) -> Iterator[int]:
    """Lines that fail once in some thousand runs: pages and answers carry fingerprints and ids, and three digits are in many."""
    for line in nodes(ast.parse(source)):
        if (
            isinstance(line, ast.Compare)
            and isinstance(line.left, ast.Constant)
            and re.fullmatch("[0-9]{3,}", str(line.left.value))
            and any(isinstance(how, ast.NotIn) for how in line.ops)
        ):
            yield line.lineno


def test_a_number_that_must_not_be_told_is_not_looked_for_in_fingerprints() -> None:
    assert [*by_chance('assert "7741" not in page.text')] == [1]
    chances = [
        f"{file.relative_to(TESTS)}:{line}"
        for file in sorted(TESTS.rglob("*.py"))
        for line in by_chance(file.read_text(encoding="utf-8"))
    ]
    assert chances == [], "use `standing.stands`"


@pytest.mark.parametrize(
    "text",
    [
        "<td>7,741</td>",
        'value="7741"',
        "7741票",
        "5,7741",
        "7741.0",
        "-7741",
        "%3A%227741%22",
        r"\u50247741\u7968",
        r"\n7741",
    ],
)
def test_a_number_stands(text: str) -> None:
    assert stands("7741", text)


@pytest.mark.parametrize("text", ["c4b7741d8", "0c3d-7741-8fca", "17741", "14:02:05.7741", "77410"])
def test_digits_of_something_else_are_not_the_number(text: str) -> None:
    assert not stands("7741", text)
