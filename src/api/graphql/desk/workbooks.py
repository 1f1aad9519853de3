"""Returns as workbooks, and back: made, looked at, handed in."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from functools import partial
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry

from api.graphql.access import TOKEN, UNITS, Seen, change, readable
from api.graphql.arguments import ElectionCode, FormCode, SlotCode
from api.graphql.context import Info
from api.graphql.desk.answers import once, refusal
from api.graphql.desk.findings import Finding
from api.graphql.desk.inputs import DeclarationInput, ExplanationInput
from api.graphql.desk.uploads import uploads_of
from api.graphql.messages import message
from api.graphql.mutations import (
    AnyCommandRefused,
    CellProblem,
    Refusal,
    seen_names,
    with_elections,
)
from api.graphql.types import Label, NamedUnit, described
from reporting.domain.actor import Actor
from reporting.errors import InvalidInput, ReportingError
from reporting.files.problems import FileRefused
from reporting.kit.bounds import parts_of
from reporting.kit.bringing import Do, bring
from reporting.kit.handing_in import OUTCOMES, ReturnOutcome, Said, hand_in, preview
from reporting.kit.making import make_book
from reporting.kit.merge import MergedCell
from reporting.kit.pages import units_brought
from reporting.words import Words

MOST_UNITS = 100


@strawberry.type(description="A workbook with a sheet for each return.")
class Workbook:
    name: str = described("a name for the file")
    content: str = described("the .xlsx, base64")
    units: list[str] = described("units it has a sheet of, in their order; none: it is not understood")


@strawberry.type(description="A workbook that was sent and is not dealt with.")
class SentWorkbook:
    sha256: str = described("of the file, hex")
    name: str = described("as the sender called it")
    size: int = described("bytes")
    sent_at: datetime = described("the last time it was sent")
    kept_until: datetime = described("it is gone then, unless it is sent again")
    upload: strawberry.ID = described("the same among `uploads`, which `discardUpload` takes")


@strawberry.input(description="Why a warning of one sheet is in order.")
class SheetExplanationInput(ExplanationInput):
    unit: str = described("code of the reporting unit")


@strawberry.input(description="A difference of one sheet that stands and is said openly.")
class SheetDeclarationInput(DeclarationInput):
    unit: str = described("code of the reporting unit")


@strawberry.input(
    description="Which side is right in a cell that both have changed, or whose row is called otherwise now."
)
class ConflictInput:
    unit: str = described("code of the reporting unit")
    cell: str = described("contest|item|breakdown|choice")
    take_sheet: bool = described("true: the sheet; false: what stands (also where the sheet erased it)")


@strawberry.input(description="A workbook that comes back.")
class WorkbookInput:
    name: str = described("name of the file; it stands with the command")
    content: str = strawberry.field(
        default="", description="the .xlsx, base64; left out where it is one of `sentWorkbooks`"
    )
    sent: str | None = strawberry.field(
        default=None, description="SHA-256 of a file that was sent before, instead of its content"
    )
    election: str | None = strawberry.field(
        default=None, description="refused where the workbook is of another election than this one"
    )
    reason: str | None = strawberry.field(
        default=None, description="why values that stood are changed, or differences are gone or declared"
    )
    explanations: list[SheetExplanationInput] = strawberry.field(
        default_factory=list, description="of warnings"
    )
    declarations: list[SheetDeclarationInput] = strawberry.field(
        default_factory=list, description="of differences"
    )
    conflicts: list[ConflictInput] = strawberry.field(
        default_factory=list, description="cells that both have changed"
    )


@strawberry.input(description="Hand in what is ready of a workbook. Sending it again is safe.")
class HandInWorkbookInput(WorkbookInput):
    command_id: strawberry.ID = described("a UUID made by the sender")
    seen_at: int | None = seen_names()


@strawberry.type(description="A cell of a sheet against what stands.")
class SheetCell:
    key: str = described("contest|item|breakdown|choice")
    named: Label = described("the cell in words")
    base: str | None = described("what stood when the workbook was made; null: nothing")
    now: str | None = described("what stands now; null: nothing")
    sheet: str | None = described("what the sheet says; null: nothing")
    outcome: str = described(
        "agreed, taken, conflict, renamed (the row was called otherwise in the workbook), outdated (filled from another form, "
        "which says something else now), kept or emptied"
    )
    outcome_label: Label = described("the same in words")

    @classmethod
    def of(cls, cell: MergedCell, named: Words) -> SheetCell:
        return cls(
            key=cell.key, named=_label(named), base=cell.base or None, now=cell.now or None,
            sheet=cell.sheet or None, outcome=cell.outcome, outcome_label=_label(OUTCOMES[cell.outcome]),
        )  # fmt: skip


@strawberry.type(description="What becomes of one sheet.")
class SheetOutcome:
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    state: str = described(
        "nothing, ready, submitted, typed (kept as one of the two entries of its form), conflict or refused"
    )
    cells: list[SheetCell] = described("cells that are not simply unchanged")
    notes: list[Label] = described("what is unlike when the workbook was made, and stands in nobody's way")
    problems: list[CellProblem] = described("cells that no return can hold")
    findings: list[Finding] = described("what the rules ask to be corrected, declared or explained first")
    refusal_ja: str | None = described("anything else in the way, in Japanese")
    refusal_en: str | None = described("the same in English")
    version: int | None = described("version of the return after it was handed in")
    position: int | None = described("ledger position of its last event")
    repeated: bool = described("whether this command had been recorded before")

    @classmethod
    def of(cls, outcome: ReturnOutcome) -> SheetOutcome:
        done, refused = outcome.done, outcome.refusal
        return cls(
            form=outcome.place.form, slot=outcome.place.slot, unit=outcome.place.unit, state=outcome.state,
            cells=[SheetCell.of(cell, outcome.names[cell.key]) for cell in outcome.cells],
            notes=[_label(note) for note in outcome.notes],
            problems=[CellProblem.of(problem) for problem in outcome.problems],
            findings=[Finding.of(finding) for finding in outcome.findings],
            refusal_ja=refused.message_ja if refused else None, refusal_en=refused.message_en if refused else None,
            version=done.version if done else None, position=done.position if done else None,
            repeated=done is not None and done.repeated,
        )  # fmt: skip


@strawberry.type(description="Every sheet of a workbook, in its order.")
class WorkbookDone:
    sheets: list[SheetOutcome] = described("what became of each")


@strawberry.type(description="One thing in a workbook that is not understood.")
class WorkbookProblem:
    row: int | None = described("row from 1; null: of the sheet or the file")
    place: str = described("sheet and column, or part of the file")
    said: Label = described("what was found there and what is expected")


@strawberry.type(description="A workbook that is not understood; nothing of it was taken.")
class WorkbookRefused(Refusal):
    problems: list[WorkbookProblem] = described("each cause once")


WorkbookOutcome = Annotated[
    WorkbookDone | WorkbookRefused | AnyCommandRefused,
    strawberry.union("WorkbookOutcome", description="What became of a workbook, or why nothing did."),
]


def require_few(units: list[str], most: int = MOST_UNITS) -> None:
    """InvalidInput for none, and for more than one answer carries."""
    if not 0 < len(units) <= most:
        raise InvalidInput(field="units", found=len(units), expected=f"1–{most}")


def _label(words: Words) -> Label:
    return Label(ja=words.ja, en=words.en)


def _refused(error: ReportingError) -> Refusal:
    if isinstance(error, FileRefused):
        problems = [
            WorkbookProblem(row=problem.row, place=problem.column, said=_label(problem.told()))
            for problem in error.problems
        ]
        return WorkbookRefused.of(error, problems=problems)
    return refusal(error)


def _said(given: WorkbookInput) -> Said:
    settled = once("conflicts", (((told.unit, told.cell), told.take_sheet) for told in given.conflicts))
    return Said(
        reason=(given.reason or "").strip() or None,
        explanations=once(
            "explanations", (((told.unit, told.key), told.text) for told in given.explanations)
        ),
        declarations=once(
            "declarations", (((told.unit, told.key), told.reason_class) for told in given.declarations)
        ),
        take=frozenset(place for place, taken in settled.items() if taken),
        keep=frozenset(place for place, taken in settled.items() if not taken),
    )


def _bytes(info: Info, given: WorkbookInput, actor: Actor) -> bytes:
    if given.sent is not None:
        store = info.context.uploads
        return store.read(store.of_hash(actor, given.sent))
    try:
        return base64.b64decode(given.content, validate=True)
    except (ValueError, binascii.Error):
        raise InvalidInput(
            field="content", found=repr(given.content[:20]), expected=message("workbook_in_base64")
        ) from None


def _answer(info: Info, given: WorkbookInput, do: Do) -> Any:
    try:
        actor = info.context.require_actor()
        content, store = _bytes(info, given, actor), info.context.uploads
        outcomes = bring(
            info.context.desk, store, given.name[:200], content, actor, _said(given), do, given.election
        )
    except ReportingError as error:
        return _refused(with_elections(info, error))
    return WorkbookDone(sheets=[SheetOutcome.of(outcome) for outcome in outcomes])


def office_parts(info: Info, election: str, form: str, slot: str, seen: Seen) -> list[list[str]]:
    """Units of one's own office, as many together as one workbook holds that an answer carries."""
    defined = info.context.service.catalog.election(election)
    return parts_of(defined, form, slot, seen.units or [], MOST_UNITS)


@strawberry.type(description="Reads for work without a line.")
class WorkbookQueries:
    @readable(
        UNITS,
        f"returns of one slot as a workbook with the rules in it; at most {MOST_UNITS} units, fewer of a large form. Without "
        "`units` those of one's own office, by code, a part at a time (`workbookParts`)",
    )
    def workbook(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        units: Annotated[
            list[str] | None,
            strawberry.argument(description="codes of reporting units; none: one's own office's"),
        ] = None,
        part: Annotated[
            int,
            strawberry.argument(description="without `units`: which of `workbookParts`, from 1"),
        ] = 1,
        *,
        seen: Seen,
    ) -> Workbook:
        if units is not None:
            wanted = units
        else:
            parts = office_parts(info, election, form, slot, seen)
            wanted = parts[part - 1] if 1 <= part <= len(parts) else []
        require_few(wanted)
        data = make_book(info.context.desk, election, form, slot, wanted, info.context.require_actor())
        called = (
            wanted[0]
            if len(wanted) == 1
            else str(len(wanted))
            if units is not None
            else f"{len(wanted)}-{part}"
        )
        name = f"{election}-{form}-{slot}-{called}.xlsx"
        return Workbook(name=name, content=base64.b64encode(data).decode(), units=list(wanted))

    @readable(
        UNITS,
        "units of one's own office that a workbook without `units` would hold, over all its parts, by code",
    )
    def workbook_units(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        *,
        seen: Seen,
    ) -> list[NamedUnit]:
        roster = info.context.service.catalog.election(election).roster
        return [NamedUnit(code=unit, name=roster.units[unit].name) for unit in seen.units or []]

    @readable(
        UNITS,
        "the same units, as many together as one workbook holds: what `part` of `workbook` counts",
    )
    def workbook_parts(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        *,
        seen: Seen,
    ) -> list[list[NamedUnit]]:
        roster = info.context.service.catalog.election(election).roster
        return [
            [NamedUnit(code=unit, name=roster.units[unit].name) for unit in part]
            for part in office_parts(info, election, form, slot, seen)
        ]

    @readable(
        TOKEN,
        "those of `uploads` that came back as workbooks, the newest first",
    )
    def sent_workbooks(self, info: Info) -> list[SentWorkbook]:
        return [
            SentWorkbook(
                sha256=each.sha256, name=each.name, size=each.size, sent_at=each.sent_at, kept_until=each.kept_until,
                upload=each.id,
            )
            for each in uploads_of(info) if each.way == "workbook"
        ]  # fmt: skip

    @readable(TOKEN, "one of the asker's own `sentWorkbooks`, as it was sent")
    def sent_workbook(
        self,
        info: Info,
        sha256: Annotated[str, strawberry.argument(description="of the file, hex")],
    ) -> Workbook:
        store = info.context.uploads
        kept = store.of_hash(info.context.require_actor(), sha256)
        content = store.read(kept)
        return Workbook(
            name=kept.name,
            content=base64.b64encode(content).decode(),
            units=units_brought(kept.name, content),
        )

    @readable(
        TOKEN,
        "what handing in a workbook would do, cell by cell; nothing is changed. Differences that it shows are remembered as "
        "shown",
    )
    def preview_workbook(
        self,
        info: Info,
        input: Annotated[WorkbookInput, strawberry.argument(description="the workbook")],
    ) -> WorkbookOutcome:
        return cast("WorkbookOutcome", _answer(info, input, preview))


@strawberry.type(description="Changes that came without a line.")
class WorkbookMutations:
    @change("hand in what is ready of a workbook, each return as submitReturn does; the others are told")
    def hand_in_workbook(
        self,
        info: Info,
        input: Annotated[HandInWorkbookInput, strawberry.argument(description="the workbook")],
    ) -> WorkbookOutcome:
        try:
            command_id = UUID(str(input.command_id))
        except ValueError:
            wrong = InvalidInput(field="commandId", found=repr(input.command_id)[:60], expected="UUID")
            return cast("WorkbookOutcome", _refused(wrong))
        do = partial(hand_in, command_id=command_id, seen_at=input.seen_at)
        return cast("WorkbookOutcome", _answer(info, input, do))
