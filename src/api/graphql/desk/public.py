"""What anybody may read: the register of declared differences, releases with their files and proofs."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import strawberry

from api.graphql.access import PUBLIC, readable
from api.graphql.context import Info
from api.graphql.types import Witnesses, at_least, text
from projections.read import desk as rows
from reporting.application.publication import Release as ReleaseRecord
from reporting.errors import InvalidInput
from reporting.transparency.errors import NotSigned
from reporting.transparency.log import SignedLog

MAX_PACKAGES = 3
"""Made again in one request, of which each reads every return of its slot: anybody may ask."""


@strawberry.type(description="An entry of the public register of declared differences.")
class RegisterEntry:
    unit: str = text("code of the reporting unit")
    unit_name: str = text("its name")
    form: str = text("form")
    slot: str = text("slot")
    rule: str = text("rule id")
    key: str = text("key of the finding")
    difference: str = text("canonical text")
    reason_class: str = text("stable code of the reason")
    declared_time: datetime = text("when it was declared")
    declared_office: str = text("office that declared it")
    owner_office: str | None = text("office whose return it is: the one to explain it")
    open_seconds: int = text("its age: from the declaration to the closing, or until now")
    confirmed: bool = text("whether an approver, or another second person, has looked at it")
    closed_at: int | None = text("ledger position of its closing; null while open")
    closed_time: datetime | None = text("when it was closed; null while open")
    correction: int | None = text("position of the correction that settled it")

    @classmethod
    def of(cls, row: rows.DiscrepancyRow, now: datetime) -> RegisterEntry:
        names = [name for name in rows.DiscrepancyRow.__dataclass_fields__ if name != "declared_at"]
        age = (row.closed_time or now) - row.declared_time
        return cls(open_seconds=int(age.total_seconds()), **{name: getattr(row, name) for name in names})


@strawberry.type(description="One figure that a release changed.")
class ReleasedChange:
    unit: str = text("code of the reporting unit")
    cell: str = text("contest|item|breakdown|choice")
    before: str = text("what was public")
    after: str = text("what is public now")
    office: str = text("office that set it")
    reason_class: str | None = text("stable code of the reason; null: it was not reported before")
    approved_by: str | None = text("office that approved it for publication; null where none has to")


@strawberry.type(description="One file of a release, exactly as published.")
class PackageFile:
    name: str = text("file name")
    sha256: str = text("SHA-256 of its bytes, hex; the manifest names it")
    content: str = text("its bytes, as UTF-8 text")


@strawberry.type(description="One publication of a slot; from number 2 on a correction notice.")
class ReleaseRow:
    id: strawberry.ID = text("one id across all levels")
    form: str = text("form")
    slot: str = text("slot")
    number: int = text("1: the publication; more: correction notices")
    position: int = text("ledger position")
    approved: int = text("units whose figures are in it")
    expected: int = text("units that report")
    under_correction: list[str] = text("units being corrected meanwhile")
    changes: list[ReleasedChange] = text("differences to the release before; empty in the first")
    released_at: datetime | None = text("when")
    due: datetime | None = text("when it was due")
    election: strawberry.Private[str]

    @readable(PUBLIC, "the very files of the release, made again from the ledger and compared by hash")
    def files(self, info: Info) -> list[PackageFile]:
        info.context.packages += 1
        if info.context.packages > MAX_PACKAGES:
            expected = f"一度に {MAX_PACKAGES} 件まで / at most {MAX_PACKAGES} releases at once"
            raise InvalidInput(field="releases { files }", found=info.context.packages, expected=expected)
        package = info.context.publication.package(self.election, self.form, self.slot, self.number)
        return [
            PackageFile(name=name, sha256=hashlib.sha256(data).hexdigest(), content=data.decode())
            for name, data in sorted(package.files.items())
        ]

    @readable(
        PUBLIC, "ledger position of the last of its events: asOf there, the released layer is this release"
    )
    def last_position(self, info: Info) -> int:
        units: int = json.loads(self.event(info))["units_changed"]
        return self.position + units

    @readable(PUBLIC, "the stored bytes of its event: `package` is the SHA-256 of its manifest.json")
    def event(self, info: Info) -> str:
        return info.context.snapshot.event(self.position).state

    @readable(
        PUBLIC,
        "proof that this event stands in the signed log (c2sp.org/tlog-proof); null until it is signed, "
        "a few seconds",
    )
    def proof(self, info: Info, witnesses: Witnesses = 0) -> str | None:
        log = SignedLog(info.context.snapshot.connection)
        try:
            return str(log.inclusion(self.position, cosigned=at_least(witnesses))[1])
        except NotSigned:
            return None

    @classmethod
    def of(cls, row: rows.ReleaseRow, election: str) -> ReleaseRow:
        return cls(
            election=election, id=strawberry.ID(row.release), form=row.form, slot=row.slot, number=row.number, position=row.position,
            approved=row.approved, expected=row.expected, under_correction=list(row.under_correction),
            changes=[ReleasedChange(**change) for change in row.changes], released_at=row.released_at, due=row.due,
        )  # fmt: skip

    @classmethod
    def made(cls, release: ReleaseRecord, election: str, form: str, slot: str) -> ReleaseRow:
        changes = [ReleasedChange(**change.model_dump()) for change in release.changes]
        return cls(
            election=election,
            id=strawberry.ID(release.id), form=form, slot=slot, number=release.number, position=release.position,
            approved=release.approved, expected=release.expected, under_correction=list(release.under_correction),
            changes=changes, released_at=None, due=None,
        )  # fmt: skip
