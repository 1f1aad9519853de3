"""Files and settings of `reporting audit`: keys and totals for an export."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click
from psycopg import Connection

from api.cli.failure import Failure
from projections import versions
from projections.compare import SQL as COMPARE
from reporting.application.desk import Desk
from reporting.application.service import Reporting
from reporting.database.connect import READER, Database
from reporting.domain.figures import format_value
from reporting.domain.layer import Layer, Layered
from reporting.ledger import Ledger, slot_stream
from reporting.publication.live_or_training import Publications
from reporting.publication.package_check import EVENT, PROOF
from reporting.transparency.cosigner import Round
from reporting.transparency.export import TotalRecord, Totals, steady
from reporting.transparency.log import SignedLog
from reporting.transparency.note import SignerKey, VerifierKey

WAIT_S = 15.0
"""How long an export waits for a signature over the totals it shows: longer than a signer ever takes."""


def write_key(file: Path, key: SignerKey) -> None:
    """A new file only its owner may read; the verifier key, which everybody may, beside it as `.pub`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "w") as out:
            out.write(key.reveal() + "\n")
        file.with_name(file.name + ".pub").write_text(f"{key.verifier()}\n", encoding="utf-8")
    except BaseException:  # an empty one would stand in the way of the next try, and be no key
        file.unlink()
        raise


def read_key(file: Path) -> SignerKey:
    return SignerKey.parse(file.read_text(encoding="utf-8"))


def verifier_key(text: str) -> VerifierKey:
    """A verifier key given as such, or as a file that holds it."""
    is_file = "+" not in text or Path(text).is_file()
    return VerifierKey.parse(Path(text).read_text(encoding="utf-8").strip() if is_file else text)


def cosigned(done: Round) -> None:
    """One line for what witnesses did, and two for each that did not."""
    size, by = f"{done.size:,}", ", ".join(done.by) or "—"
    click.echo(
        f"cosigned {size}: {len(done.by)} ({by}); needed {done.needed}", err=len(done.by) < done.needed
    )
    for failure in done.failed.values():
        Failure(failure).show()


@contextmanager
def published_totals(database: Database, cosigned: int = 0) -> Iterator[Totals | None]:
    """The live views' totals, signed and cosigned by so many or about to be; None where there are no views yet."""
    with steady(database) as connection:
        live = versions.live(connection)
        if live is None:
            yield None
            return
        deadline = time.monotonic() + WAIT_S
        while _signed_to(database, cosigned) < live.position and time.monotonic() < deadline:
            time.sleep(0.2)
        yield Totals(live.position, _rows(connection, live.schema))


def release_files(
    database: Database, election: str, form: str, slot: str, number: int, cosigned: int
) -> dict[str, bytes]:
    """A release's files, its event and the proof of it with so many witnesses. UnknownReference, PackageDiffers, NotSigned."""
    with closing(Ledger(database)) as ledger, database.connect(READER) as connection:
        service = Reporting(ledger)
        package = Publications(service, Desk(service)).package(election, form, slot, number)
        recorded = ledger.stream(slot_stream(election, form, slot))[number - 1]
        entry, proof = SignedLog(connection).inclusion(recorded.position, cosigned=cosigned)
    return {**package.files, EVENT: entry.state, PROOF: str(proof).encode()}


def distribution_proof(database: Database, position: int, cosigned: int = 0) -> dict[str, bytes]:
    """The event that names a distribution's files, and the proof of it once it is signed: nothing where no signer is at work."""
    deadline = time.monotonic() + WAIT_S
    if not _signed_to(database, cosigned):
        return {}
    while _signed_to(database, cosigned) < position and time.monotonic() < deadline:
        time.sleep(0.2)
    with database.connect(READER) as connection:
        entry, proof = SignedLog(connection).inclusion(position, cosigned=cosigned)
    return {EVENT: entry.state, PROOF: str(proof).encode()}


def _signed_to(database: Database, cosigned: int) -> int:
    with database.connect(READER) as connection:
        latest = SignedLog(connection).latest(cosigned)
    return latest[0].size if latest else 0


def _rows(connection: Connection[Any], schema: str) -> Iterator[TotalRecord]:
    versions.see_everything(connection)
    query = COMPARE["totals"].format(schema=schema, mark="totals").encode()
    with connection.cursor(name="exported_totals") as cursor:
        for _, election, form, slot, layer, where, cell, value, counts, _ in cursor.execute(query):
            geography, area = where.split("/")
            reported, counted = map(int, counts.split("/"))
            yield TotalRecord(
                election,
                form,
                str(Layered(slot, Layer(layer))),
                geography,
                area,
                cell,
                format_value(value),
                reported,
                counted,
            )
