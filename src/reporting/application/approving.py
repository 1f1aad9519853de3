"""Approval level by level: approve, send back, answer, certify one return."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.application.acting import Acting, Done, phase_of, require_no_chain
from reporting.application.authority import (
    authorise,
)
from reporting.application.desk_commands import (
    Answer,
    Approve,
    Certify,
    SendBack,
)
from reporting.application.doubts import Doubt
from reporting.application.drafting import Drafting
from reporting.application.findings import (
    RulesRefused,
    still_open,
)
from reporting.application.looks import Look, LookFirst, to_look_at
from reporting.application.messages import message
from reporting.application.opened import OpenReturn, require_whole
from reporting.application.seen import require_seen
from reporting.domain import approval
from reporting.domain.actor import Actor
from reporting.domain.events import Event
from reporting.domain.status import NotNow
from reporting.domain.workflow_events import (
    CellsConfirmed,
    CellsSentBack,
    ReturnApproved,
    ReturnCertified,
)
from reporting.errors import InvalidInput, NotAuthorised
from reporting.rules.editions import current_edition
from reporting.rules.model import Finding


class Approving:
    """One return at a time."""

    def __init__(self, acting: Acting, drafting: Drafting) -> None:
        self._acting, self._drafting = acting, drafting
        self._findings, self._elsewhere = acting.findings, acting.elsewhere

    def approve(self, request: Approve, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            made = self.approval_or_shown(opened, actor, request.level, request.cells, request.override)
            require_seen(opened, request.expected_version, made.figures, whole=True)
            self._acting.require_called_so(opened, made.figures, request.seen_at)
            return [made]

        return self._acting.act(request, actor, request.override, decide)

    def send_back(self, request: SendBack, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("send_back", actor, opened.defined.roster, request.unit, phase_of(opened))
            level, area = self._acting.level("send_back", opened, actor, request.level)
            cells = approval.decide_sending_back(opened.case, opened.levels, level, request.cells)
            require_seen(opened, request.expected_version, cells)
            self._acting.require_called_so(opened, cells, request.seen_at)
            return [
                CellsSentBack(
                    **opened.where, level=level, area=area, cells=cells, reason_class=request.reason_class
                )
            ]

        return self._acting.act(request, actor, request.reason, decide)

    def answer(self, request: Answer, actor: Actor) -> Done:
        def decide(opened: OpenReturn) -> list[Event]:
            authorise("answer", actor, opened.defined.roster, request.unit, phase_of(opened))
            cells = approval.decide_confirmation(opened.case, opened.levels, request.cells)
            require_seen(opened, request.expected_version, cells)
            self._acting.require_called_so(opened, cells, request.seen_at)
            return [CellsConfirmed(**opened.where, cells=cells, agrees=request.agrees)]

        return self._acting.act(request, actor, request.reason, decide)

    def certify(self, request: Certify, actor: Actor) -> Done:
        """RulesRefused for what is open at this moment, as where cells are approved by name: another form may have changed
        since. Also empties the draft: what its owner typed and never submitted is no part of a later correction, which is
        another office's."""

        def decide(opened: OpenReturn) -> list[Event]:
            made = self.certification(opened, actor, request.level, request.override)
            if problems := self._findings.open_findings([opened])[opened.stream]:
                refused = RulesRefused(problems)
                self._drafting.remember_refused(opened, refused, actor, "certification")
                raise refused
            require_seen(opened, request.expected_version, opened.case.cells, whole=True)
            self._acting.require_called_so(opened, opened.case.cells, request.seen_at)
            return [made]

        return self._acting.act(request, actor, request.override, decide, also=self._drafting.clear)

    def certification(
        self, opened: OpenReturn, actor: Actor, level: str | None, override: str | None
    ) -> ReturnCertified:
        authorise("certify", actor, opened.defined.roster, opened.place.unit)
        self._acting.require_begun(opened)
        workflow = opened.defined.definition.workflow
        assert workflow is not None
        level, area = self._acting.level("certify", opened, actor, level)
        by = actor.by
        approval.decide_certification(opened.case, opened.levels, level, by, override=override is not None)
        if override is not None:
            require_no_chain(self._acting.reporting, opened.case, actor)
        require_whole(opened)
        if opened.levels.index(level) < workflow.certifying(opened.levels):
            raise NotNow(
                operation="certify", status=opened.status.value, **message.words("an_office_above_certifies", level=workflow.certify_at_level).named("detail"),
            )  # fmt: skip
        return ReturnCertified(
            **opened.where, level=level, area=area, override=override is not None, edition=current_edition()
        )

    def certification_unseen(
        self, opened: OpenReturn, actor: Actor, level: str | None, findings: Sequence[Finding]
    ) -> ReturnCertified:
        """Of one among many, which nobody looks at again: what the rules find now and nobody has explained or declared
        stands in its way, too (RulesRefused)."""
        made = self.certification(opened, actor, level, None)
        if problems := still_open(findings, opened.case.explanations):
            raise RulesRefused(problems)
        return made

    def looks(self, opened: OpenReturn, actor: Actor, level: str | None = None) -> list[Look]:
        """What the actor's level has to look at in the return, cell by cell; empty for who approves nothing of it."""
        try:
            at, _ = self._acting.level("approve", opened, actor, level)
        except (NotAuthorised, InvalidInput):
            return []
        findings = self._findings.standing([opened])[opened.stream]
        return to_look_at(opened, at, findings, self._elsewhere.standing([opened], at)[opened.stream])

    def approval_or_shown(
        self,
        opened: OpenReturn,
        actor: Actor,
        level: str | None,
        cells: Sequence[str] | None,
        override: str | None,
    ) -> ReturnApproved:
        """As `approval`; a difference that its refusal shows to somebody who may type is remembered."""
        try:
            return self.approval(opened, actor, level, cells, override)
        except RulesRefused as refused:
            self._drafting.remember_refused(opened, refused, actor, "approval")
            raise

    def approval(
        self,
        opened: OpenReturn,
        actor: Actor,
        level: str | None,
        cells: Sequence[str] | None,
        override: str | None,
        findings: Sequence[Finding] | None = None,
        lost: Sequence[Doubt] | None = None,
    ) -> ReturnApproved:
        """With the cells named, by somebody who has looked at each; without, only what is green: nothing declared, vanished
        or objected to (LookFirst), and nothing that the rules find at this moment, neighbours included (RulesRefused).
        `findings`: every finding of what stands; `lost`: differences of other returns that it has made to go away."""
        authorise("approve", actor, opened.defined.roster, opened.place.unit, phase_of(opened))
        self._acting.require_begun(opened)
        level, area = self._acting.level("approve", opened, actor, level)
        by = actor.by
        figures = approval.decide_approval(
            opened.case, opened.levels, level, by, cells, override=override is not None
        )
        if override is not None:
            require_no_chain(self._acting.reporting, opened.case, actor)
        if cells is None:
            findings = self._findings.standing([opened])[opened.stream] if findings is None else findings
            lost = self._elsewhere.standing([opened], level)[opened.stream] if lost is None else lost
            if looks := to_look_at(opened, level, findings, lost):
                raise LookFirst(opened, looks)
            problems = still_open(findings, opened.case.explanations)
        else:
            problems = self._findings.open_findings([opened])[opened.stream]
        blocking = [finding for finding in problems if set(finding.cells) & set(figures)]
        if blocking:
            raise RulesRefused(blocking)
        return ReturnApproved(
            **opened.where,
            level=level,
            area=area,
            figures=dict(figures),
            override=override is not None,
            edition=current_edition(),
        )
