"""The desk of every office: what an office does with a return. Submission here; the rest in its own modules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reporting.application.acting import Done, phase_of
from reporting.application.authority import (
    authorise,
)
from reporting.application.desk_commands import (
    Annotate,
    Remind,
    Submit,
    Withdraw,
)
from reporting.application.differences import Differences
from reporting.application.entry import received, require_owner, require_receipt
from reporting.application.findings import (
    NOTHING,
    Beside,
    OpenFindings,
    RulesRefused,
    RulesRefusedTogether,
)
from reporting.application.in_bulk import InBulk
from reporting.application.opened import (
    OpenReturn,
)
from reporting.domain import approval
from reporting.domain.actor import Actor
from reporting.domain.events import Event, FiguresCorrected
from reporting.domain.returns import FiguresRefused
from reporting.domain.workflow_events import (
    ReminderSent,
    ReturnAnnotated,
    ReturnWithdrawn,
)
from reporting.errors import (
    InvalidInput,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One return of several that are submitted together."""

    request: Submit
    opened: OpenReturn


class Desk(InBulk, Differences):
    """Commands on returns of elections with a workflow. Every one is idempotent by its command id."""

    def submit(self, request: Submit, actor: Actor, body: bytes | None = None) -> Done:
        """FiguresRefused (cells that hold no figure), RulesRefused (errors not declared, warnings not explained),
        InvalidInput. Where cells, rules or missing words stood in the way, what was typed is kept as the draft. `body`: of
        the request this one was made of."""

        try:
            also = self._clear if request.take_draft else self.forget_shown
            return self._act(
                request,
                actor,
                request.reason,
                lambda one: self.submission(request, actor, one),
                also=also,
                body=body,
            )
        except (RulesRefused, FiguresRefused, InvalidInput) as refused:
            if not isinstance(refused, InvalidInput) or refused.facts.get("field") == "reason":
                self._keep_typed(request, actor, refused)
            if isinstance(refused, RulesRefused):
                self.remember(request, actor, refused)
            raise

    def submissions(self, parts: Sequence[Part], actor: Actor, beside: Beside = NOTHING) -> list[list[Event]]:
        """What several submissions become together, each decided on the state after all of them; nothing is appended.
        Errors as in `submit`; RulesRefusedTogether with what is open in each return, remembered as shown.
        `beside`: further returns as they are to be."""
        own = {part.opened.stream: self.typed(part.opened, part.request) for part in parts}
        after = {**beside, **own}
        decided: list[list[Event]] = []
        refusals: list[tuple[Part, RulesRefused]] = []
        for part in parts:
            try:
                decided.append(self.submission(part.request, actor, part.opened, after))
            except RulesRefused as refused:
                refusals.append((part, refused))
        for part, said in refusals:
            self.remember(part.request, actor, said)
        if refusals:
            raise RulesRefusedTogether(
                [OpenFindings(part.opened.place, said.findings) for part, said in refusals]
            )
        return decided

    def submission(
        self, request: Submit, actor: Actor, opened: OpenReturn, beside: Beside = NOTHING
    ) -> list[Event]:
        """What a submission becomes, decided and not appended. Errors as in `submit`. `beside`: other returns as they
        are to be, with this one."""
        phase = phase_of(opened)
        operation = "correct_certified" if opened.case.certified else "submit"
        authorise(operation, actor, opened.known.roster, request.unit, phase)
        self._require_begun(opened)
        require_receipt(opened.known, request, self.reporting.clock())
        if request.on_behalf_of is not None:
            directory = self.reporting.directory()
            require_owner(
                opened.known, request.unit, request.on_behalf_of, opened.case.owner_office, directory
            )
        events = self._submission.events(request, opened, actor, beside)
        set_ = [key for event in events for key in getattr(event, "figures", ())]
        from_where = received(
            opened.where, opened.case, actor, set_ or opened.case.cells, request.receipt, vouched=True
        )
        return [*events, *from_where]

    def withdraw(self, request: Withdraw, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("withdraw", actor, opened.known.roster, request.unit)
            approval.decide_withdrawal(opened.case, opened.levels)
            held = {key: cell for key, cell in opened.case.cells.items() if cell.text != "!not_reported"}
            figures = dict.fromkeys(sorted(held), "!not_reported")
            taken: list[Event] = []
            if figures:
                supersedes = {key: held[key].position for key in figures}
                taken.append(
                    FiguresCorrected(
                        **opened.where, figures=figures, supersedes=supersedes, reason_class="withdrawn"
                    )
                )
            return [*taken, ReturnWithdrawn(**opened.where)]

        return self._act(request, actor, request.reason, decide)

    def annotate(self, request: Annotate, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("annotate", actor, opened.known.roster, request.unit, phase_of(opened))
            return [
                ReturnAnnotated(**opened.where, cells=tuple(request.cells), note_class=request.note_class)
            ]

        return self._act(request, actor, request.note, decide)

    def remind(self, request: Remind, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("remind", actor, opened.known.roster, request.unit, phase_of(opened))
            return [ReminderSent(**opened.where, kind=request.kind)]

        return self._act(request, actor, None, decide)
