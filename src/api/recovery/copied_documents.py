"""The documents that a restored log names, held against the folder of their copies."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from api.document_words import line_of
from api.recovery.messages import message
from api.recovery.report import RestoreReport
from reporting.application.kept_documents import KeptDocuments
from reporting.database.connect import Database
from reporting.documents import Documents
from reporting.ledger import Ledger

NAMED = 50
"""Documents that are named one by one; of the rest it is said how many they are."""


def hold_documents(database: Database, folder: Path | None, report: RestoreReport) -> None:
    """What a restore would lack, or get changed, by name: each counts as an event that is missing, and all behind it. Says nothing of a
    log without documents. `folder` None: there are no copies."""
    with closing(Ledger(database)) as ledger:
        kept = KeptDocuments.of(ledger)
    if not kept.attachments:
        return
    if folder is None:
        if needed := [row for row in kept.attachments if kept.disposal_of(row) is None]:
            report.incomplete = True
            lacking = report.position - needed[0].position + 1
            report.lacks(message.words("no_copies", count=len(kept.needed())), lacking)
        return
    rows = list(kept.states(Documents(folder)))
    wrong = [row for row in rows if row.state in ("missing", "changed")]
    for row in wrong[:NAMED]:
        report.lacks(line_of(row), report.position - row.attachment.position + 1)
    if len(wrong) > NAMED:
        report.told.append(message.words("more_documents", count=len(wrong) - NAMED))
    report.incomplete = bool(wrong)
    report.told.append(message.words("copies_held", count=len(rows), wrong=len(wrong)))
    if left := sum(row.state == "left" for row in rows):
        report.told.append(message.words("copies_left", count=left))
