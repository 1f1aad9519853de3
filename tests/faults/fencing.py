"""The network parts primary and standby, and the standby is promoted while the old primary still runs and is still asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import psycopg
from acknowledged import Book
from fault import Fault
from installation import Installation, begun, folder_for_all
from stopped_processes import away

from api.trial.pair import PrimaryAndStandby
from reporting.database.connect import Database

ASKED_S = 15.0
"""So long everybody asks the old primary after the new one leads: longer than a command is waited for."""
NOWHERE = "host=/nonexistent user=nobody application_name=standby"


class OnAPair(Installation):
    """Everybody takes whichever of the two says that it takes changes."""

    pair: PrimaryAndStandby


@contextmanager
def on_a_pair() -> Iterator[Installation]:
    with folder_for_all() as folder:
        pair = PrimaryAndStandby(folder)
        try:
            pair.start()
            made = OnAPair(folder, pair.url)
            made.pair = pair
            with begun(made):
                yield made
        finally:
            pair.stop()


@contextmanager
def promoted_while_parted(at: Installation, book: Book) -> Iterator[None]:
    """Nothing is acknowledged by the old primary from the parting on: it waits for a standby that hears it no more. Then it is shut
    off, as Patroni does when its lease is over, and everybody finds the new one."""
    pair = cast(OnAPair, at).pair
    pair.follows.change(primary_conninfo=NOWHERE)
    _parted(pair)
    before = len(book.positions)
    pair.promote()  # `follows` is the old primary from here on
    old = pair.follows
    asked = time.monotonic() + ASKED_S
    try:
        while time.monotonic() < asked:
            with Database(old.url("reporting")).connect() as connection:
                assert connection.execute("SELECT pg_is_in_recovery()").fetchall() == [(False,)]
            time.sleep(1)
        yield
        assert len(book.positions) == before, "acknowledged by a primary that nobody follows"
    finally:
        old.kill()


def _parted(pair: PrimaryAndStandby) -> None:
    """The primary may still count a sender that is about to end."""
    deadline = time.monotonic() + 20
    with psycopg.connect(pair.leads.url(), autocommit=True) as leads:
        while leads.execute("SELECT count(*) FROM pg_stat_replication").fetchall() != [(0,)]:
            assert time.monotonic() < deadline, "the standby still hears the primary"
            time.sleep(0.05)


FAULTS = (
    Fault(
        "primary-parted", "主系と待機系の間が切れ、待機系が昇格する（旧主系は動いたまま）",
        "primary and standby parted, the standby promoted, the old primary still running",
        "旧主系を止める（Patroni が行う）", "the old primary is shut off (Patroni does)", promoted_while_parted, away,
        alone=on_a_pair,
    ),
)  # fmt: skip
