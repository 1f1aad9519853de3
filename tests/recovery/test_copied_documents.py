"""Documents that a log names, held against their copies: each that is missing or changed is named, with all that lies behind it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import scans
import tiny

from api.recovery.copied_documents import hold_documents
from api.recovery.report import RestoreReport, Verdict
from reporting.application.documents import AttachDocument, AttachedDocuments
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.documents import Documents

pytestmark = pytest.mark.begins.with_args(tiny.define)


def held(database: Database, service: Reporting, folder: Path | None) -> tuple[RestoreReport, str]:
    report = RestoreReport("b", 0, "", position=service.ledger.position())
    hold_documents(database, folder, report)
    return report, "\n".join(map(str, report.told))


def test_what_a_restore_would_lack_is_named(service: Reporting, database: Database, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    assert held(database, service, None)[1] == "", "nothing is said of a log without documents"
    attached, documents = AttachedDocuments(service, Documents(copies)), []
    for number, unit in enumerate(("11", "12")):
        asked = AttachDocument(
            command_id=uuid4(), election="tiny", form="final", slot="final", unit=unit, upload=uuid4(), title="開票録"
        )  # fmt: skip
        documents.append(attached.attach(asked, tiny.MINISTRY, partial(scans.png, b"%d" % number)).document)
        tiny.enter(service, unit, voters=10)
    report, told = held(database, service, copies)
    assert (report.incomplete, report.lacking, report.judged(Verdict.GOOD)) == (False, 0, Verdict.GOOD)
    assert "2 件を控えと照合" in told
    second = copies / documents[1][:2] / documents[1]
    second.write_bytes(b"another")
    report, told = held(database, service, copies)
    assert (report.incomplete, report.lacking, report.judged(Verdict.GOOD)) == (True, 2, Verdict.INCOMPLETE)
    assert f"書類 {documents[1]} の中身が変わっています（tiny/final/final/12" in told
    assert documents[0] not in told
    report, told = held(database, service, tmp_path / "nothing")
    assert report.lacking == 4
    assert documents[0] in told
    report, told = held(database, service, None)
    assert (report.incomplete, report.lacking) == (True, 4)
    assert "書類 2 件の控えがない" in told
