"""Work of a rebuild in processes of its own, one for each share of the streams: Python does one thing at a time in each."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from queue import SimpleQueue
from uuid import UUID

WORKERS = max(2, min(4, os.cpu_count() or 2))
"""Processes side by side. The server may have another number of cores; two gain even there."""

SETTINGS = ("synchronous_commit = off", "idle_in_transaction_session_timeout = '10min'")
"""Of a worker's connections. The last: between two statements much is done here, which on a busy machine takes long; nobody waits for
rows of a version that is not live."""

Told = Callable[[int], None]
"""How much of the share is done."""


@dataclass(frozen=True, slots=True)
class StreamShare:
    """Events up to `head` of the streams from `low` to `high`, into tables of `schema`. `carriers`: types that hold figures;
    `types`: all that stand in streams of returns; `makes_way`: rests while others write."""

    url: str
    schema: str
    head: int
    carriers: Sequence[str]
    types: Sequence[str]
    makes_way: bool = True
    low: str = str(UUID(int=0))
    high: str = str(UUID(int=2**128 - 1))


Work = Callable[[StreamShare, Told], None]


def bounds(number: int, of: int) -> dict[str, str]:
    """`low` and `high` of one of so many shares. Streams are spread evenly: their ids are hashes."""
    low, high = (2**128 * at // of for at in (number, number + 1))
    return {"low": str(UUID(int=low)), "high": str(UUID(int=high - 1))}


def work_apart(module: str, here: Work, shares: Sequence[StreamShare], told: Told) -> None:
    """Each share by a process that runs `module`, and by `here` where that fails: it has left nothing behind, and what is wrong is
    said by what it is. `told`: of the mean over all shares."""
    done = dict.fromkeys(range(len(shares)), 0)
    heard: SimpleQueue[tuple[int, int] | None] = SimpleQueue()

    def work(number: int) -> None:
        def say(much: int) -> None:
            heard.put((number, much))

        try:
            if not _in_process(module, shares[number], say):
                here(shares[number], say)
        finally:
            heard.put(None)

    with ThreadPoolExecutor(len(shares)) as pool:
        parts = [pool.submit(work, number) for number in range(len(shares))]
        left = len(shares)
        while left:
            if (said := heard.get()) is None:
                left -= 1
            else:
                done[said[0]] = said[1]
                told(sum(done.values()) // len(shares))
        for part in parts:
            part.result()


def _in_process(module: str, share: StreamShare, told: Told) -> bool:
    """Whether it is done. The address goes by standard input: a list of processes shows it to nobody."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", module]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    try:
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=nothing, text=True, env=environment
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):  # its exit says so, too
                process.stdin.write(json.dumps(asdict(share)))
                process.stdin.close()
            for line in process.stdout:
                told(int(line))
    except OSError:
        return False
    return process.returncode == 0


def be_worker(work: Work) -> None:
    """The other side: a share on standard input, what is done line by line on standard output."""
    gc.disable()  # what is made here does not refer to itself, and the collector would walk all of it again and again
    work(StreamShare(**json.load(sys.stdin)), lambda done: print(done, flush=True))
    gc.freeze()  # nor may the interpreter, which looks a last time before it ends
