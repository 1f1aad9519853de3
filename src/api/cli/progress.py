"""Progress on stderr: a bar on a terminal, now and then a plain line elsewhere (logs, pipes)."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

LINE_EVERY_S = 2.0


class Report(Protocol):
    """Handed to long-running work; a total of 0 means unknown, `what` names the step."""

    def __call__(self, done: int, total: int, what: str = "") -> None: ...


@contextmanager
def progress(title: str) -> Iterator[Report]:
    yield from _bar(title) if sys.stderr.isatty() else _lines(title)


def _bar(title: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)

        def report(done: int, total: int, what: str = "") -> None:
            bar.update(task, completed=done, total=total or None, description=f"{title} {what}".strip())

        yield report


def _lines(title: str) -> Iterator[Report]:
    said_at = time.monotonic()

    def report(done: int, total: int, what: str = "") -> None:
        nonlocal said_at
        if (now := time.monotonic()) - said_at >= LINE_EVERY_S:
            said_at = now
            click.echo(f"{title} {what} {done:,}" + (f" / {total:,}" if total else ""), err=True)

    yield report
