"""What editors send."""

from __future__ import annotations

import strawberry

from api.graphql.mutations import CellInput, ReasonForInput, ReceiptInput, seen_names
from api.graphql.types import described
from reporting.domain.actor import Channel


@strawberry.input(description="One return, and the sender's id for this command: sending it again is safe.")
class ReturnRef:
    command_id: strawberry.ID = described("a UUID made by the sender")
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")


@strawberry.input(description="A cell as typed, right or wrong; an empty value takes it out of the draft.")
class DraftCellInput(CellInput):
    pass


@strawberry.input(description="Saved as typed; counts nowhere until submitted.")
class SaveDraftInput(ReturnRef):
    cells: list[DraftCellInput] = strawberry.field(default_factory=list, description="at most 2,000 cells")
    draft_version: int | None = strawberry.field(
        default=None,
        description="version of the draft the sender has seen: what somebody else typed since is not overwritten",
    )
    seen_at: int | None = seen_names()
    divisions: list[DividedInput] = strawberry.field(
        default_factory=list,
        description="divisions of contests, kept for the submission; one without `common` takes its contest's out again. None of "
        "them `exact`: such a division goes with the submission, with its reason",
    )


@strawberry.input(
    description="What a second person typed of a form that two people type; counts nowhere until submitted."
)
class SaveSecondEntryInput(ReturnRef):
    cells: list[DraftCellInput] = strawberry.field(default_factory=list, description="at most 2,000 cells")
    done: bool = strawberry.field(
        default=False, description="nothing is left to type: the two entries are compared"
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="Cells in which two entries differ, as they are on the paper.")
class SettleEntryInput(ReturnRef):
    cells: list[DraftCellInput] = described("at most 2,000 cells")
    draft_version: int | None = strawberry.field(
        default=None,
        description="version of the draft the sender has seen: refused where either entry moved since",
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="Why a warning is in order.")
class ExplanationInput:
    key: str = described("key of the finding")
    text: str = described("the explanation, visible to every office above")


@strawberry.input(description="A difference that stands and is said openly.")
class DeclarationInput:
    key: str = described("key of the finding")
    reason_class: str = described("stable code of the reason")


@strawberry.input(description="Votes of a choice's own, before division.")
class OwnVotesInput:
    choice: str = described("code of the candidate or party")
    votes: int = described("whole votes; of a party on an open list those for its name alone")


@strawberry.input(description="Ballots that fit several choices alike.")
class CommonBallotsInput:
    choices: list[str] = described("codes of the candidates or parties they fit")
    ballots: int = described("how many")


@strawberry.input(
    description="What was divided in one contest; the votes are recomputed and compared (rule J14)."
)
class DividedInput:
    contest: str = described("contest")
    own: list[OwnVotesInput] = described("votes of their own")
    common: list[CommonBallotsInput] = described("ballots in common")
    exact: bool = strawberry.field(default=False, description="fractions are kept, for a very close result")
    reason: str = strawberry.field(default="", description="with exact: why")


@strawberry.input(
    description="Vouch for a return: what stands, what the draft holds, and these figures on top."
)
class SubmitInput(ReturnRef):
    figures: list[CellInput] = strawberry.field(default_factory=list, description="cells besides the draft's")
    explanations: list[ExplanationInput] = strawberry.field(
        default_factory=list, description="for warnings: why they are in order"
    )
    declarations: list[DeclarationInput] = strawberry.field(
        default_factory=list, description="for errors that may be declared: differences that stand"
    )
    divisions: list[DividedInput] = strawberry.field(
        default_factory=list, description="contests in which ballots were divided proportionally"
    )
    fill: bool = strawberry.field(
        default=False,
        description="also take what other forms hold already (prefill) for cells that hold nothing here",
    )
    filled: list[CellInput] | None = strawberry.field(
        default=None,
        description="with fill: the values the sender saw it would take; refused where other forms hold something else by now",
    )
    reason_class: str = strawberry.field(default="resubmission", description="of values that are changed")
    reason: str | None = strawberry.field(
        default=None,
        description="why values that stood, came from another form, or had been refused are changed",
    )
    reasons: list[ReasonForInput] = strawberry.field(
        default_factory=list, description="of cells that have one of their own; reason is the rest's"
    )
    untouched: str | None = strawberry.field(
        default=None,
        description="a preview's fingerprint of every other cell: refused when one of them moved since",
    )
    seen_at: int | None = seen_names()
    take_draft: bool = strawberry.field(
        default=True, description="false: figures alone; the draft stays as it is"
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="version of the return the sender has seen: a cell somebody else changed since is not overwritten",
    )
    draft_version: int | None = strawberry.field(
        default=None,
        description="version of the draft the sender has seen; needed where the draft holds what somebody else typed",
    )
    method: str | None = strawberry.field(
        default=None,
        description="full, sample or estimate; left out: as what stands (full, of a return that is new or withdrawn)",
    )
    places: int | None = strawberry.field(default=None, description="of a sample: so many places")
    of_places: int | None = strawberry.field(default=None, description="of so many")
    receipt: ReceiptInput | None = strawberry.field(
        default=None, description="how and when they arrived: FAX, TELEPHONE and PAPER need it"
    )
    on_behalf_of: str | None = strawberry.field(
        default=None, description="entry on behalf: the unit's own office; another name is refused"
    )
    channel: Channel = strawberry.field(default=Channel.API, description="how the figures arrived")


@strawberry.input(description="Approve cells at one's level; all that wait there, if none are named.")
class ApproveInput(ReturnRef):
    cells: list[str] | None = strawberry.field(
        default=None, description="cell keys contest|item|breakdown|choice"
    )
    level: str | None = strawberry.field(
        default=None, description="only for offices that reach everywhere; none: the top"
    )
    override: str | None = strawberry.field(
        default=None, description="reason why who submitted may approve here; visible to everybody"
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="version of the return the sender has seen: refused where a figure of it came since",
    )
    seen_at: int | None = seen_names()


@strawberry.input(
    description="Approve everything of one slot that waits at one's level and has nothing open."
)
class ApproveGreenInput:
    command_id: strawberry.ID = described("a UUID made by the sender")
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    level: str | None = strawberry.field(
        default=None, description="only for offices that reach everywhere; none: the top"
    )
    units: list[str] | None = strawberry.field(default=None, description="only these units")
    seen_at: int | None = strawberry.field(
        default=None,
        description="ledger position at which the sender saw what waits: a return with figures since, or called otherwise since, is left out, and told",
    )


@strawberry.input(description="Ask many offices to hurry, each with an event of its own.")
class RemindAllInput:
    command_id: strawberry.ID = described("a UUID made by the sender")
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    units: list[str] = described("codes of the reporting units, 1 to 5,000")
    kind: str = strawberry.field(default="missing", description="missing, sent_back, awaiting_approval …")


@strawberry.input(description="Make everything final that is ready: one request for all returns of a slot.")
class CertifyGreenInput:
    command_id: strawberry.ID = described("a UUID made by the sender")
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    level: str | None = strawberry.field(
        default=None, description="only for offices that reach everywhere; none: the top"
    )
    units: list[str] | None = strawberry.field(default=None, description="only these units")
    seen_at: int | None = strawberry.field(
        default=None,
        description="ledger position at which the sender saw what waits: a return with figures since, or called otherwise since, is left out, and told",
    )


@strawberry.input(
    description="Ask the owner to look at these cells again; every other cell keeps its approvals."
)
class SendBackInput(ReturnRef):
    cells: list[str] = described("cell keys contest|item|breakdown|choice")
    reason_class: str = described("stable code of the reason")
    reason: str = described("the reason in words")
    level: str | None = strawberry.field(
        default=None, description="only for offices that reach everywhere; none: the top"
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="version of the return the sender has seen: refused where a figure of it came since",
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="The owner's word on cells sent back, edited above or entered on its behalf.")
class AnswerInput(ReturnRef):
    cells: list[str] = described("cell keys")
    agrees: bool = described("whether they are right as they stand")
    reason: str | None = strawberry.field(default=None, description="in words")
    expected_version: int | None = strawberry.field(
        default=None,
        description="version of the return the sender has seen: refused where a figure of it came since",
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="Make a return final.")
class CertifyInput(ReturnRef):
    level: str | None = strawberry.field(
        default=None, description="only for offices that reach everywhere; none: the top"
    )
    override: str | None = strawberry.field(
        default=None, description="reason why who submitted may certify here; visible to everybody"
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description="version of the return the sender has seen: refused where a figure of it came since",
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="Take a return back; its figures stand as not reported.")
class WithdrawInput(ReturnRef):
    reason: str = described("the reason in words")


@strawberry.input(description="A remark that changes nothing, also after certification.")
class AnnotateInput(ReturnRef):
    note_class: str = described("stable code of the remark")
    note: str = described("the remark in words")
    cells: list[str] = strawberry.field(default_factory=list, description="cells it is about")
    public: bool = strawberry.field(
        default=False,
        description="shown to everybody with the figures and in notices, once the slot is released; of a certified return, no persons",
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="A public remark that should not have been made.")
class TakeBackRemarkInput(ReturnRef):
    remark: int = described("its ledger position: `position` of the public remark")
    reason: str = described("why: everybody reads it instead of the remark; no persons")


@strawberry.input(description="Values read out against the paper, row by row (読み合わせ).")
class ReadOutInput(ReturnRef):
    figures: list[CellInput] = described(
        "the values as they were read, as typed or submitted: refused where a cell holds something else"
    )
    confirms: int | None = strawberry.field(
        default=None,
        description="ledger position of somebody else's reading of these values, at which the sender was, too",
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="Say openly that figures do not balance.")
class DeclareInput(ReturnRef):
    key: str = described("key of the finding")
    reason_class: str = described("stable code of the reason")
    reason: str = described("the reason in words")
    seen_at: int | None = seen_names()


@strawberry.input(description="Stand behind a declared difference as the second person.")
class ConfirmDiscrepancyInput(ReturnRef):
    key: str = described("key of the difference")
    seen_at: int | None = seen_names()


@strawberry.input(description="A difference is explained at last.")
class CloseDiscrepancyInput(ReturnRef):
    key: str = described("key of the difference")
    reason_class: str = described("stable code of why they differed")
    reason: str = described("the explanation in words")
    correction: int | None = strawberry.field(
        default=None, description="position of the correction, if one did it"
    )
    seen_at: int | None = seen_names()


@strawberry.input(description="Ask an office to hurry.")
class RemindInput(ReturnRef):
    kind: str = strawberry.field(default="missing", description="missing, sent_back, awaiting_approval …")


@strawberry.input(description="Make a slot public now, if its time has come.")
class ReleaseInput:
    election: str = described("election code")
    form: str = described("form code")
    slot: str = described("slot code")
    command_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="a UUID made by the sender: sent again, the first answer comes again; without one, a repeat says what "
        "is new since",
    )
    reason: str | None = strawberry.field(
        default=None,
        description="why figures that can be computed although they are withheld (`nextRelease { disclosures }`) may go out; with a "
        "`commandId`",
    )
    seen: str | None = strawberry.field(
        default=None,
        description="`nextRelease { fingerprint }` as the sender has seen it: refused where it would hold something else by now; with a "
        "`commandId`",
    )
