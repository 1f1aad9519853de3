"""A database that is just coming up is waited for, within bounds, and told once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg.pq import Ping

from reporting.database import starting
from reporting.database.starting import StillStarting, wait_until_up


def answering(*answers: Ping) -> Callable[[bytes], int]:
    """A server that gives these answers one after the other, the last for ever."""
    left = list(answers)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "PAUSE_S", 0)


def test_recovery_is_waited_for_and_told_once() -> None:
    told: list[str] = []
    wait_until_up(
        "", lambda: told.append("once"), ping=answering(Ping.REJECT, Ping.REJECT, Ping.REJECT, Ping.OK)
    )
    assert told == ["once"]


@pytest.mark.parametrize("there", [Ping.OK, Ping.NO_RESPONSE, Ping.NO_ATTEMPT])
def test_a_command_does_not_wait_for_what_is_up_or_not_there(there: Ping) -> None:
    wait_until_up("", lambda: pytest.fail("nothing to wait for"), ping=answering(there))


def test_a_service_waits_for_a_machine_that_is_not_there_yet() -> None:
    told: list[str] = []
    starts = answering(Ping.NO_RESPONSE, Ping.REJECT, Ping.OK)
    wait_until_up("", lambda: told.append("once"), absent=True, ping=starts)
    assert told == ["once"]


def test_it_does_not_wait_for_ever() -> None:
    with pytest.raises(StillStarting):
        wait_until_up("", within_s=0, ping=answering(Ping.REJECT))


def test_a_server_that_runs_answers(server_url: str) -> None:
    wait_until_up(server_url, lambda: pytest.fail("it runs"))
