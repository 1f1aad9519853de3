"""Everything is brought back from a backup that is older than what was acknowledged and signed: it must not pass for the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from acknowledged import Book
from fault import Fault
from installation import SERVER, SIGNER, Installation
from psycopg.conninfo import make_conninfo
from stopped_processes import away
from waiting import until

from reporting.database.connect import Database
from reporting.database.local_server import OWNER, LocalServer, give, required, run_as_owner

SINCE = 24
"""Commands acknowledged after it was taken; all of them signed."""


@contextmanager
def brought_back_old(at: Installation, book: Book) -> Iterator[None]:
    """The order of the handbook: the signer looks before anybody is let in, and signs nothing;
    the server is started again on the log that has everything."""
    old = at.folder / "old"
    old.mkdir()
    give(old)
    run_as_owner(
        [required("pg_basebackup"), "-d", at.url, "-D", str(old / "base"), "-X", "stream", "-c", "fast"]
    )
    book.grows_by(SINCE, book.moments[-1])
    last = max(book.positions.values())
    with at.database.connect(autocommit=True) as owner:
        signed = "SELECT coalesce(max(size), 0) >= %s FROM ledger.checkpoint"
        until(lambda: owner.execute(signed, (last,)).fetchall() == [(True,)], "all of it is signed", 60)
    at.kill(SERVER)
    at.kill(SIGNER)
    restored = LocalServer(old / "base", old / "run")
    try:
        restored.start()
        url = make_conninfo(restored.url(), dbname="postgres", user=OWNER)
        with Database(url).connect() as connection:
            (there,) = connection.execute("SELECT position FROM ledger.head").fetchall()[0]
        assert 0 < there < last
        sign = ("audit", "sign", "--key", str(at.key), "--state", str(at.state), "--once")
        refused = at.run(*sign, url=url)
        assert (refused.returncode, b"log_disagrees" in refused.stderr) == (1, True), refused.stderr.decode()
        with Database(url).connect() as connection:
            (head,) = connection.execute("SELECT max(size) FROM ledger.checkpoint").fetchall()[0]
        assert head is None or head <= there
        yield
    finally:
        restored.stop()
        at.start(SIGNER)
        at.start(SERVER)


FAULTS = (
    Fault(
        "old-backup", "署名より古いバックアップから戻される", "brought back from a backup older than what was signed",
        "署名係が断る。新しいバックアップから戻す", "the signer refuses; the newest backup is brought back", brought_back_old, away,
    ),
)  # fmt: skip
