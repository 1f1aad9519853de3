"""Vouching for a return, alone or with others, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reporting.application.acting import Acting, Done, phase_of
from reporting.application.around import NOTHING, Beside
from reporting.application.authority import (
    authorise,
)
from reporting.application.desk_commands import (
    Submit,
    Withdraw,
)
from reporting.application.drafting import Drafting
from reporting.application.entry import received, require_owner, require_receipt
from reporting.application.findings import (
    NoSuchFinding,
    OpenFindings,
    RulesRefused,
    RulesRefusedTogether,
)
from reporting.application.opened import (
    OpenReturn,
)
from reporting.domain import approval
from reporting.domain.actor import Actor
from reporting.domain.events import Event, FiguresCorrected
from reporting.domain.returns import FiguresRefused
from reporting.domain.workflow_events import (
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


class Submitting:
    """A refused submission leaves what was typed and what was shown with the draft."""

    def __init__(self, acting: Acting, drafting: Drafting) -> None:
        self._acting, self._drafting = acting, drafting

    def typed(self, opened: OpenReturn, request: Submit) -> dict[str, str]:
        """All cells' texts after the request. FiguresRefused for every one that cannot be."""
        return self._acting.submission.typed(opened, request)[0]

    def submit(self, request: Submit, actor: Actor, body: bytes | None = None) -> Done:
        """FiguresRefused (cells that hold no figure), RulesRefused (errors not declared, warnings not explained),
        InvalidInput. Where cells, rules or missing words stood in the way, what was typed is kept as the draft. `body`: of
        the request this one was made of."""

        try:
            also = self._drafting.clear if request.take_draft else self._drafting.forget_shown
            return self._acting.act(
                request,
                actor,
                request.reason,
                lambda opened: self.submission(request, actor, opened),
                also=also,
                body=body,
            )
        except (RulesRefused, FiguresRefused, InvalidInput) as refused:
            if not isinstance(refused, InvalidInput) or refused.facts.get("field") == "reason":
                self._drafting.keep_typed(request, actor, refused)
            if isinstance(refused, RulesRefused | NoSuchFinding):
                self._drafting.remember(request, actor, refused)
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
            except NoSuchFinding as refused:
                self._drafting.remember(part.request, actor, refused)
                raise
            except RulesRefused as refused:
                refusals.append((part, refused))
        for part, said in refusals:
            self._drafting.remember(part.request, actor, said)
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
        authorise(operation, actor, opened.defined.roster, request.unit, phase)
        self._acting.require_begun(opened)
        opened.require_reporter()
        require_receipt(opened.defined, request, self._acting.reporting.clock())
        if request.on_behalf_of is not None:
            directory = self._acting.reporting.directory()
            require_owner(
                opened.defined, request.unit, request.on_behalf_of, opened.case.owner_office, directory
            )
        events = self._acting.submission.events(request, opened, actor, beside)
        set_ = [key for event in events for key in getattr(event, "figures", ())]
        from_where = received(
            opened.roster,
            opened.where,
            opened.case,
            actor,
            set_ or opened.case.cells,
            request.receipt,
            vouched=True,
        )
        return [*events, *from_where]

    def withdraw(self, request: Withdraw, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("withdraw", actor, opened.defined.roster, request.unit)
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

        return self._acting.act(request, actor, request.reason, decide)
