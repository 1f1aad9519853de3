"""What editors may do to a return. Every answer is a union: done, or refused for a named reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, cast

import strawberry

from api.graphql.access import change
from api.graphql.context import Info
from api.graphql.desk import inputs
from api.graphql.desk.answers import (
    C,
    CertifiedGreen,
    CertifyGreenOutcome,
    DraftKept,
    DraftOutcome,
    GreenDone,
    GreenException,
    GreenOutcome,
    Outcome,
    ReleaseOutcome,
    RemindAllOutcome,
    RemindedAll,
    ReminderException,
    ReturnDone,
    SlotReleasedDone,
    WhyLeftOut,
    WhyNotReminded,
    refusal,
    request_of,
    run,
)
from api.graphql.desk.public import ReleaseRow
from api.graphql.mutations import (
    with_elections,
)
from api.graphql.wide import asked_below, written
from reporting.application import desk_commands as commands
from reporting.application.acting import Done as DoneRecord
from reporting.application.desk import Desk
from reporting.domain.actor import Actor
from reporting.errors import ReportingError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def _of_return(
    doing: Callable[[Desk], Callable[[C, Actor], DoneRecord]],
    kind: type[C],
    asked: type[DataclassInstance],
    *,
    given: str,
    description: str,
) -> Callable[[DeskMutations, Info, DataclassInstance], ReturnDone]:
    """A change of one return: the input `asked`, described by `given`, becomes the command `kind`, which `doing` carries out."""

    def resolver(self: DeskMutations, info: Info, input: DataclassInstance) -> ReturnDone:
        return run(info, kind, input, lambda desk, request, actor: ReturnDone.of(doing(desk)(request, actor)))

    of_input = Annotated[asked, strawberry.argument(description=given)]  # type: ignore[valid-type]  # by value
    resolver.__annotations__ = {"info": Info, "input": of_input, "return": Outcome}
    return change(description)(resolver)


def _told(
    outcomes: list[tuple[str, DoneRecord | ReportingError]],
) -> tuple[list[GreenException], list[ReturnDone]]:
    """Of a command on many returns: (why not, done)."""
    return (
        [
            GreenException(unit=unit, reason=cast("WhyLeftOut", refusal(outcome)))
            for unit, outcome in outcomes
            if isinstance(outcome, ReportingError)
        ],
        [ReturnDone.of(outcome) for _, outcome in outcomes if isinstance(outcome, DoneRecord)],
    )


@strawberry.type(description="Changes to returns on their way through the offices.")
class DeskMutations:
    @change("keep what was typed; anything may be typed")
    def save_draft(
        self,
        info: Info,
        input: Annotated[inputs.SaveDraftInput, strawberry.argument(description="what was typed")],
    ) -> DraftOutcome:
        return run(
            info,
            commands.SaveDraft,
            input,
            lambda desk, request, actor: DraftKept(
                unit=request.unit, version=desk.save_draft(request, actor)
            ),
        )

    submit_return = _of_return(
        lambda desk: desk.submit, commands.Submit, inputs.SubmitInput, given="what to submit",
        description="vouch for a return; errors block, warnings need an explanation",
    )  # fmt: skip

    approve_return = _of_return(
        lambda desk: desk.approve, commands.Approve, inputs.ApproveInput, given="what to approve",
        description="approve cells at one's level",
    )  # fmt: skip

    @change("approve everything that waits and has nothing open; exceptions are told first")
    def approve_green(
        self,
        info: Info,
        input: Annotated[inputs.ApproveGreenInput, strawberry.argument(description="which slot")],
    ) -> GreenOutcome:
        def do(desk: Desk, request: commands.ApproveGreen, actor: Actor) -> GreenDone:
            exceptions, done = _told(desk.approve_green(request, actor))
            asked = asked_below(info.selected_fields, {"GreenDone", "GreenOutcome"}, "approved")
            return GreenDone(exceptions=exceptions, approved=written(done, ReturnDone, asked))

        return run(info, commands.ApproveGreen, input, do)

    @change(
        "make everything final that every level has approved, in one request; exceptions are told first. Authority, four eyes "
        "and wholeness are those of certifyReturn, for each return by itself; there is no override"
    )
    def certify_green(
        self,
        info: Info,
        input: Annotated[inputs.CertifyGreenInput, strawberry.argument(description="which slot")],
    ) -> CertifyGreenOutcome:
        def do(desk: Desk, request: commands.CertifyGreen, actor: Actor) -> CertifiedGreen:
            exceptions, done = _told(desk.certify_green(request, actor))
            asked = asked_below(info.selected_fields, {"CertifiedGreen", "CertifyGreenOutcome"}, "certified")
            return CertifiedGreen(exceptions=exceptions, certified=written(done, ReturnDone, asked))

        return run(info, commands.CertifyGreen, input, do)

    send_back = _of_return(
        lambda desk: desk.send_back, commands.SendBack, inputs.SendBackInput, given="which cells, why",
        description="send cells back to their owner, with a reason; the rest keeps its approvals",
    )  # fmt: skip

    answer_return = _of_return(
        lambda desk: desk.answer, commands.Answer, inputs.AnswerInput, given="the answer",
        description="the owner's answer to cells sent back, edited above or entered on its behalf",
    )  # fmt: skip

    certify_return = _of_return(
        lambda desk: desk.certify, commands.Certify, inputs.CertifyInput, given="which return",
        description="make a return final once every level has approved it",
    )  # fmt: skip

    withdraw_return = _of_return(
        lambda desk: desk.withdraw, commands.Withdraw, inputs.WithdrawInput, given="which return, why",
        description="take a return back before it is certified",
    )  # fmt: skip

    annotate_return = _of_return(
        lambda desk: desk.annotate, commands.Annotate, inputs.AnnotateInput, given="the remark",
        description="add a remark that changes no figure, also after certification",
    )  # fmt: skip

    take_back_remark = _of_return(
        lambda desk: desk.take_back_remark, commands.TakeBackRemark, inputs.TakeBackRemarkInput, given="which, and why",
        description="take back a public remark: everybody reads that and why, and its words no more; by its office or the one that certifies",
    )  # fmt: skip

    read_together = _of_return(
        lambda desk: desk.read_out, commands.ReadOut, inputs.ReadOutInput, given="what was read",
        description="record that values were read out against the paper; the other person who was there confirms it by the same",
    )  # fmt: skip

    declare_discrepancy = _of_return(
        lambda desk: desk.declare, commands.Declare, inputs.DeclareInput, given="which, why",
        description="declare a difference that stands; whoever approves it looks at it by itself",
    )  # fmt: skip

    confirm_discrepancy = _of_return(
        lambda desk: desk.confirm_discrepancy, commands.ConfirmDiscrepancy, inputs.ConfirmDiscrepancyInput, given="which",
        description="confirm a difference as a second person, before any approval: no longer needed, the approver's own approval is it",
    )  # fmt: skip

    close_discrepancy = _of_return(
        lambda desk: desk.close_discrepancy, commands.CloseDiscrepancy, inputs.CloseDiscrepancyInput, given="which, why",
        description="close a declared difference with its explanation",
    )  # fmt: skip

    @change("ask the offices of many units to hurry; each reminder is an event of its own")
    def remind_all(
        self,
        info: Info,
        input: Annotated[inputs.RemindAllInput, strawberry.argument(description="whom, of what")],
    ) -> RemindAllOutcome:
        def do(desk: Desk, request: commands.RemindAll, actor: Actor) -> RemindedAll:
            told = desk.remind_all(request, actor)
            refused = [(unit, outcome) for unit, outcome in told if isinstance(outcome, ReportingError)]
            left = [
                ReminderException(unit=unit, reason=cast("WhyNotReminded", refusal(outcome)))
                for unit, outcome in refused
            ]
            reminded = sorted(unit for unit, outcome in told if not isinstance(outcome, ReportingError))
            return RemindedAll(exceptions=left, reminded=reminded)

        return run(info, commands.RemindAll, input, do)

    remind = _of_return(
        lambda desk: desk.remind, commands.Remind, inputs.RemindInput, given="whom, of what",
        description="ask an office to hurry; the reminder is an event",
    )  # fmt: skip

    @change("make a slot public by hand, never before its time")
    def release_slot(
        self, info: Info, input: Annotated[inputs.ReleaseInput, strawberry.argument(description="which slot")]
    ) -> ReleaseOutcome:
        try:
            actor = info.context.require_actor()
            asked = None if input.command_id is None else request_of(commands.ReleaseSlot, input)
            release = info.context.publication.release(
                input.election, input.form, input.slot, info.context.now(), actor, asked
            )
        except ReportingError as error:
            return cast("SlotReleasedDone", refusal(with_elections(info, error)))
        return SlotReleasedDone(
            release=None
            if release is None
            else ReleaseRow.made(release.release, input.election, input.form, input.slot)
        )
