"""What editors send of several returns at once."""

from __future__ import annotations

import strawberry

from api.graphql.desk.inputs import DeclarationInput, DividedInput, ExplanationInput
from api.graphql.mutations import CellInput, ReasonForInput, ReceiptInput, seen_names
from api.graphql.types import described
from reporting.domain.actor import Channel


@strawberry.input(description="One return of a joint correction: its cells as they are to be.")
class CorrectedReturnInput:
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    figures: list[CellInput] = described("the cells as they are to be")
    explanations: list[ExplanationInput] = strawberry.field(
        default_factory=list, description="for warnings: why they are in order"
    )
    declarations: list[DeclarationInput] = strawberry.field(
        default_factory=list, description="for errors that may be declared: differences that stand"
    )
    divisions: list[DividedInput] = strawberry.field(
        default_factory=list, description="contests in which ballots were divided proportionally"
    )
    reasons: list[ReasonForInput] = strawberry.field(
        default_factory=list,
        description="of cells that change for a reason of their own; the command's reason is the rest's",
    )
    untouched: str | None = strawberry.field(
        default=None,
        description="a preview's fingerprint of every other cell: refused when one of them moved since",
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="version of the return the sender has seen: a cell somebody else changed since is not overwritten",
    )


@strawberry.input(
    description="Several returns of one office or below it, changed by one command: each is checked on the state after all "
    "of them, and all are recorded or none. Drafts stay as they are."
)
class CorrectTogetherInput:
    command_id: strawberry.ID = described("a UUID made by the sender")
    election: str = described("election code")
    returns: list[CorrectedReturnInput] = described("1 to 50, each return once")
    reason: str = described("why the figures are changed, in words")
    reason_class: str = strawberry.field(default="resubmission", description="stable code of the reason")
    receipt: ReceiptInput | None = strawberry.field(
        default=None, description="how and when they arrived: FAX, TELEPHONE and PAPER need it"
    )
    on_behalf_of: str | None = strawberry.field(
        default=None, description="entry on behalf: the units' own office; another name is refused"
    )
    channel: Channel = strawberry.field(default=Channel.API, description="how the figures arrived")
    seen_at: int | None = seen_names()


@strawberry.input(description="One return of several that are approved together.")
class ApprovedReturnInput:
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    cells: list[str] | None = strawberry.field(
        default=None, description="cell keys contest|item|breakdown|choice; none: all that wait and are green"
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="version of the return the sender has seen: refused where a figure of it came since",
    )


@strawberry.input(description="Approve several returns at one's level, all of them or none.")
class ApproveTogetherInput:
    command_id: strawberry.ID = described("a UUID made by the sender")
    election: str = described("election code")
    returns: list[ApprovedReturnInput] = described("1 to 50, each return once")
    level: str | None = strawberry.field(
        default=None, description="only for offices that reach everywhere; none: the top"
    )
    override: str | None = strawberry.field(
        default=None, description="reason why who submitted may approve here; visible to everybody"
    )
    seen_at: int | None = seen_names()
