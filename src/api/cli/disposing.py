"""Carry out a disposal from the command line: the ledger, then the views, then the certificate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import click

from api.cli.identity import operator
from api.cli.messages import message
from api.cli.progress import Report, progress
from api.cli.runtime import service_of
from projections.erased import forget
from reporting.application.retention import Retention
from reporting.database.connect import Database
from reporting.documents import Documents
from reporting.domain.retention_events import DisposalCertified
from reporting.transparency.erasure import NothingErased, erase


@contextmanager
def retention_of(database: Database) -> Iterator[Retention]:
    with service_of(database) as service:
        yield Retention(service)


def working() -> AbstractContextManager[Report]:
    """Said while all of a long log is read, or its words erased."""
    return progress(message.table("progress")["dispose"].beside)


def asked_name(person: str | None) -> str | None:
    """`-`: asked for, unseen."""
    if person == "-":
        return str(click.prompt(message.words("person").beside, err=True, hide_input=True))
    return person


def carried_out(
    database: Database, disposal: str, person: str | None, commands: Sequence[UUID], *, by: str, ground: str
) -> DisposalCertified:
    """The certificate. What was erased before a process died gets its certificate now. Says how many of its three steps are done."""
    with working() as report:
        report(0, 3)
        erased = erase(database, disposal, person, commands, by=by, ground=ground)
        report(1, 3)
        forget(database)
        report(2, 3)
        with retention_of(database) as retention:
            certificate = retention.certify(uuid4(), disposal, operator())
        report(3, 3)
    if not erased.commands and not erased.files and not erased.addresses:
        raise NothingErased
    return certificate


def disposed_documents(database: Database, disposal: str, folder: Path) -> str:
    """Out of the folder, certified; what that was in words."""
    with retention_of(database) as retention:
        told = retention.dispose_documents(uuid4(), disposal, operator(), Documents(folder))
    return f"{disposal}: {message('documents_disposed_of', documents=f'{told.documents:,}', files=f'{told.files:,}')}"
