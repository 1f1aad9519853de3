"""A database that is just coming up is waited for, within bounds, and told once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import Ping

from reporting.database import embedded, starting
from reporting.database.starting import NobodyAnswers, NothingThere, StillStarting, wait_until_up


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


@pytest.mark.parametrize("there", [Ping.OK, Ping.NO_ATTEMPT])
def test_a_command_does_not_wait_for_what_is_up_or_cannot_be_asked(there: Ping) -> None:
    wait_until_up("", lambda: pytest.fail("nothing to wait for"), ping=answering(there))


def test_a_command_says_at_once_where_nothing_answers_and_never_by_which_password() -> None:
    url = "postgresql://u:geheim@db.example:6543/x"
    with pytest.raises(NothingThere) as told:
        wait_until_up(
            url,
            lambda: pytest.fail("nothing to wait for"),
            ping=answering(Ping.NO_RESPONSE),
            why=lambda _: "no",
        )
    for words in (told.value.message_ja, told.value.message_en):
        assert "db.example:6543" in words
        assert "geheim" not in words


def test_a_service_waits_for_a_machine_that_is_not_there_yet() -> None:
    told: list[str] = []
    starts = answering(Ping.NO_RESPONSE, Ping.REJECT, Ping.OK)
    wait_until_up("", lambda: told.append("once"), absent=True, ping=starts)
    assert told == ["once"]


def test_it_does_not_wait_for_ever() -> None:
    with pytest.raises(StillStarting):
        wait_until_up("", within_s=0, ping=answering(Ping.REJECT))


def test_whoever_waited_for_nobody_is_told_where_and_never_by_which_password() -> None:
    url = "postgresql://u:geheim@db.example:6543/x"
    with pytest.raises(NobodyAnswers) as told:
        wait_until_up(url, absent=True, within_s=0, ping=answering(Ping.NO_RESPONSE), why=lambda _: "no")
    assert "db.example:6543" in told.value.message_ja
    assert "geheim" not in str(told.value)


def test_what_is_no_answer_to_a_ping_is_told_in_the_drivers_words(server_url: str) -> None:
    """A certificate that does not hold, or none where one is demanded, looks to a ping like a machine that is not there."""
    socket = psycopg.conninfo.conninfo_to_dict(server_url)["host"]
    with pytest.raises(NothingThere) as told:
        wait_until_up(f"postgresql:///x?host={socket}&port=1")
    assert "No such file" in told.value.facts["said"]
    wait_until_up(server_url, ping=answering(Ping.NO_RESPONSE))


def test_a_server_that_runs_answers(server_url: str) -> None:
    wait_until_up(server_url, lambda: pytest.fail("it runs"))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of a server that ran and was stopped; near the root, for a socket's path is short."""
    with tempfile.TemporaryDirectory(prefix="reporting-pg-") as folder:
        with embedded.serve(Path(folder) / "pg") as url:
            psycopg.connect(url).close()
        yield Path(folder) / "pg"


def left_behind(data_dir: Path, pid: int, lines: int = embedded.LINES) -> None:
    """What a server leaves that is killed: the id of its process, by now perhaps another's."""
    told = [str(pid), str(data_dir), "1700000000", "5432", str(data_dir), "", "  17179869  0", "ready"]
    (data_dir / "postmaster.pid").write_text("\n".join([*told[:lines], ""]), encoding="utf-8")


@pytest.mark.parametrize("lines", [embedded.LINES, 4])
def test_a_killed_servers_number_may_be_anothers_by_now(data_dir: Path, lines: int) -> None:
    """After a restart of the machine, or of a container, in which numbers are small. Cut off while it was written, likewise. What
    runs is left alone."""
    left_behind(data_dir, os.getpid(), lines)
    with embedded.serve(data_dir) as url:
        wait_until_up(url)
        psycopg.connect(url).close()
        running = (data_dir / "postmaster.pid").read_bytes()
        embedded.forget_the_dead(data_dir)
        assert (data_dir / "postmaster.pid").read_bytes() == running
