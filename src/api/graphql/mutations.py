"""What mutations share: cells, receipts, and refusals, each a type of its own in both languages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

import strawberry

from api.graphql.context import Info
from api.graphql.types import described
from reporting.application import commands
from reporting.domain.actor import Channel
from reporting.domain.figures import Cell
from reporting.domain.place import Within
from reporting.domain.returns import CellProblem as CellProblemRecord
from reporting.domain.returns import FiguresRefused as FiguresRefusedError
from reporting.domain.returns import TypedCell
from reporting.errors import CommandIdReused as CommandIdReusedError
from reporting.errors import InvalidInput, ReportingError
from reporting.errors import NotAuthenticated as NotAuthenticatedError
from reporting.errors import NotAuthorised as NotAuthorisedError
from reporting.errors import Unavailable as UnavailableError
from reporting.errors import UnknownReference as UnknownReferenceError
from reporting.errors import VersionConflict as VersionConflictError

SEEN_NAMES = "ledger position at which the sender saw what the cells are called: one that is called otherwise now is refused"
ONLY_ONCE = "a UUID made by the sender; the same id again changes nothing twice"
"""Of a command's id."""

strawberry.enum(Channel, name="Channel", description="How a figure reached the system.")
CHANNELS = {
    Channel.API: "sent by a program or typed into a form of one",
    Channel.IMPORT: "loaded from a file",
    Channel.FAX: "copied from a fax",
    Channel.TELEPHONE: "taken down on the telephone",
    Channel.PAPER: "copied from paper brought by hand or post",
    Channel.WORKBOOK: "typed into a workbook made here, and handed in with it",
    Channel.SIMULATION: "made up by a simulation",
}
for _value in Channel.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = CHANNELS[Channel(_value.value)]


def seen_names() -> Any:
    """Field of an input that tells what its sender had before their eyes."""
    return strawberry.field(default=None, description=SEEN_NAMES)


@strawberry.input(description="One cell and its value text.")
class CellInput:
    contest: str = described("contest code")
    item: str = described("item code")
    value: str = described('"123", "56.789", "!none", "!not_reported" or "!suppressed"')
    breakdown: str = strawberry.field(default="", description="e.g. sex=f; empty for the total")
    choice: str = strawberry.field(default="", description="candidate or party, where the item has them")

    def typed(self) -> TypedCell:
        return TypedCell(Cell(self.contest, self.item, self.breakdown, self.choice), self.value)


@strawberry.input(
    description="How figures reached the office that enters them: what they were copied from, and when it came."
)
class ReceiptInput:
    source: str = described("fax, telephone, paper …, with its number")
    received_at: datetime = described("when it arrived, with its offset from UTC")


@strawberry.input(
    description="Why these cells get other values, where it is not the reason of the whole request."
)
class ReasonForInput:
    cells: list[str] = described("cell keys contest|item|breakdown|choice, each in one reason only")
    reason_class: str = described("stable code of the reason")
    reason: str = described("the reason in words; the history of each of the cells shows it")


@strawberry.interface(description="Why nothing was recorded, and what to do.")
class Refusal:
    code: str = described("stable code")
    message_ja: str = described("what to do, in Japanese")
    message_en: str = described("what to do, in English")

    @classmethod
    def of(cls, error: ReportingError, **more: Any) -> Self:
        return cls(code=error.code, message_ja=error.message_ja, message_en=error.message_en, **more)


@strawberry.type(description="One thing wrong with one cell.")
class CellProblem:
    contest: str = described("contest")
    item: str = described("item")
    breakdown: str = described("breakdown")
    choice: str = described("choice")
    kind: str = described("stable kind of the problem")
    found: str = described("what was sent")
    expected_ja: str = described("what is expected, in Japanese")
    expected_en: str = described("what is expected, in English")
    form: str | None = described(
        "form code of its return, where several returns are looked at at once; else null"
    )
    slot: str | None = described("slot code of it")
    unit: str | None = described("unit of it")

    @classmethod
    def of(cls, cell_problem: CellProblemRecord) -> CellProblem:
        return cls(
            contest=cell_problem.cell.contest,
            item=cell_problem.cell.item,
            breakdown=cell_problem.cell.breakdown,
            choice=cell_problem.cell.choice,
            kind=cell_problem.kind,
            found=cell_problem.found,
            expected_ja=cell_problem.expected_ja,
            expected_en=cell_problem.expected_en,
            **_within(cell_problem.within),
        )


def _within(within: Within | None) -> dict[str, str | None]:
    return dict.fromkeys(Within._fields) if within is None else within._asdict()


@strawberry.type(description="Cells that cannot hold what was sent; all of them at once.")
class FiguresRefused(Refusal):
    problems: list[CellProblem] = described("every cell at fault")


@strawberry.type(
    description="Someone else was faster. Read again, then send with the new version and a new command id."
)
class VersionConflict(Refusal):
    expected: int = described("the version the sender had")
    actual: int = described("the version now")
    changed_by: str | None = described("office that changed it last")
    changed_person: str | None = described("person who changed it last")
    changed_at: datetime | None = described("when")
    cells: list[str] = described("the cells that moved, where they are known: contest|item|breakdown|choice")
    form: str | None = described("form code of the return that moved, where it is one")
    slot: str | None = described("slot code of it")
    unit: str | None = described("unit of it")


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
    kind: str = described("election, unit, form …")
    found: str = described("the code sent")
    suggestions: list[str] = described(
        "codes that may have been meant: one edit or a lost leading zero away, units of an area"
    )


@strawberry.type(description="A field of the request is not acceptable.")
class InvalidRequest(Refusal):
    field: str = described("which")
    found: str = described("what was sent")
    expected: str = described("what is expected")


@strawberry.type(description="Cells the sender did not name are not what the sender has seen; look again.")
class OtherCellsMoved(Refusal):
    form: str | None = described("form code of their return")
    slot: str | None = described("slot code of it")
    unit: str | None = described("unit of it")


@strawberry.type(description="Not possible now; send again with the same command id.")
class Unavailable(Refusal):
    pass


AnyCommandRefused = (
    CommandIdReused | NotAuthorised | NotAuthenticated | UnknownReference | InvalidRequest | Unavailable
)
"""What every command may be answered with."""


def refusal_of(error: ReportingError) -> Refusal:
    facts = error.facts
    match error:
        case FiguresRefusedError(problems=problems):
            return FiguresRefused.of(error, problems=[CellProblem.of(problem) for problem in problems])
        case VersionConflictError():
            names = ("expected", "actual", "changed_by", "changed_person", *Within._fields)
            told = {name: facts.get(name) for name in names}
            changed_at = datetime.fromisoformat(at) if (at := facts.get("changed_at")) else None
            return VersionConflict.of(
                error, **told, changed_at=changed_at, cells=list(facts.get("cells", ()))
            )
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
            return OtherCellsMoved.of(error, **{name: facts.get(name) for name in Within._fields})
        case UnavailableError():
            return Unavailable.of(error)
    raise error


def with_elections(info: Info, error: ReportingError) -> ReportingError:
    """Commands know elections one by one; the views know them all, for an unknown one to be compared with."""
    if not isinstance(error, UnknownReferenceError) or error.facts["kind"] != "election":
        return error
    codes = [row.definition.code for row in info.context.snapshot.elections()]
    return UnknownReferenceError(kind="election", found=error.facts["found"], among=codes)
