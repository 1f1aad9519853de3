"""Enter and correct figures. Every refusal is a type of its own, in both languages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry
from pydantic import ValidationError

from api.graphql.access import change
from api.graphql.context import Info
from api.graphql.types import text
from reporting.application import commands
from reporting.domain.actor import Channel
from reporting.domain.returns import CellProblem as CellProblemRecord
from reporting.domain.returns import FiguresRefused as FiguresRefusedError
from reporting.errors import CommandIdReused as CommandIdReusedError
from reporting.errors import InvalidInput, ReportingError
from reporting.errors import NotAuthenticated as NotAuthenticatedError
from reporting.errors import NotAuthorised as NotAuthorisedError
from reporting.errors import Unavailable as UnavailableError
from reporting.errors import UnknownReference as UnknownReferenceError
from reporting.errors import VersionConflict as VersionConflictError
from reporting.wording import refused

strawberry.enum(Channel, name="Channel", description="How a figure reached the system.")
CHANNELS = {
    Channel.API: "sent by a program or typed into a form of one",
    Channel.IMPORT: "loaded from a file",
    Channel.FAX: "copied from a fax",
    Channel.TELEPHONE: "taken down on the telephone",
    Channel.SIMULATION: "made up by a simulation",
}
for _value in Channel.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = CHANNELS[Channel(_value.value)]


@strawberry.input(description="One cell and its value text.")
class CellInput:
    contest: str = text("contest code")
    item: str = text("item code")
    value: str = text('"123", "56.789", "!none", "!not_reported" or "!suppressed"')
    breakdown: str = strawberry.field(default="", description="e.g. sex=f; empty for the total")
    choice: str = strawberry.field(default="", description="candidate or party, where the item has them")


@strawberry.input(description="First values for cells that hold nothing.")
class EnterFiguresInput:
    command_id: strawberry.ID = text("a UUID made by the sender; sending it again is safe")
    election: str = text("election code")
    form: str = text("form code")
    slot: str = text("slot code")
    unit: str = text("code of the reporting unit")
    expected_version: int = text("version of the return the sender has seen; 0 = nothing yet")
    figures: list[CellInput] = text("at most 2,000 cells")
    channel: Channel = strawberry.field(default=Channel.API, description="how the figure arrived")
    on_behalf_of: str | None = strawberry.field(
        default=None, description="whose figures these are, when not one's own"
    )
    reason: str | None = strawberry.field(default=None, description="a remark")
    untouched: str | None = strawberry.field(
        default=None, description="a preview's seal of every other cell: refused when one of them moved since"
    )


@strawberry.input(description="Other values for cells that hold one.")
class CorrectFiguresInput:
    command_id: strawberry.ID = text("a UUID made by the sender; sending it again is safe")
    election: str = text("election code")
    form: str = text("form code")
    slot: str = text("slot code")
    unit: str = text("code of the reporting unit")
    expected_version: int = text("version of the return the sender has seen")
    figures: list[CellInput] = text("at most 2,000 cells")
    reason_class: str = text("stable code of the reason, e.g. typing_error")
    reason: str = text("the reason in words")
    channel: Channel = strawberry.field(default=Channel.API, description="how the figure arrived")
    on_behalf_of: str | None = strawberry.field(
        default=None, description="whose figures these are, when not one's own"
    )
    untouched: str | None = strawberry.field(
        default=None, description="a preview's seal of every other cell: refused when one of them moved since"
    )


@strawberry.type(description="Recorded, durably. Ask with minPosition = position to read your own write.")
class FiguresRecorded:
    unit: str = text("code of the reporting unit")
    version: int = text("version of the return now")
    position: int = text("ledger position of the event")
    recorded_at: datetime = text("server time of recording")
    repeated: bool = text("whether this command had been recorded before")


@strawberry.interface(description="Why nothing was recorded, and what to do.")
class Refusal:
    code: str = text("stable code")
    message_ja: str = text("what to do, in Japanese")
    message_en: str = text("what to do, in English")

    @classmethod
    def of(cls, error: ReportingError, **more: Any) -> Any:
        return cls(code=error.code, message_ja=error.message_ja, message_en=error.message_en, **more)


@strawberry.type(description="One thing wrong with one cell.")
class CellProblem:
    contest: str = text("contest")
    item: str = text("item")
    breakdown: str = text("breakdown")
    choice: str = text("choice")
    kind: str = text("stable kind of the problem")
    found: str = text("what was sent")
    expected_ja: str = text("what is expected, in Japanese")
    expected_en: str = text("what is expected, in English")

    @classmethod
    def of(cls, one: CellProblemRecord) -> CellProblem:
        return cls(
            contest=one.cell.contest,
            item=one.cell.item,
            breakdown=one.cell.breakdown,
            choice=one.cell.choice,
            kind=one.kind,
            found=one.found,
            expected_ja=one.expected_ja,
            expected_en=one.expected_en,
        )


@strawberry.type(description="Cells that cannot hold what was sent; all of them at once.")
class FiguresRefused(Refusal):
    problems: list[CellProblem] = text("every cell at fault")


@strawberry.type(
    description="Someone else was faster. Read again, then send with the new version and a new command id."
)
class VersionConflict(Refusal):
    expected: int = text("the version the sender had")
    actual: int = text("the version now")
    changed_by: str | None = text("office that changed it last")
    changed_person: str | None = text("person who changed it last")
    changed_at: str | None = text("when")
    cells: list[str] = text("the cells that moved, where they are known: contest|item|breakdown|choice")


@strawberry.type(description="This command id stands for another content.")
class CommandIdReused(Refusal):
    pass


@strawberry.type(description="The office may not do this.")
class NotAuthorised(Refusal):
    pass


@strawberry.type(description="No valid token came with the request.")
class NotAuthenticated(Refusal):
    pass


@strawberry.type(description="A code nobody registered.")
class UnknownReference(Refusal):
    kind: str = text("election, unit, form …")
    found: str = text("the code sent")
    suggestions: list[str] = text(
        "codes that may have been meant: one edit or a lost leading zero away, units of an area"
    )


@strawberry.type(description="A field of the request is not acceptable.")
class InvalidRequest(Refusal):
    field: str = text("which")
    found: str = text("what was sent")
    expected: str = text("what is expected")


@strawberry.type(description="Cells the sender did not name are not what the sender has seen; look again.")
class OtherCellsMoved(Refusal):
    pass


@strawberry.type(description="Not possible now; send again with the same command id.")
class Unavailable(Refusal):
    pass


Outcome = Annotated[
    FiguresRecorded
    | FiguresRefused
    | VersionConflict
    | CommandIdReused
    | NotAuthorised
    | NotAuthenticated
    | UnknownReference
    | InvalidRequest
    | OtherCellsMoved
    | Unavailable,
    strawberry.union("FiguresOutcome", description="Recorded, or refused for a named reason."),
]


Entry = Annotated[EnterFiguresInput, strawberry.argument(description="what to enter")]
Correction = Annotated[CorrectFiguresInput, strawberry.argument(description="what to correct, and why")]


def refusal_of(error: ReportingError) -> Any:
    facts = error.facts
    match error:
        case FiguresRefusedError(problems=problems):
            return FiguresRefused.of(error, problems=[CellProblem.of(problem) for problem in problems])
        case VersionConflictError():
            names = ("expected", "actual", "changed_by", "changed_person", "changed_at")
            told = {name: facts.get(name) for name in names}
            return VersionConflict.of(error, **told, cells=list(facts.get("cells", ())))
        case CommandIdReusedError():
            return CommandIdReused.of(error)
        case NotAuthorisedError():
            return NotAuthorised.of(error)
        case NotAuthenticatedError():
            return NotAuthenticated.of(error)
        case UnknownReferenceError():
            return UnknownReference.of(
                error,
                kind=str(facts["kind"]),
                found=str(facts["found"]),
                suggestions=list(facts["suggestions"]),
            )
        case InvalidInput():
            return InvalidRequest.of(
                error, **{name: str(facts[name]) for name in ("field", "found", "expected")}
            )
        case commands.OtherCellsMoved():
            return OtherCellsMoved.of(error)
        case UnavailableError():
            return Unavailable.of(error)
    raise error


def with_elections(info: Info, error: ReportingError) -> ReportingError:
    """Commands know elections one by one; the views know them all, for an unknown one to be compared with."""
    if not isinstance(error, UnknownReferenceError) or error.facts["kind"] != "election":
        return error
    codes = [row.definition.code for row in info.context.snapshot.elections()]
    return UnknownReferenceError(kind="election", found=error.facts["found"], among=codes)


def _run(info: Info, kind: type[Any], given: Any) -> Any:
    try:
        actor = info.context.require_actor()
        values = strawberry.asdict(given)
        try:
            request = kind.model_validate(values)
        except ValidationError as wrong:
            raise refused(wrong, values) from None
        service = info.context.service
        do = service.correct_figures if kind is commands.CorrectFigures else service.enter_figures
        recorded = do(request, actor, info.context.request_id)
    except ReportingError as error:
        return refusal_of(with_elections(info, error))
    return FiguresRecorded(
        unit=recorded.unit,
        version=recorded.version,
        position=recorded.position,
        recorded_at=recorded.recorded_at,
        repeated=recorded.repeated,
    )


@strawberry.type(
    description="Changes. Each is one command: appended whole or not at all, safe to send again."
)
class FigureMutations:
    @change("enter first values; needs a token whose jurisdiction covers the unit")
    def enter_figures(self, info: Info, input: Entry) -> Outcome:
        return _run(info, commands.EnterFigures, input)

    @change("correct values, with a reason; needs a token whose jurisdiction covers the unit")
    def correct_figures(self, info: Info, input: Correction) -> Outcome:
        return _run(info, commands.CorrectFigures, input)
