"""Alternate two things several times; compare within each round."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True)
class Compared:
    """Medians of both sides, and the median of ours/peer over the rounds."""

    ours: float
    peer: float
    ratio: float


def alternate(rounds: int, ours: Callable[[], float], peer: Callable[[], float]) -> Compared:
    """Run both `rounds` times, the other one first in every second round."""
    pairs: list[tuple[float, float]] = []
    for number in range(rounds):
        if number % 2:
            second = peer()
            pairs.append((ours(), second))
        else:
            first = ours()
            pairs.append((first, peer()))
    return compare(pairs)


def compare(pairs: Sequence[tuple[float, float]]) -> Compared:
    """`pairs`: (ours, peer) of each round."""
    return Compared(median(a for a, _ in pairs), median(b for _, b in pairs), median(a / b for a, b in pairs))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value at least `percent` of all are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def server_seconds(connection: psycopg.Connection[Any], settle: float = 1.0) -> float:
    """CPU seconds of this PostgreSQL so far, all its processes, ended ones too; on Linux, on this machine. Beside others' load it says
    what the clock cannot. `settle`: seconds before looking: a process that ended counts once its parent has heard of it."""
    time.sleep(settle)
    ((folder,),) = connection.execute("SHOW data_directory").fetchall()
    head = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            if file.parent.name == str(head):
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == head:
                ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def process_seconds(pid: int) -> float:
    """CPU seconds of one process that runs, on Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """The same of this process and the children it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def cpu_seconds(connection: psycopg.Connection[Any], work: Callable[[], object]) -> float:
    """Of this process and of the database server, while `work` is done over connections that stay open: what it costs, whatever else
    the machine does."""
    begun = own_seconds() + server_seconds(connection, 0)
    work()
    return own_seconds() + server_seconds(connection, 0) - begun


class Resident:
    """Peak resident memory in MB of this process (`own`) and all below it together, looked at 20 times a second; on Linux. `cpu`:
    seconds that looking took, which are none of what is looked at."""

    def __init__(self, *, own: bool = True) -> None:
        self.peak, self.cpu, self._own, self._over = 0.0, 0.0, own, Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Resident:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        me, page = os.getpid(), os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
        while not self._over.wait(0.05):
            pages, below = 0, [me]
            while below:
                process = Path("/proc", str(below.pop()))
                with suppress(OSError):
                    if self._own or process.name != str(me):
                        pages += int((process / "statm").read_text().split()[1])
                    for thread in (process / "task").iterdir():
                        below += map(int, (thread / "children").read_text().split())
            self.peak = max(self.peak, pages * page)
        self.cpu = time.thread_time()


SAYS_ITS_PEAK = """
import atexit, runpy, sys
atexit.register(lambda: print(open("/proc/self/status").read()))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def timed_program(
    program: Path, words: Sequence[str], environment: Mapping[str, str] | None = None
) -> tuple[float, float]:
    """Seconds and MB of a Python program in a process of its own. The kernel's figure at a process' end would remember its
    parent, so it says its peak itself."""
    begun = time.perf_counter()
    command = [sys.executable, "-c", SAYS_ITS_PEAK, str(program), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    seconds = time.perf_counter() - begun
    assert done.returncode == 0, done.stdout + done.stderr
    return seconds, int(done.stdout.rsplit("VmHWM:", 1)[1].split()[0]) / 1024
