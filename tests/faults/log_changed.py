"""The log changed behind the product's back, by somebody who may do anything in PostgreSQL; and no connection left there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg
from acknowledged import Book
from fault import Fault
from installation import SIGNER, Installation
from stopped_processes import away
from waiting import until

OLD = 5
"""How many clerks' events ago: signed long since, where the signer is up."""
SIGNED_WITHIN_S = 120.0


@contextmanager
def log_changed(at: Installation, book: Book) -> Iterator[None]:
    """One byte of one event. The signer ends and says so, and signs nothing more until the log is what it was."""
    position = book.positions[book.sent[OLD].command]
    with psycopg.connect(at.url, autocommit=True) as superuser:
        signed = "SELECT max(size) >= %s FROM ledger.checkpoint"
        until(
            lambda: superuser.execute(signed, (position,)).fetchall() == [(True,)],
            "it is signed",
            SIGNED_WITHIN_S,
        )
        (state,) = superuser.execute(
            "SELECT state FROM ledger.event WHERE position = %s", (position,)
        ).fetchall()[0]
        changed = state.replace(b"1", b"2", 1)
        assert changed != state
        try:
            _overwrite(superuser, position, changed)
            assert at.ended(SIGNER) == 1
            again = at.run("audit", "sign", "--key", str(at.key), "--state", str(at.state), "--once")
            assert again.returncode == 1
            assert b"log_disagrees" in again.stderr
            yield
        finally:
            _overwrite(superuser, position, state)
            at.start(SIGNER)


def _overwrite(superuser: psycopg.Connection[tuple[object, ...]], position: int, state: bytes) -> None:
    with superuser.transaction():
        superuser.execute("ALTER TABLE ledger.event DISABLE TRIGGER ALL")
        superuser.execute("UPDATE ledger.event SET state = %s WHERE position = %s", (state, position))
        superuser.execute("ALTER TABLE ledger.event ENABLE TRIGGER ALL")


@contextmanager
def no_connection_left(at: Installation, book: Book) -> Iterator[None]:
    """Others have taken every one that PostgreSQL has, while the server had lost its own."""
    with ExitStack() as others:
        at.line.cut()
        with suppress(psycopg.OperationalError):
            for _ in range(1_000):
                others.enter_context(psycopg.connect(at.url))
        at.line.mend()
        yield


FAULTS = (
    Fault(
        "no-connections", "PostgreSQL の接続がすべて塞がる", "no connection left in PostgreSQL", "空けば自分で",
        "by itself once one is free", no_connection_left, away, lasts_s=8,
    ),
    Fault(
        "log-changed", "管理者が記録の一字を書き換える", "one byte of the log changed by a superuser",
        "署名係が止まって告げる。記録を元に戻す", "the signer stops and says so; the log is restored",
        log_changed, lambda one: one.unsigned,
    ),
)  # fmt: skip
