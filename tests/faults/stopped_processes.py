"""Faults of processes: killed without a word, or frozen in the middle of what they do."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import frozen
from acknowledged import Book
from asked_health import PATIENCE_S, Said
from fault import Fault
from installation import FOLLOWER, SERVER, SIGNER, Installation

from reporting.database.connect import READER, WRITER

BY_SUPERVISOR = ("監視役（systemd）が起動し直す", "the supervisor (systemd) starts it again")
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
        "server-frozen", "サーバが固まる（SIGSTOP）", "server frozen (SIGSTOP)", "動き出せば自分で",
        "by itself once it moves", server_frozen, lambda one: one.mute, lasts_s=PATIENCE_S, mute=True,
    ),
)  # fmt: skip
