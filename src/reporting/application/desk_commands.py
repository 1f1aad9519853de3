"""What offices ask of a return: save, submit, approve, send back, answer, certify, declare."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeVar
from uuid import UUID, uuid5

from pydantic import AfterValidator, Field, model_validator

from reporting.application.commands import CellsOnce, Fingerprint, Named, ReasonFor, Request, Text
from reporting.application.messages import message
from reporting.domain.actor import Channel
from reporting.domain.discrepancy import ALTERED
from reporting.domain.labels import Code
from reporting.domain.workflow_events import Divided, Receipt
from reporting.ledger.registry import canonical


def _said(reason_class: str) -> str:
    if reason_class == ALTERED:
        raise ValueError(message("reason_class_of_your_own"))
    return reason_class


P = TypeVar("P", "CorrectedReturn", "ApprovedReturn")
DeclaredReason = Annotated[Code, AfterValidator(_said)]


class OfReturn(Request):
    """Names one return. `command_id` makes sending again safe."""

    command_id: UUID
    election: Code
    form: Code
    slot: Code
    unit: Code


class OfNamedReturn(OfReturn, Named):
    """Of cells of it."""


class SaveDraft(OfNamedReturn):
    """Cells as typed, right or wrong; an empty value takes a cell out again. `divisions`: of contests, kept for the submission;
    one without ballots in common takes its contest's out again."""

    cells: CellsOnce = Field((), max_length=2_000)
    divisions: dict[Code, Divided] = Field(default_factory=dict, max_length=200)
    draft_version: int | None = Field(
        None,
        ge=0,
        description="version of the draft the sender has seen: what changed since is not overwritten",
    )

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if not self.cells and not self.divisions:
            raise ValueError(message("cells_or_divisions"))
        if any(divided.exact for divided in self.divisions.values()):
            raise ValueError(message("no_fractions_in_a_draft"))
        return self

    def body(self) -> bytes:
        """As it was before a draft held divisions and a position was told, where none is given."""
        told = {name: given for name, given in self.told().items() if name != "divisions" or given}
        return canonical({"kind": type(self).__name__, **told})


class SaveSecondEntry(OfNamedReturn):
    """Cells as a second person types them who does not see the first's. `done`: nothing is left to type; compare."""

    cells: CellsOnce = Field((), max_length=2_000)
    done: bool = False


class SettleEntry(OfNamedReturn):
    """Cells in which the two entries differ, as they are on the paper."""

    cells: CellsOnce = Field(min_length=1, max_length=2_000)
    draft_version: int | None = Field(
        None,
        ge=0,
        description="version of the draft the sender has seen: refused where either entry moved since",
    )


class Submit(OfNamedReturn):
    """Vouch for the return: what stands, what the draft holds, and `figures` on top. `explanations`: finding key →
    why a warning is in order. `reason`: why values that stood before, or came from another form, are changed."""

    later = OfNamedReturn.later | {"filled"}
    figures: CellsOnce = Field((), max_length=2_000)
    explanations: dict[str, Text] = Field(default_factory=dict)
    declarations: dict[str, DeclaredReason] = Field(
        default_factory=dict,
        description="finding key → reason class: differences that stand and are said openly",
    )
    reason_class: Code = "resubmission"
    reason: Text | None = None
    reasons: tuple[ReasonFor, ...] = Field(
        (), max_length=50, description="of cells that have one of their own; `reason` is the rest's"
    )
    method: Literal["full", "sample", "estimate"] | None = Field(
        None,
        description="None: as what stands, so that a sample stays one until somebody says that all is counted",
    )
    places: int | None = Field(None, ge=1, description="of a sample: so many places")
    of_places: int | None = Field(None, ge=1, description="of so many")
    receipt: Receipt | None = None
    divisions: dict[Code, Divided] = Field(
        default_factory=dict,
        description="by contest, what was divided: the votes are recomputed and compared",
    )
    on_behalf_of: Text | None = None
    untouched: Fingerprint | None = None
    fill: bool = Field(False, description="also take what other forms of the unit hold already")
    filled: Annotated[CellsOnce, Field(max_length=2_000)] | None = Field(
        None,
        description="with `fill`: what the sender saw it would take; nothing else is taken",
    )
    expected_version: int | None = Field(
        None,
        ge=0,
        description="version of the return the sender has seen: cells changed since are not overwritten",
    )
    draft_version: int | None = Field(
        None,
        ge=0,
        description="version of the draft the sender has seen; needed where it holds what somebody else typed",
    )
    channel: Channel = Channel.API
    take_draft: bool = Field(True, description="false: only `figures`; the draft stays as it is")

    def body(self) -> bytes:
        """As it was before it said what is filled and what was seen, where it does not; and when to say no method was to say `full`, which
        now is something else."""
        told = self.told()
        if self.method is None:
            told["method"] = "full"
        elif self.method == "full":
            told["whole"] = True
        return canonical({"kind": type(self).__name__, **told})

    @model_validator(mode="after")
    def _a_sample_says_of_how_many(self) -> Self:
        counted = (self.places, self.of_places)
        if self.method == "sample" and (None in counted or (self.places or 0) > (self.of_places or 0)):
            raise ValueError(message("places_of_a_sample"))
        if self.method in (None, "full") and counted != (None, None):
            raise ValueError(message("places_only_of_a_sample"))
        return self


class CorrectedReturn(Request):
    """One return of a joint correction: its cells as they are to be. As in `Submit`."""

    form: Code
    slot: Code
    unit: Code
    figures: CellsOnce = Field(min_length=1, max_length=2_000)
    explanations: dict[str, Text] = Field(default_factory=dict)
    declarations: dict[str, DeclaredReason] = Field(default_factory=dict)
    divisions: dict[Code, Divided] = Field(default_factory=dict)
    reasons: tuple[ReasonFor, ...] = Field((), max_length=50)
    untouched: Fingerprint | None = None
    expected_version: int | None = Field(None, ge=0)


class ApprovedReturn(Request):
    """One return of several that are approved together. As in `Approve`."""

    later = frozenset({"expected_version"})
    form: Code
    slot: Code
    unit: Code
    cells: tuple[str, ...] | None = None
    expected_version: int | None = Field(None, ge=0)


def _each_once(returns: tuple[P, ...]) -> tuple[P, ...]:
    if len({(return_.form, return_.slot, return_.unit) for return_ in returns}) != len(returns):
        raise ValueError(message("each_return_once"))
    return returns


class CorrectTogether(Named):
    """Several returns of one office, or below it, changed by one command, each looked at with all the others: whole or
    not at all. Drafts stay as they are."""

    command_id: UUID
    election: Code
    returns: Annotated[tuple[CorrectedReturn, ...], AfterValidator(_each_once)] = Field(
        min_length=1, max_length=50
    )
    reason: Text
    reason_class: Code = "resubmission"
    receipt: Receipt | None = None
    on_behalf_of: Text | None = None
    channel: Channel = Channel.API

    def submission(self, of: CorrectedReturn) -> Submit:
        """One of them by itself."""
        return Submit(
            command_id=self.command_id, election=self.election, reason=self.reason, reason_class=self.reason_class,
            receipt=self.receipt, on_behalf_of=self.on_behalf_of, channel=self.channel, take_draft=False, seen_at=self.seen_at,
            **{name: getattr(of, name) for name in type(of).model_fields},
        )  # fmt: skip


class ApproveTogether(Named):
    """Approve several returns, all of them or none; each as in `Approve`."""

    command_id: UUID
    election: Code
    returns: Annotated[tuple[ApprovedReturn, ...], AfterValidator(_each_once)] = Field(
        min_length=1, max_length=50
    )
    level: Code | None = None
    override: Text | None = None

    def body(self) -> bytes:
        """As it was before its returns had versions, where none of them has."""
        told = self.told() | {"returns": [of.told() for of in self.returns]}
        return canonical({"kind": type(self).__name__, **told})


class LookedAt(OfNamedReturn):
    """A deed upon figures that its sender had before their eyes."""

    later = OfNamedReturn.later | {"expected_version"}
    expected_version: int | None = Field(
        None,
        ge=0,
        description="version of the return the sender has seen: nothing is done upon a figure that came since",
    )


class Approve(LookedAt):
    """Approve the named cells, or all that wait at the actor's level. `override`: the reason why who submitted may
    approve here (a town of two clerks)."""

    cells: tuple[str, ...] | None = None
    level: Code | None = Field(None, description="for offices that reach everywhere; else the office's own")
    override: Text | None = None


class ApproveGreen(Request):
    """Approve everything that waits at the actor's level for one slot and has nothing open."""

    later = frozenset({"seen_at"})
    command_id: UUID
    election: Code
    form: Code
    slot: Code
    level: Code | None = None
    units: tuple[Code, ...] | None = Field(None, max_length=5_000)
    seen_at: int | None = Field(
        None,
        ge=0,
        description="ledger position at which the sender saw them: a return with figures since is left out, and told",
    )


class CertifyGreen(ApproveGreen):
    """Make final whatever every level has approved, for one slot; exceptions are told."""


class SendBack(LookedAt):
    cells: tuple[str, ...] = Field(min_length=1, max_length=500)
    reason_class: Code
    reason: Text
    level: Code | None = None


class Answer(LookedAt):
    """The owner's word on cells sent back, edited above or entered on its behalf."""

    cells: tuple[str, ...] = Field(min_length=1, max_length=500)
    agrees: bool
    reason: Text | None = None


class Certify(LookedAt):
    """`override`: the reason why who submitted may certify here."""

    level: Code | None = None
    override: Text | None = None


class Withdraw(OfReturn):
    reason: Text


class Annotate(OfNamedReturn):
    cells: tuple[str, ...] = Field((), max_length=500)
    note_class: Code
    note: Text
    public: bool = False
    """Shown to everybody with the figures and in notices, once the slot is released; of a certified return."""


class TakeBackRemark(OfReturn):
    """`remark`: ledger position of a public one, as `publicRemarks` tells it; `reason`: why, for everybody to read."""

    remark: int = Field(ge=1)
    reason: Text


class ReadOut(OfNamedReturn):
    """`figures`: the values as they were read out against the paper. `confirms`: position of the reading of somebody else
    at which the sender was, too."""

    figures: CellsOnce = Field(min_length=1, max_length=2_000)
    confirms: int | None = Field(None, ge=1)


class Declare(OfNamedReturn):
    """Figures that do not balance, said openly, with a reason; approvers look at their cells."""

    key: str = Field(max_length=400)
    reason_class: DeclaredReason
    reason: Text


class ConfirmDiscrepancy(OfNamedReturn):
    key: str = Field(max_length=400)


class CloseDiscrepancy(OfNamedReturn):
    """Says why the figures differed: as much as declaring it takes."""

    key: str = Field(max_length=400)
    reason_class: DeclaredReason
    correction: int | None = Field(None, ge=1)
    reason: Text


class ReleaseSlot(Request):
    """Make a slot public by hand, once for each `command_id`. `reason`: why withheld figures that can be computed from it may
    go out all the same."""

    command_id: UUID
    election: Code
    form: Code
    slot: Code
    reason: Text | None = None
    seen: Fingerprint | None = Field(
        None,
        description="fingerprint of what the sender saw that it would hold: anything else is not made public",
    )

    def body(self) -> bytes:
        """As it was before there were a reason and a fingerprint, where none is given."""
        told = self.model_dump(mode="json", exclude_none=True)
        return canonical({"kind": type(self).__name__, **told})


class Remind(OfReturn):
    kind: Code = "missing"


class RemindAll(Request):
    """Ask many offices at once."""

    command_id: UUID
    election: Code
    form: Code
    slot: Code
    units: tuple[Code, ...] = Field(min_length=1, max_length=5_000)
    kind: Code = "missing"

    def of_unit(self, unit: str) -> Remind:
        """By itself; the same for the same unit, whoever else is asked with it."""
        return Remind(
            command_id=uuid5(self.command_id, unit), election=self.election, form=self.form, slot=self.slot, unit=unit,
            kind=self.kind,
        )  # fmt: skip


for _command in (SaveDraft, SaveSecondEntry, SettleEntry):
    _command.model_rebuild()
