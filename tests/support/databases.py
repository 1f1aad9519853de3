"""A database of one's own for each test: copied from a template, which many may share."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger import Ledger

_numbers = itertools.count(1)


class Databases:
    """Of one server, one for each test, dropped a test later: PostgreSQL waits a tenth of a second for sessions that have
    only just said goodbye."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._admin = psycopg.connect(server_url, autocommit=True)
        self._left: list[str] = []
        self._prepared: set[str] = set()

    def prepared(self, template: str, name: str, prepare: Callable[[Database], None]) -> str:
        """A template that many tests begin from: made once for all of this session's."""
        name = f"reporting_{name}_{os.getpid()}"
        if name not in self._prepared:
            self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
            self._prepared.add(name)
            prepare(Database(make_conninfo(self._server_url, dbname=name)))
        return name

    def begun(self, template: str, request: pytest.FixtureRequest) -> str:
        """With what the mark `begins` of a test or its module does after what the template holds, and the views of it, once for all
        that begin so; the template where it says None, or nothing."""
        mark = request.node.get_closest_marker("begins")
        begins: Callable[[Reporting], object] | None = None if mark is None else mark.args[0]
        if begins is None:
            return template

        def prepare(database: Database) -> None:
            ledger = Ledger(database)
            begins(Reporting(ledger))
            ledger.close()
            Projector(database).catch_up()

        names = template.removeprefix("reporting_"), begins.__module__.rpartition(".")[2], begins.__name__
        return self.prepared(template, "_".join(names), prepare)

    @contextmanager
    def fresh(self, template: str) -> Iterator[Database]:
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self._drop(self._left[:-1])
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield Database(make_conninfo(self._server_url, dbname=name))
        self._left.append(name)

    def close(self) -> None:
        self._drop(self._left[:])
        for name in self._prepared:
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        self._admin.close()

    def _drop(self, names: list[str]) -> None:
        for name in names:
            self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            self._left.remove(name)


def stands_on(request: pytest.FixtureRequest, *fixtures: str) -> bool:
    """Whether a test comes by one of these fixtures of its folder, and not by its module's own of that name."""
    return bool({*fixtures} & {*request.fixturenames} - {*vars(request.module)})
