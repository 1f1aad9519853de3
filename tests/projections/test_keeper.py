"""What wakes whoever keeps the views up with the log, and what does not keep him busy."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import psycopg
import pytest

from projections import keeper
from reporting.database.connect import PROJECTOR, Database


class NobodyWaits:
    def register(self, socket: int, events: int) -> None: ...

    def poll(self, milliseconds: float) -> list[tuple[int, int]]:
        raise AssertionError("waited for what was there")


def test_what_came_with_an_answer_is_heard_without_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket no longer has it: whoever looked there would hear of it a second later."""
    with database.connect(PROJECTOR, autocommit=True) as ears, database.connect(autocommit=True) as other:
        ears.execute("LISTEN ledger")
        other.execute("NOTIFY ledger")
        ears.execute("SELECT 1")
        monkeypatch.setattr("projections.keeper.select", SimpleNamespace(poll=NobodyWaits, POLLIN=1))
        keeper._hear(ears, threading.Event())
        with pytest.raises(AssertionError, match="waited"):
            keeper._hear(ears, threading.Event())


def test_what_comes_while_one_waits_is_heard(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """And by nothing else than that it comes: there is no end to the waiting here."""
    monkeypatch.setattr(keeper, "POLL_S", float("inf"))
    with database.connect(PROJECTOR, autocommit=True) as ears, database.connect(autocommit=True) as other:
        ears.execute("LISTEN ledger")
        hearing = threading.Thread(target=keeper._hear, args=(ears, threading.Event()), daemon=True)
        hearing.start()
        other.execute("NOTIFY ledger")
        hearing.join(30)
        assert not hearing.is_alive()


def test_a_lost_connection_is_noticed_while_one_waits(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "POLL_S", float("inf"))
    with database.connect(PROJECTOR, autocommit=True) as ears, database.connect(autocommit=True) as other:
        ears.execute("LISTEN ledger")
        other.execute("SELECT pg_terminate_backend(%s)", (ears.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            keeper._hear(ears, threading.Event())


def test_who_is_told_to_stop_waits_no_longer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "POLL_S", float("inf"))
    stop = threading.Event()
    stop.set()
    with database.connect(PROJECTOR, autocommit=True) as ears:
        ears.execute("LISTEN ledger")
        keeper._hear(ears, stop)
