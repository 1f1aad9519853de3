"""The product's HTTP server in a process of its own, over a database that holds one contest of every unit."""

from __future__ import annotations

import http.client
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from benchmarks import stage
from projections.runner import Projector
from reporting.database.connect import Database
from reporting.database.sql import load as statements


def fill(database: Database) -> None:
    """Figures of every unit in one slot, projected."""
    sql = statements("benchmarks")
    stage.define(database)
    with database.connect(autocommit=True) as owner:
        owner.execute(sql["figures"], {"events": 4 * stage.UNITS, "units": stage.UNITS, "slots": stage.SLOTS})
        owner.execute(sql["move_head"])
        projector = Projector(database)
        projector.create_if_missing()
        projector.catch_up()
        owner.execute("VACUUM (ANALYZE)")


class Served(NamedTuple):
    """`pid`: of the server's process; `key`: what its tokens are signed with."""

    port: int
    pid: int
    key: Path


@contextmanager
def serve(database: Database) -> Iterator[int]:
    """The port it answers on."""
    with process(database) as served:
        yield served.port


@contextmanager
def process(database: Database, *, projector: bool = True) -> Iterator[Served]:
    """`projector`: whether it keeps the views up as well."""
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        key = Path(directory) / "token.key"
        server = get_context("spawn").Process(
            target=_serve, args=(database.url, key, port, projector), daemon=True
        )
        server.start()
        try:
            _until_up(port)
            assert server.pid is not None
            yield Served(port, server.pid, key)
        finally:
            server.terminate()
            server.join(15)


def _serve(url: str, key: Path, port: int, projector: bool) -> None:
    from api.cli.server import Server
    from api.settings import Settings

    settings = Settings(database_url=url, data_dir=key.parent, port=port, token_key=key, projector=projector)
    Server(settings).run()


def _until_up(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
