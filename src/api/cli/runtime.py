"""What commands open: the settings and the database they name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from api.settings import Settings
from reporting.database import embedded
from reporting.database.connect import Database
from reporting.database.migrate import migrate


@contextmanager
def running(
    settings: Settings | None = None, *, prepared: bool = True
) -> Iterator[tuple[Settings, Database]]:
    """The settings with a database that answers.

    The embedded one is started (or joined, where `reporting serve` runs already) and brought up to date; a server
    given by URL is used as it is, since migrating it is the operator's decision. `prepared` False leaves the embedded one as it is, too.
    """
    settings = settings or Settings.from_env()
    if settings.database_url is not None:
        yield settings, Database(settings.database_url)
        return
    with embedded.serve(settings.data_dir / "postgres") as url:
        database = Database(url)
        if prepared:
            migrate(database)
        yield settings.at(url), database
