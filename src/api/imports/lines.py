"""What becomes of an import, as lines of JSON (NDJSON): one for each thing, the last one says how it ended."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from api.imports.messages import message
from api.refusals import Payload, error_of
from reporting.application.findings import RulesRefused
from reporting.files.problems import FileProblem, FileRefused
from reporting.importing import ImportReport
from reporting.uploads import Upload
from reporting.words import in_both


def line(kind: str, **said: object) -> bytes:
    return orjson.dumps({"type": kind, **said}) + b"\n"


def upload_of(upload: Upload) -> Payload:
    return {
        "upload": str(upload.upload_id), "name": upload.name, "sha256": upload.sha256, "size": upload.size,
        "way": upload.way, "receivedAt": upload.received_at.isoformat(), "keptUntil": upload.kept_until.isoformat(),
    }  # fmt: skip


def received_line(upload: Upload) -> bytes:
    return line("received", **upload_of(upload))


def progress_line(done: int, of: int, stage: str) -> bytes:
    return line("progress", stage=stage.partition(" ")[0], done=done, of=of)


def done_lines(report: ImportReport, *, dry_run: bool, sha256: str) -> Iterator[bytes]:
    """Notes, then what was taken."""
    for note in report.notes:
        yield line("note", **in_both(note)._asdict())
    yield line(
        "done", dryRun=dry_run, rows=report.rows, events=report.events, unchanged=report.unchanged,
        submitted=report.submitted, position=report.position, repeated=report.repeated, sha256=sha256,
    )  # fmt: skip


def again(answer: str) -> bytes:
    """The last line of an import that was done before."""
    return orjson.dumps({**orjson.loads(answer), "repeated": True}) + b"\n"


def refused_lines(error: Exception, request_id: str, upload: Upload | None) -> Iterator[bytes]:
    """Everything that is wrong, each place by itself; then the error as GraphQL tells it, and what to do."""
    if isinstance(error, FileRefused):
        yield from map(_problem_line, error.problems)
    if isinstance(error, RulesRefused):
        for finding in error.findings:
            yield line(
                "finding", key=finding.key, rule=finding.rule, severity=str(finding.severity),
                ja=finding.message_ja, en=finding.message_en,
            )  # fmt: skip
    told = error_of(error, request_id)
    todo = None
    if isinstance(error, FileRefused) and upload is not None:
        todo = in_both(message("what_to_do", upload=f"/import/uploads/{upload.upload_id}"))._asdict()
    kept = None if upload is None else str(upload.upload_id)
    yield line("refused", error=told, whatToDo=todo, upload=kept, requestId=request_id)


def _problem_line(problem: FileProblem) -> bytes:
    sheet, _, cell = problem.column.rpartition("!")
    told, expected = problem.told(), in_both(problem.expected)
    return line(
        "problem", file=problem.file, row=problem.row, place=problem.column, sheet=sheet or None,
        cell=cell if sheet else None, stands=problem.stands._asdict(), expected=expected._asdict(),
        moreRows=problem.more, said=told._asdict(),
    )  # fmt: skip
