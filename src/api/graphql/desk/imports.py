"""Files that were sent, looked at and taken as imports: each refusal at its row and column."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Annotated, Literal, cast
from uuid import UUID

import orjson
import strawberry
from pydantic import Field, StringConstraints
from strawberry.utils.str_converters import to_camel_case

from api.graphql.access import TOKEN, change, readable
from api.graphql.context import Info
from api.graphql.desk.answers import FourEyes, NotNow, RulesRefused, request_of
from api.graphql.desk.answers import refusal as refusal_of
from api.graphql.messages import message
from api.graphql.mutations import (
    ONLY_ONCE,
    AnyCommandRefused,
    FiguresRefused,
    OtherCellsMoved,
    Refusal,
    VersionConflict,
    seen_names,
    with_elections,
)
from api.graphql.types import Label, described
from reporting.application.commands import Named, Request, Text
from reporting.domain.actor import Actor
from reporting.domain.labels import Code
from reporting.errors import InvalidInput, ReportingError
from reporting.files.problems import FileProblem, FileRefused
from reporting.importing.report import ImportReport
from reporting.importing.sent import AT_ONCE, NEEDS, USES, ImportWish, import_upload
from reporting.importing.shipped import shipped_mappings
from reporting.uploads import Upload
from reporting.wording import printed

USED = tuple(dict.fromkeys(name for names in USES.values() for name in names if name != "control"))


class WishedImport(Request):
    """What a file that was sent is to be read as."""

    upload: UUID
    kind: Literal["returns", "workbook", "mapped", "places"]
    election: Code | None = None
    form: Code | None = None
    slot: Code | None = None
    mapping: Annotated[str, StringConstraints(max_length=80)] | None = None
    encoding: Literal["utf-8", "cp932", "utf-16"] | None = None
    confirm_title: Annotated[
        tuple[Annotated[str, StringConstraints(max_length=200)], ...], Field(max_length=20)
    ] = ()
    submit: bool = False
    reason: Text | None = None

    def wish(self, *, dry_run: bool) -> ImportWish:
        """InvalidInput for what its kind cannot do without, and for what it does not use: whoever says it means something by it."""
        for name in USED:
            if getattr(self, name) and name not in USES[self.kind]:
                given = getattr(self, name)
                told = ", ".join(given) if isinstance(given, tuple) else given
                raise InvalidInput.at(to_camel_case(name), printed(told), message("not_of_this_kind"))
        for name in NEEDS.get(self.kind, ()):
            if not getattr(self, name):
                raise InvalidInput.at(name, "", f"{name}: …")
        return ImportWish(
            self.kind, self.election, self.form, self.slot, self.mapping, self.encoding,
            self.confirm_title, submit=self.submit, dry_run=dry_run, reason=self.reason,
        )  # fmt: skip


class TakeUpload(WishedImport, Named):
    command_id: UUID

    def wish(self, *, dry_run: bool) -> ImportWish:
        return replace(super().wish(dry_run=dry_run), seen_at=self.seen_at)


@strawberry.input(description="What a file that was sent is to be read as.")
class ImportInput:
    upload: strawberry.ID = described("one of the asker's own `uploads`")
    kind: str = described(
        "returns: rows of figures; workbook: one of the ministry's; mapped: any table, by a mapping; places: lists of polling places"
    )
    election: str | None = strawberry.field(default=None, description="code; a workbook and places need it")
    form: str | None = strawberry.field(default=None, description="code; a workbook needs it")
    slot: str | None = strawberry.field(default=None, description="code; a workbook needs it")
    mapping: str | None = strawberry.field(
        default=None,
        description="one of `mappings`, or the id of an upload that is one; kind `mapped` needs it",
    )
    encoding: str | None = strawberry.field(default=None, description="utf-8, cp932 or utf-16; none: utf-8")
    confirm_title: list[str] = strawberry.field(
        default_factory=list,
        description="kinds `workbook` and `mapped`: words of the title that do not agree with the election and are right nevertheless",
    )
    submit: bool = strawberry.field(default=False, description="hand in returns that are whole")
    reason: str | None = strawberry.field(
        default=None,
        description="why figures that stand are changed, of rows that do not say it themselves",
    )


@strawberry.input(description="Take a file that was sent; when it is taken whole it waits no longer.")
class TakeUploadInput(ImportInput):
    command_id: strawberry.ID = described(ONLY_ONCE)
    seen_at: int | None = seen_names()


@strawberry.type(description="What became of an import, or would.")
class ImportDone:
    rows: int = described("rows that were read")
    events: int = described("events recorded, or that would be")
    unchanged: int = described("rows that said what stands already")
    submitted: int = described("returns handed in")
    position: int | None = described("ledger position of the last event; null: none")
    repeated: bool = described("whether this very file had been taken before")
    notes: list[Label] = described("remarks that refuse nothing")

    @classmethod
    def of(cls, report: ImportReport) -> ImportDone:
        return cls(
            rows=report.rows, events=report.events, unchanged=report.unchanged, submitted=report.submitted,
            position=report.position, repeated=report.repeated, notes=[Label.halves(note) for note in report.notes],
        )  # fmt: skip


@strawberry.type(description="One thing wrong in a file.")
class ImportProblem:
    row: int | None = described("row from 1, the header's being 1; null: the file as a whole")
    column: str = described("header of the column, sheet and cell, or part of the file")
    stands: Label = described("what is there")
    expected: Label = described("what is expected")
    more_rows: int = described("so many further rows have the same cause")

    @classmethod
    def of(cls, problem: FileProblem) -> ImportProblem:
        return cls(
            row=problem.row, column=problem.column, more_rows=problem.more,
            stands=Label(ja=problem.stands.ja, en=problem.stands.en), expected=Label.halves(problem.expected),
        )  # fmt: skip


@strawberry.type(description="A file that cannot be taken; nothing of it was.")
class ImportRefused(Refusal):
    problems: list[ImportProblem] = described("each cause once, at its first row")


ImportOutcome = Annotated[
    ImportDone
    | ImportRefused
    | FiguresRefused
    | RulesRefused
    | FourEyes
    | NotNow
    | VersionConflict
    | OtherCellsMoved
    | AnyCommandRefused,
    strawberry.union("ImportOutcome", description="What became of a file, or why nothing did."),
]


def _refused(info: Info, error: ReportingError) -> Refusal:
    if isinstance(error, FileRefused):
        return ImportRefused.of(error, problems=[ImportProblem.of(problem) for problem in error.problems])
    return refusal_of(with_elections(info, error))


def _import(info: Info, asked: WishedImport, actor: Actor, upload: Upload, *, dry_run: bool) -> ImportReport:
    if upload.size > AT_ONCE:
        raise InvalidInput.at("upload", upload.size, message("bytes_here_at_most", most=AT_ONCE // 1024**2))
    context = info.context
    return import_upload(context.service, context.uploads, actor, upload, asked.wish(dry_run=dry_run))


@strawberry.type(description="Imports.")
class ImportQueries:
    @readable(TOKEN, "names of the mappings that are shipped")
    def mappings(self) -> list[str]:
        return list(shipped_mappings())

    @readable(TOKEN, "what taking a file that was sent would do; nothing is changed")
    def preview_import(
        self,
        info: Info,
        input: Annotated[ImportInput, strawberry.argument(description="which, and read as what")],
    ) -> ImportOutcome:
        try:
            actor = info.context.require_actor()
            asked = request_of(WishedImport, input)
            upload = info.context.uploads.upload(actor, asked.upload)
            return ImportDone.of(_import(info, asked, actor, upload, dry_run=True))
        except ReportingError as error:
            return cast("ImportOutcome", _refused(info, error))


@strawberry.type(description="Imports.")
class ImportMutations:
    @change("take a file that was sent as an import: whole or not at all")
    def take_upload(
        self,
        info: Info,
        input: Annotated[TakeUploadInput, strawberry.argument(description="which, and read as what")],
    ) -> ImportOutcome:
        try:
            actor, store = info.context.require_actor(), info.context.uploads
            asked = request_of(TakeUpload, input)
            who = f"{actor.person}/{actor.office}/{actor.jurisdiction}/".encode()
            request = hashlib.sha256(who + asked.body()).digest()
            if (before := store.answer(asked.command_id, request)) is not None:
                told = orjson.loads(before)
                notes = [Label(**note) for note in told.pop("notes")]
                return ImportDone(**told, notes=notes)
            upload = store.upload(actor, asked.upload)
            done = ImportDone.of(_import(info, asked, actor, upload, dry_run=False))
            store.remember(asked.command_id, request, orjson.dumps(strawberry.asdict(done)).decode())
            store.remove(upload)
            return done
        except ReportingError as error:
            return cast("ImportOutcome", _refused(info, error))
