"""A process and those it started, stopped in the middle of what they do, as a machine that hangs stops them; or killed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil


def postmaster_of(data_dir: Path) -> psutil.Process:
    """Of the server whose files stand in `data_dir`."""
    return psutil.Process(int((data_dir / "postmaster.pid").read_text("utf-8").split()[0]))


def family(process: psutil.Process) -> list[psutil.Process]:
    """The process is stopped first, so that it makes no more children while they are listed."""
    process.send_signal(signal.SIGSTOP)
    return [process, *process.children(recursive=True)]


def kill(process: psutil.Process) -> None:
    """−9, with its children."""
    gone = family(process)
    for one in gone:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGKILL)
    psutil.wait_procs(gone, timeout=20)


def freeze(process: psutil.Process) -> list[psutil.Process]:
    """Everything stopped; for `thaw`."""
    stopped = family(process)
    for one in stopped:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGSTOP)
    return stopped


def thaw(stopped: list[psutil.Process]) -> None:
    for one in stopped:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGCONT)


@contextmanager
def frozen(process: psutil.Process) -> Iterator[None]:
    stopped = freeze(process)
    try:
        yield
    finally:
        thaw(stopped)
