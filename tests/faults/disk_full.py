"""The disk of PostgreSQL fills up under load: a small one, in memory, that only root may make."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from acknowledged import Book
from fault import Fault, MissingHere
from installation import Installation, folder_for_all, installed_in
from stopped_processes import away

DISK_MB, PIECE = 512, bytes(1_000_000)
BALLAST = "ballast"
MORE_WAL = 8
"""So many files of WAL are begun: the first that has no room takes PostgreSQL down with it."""


@contextmanager
def on_a_small_disk() -> Iterator[Installation]:
    with folder_for_all() as folder:
        disk = folder / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0755", "reporting-faults", str(disk)]
        try:
            refused = os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0
        except FileNotFoundError:
            refused = True
        if refused:
            raise MissingHere("the right to mount a small disk (root)")
        try:
            with installed_in(folder, f"{disk.name}/pg") as made:
                yield made
        finally:
            subprocess.run(["umount", str(disk)], check=True)


@contextmanager
def full(at: Installation, book: Book) -> Iterator[None]:
    """First tables find no room, then WAL does, and PostgreSQL ends: it comes back when there is room again."""
    ballast = at.folder / "disk" / BALLAST
    try:
        with ballast.open("wb", buffering=0) as file:
            _fill(file.fileno())
        with suppress(psycopg.OperationalError), psycopg.connect(at.url, autocommit=True) as superuser:
            for _ in range(MORE_WAL):
                superuser.execute("SELECT pg_logical_emit_message(true, 'faults', 'x'), pg_switch_wal()")
                with ballast.open("ab", buffering=0) as file:
                    _fill(file.fileno())
        yield
    finally:
        ballast.unlink(missing_ok=True)


def _fill(descriptor: int) -> None:
    """To the last page."""
    for piece in (PIECE, PIECE[:4_096]):
        with suppress(OSError):
            while True:
                os.write(descriptor, piece)
    try:
        os.write(descriptor, PIECE[:1])
    except OSError as refused:
        assert refused.errno == errno.ENOSPC
    else:
        raise AssertionError("the disk is not full")


FAULTS = (
    Fault(
        "disk-full", "PostgreSQL のディスクが一杯になる", "PostgreSQL's disk is full", "空けば自分で", "by itself once there is room",
        full, away, lasts_s=15, alone=on_a_small_disk,
    ),
)  # fmt: skip
