"""A file that was sent, taken or looked at as an import: the same whichever way it is asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.importing.mapped import import_mapped
from reporting.importing.polling_places import import_places
from reporting.importing.report import ImportReport, Progress, quiet
from reporting.importing.returns import import_returns
from reporting.importing.shipped import NamedMapping, read_mapping, shipped_mapping
from reporting.importing.workbook import import_workbook
from reporting.uploads import Upload, Uploads
from reporting.uploads.store import seen_of

Kind = Literal["returns", "workbook", "mapped", "places"]
MOST_BYTES_OF_A_NAME = 240
AT_ONCE = 10 * 1024 * 1024
"""Bytes of a file that is looked at or taken while somebody waits for the answer; a longer one goes by `POST /import`, which tells how
far it has come, or by the command line."""
KINDS: tuple[Kind, ...] = ("returns", "workbook", "mapped", "places")
PLACE = ("election", "form", "slot")
USES: Mapping[str, tuple[str, ...]] = {
    "returns": ("encoding", "control", "submit", "reason"),
    "workbook": (*PLACE, "confirm_title", "submit", "reason"),
    "mapped": (*PLACE, "mapping", "encoding", "confirm_title", "submit", "reason"),
    "places": ("election", "encoding"),
}
"""Kind → fields of a wish that it uses; what else is said is refused, as whoever says it means something by it."""
NEEDS: Mapping[str, tuple[str, ...]] = {"workbook": PLACE, "mapped": ("mapping",), "places": ("election",)}
"""Kind → fields that it cannot do without."""


@dataclass(frozen=True, slots=True)
class ImportWish:
    """`kind`: rows of returns, one of the ministry's workbooks, any table by a mapping, or lists of polling places. `mapping`: a shipped one's name or the
    id of one that was sent. `submit`: hand in what is whole. `seen_at`: ledger position at which the sender saw what the cells of the
    file are called; None: nobody has said so. `reason`: why figures that stand are changed; None: rows say it, or nothing is changed."""

    kind: Kind
    election: str | None = None
    form: str | None = None
    slot: str | None = None
    mapping: str | None = None
    encoding: str | None = None
    confirm_title: tuple[str, ...] = ()
    control: bool = False
    submit: bool = False
    dry_run: bool = False
    seen_at: int | None = None
    reason: str | None = None


def import_upload(
    service: Reporting,
    uploads: Uploads,
    actor: Actor,
    upload: Upload,
    wish: ImportWish,
    progress: Progress = quiet,
) -> ImportReport:
    """What became of it, or what would. The file stays: whoever asks removes it. Errors of the imports; InvalidInput for a
    mapping there is not."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file_called(upload.name)
        with path.open("wb") as written:
            for piece in uploads.content(upload):
                written.write(piece)
        return _imported(path, service, uploads, actor, wish, progress)


def file_called(name: str) -> str:
    """As a file of this machine may be called: its last part, its end where it is too long."""
    return seen_of(name).encode()[-MOST_BYTES_OF_A_NAME:].decode(errors="ignore") or "file"


def _imported(
    path: Path, service: Reporting, uploads: Uploads, actor: Actor, wish: ImportWish, progress: Progress
) -> ImportReport:
    if wish.kind == "returns":
        return import_returns(
            path, service, actor, encoding=wish.encoding or "utf-8", control=wish.control, submit=wish.submit,
            dry_run=wish.dry_run, progress=progress, seen_at=wish.seen_at, reason=wish.reason,
        )  # fmt: skip
    if wish.kind == "places":
        return import_places(
            path, service, actor, election=wish.election or "", encoding=wish.encoding or "utf-8",
            dry_run=wish.dry_run, progress=progress,
        )  # fmt: skip
    if wish.kind == "workbook":
        return import_workbook(
            path, service, actor, election=wish.election or "", form=wish.form or "", slot=wish.slot or "",
            confirm_title=wish.confirm_title, submit=wish.submit, dry_run=wish.dry_run, progress=progress,
            seen_at=wish.seen_at, reason=wish.reason,
        )  # fmt: skip
    return import_mapped(
        path, service, actor, mapping=mapping_named(wish.mapping or "", uploads, actor), election=wish.election,
        form=wish.form, slot=wish.slot, encoding=wish.encoding, confirm_title=wish.confirm_title,
        submit=wish.submit, dry_run=wish.dry_run, progress=progress, seen_at=wish.seen_at,
        reason=wish.reason,
    )  # fmt: skip


def mapping_named(named: str, uploads: Uploads, actor: Actor) -> NamedMapping:
    """A shipped one, or one of the sender's uploads."""
    try:
        upload_id = UUID(named)
    except ValueError:
        return shipped_mapping(named)
    upload = uploads.upload(actor, upload_id)
    return read_mapping(upload.name, uploads.read(upload))
