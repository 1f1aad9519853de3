"""Work of a rebuild in processes of its own, one for each share of the streams: Python does one thing at a time in each."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from uuid import UUID

WORKERS = max(2, min(4, os.cpu_count() or 2))
"""Processes side by side. The server may have another number of cores; two gain even there."""

SETTINGS = ("synchronous_commit = off", "idle_in_transaction_session_timeout = '10min'")
"""Of a worker's connections. The last: between two statements much is done here, which on a busy machine takes long; nobody waits for
rows of a version that is not live."""

ENDED = "ended"

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
    done = [0] * len(shares)

    def say(number: int, much: int) -> None:
        done[number] = much
        told(sum(done) // len(shares))

    for number in sorted(set(range(len(shares))) - _in_processes(module, shares, say)):
        here(shares[number], partial(say, number))


def _in_processes(module: str, shares: Sequence[StreamShare], say: Callable[[int, int], None]) -> set[int]:
    """Numbers of the shares that are done, once no process works on any. The address goes by standard input: a list of processes shows it
    to nobody."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-m", module]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    ended: set[int] = set()
    try:
        started = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=nothing, text=True, env=environment
        )
    except OSError:
        return ended
    with started as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # it has ended none, which says so, too
            process.stdin.write(json.dumps([asdict(share) for share in shares]))
            process.stdin.close()
        for line in process.stdout:  # until the last of them has let go of it
            number, much = line.split()
            if much == ENDED:
                ended.add(int(number))
            else:
                say(int(number), int(much))
    return ended


def be_worker(work: Work) -> None:
    """The other side: shares on standard input, for each but the first a process made of this one, which has imported by then; on
    standard output, line by line, a share's number and how much of it is done, at last that it is."""
    gc.disable()  # what is made here does not refer to itself, and the collector would walk all of it again and again
    shares = [StreamShare(**share) for share in json.load(sys.stdin)]
    own, others = 0, list[int]()
    for number in range(1, len(shares)):
        if (other := os.fork()) == 0:
            own, others = number, []
            break
        others.append(other)

    def say(what: object) -> None:
        os.write(1, f"{own} {what}\n".encode())  # at once, or lines of two would mix

    try:
        work(shares[own], say)
        say(ENDED)
    finally:
        for other in others:
            os.waitpid(other, 0)
    gc.freeze()  # nor may the interpreter, which looks a last time before it ends
