"""Faults of processes: killed without a word, or frozen in the middle of what they do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import frozen
import psycopg
from acknowledged import Book
from asked_health import PATIENCE_S, Said
from fault import Fault
from installation import FOLLOWER, SERVER, SIGNER, Installation

from reporting.database.connect import READER, WRITER

BY_SUPERVISOR = ("監視役（systemd）が起動し直す", "the supervisor (systemd) starts it again")
FOUND_WITHIN_S = 60.0
APPENDING = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Lock'"
CHANGED = "SELECT backend_xid IS NOT NULL FROM pg_stat_activity WHERE pid = %s"
BY_ITSELF = ("製品が自分で", "the product by itself")


def killed(name: str) -> Callable[[Installation, Book], AbstractContextManager[None]]:
    """−9; started again as systemd would."""

    @contextmanager
    def happens(at: Installation, book: Book) -> Iterator[None]:
        at.kill(name)
        try:
            yield
        finally:
            at.start(name)

    return happens


def session_killed(role: str) -> Callable[[Installation, Book], AbstractContextManager[None]]:
    """One session's process of PostgreSQL, −9: PostgreSQL ends all others, too, and recovers."""

    @contextmanager
    def happens(at: Installation, book: Book) -> Iterator[None]:
        os.kill(at.sessions(role)[0], signal.SIGKILL)
        yield

    return happens


@contextmanager
def postgresql_killed(at: Installation, book: Book) -> Iterator[None]:
    frozen.kill(at.postmaster)
    yield


@contextmanager
def postgresql_frozen(at: Installation, book: Book) -> Iterator[None]:
    with frozen.frozen(at.postmaster):
        yield


def session_frozen(role: str) -> Callable[[Installation, Book], AbstractContextManager[None]]:
    @contextmanager
    def happens(at: Installation, book: Book) -> Iterator[None]:
        pid = at.sessions(role)[0]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    return happens


@contextmanager
def writers_frozen(at: Installation, book: Book) -> Iterator[None]:
    """Every session that writes, wherever it is; whoever is let in afterwards finds the log free, or in their hands."""
    stopped = at.sessions(WRITER)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextmanager
def frozen_with_the_lock(at: Installation, book: Book) -> Iterator[None]:
    """One in the middle of an append: nobody else comes to the log until it goes on, and every read is answered meanwhile."""
    with at.database.connect(autocommit=True) as owner:
        deadline = time.monotonic() + FOUND_WITHIN_S
        while not (holder := _stopped_holder(owner)):
            assert time.monotonic() < deadline, "no session was met in the middle of an append"
    try:
        yield
    finally:
        os.kill(holder, signal.SIGCONT)


def _stopped_holder(owner: psycopg.Connection[Any]) -> int | None:
    """Each that may be appending is stopped, looked at, and let go unless it has changed something and not yet committed."""
    for (pid,) in owner.execute(APPENDING, (WRITER,)).fetchall():
        os.kill(pid, signal.SIGSTOP)
        if owner.execute(CHANGED, (pid,)).fetchall() == [(True,)]:
            return int(pid)
        os.kill(pid, signal.SIGCONT)
    return None


@contextmanager
def server_frozen(at: Installation, book: Book) -> Iterator[None]:
    at.stop(SERVER)
    try:
        yield
    finally:
        at.go_on(SERVER)


def away(one: Said) -> bool:
    return one.away


FAULTS = (
    Fault("server-killed", "サーバを kill −9", "server killed (−9)", *BY_SUPERVISOR, killed(SERVER), away),
    Fault(
        "follower-killed", "集計の更新係を kill −9", "follower killed (−9)", *BY_SUPERVISOR, killed(FOLLOWER),
        lambda one: one.behind,
    ),
    Fault(
        "signer-killed", "署名係を kill −9", "signer killed (−9)", *BY_SUPERVISOR, killed(SIGNER),
        lambda one: one.unsigned,
    ),
    Fault(
        "session-killed", "PostgreSQL の接続一つを kill −9", "one session of PostgreSQL killed (−9)", *BY_ITSELF,
        session_killed(WRITER), itself=True,
    ),
    Fault(
        "postgresql-killed", "付属の PostgreSQL 全体を kill −9", "embedded PostgreSQL killed (−9), all of it", *BY_ITSELF,
        postgresql_killed, itself=True,
    ),
    Fault(
        "postgresql-frozen", "PostgreSQL が固まる（SIGSTOP）", "PostgreSQL frozen (SIGSTOP)",
        "動き出せば自分で", "by itself once it moves", postgresql_frozen, away, lasts_s=8,
    ),
    Fault(
        "reader-frozen", "読み取りの接続一つが固まる", "one reading session frozen", *BY_ITSELF,
        session_frozen(READER), lasts_s=8,
    ),
    Fault(
        "writers-frozen", "書き込みの接続がすべて固まる", "every writing session frozen", *BY_ITSELF, writers_frozen, itself=True,
        lasts_s=8,
    ),
    Fault(
        "frozen-with-lock", "書き込みの途中で接続が固まる（記録の鍵を持ったまま）",
        "a session frozen in the middle of an append, with the log's lock", "動き出せば自分で", "by itself once it moves",
        frozen_with_the_lock, away, lasts_s=20,
    ),
    Fault(
        "server-frozen", "サーバが固まる（SIGSTOP）", "server frozen (SIGSTOP)", "動き出せば自分で",
        "by itself once it moves", server_frozen, lambda one: one.mute, lasts_s=PATIENCE_S, mute=True,
    ),
)  # fmt: skip
