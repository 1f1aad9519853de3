"""Differences said openly: declare, look at, close."""

from __future__ import annotations

from reporting.application.acting import Acting, Done, phase_of
from reporting.application.authority import (
    authorise,
)
from reporting.application.desk_commands import (
    CloseDiscrepancy,
    ConfirmDiscrepancy,
    Declare,
)
from reporting.application.doubts import settle
from reporting.application.messages import message
from reporting.application.opened import (
    OpenReturn,
)
from reporting.application.registering import declaration
from reporting.domain.actor import Actor
from reporting.domain.events import Event
from reporting.domain.four_eyes import SecondPerson
from reporting.domain.workflow_events import (
    DiscrepancyClosed,
    DiscrepancyConfirmed,
)
from reporting.errors import (
    InvalidInput,
)


class Declaring:
    """The register of one return."""

    def __init__(self, acting: Acting) -> None:
        self._acting, self._findings = acting, acting.findings

    def declare(self, request: Declare, actor: Actor) -> Done:
        """Declare a difference of what stands or is drafted. InvalidInput when no such finding is there."""

        def decide(opened: OpenReturn) -> list[Event]:
            authorise("declare_discrepancy", actor, opened.defined.roster, request.unit, phase_of(opened))
            texts = self._acting.submission.typed(opened)[0]
            findings = self._findings.of(opened, texts)
            finding = next((f for f in findings if f.key == request.key and f.waivable), None)
            if finding is None:
                # Not which ones there are: that would show them, and a refusal leaves no trace.
                raise InvalidInput(
                    field="key",
                    found=request.key,
                    expected=message("key_of_a_difference"),
                )
            entry = opened.case.discrepancies.get(finding.key)
            if entry is not None and entry.closed_at is None:
                raise InvalidInput(
                    field="key",
                    found=request.key,
                    expected=message("difference_not_in_register"),
                )
            self._acting.require_called_so(opened, finding.cells, request.seen_at)
            declarable = [other for other in findings if other.waivable]
            doubts = opened.draft.shown.values()
            settled = settle(doubts, declarable, (finding.key,), opened.case, texts)
            before = settled.carried.get(finding.key, {})
            return [declaration(opened, finding, request.reason_class, texts, before)]

        return self._acting.act(request, actor, request.reason, decide)

    def confirm_discrepancy(self, request: ConfirmDiscrepancy, actor: Actor) -> Done:
        """The second person's word. FourEyes for who declared it."""

        def decide(opened: OpenReturn) -> list[Event]:
            authorise("confirm_discrepancy", actor, opened.defined.roster, request.unit, phase_of(opened))
            declared = opened.case.discrepancies.get(request.key)
            if declared is None or declared.confirmed_by or declared.closed_at:
                raise InvalidInput(field="key", found=request.key, expected=message("difference_that_waits"))
            if declared.declared_by.person == actor.person:
                raise SecondPerson(person=actor.person)
            self._acting.require_called_so(opened, declared.values, request.seen_at)
            return [DiscrepancyConfirmed(**opened.where, key=request.key)]

        return self._acting.act(request, actor, None, decide)

    def close_discrepancy(self, request: CloseDiscrepancy, actor: Actor) -> Done:
        """SecondPerson for who declared it, while nobody else has looked at it and while the figures still differ: then
        closing it is the declarer's word alone."""

        def decide(opened: OpenReturn) -> list[Event]:
            authorise("close_discrepancy", actor, opened.defined.roster, request.unit, phase_of(opened))
            declared = opened.case.discrepancies.get(request.key)
            if declared is None or declared.closed_at:
                raise InvalidInput(field="key", found=request.key, expected=message("open_difference"))
            if declared.declared_by.person == actor.person and (
                declared.waits or any(finding.key == request.key for finding in self._findings.of(opened))
            ):
                raise SecondPerson(person=actor.person)
            self._acting.require_called_so(opened, declared.values, request.seen_at)
            return [
                DiscrepancyClosed(
                    **opened.where,
                    key=request.key,
                    correction=request.correction,
                    reason_class=request.reason_class,
                )
            ]

        return self._acting.act(request, actor, request.reason, decide)
