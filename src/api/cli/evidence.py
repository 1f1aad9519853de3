"""Files and settings of `reporting audit`: keys and totals for an export."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg import Connection

from projections import versions
from projections.compare import SQL as COMPARE
from reporting.database.connect import READER, Database
from reporting.domain.figures import format_value
from reporting.transparency.export import TotalRecord, Totals, steady
from reporting.transparency.log import SignedLog
from reporting.transparency.note import SignerKey, VerifierKey

WAIT_S = 15.0
"""How long an export waits for a signature over the totals it shows: longer than a signer ever takes."""


def write_key(file: Path, key: SignerKey) -> None:
    """A new file only its owner may read; the verifier key, which everybody may, beside it as `.pub`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "w") as out:
        out.write(key.reveal() + "\n")
    file.with_name(file.name + ".pub").write_text(f"{key.verifier()}\n", encoding="utf-8")


def read_key(file: Path) -> SignerKey:
    return SignerKey.parse(file.read_text(encoding="utf-8"))


def known(text: str) -> VerifierKey:
    """A verifier key given as such, or as a file that holds it."""
    file = Path(text)
    return VerifierKey.parse(file.read_text(encoding="utf-8").strip() if file.is_file() else text)


@contextmanager
def published_totals(database: Database) -> Iterator[Totals | None]:
    """The live views' totals, signed or about to be; None where there are no views yet."""
    with steady(database) as connection:
        live = versions.live(connection)
        if live is None:
            yield None
            return
        deadline = time.monotonic() + WAIT_S
        while _signed_to(database) < live.position and time.monotonic() < deadline:
            time.sleep(0.2)
        yield Totals(live.position, _rows(connection, live.schema))


def _signed_to(database: Database) -> int:
    with database.connect(READER) as connection:
        latest = SignedLog(connection).latest()
    return latest[0].size if latest else 0


def _rows(connection: Connection[Any], schema: str) -> Iterator[TotalRecord]:
    query = COMPARE["totals"].format(schema=schema, mark="totals").encode()
    with connection.cursor(name="exported_totals") as cursor:
        for _, election, form, slot, where, cell, value, counts, _ in cursor.execute(query):
            geography, area = where.split("/")
            reported, counted = map(int, counts.split("/"))
            yield TotalRecord(
                election, form, slot, geography, area, cell, format_value(value), reported, counted
            )
