"""What anybody may read: the register of declared differences, releases with their files and proofs."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TypedDict

import strawberry

from api.graphql.access import PUBLIC, readable
from api.graphql.arguments import Witnesses
from api.graphql.context import Info
from api.graphql.messages import message
from api.graphql.proved import proof_of
from api.graphql.types import Label, NamedUnit, cursor, described
from api.open_data.address import PREFIX, SERIES, ReleaseAddress
from api.open_data.series_sets import SeriesSet
from api.open_data.shelf import DataFile as FileAtHand
from projections.read import desk as rows
from reporting.domain.released import ChangeKind, kinds_in, notice_words
from reporting.domain.released import ReleasedBasis as BasisRecord
from reporting.domain.released import ReleasedLot as LotRecord
from reporting.errors import InvalidInput
from reporting.publication.planned import Release as ReleaseRecord

MAX_PACKAGES = 3
"""Made again in one request, of which each reads every return of its slot: anybody may ask."""


@strawberry.type(description="An entry of the public register of declared differences.")
class RegisterEntry:
    unit: str = described("code of the reporting unit")
    unit_name: str = described("its name")
    form: str = described("form")
    slot: str = described("slot")
    rule: str = described("rule id")
    key: str = described("key of the finding")
    difference: str = described("canonical text")
    reason_class: str = described("stable code of the reason")
    declared_words: str | None = described(
        "the reason in the words of who declared it; null for readers whose office does not reach the unit"
    )
    declared_time: datetime = described("when it was declared")
    declared_office: str = described("office that declared it")
    owner_office: str | None = described("office whose return it is: the one to explain it")
    open_seconds: int = described("its age: from the declaration to the closing, or until now")
    confirmed: bool = described("whether an approver, or another second person, has looked at it")
    closed_at: int | None = described("ledger position of its closing; null while open")
    closed_time: datetime | None = described("when it was closed; null while open")
    closed_class: str | None = described(
        "stable code of why they differed, by who closed it; null while open"
    )
    closed_words: str | None = described(
        "the same in words; null while open, and for readers whose office does not reach the unit"
    )
    correction: int | None = described("position of the correction that settled it")
    cursor: str = described("for `after`: the register goes on behind it")

    @classmethod
    def of(cls, row: rows.DiscrepancyRow, now: datetime) -> RegisterEntry:
        names = [name for name in rows.DiscrepancyRow.__dataclass_fields__ if name != "declared_at"]
        age = (row.closed_time or now) - row.declared_time
        held = {name: getattr(row, name) for name in names}
        return cls(
            open_seconds=int(age.total_seconds()), cursor=cursor(row.declared_at, row.unit, row.key), **held
        )


strawberry.enum(
    ChangeKind,
    name="ReleasedChangeKind",
    description="What happened to one public figure, or to a lot.",
)
CHANGES = {
    ChangeKind.CORRECTION: "訂正: it was public, or had been before it was withdrawn, and is another now",
    ChangeKind.FIRST: "追加: the first figure where nothing was public",
    ChangeKind.WITHDRAWAL: "取り下げ: taken back, it stands as not reported",
    ChangeKind.ABSENCE: "数値なしの報告: where nothing was public, it was stated that there is no figure",
    ChangeKind.BASIS: "集計の範囲の変更: the figures of a unit rest on another count (a sample, an estimate, the whole)",
    ChangeKind.LOT: "くじの結果: who won by lot went public, or is in force again",
    ChangeKind.LOT_OVERTAKEN: "くじの失効: the public votes are not equal any more, or another record took its place",
}
for _value in ChangeKind.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = CHANGES[ChangeKind(_value.value)]


@strawberry.type(description="One figure that a release changed.")
class ReleasedChange:
    unit: str = described("code of the reporting unit")
    cell: str = described("contest|item|breakdown|choice")
    kind: ChangeKind = described("what happened to it")
    before: str | None = described("what was public; null where nothing was")
    after: str = described("what is public now")
    withdrawn: str | None = described(
        "of a correction after a withdrawal: the figure that had been public before it"
    )
    office: str = described("office that set it")
    reason_class: str | None = described("stable code of the reason; null: it was not reported before")
    approved_by: str | None = described("office that approved it for publication; null where none has to")


@strawberry.type(description="What a unit's public figures rest on.")
class PublicBasis:
    method: str = described("full, sample or estimate")
    places: int | None = described("of a sample: so many places")
    of_places: int | None = described("of so many")


@strawberry.type(
    description="A unit whose public figures rest on another count since a release, whether a figure moved or not."
)
class ReleasedBasis:
    unit: str = described("code of the reporting unit")
    before: PublicBasis = described("what they rested on until then")
    after: PublicBasis = described("what they rest on since")
    office: str = described("office that said so")
    approved_by: str | None = described("office that approved it for publication; null where none has to")

    @classmethod
    def of(cls, basis: BasisRecord) -> ReleasedBasis:
        return cls(
            unit=basis.unit, before=PublicBasis(**dict(basis.before)), after=PublicBasis(**dict(basis.after)),
            office=basis.office, approved_by=basis.approved_by,
        )  # fmt: skip


@strawberry.type(description="Who won by lot, as a release has it.")
class ReleasedLot:
    contest: str = described("contest code")
    item: str = described("item whose votes were equal")
    among: list[str] = described("every choice of these votes")
    winners: list[str] = described("those of them the lot gave a seat")
    votes: str = described("the votes each of them has")
    source_class: str = described("kind of the document that says so")
    recorded: int = described("ledger position of the record")
    confirmed: int = described("ledger position of its confirmation")
    overtaken: int | None = described("ledger position of what overtook it; null while it is in force")
    kind: ChangeKind | None = described("what this release changed of it; null: nothing")
    override: bool = described(
        "confirmed openly, with a reason, by one who had a hand in the votes or the record"
    )
    alone: bool = described("confirmed by its recorder, whose office had nobody else")

    @classmethod
    def of(cls, lot: LotRecord) -> ReleasedLot:
        return cls(**lot.model_dump() | {"among": list(lot.among), "winners": list(lot.winners)})


@strawberry.type(description="A unit whose public figures are not all that its form needs.")
class IncompleteUnit:
    unit: str = described("code of the reporting unit")
    cells: list[str] = described("cells it lacks: contest|item|breakdown|choice")


@strawberry.type(description="One file of a release, exactly as published.")
class PackageFile:
    name: str = described("file name")
    sha256: str = described("SHA-256 of its bytes, hex; the manifest names it")
    content: str = described("its bytes, as UTF-8 text")


@strawberry.type(description="By which licence everything that is released may be used.")
class DataTerms:
    licence: str = described("its code, as SPDX has it where it does")
    url: str = described("its text")
    name: Label = described("its name")


@strawberry.type(description="One file of a release at its address, which never changes.")
class DataFile:
    name: str = described("file name")
    size: int = described("in bytes")
    sha256: str = described("SHA-256 of its bytes, hex")
    media_type: str = described("as HTTP tells it")
    address: str = described("path on this server: GET, HEAD, ranges, If-None-Match")

    @classmethod
    def of(cls, file: FileAtHand, address: str) -> DataFile:
        return cls(
            name=file.name, size=file.size, sha256=file.sha256, media_type=file.media_type, address=address
        )


@strawberry.type(description="A series over elections that was made a data set, at an address for ever.")
class DataSet:
    name: str = described("its code, chosen by who made it")
    position: int = described("ledger position that it was made at")
    title: Label = described("name, boundaries and position")
    boundaries: str = described("day of the areas it is re-based to; as_reported where it is not")
    observations: int = described("how many it holds")
    files: list[DataFile] = described("its files; data-set.json names them")

    @classmethod
    def of(cls, made: SeriesSet) -> DataSet:
        at = f"{PREFIX}/{SERIES}/{made.path}/"
        return cls(
            name=made.name, position=made.position, title=Label(ja=made.title.ja, en=made.title.en),
            boundaries=made.boundaries, observations=made.observations,
            files=[DataFile.of(file, at + file.name) for file in made.files],
        )  # fmt: skip


@strawberry.type(description="One publication of a slot; from number 2 on a notice of what changed.")
class ReleaseRow:
    id: strawberry.ID = described("one id across all levels")
    form: str = described("form")
    slot: str = described("slot")
    number: int = described("1: the publication; more: notices of what changed since")
    position: int = described("ledger position")
    notice: Label = described(
        "its name: 公表, 訂正 第n号, 追加, 取り下げ, くじの結果 第n号 …, by the kinds it holds"
    )
    kinds: list[ChangeKind] = described("what happened in it; empty in the first")
    correction: int | None = described(
        "the n of 訂正 第n号, which counts corrections alone; null where it corrects nothing"
    )
    corrections: int = described("how many releases of the slot were corrections, this one included")
    approved: int = described("units with figures in it, whole or not")
    whole: int | None = described(
        "units whose public figures are all their form needs; null in releases that did not say"
    )
    incomplete: list[IncompleteUnit] = described("units with figures that lack some")
    expected: int = described("units that report")
    single_handed: list[str] = described(
        "units whose figures one person alone typed, submitted and approved: nobody else had a look"
    )
    under_correction: list[str] = described("units being corrected meanwhile")
    changes: list[ReleasedChange] = described("differences to the release before; empty in the first")
    bases: list[ReleasedBasis] = described(
        "units whose figures rest on another count than in the release before; empty in the first"
    )
    lots: list[ReleasedLot] = described("every lot it holds, in force or overtaken, with what is new of it")
    lot_notices: int = described(
        "the n of くじの結果 第n号: releases after the first that told something new of a lot, this one included"
    )
    released_at: datetime | None = described("when")
    due: datetime | None = described("when it was due")
    election: strawberry.Private[str]

    @readable(PUBLIC, "names of all units that it tells by code")
    def named(self, info: Info) -> list[NamedUnit]:
        units = info.context.defined(self.election).roster.units
        told = {*self.single_handed, *self.under_correction, *(lack.unit for lack in self.incomplete)}
        told |= {*(change.unit for change in self.changes), *(basis.unit for basis in self.bases)}
        return [NamedUnit(code=code, name=units[code].name) for code in sorted(told) if code in units]

    @readable(PUBLIC, "the very files of the release, made again from the ledger and compared by hash")
    def files(self, info: Info) -> list[PackageFile]:
        info.context.packages += 1
        if info.context.packages > MAX_PACKAGES:
            expected = message("at_most_releases", max_packages=MAX_PACKAGES)
            raise InvalidInput(field="releases { files }", found=info.context.packages, expected=expected)
        package = info.context.publication.package(self.election, self.form, self.slot, self.number)
        return [
            PackageFile(name=name, sha256=hashlib.sha256(data).hexdigest(), content=data.decode())
            for name, data in sorted(package.files.items())
        ]

    @readable(
        PUBLIC,
        "its files at their addresses for ever; null of a test election, which has none, and for the seconds in which they are made",
    )
    def data_files(self, info: Info) -> list[DataFile] | None:
        data = info.context.open_data
        address = ReleaseAddress(self.election, self.form, self.slot, self.number)
        edition = data.edition_in(info.context.snapshot, address)
        if edition is None:
            return None
        if (files := data.ready(edition)) is None:
            data.making(edition)
            return None
        return [DataFile.of(file, address.at(file.name)) for file in files]

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
        return proof_of(info, self.position, witnesses)

    @classmethod
    def of(cls, row: rows.ReleaseRow, election: str) -> ReleaseRow:
        return cls(
            election=election, id=strawberry.ID(row.release), form=row.form, slot=row.slot, position=row.position,
            under_correction=list(row.under_correction), released_at=row.released_at, due=row.due,
            **_told(row),
        )  # fmt: skip

    @classmethod
    def made(cls, release: ReleaseRecord, election: str, form: str, slot: str) -> ReleaseRow:
        return cls(
            election=election, id=strawberry.ID(release.id), form=form, slot=slot, position=release.position,
            under_correction=list(release.under_correction), released_at=None, due=None,
            **_told(release),
        )  # fmt: skip


class ReleaseTold(TypedDict):
    """The fields of a release that say what happened in it and how much of the slot it holds."""

    number: int
    notice: Label
    kinds: list[ChangeKind]
    correction: int | None
    corrections: int
    approved: int
    expected: int
    whole: int | None
    incomplete: list[IncompleteUnit]
    single_handed: list[str]
    changes: list[ReleasedChange]
    bases: list[ReleasedBasis]
    lots: list[ReleasedLot]
    lot_notices: int


def _told(release: rows.ReleaseRow | ReleaseRecord) -> ReleaseTold:
    kinds = kinds_in(release.changes, () if release.number == 1 else release.lots, release.bases)
    ja, en = notice_words(release.number, kinds, release.corrections, release.lot_notices)
    return ReleaseTold(
        number=release.number,
        notice=Label(ja=ja, en=en),
        kinds=list(kinds),
        correction=release.corrections if ChangeKind.CORRECTION in kinds else None,
        corrections=release.corrections,
        approved=release.approved,
        expected=release.expected,
        whole=release.whole,
        incomplete=[IncompleteUnit(unit=lack.unit, cells=list(lack.cells)) for lack in release.incomplete],
        single_handed=list(release.single_handed),
        changes=[ReleasedChange(**dict(change)) for change in release.changes],
        bases=[ReleasedBasis.of(basis) for basis in release.bases],
        lots=[ReleasedLot.of(lot) for lot in release.lots],
        lot_notices=release.lot_notices,
    )
