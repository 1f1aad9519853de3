"""Alternate two things several times; compare within each round."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


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
