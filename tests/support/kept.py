"""What tests of one file share that leave everything as it was (mark `unchanged`): one database, service and application for all of
them, where each would have others of its own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, TypeVar

import psycopg
import pytest

from reporting.database.connect import Database

T = TypeVar("T")


class Kept:
    """Of one file, until its last test has ended."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._held: dict[Hashable, Any] = {}

    def close(self) -> None:
        self._stack.close()

    @contextmanager
    def given(
        self, request: pytest.FixtureRequest, what: Hashable, make: Callable[[], AbstractContextManager[T]]
    ) -> Iterator[T]:
        """What `make` makes for this test alone; for one that is `unchanged` the same as for every other of its file."""
        if not is_unchanged(request):
            with make() as own:
                yield own
            return
        if what not in self._held:
            self._held[what] = self._stack.enter_context(make())
        yield self._held[what]

    @contextmanager
    def looked_after(self, request: pytest.FixtureRequest, database: Database) -> Iterator[None]:
        """AssertionError where a test that is `unchanged` left an event in the log."""
        if not is_unchanged(request):
            yield
            return
        watching = ("watching", database.url)
        with self.given(request, watching, lambda: psycopg.connect(database.url, autocommit=True)) as watch:
            before = _position(watch)
            yield
            assert _position(watch) == before, (
                "marked `unchanged`, it recorded something: others begin with that"
            )


def is_unchanged(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("unchanged") is not None


def _position(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT position FROM ledger.head").fetchone()
    assert row is not None
    return int(row[0])
