"""Approval level by level: approve, send back, answer, certify one return."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.application.acting import Done, phase_of, require_no_chain
from reporting.application.authority import (
    authorise,
)
from reporting.application.desk_commands import (
    Answer,
    Approve,
    Certify,
    SendBack,
)
from reporting.application.drafting import Drafting
from reporting.application.findings import (
    RulesRefused,
    still_open,
)
from reporting.application.opened import (
    LookFirst,
    Lost,
    OpenReturn,
    require_whole,
    to_look_at,
)
from reporting.domain import approval
from reporting.domain.actor import Actor
from reporting.domain.case import (
    By,
    NotNow,
)
from reporting.domain.events import Event
from reporting.domain.workflow_events import (
    CellsConfirmed,
    CellsSentBack,
    ReturnApproved,
    ReturnCertified,
)
from reporting.rules.model import Finding


class Approving(Drafting):
    """One return at a time."""

    def approve(self, request: Approve, actor: Actor) -> Done:
        def decide(one: OpenReturn) -> list[Event]:
            return [self.approval(one, actor, request.level, request.cells, request.override)]

        return self._act(request, actor, request.override, decide)

    def send_back(self, request: SendBack, actor: Actor) -> Done:
        def decide(one: OpenReturn) -> list[Event]:
            authorise("send_back", actor, one.known.roster, request.unit, phase_of(one))
            level, area = self._level("send_back", one, actor, request.level)
            cells = approval.decide_sending_back(one.case, one.levels, level, request.cells)
            return [
                CellsSentBack(
                    **one.where, level=level, area=area, cells=cells, reason_class=request.reason_class
                )
            ]

        return self._act(request, actor, request.reason, decide)

    def answer(self, request: Answer, actor: Actor) -> Done:
        def decide(one: OpenReturn) -> list[Event]:
            authorise("answer", actor, one.known.roster, request.unit, phase_of(one))
            cells = approval.decide_confirmation(one.case, one.levels, request.cells)
            return [CellsConfirmed(**one.where, cells=cells, agrees=request.agrees)]

        return self._act(request, actor, request.reason, decide)

    def certify(self, request: Certify, actor: Actor) -> Done:
        """Also empties the draft: what its owner typed and never submitted is no part of a later correction, which is
        another office's."""

        def decide(one: OpenReturn) -> list[Event]:
            return [self._certification(one, actor, request.level, request.override)]

        return self._act(request, actor, request.override, decide, also=self._clear)

    def _certification(
        self, one: OpenReturn, actor: Actor, level: str | None, override: str | None
    ) -> ReturnCertified:
        authorise("certify", actor, one.known.roster, one.place.unit)
        self._require_begun(one)
        workflow = one.known.definition.workflow
        assert workflow is not None
        level, area = self._level("certify", one, actor, level)
        by = By(actor.person, actor.office, actor.role.value)
        approval.decide_certification(one.case, one.levels, level, by, override=override is not None)
        if override is not None:
            require_no_chain(self.reporting, one.case, actor)
        require_whole(one)
        if one.levels.index(level) < workflow.certifying(one.levels):
            raise NotNow(
                operation="certify", status=one.status.value, detail_ja="上位の委員会が確定します。",
                detail_en=f"An office above does: {workflow.certify_at_level}.",
            )  # fmt: skip
        return ReturnCertified(**one.where, level=level, area=area, override=override is not None)

    def _certification_unseen(
        self, one: OpenReturn, actor: Actor, level: str | None, found: Sequence[Finding]
    ) -> ReturnCertified:
        """Of one among many, which nobody looks at again: what the rules find now and nobody has explained or declared
        stands in its way, too (RulesRefused)."""
        made = self._certification(one, actor, level, None)
        if problems := still_open(found, one.case.explanations):
            raise RulesRefused(problems)
        return made

    def approval(
        self,
        one: OpenReturn,
        actor: Actor,
        level: str | None,
        cells: Sequence[str] | None,
        override: str | None,
        found: Sequence[Finding] | None = None,
        lost: Sequence[Lost] | None = None,
    ) -> ReturnApproved:
        """With the cells named, by somebody who has looked at each; without, only what is green: nothing declared, vanished
        or objected to (LookFirst), and nothing that the rules find at this moment, neighbours included (RulesRefused).
        `found`: every finding of what stands; `lost`: differences of other returns that it has made to go away."""
        authorise("approve", actor, one.known.roster, one.place.unit, phase_of(one))
        self._require_begun(one)
        level, area = self._level("approve", one, actor, level)
        by = By(actor.person, actor.office, actor.role.value)
        figures = approval.decide_approval(
            one.case, one.levels, level, by, cells, override=override is not None
        )
        if override is not None:
            require_no_chain(self.reporting, one.case, actor)
        if cells is None:
            found = self.findings.standing([one])[one.stream] if found is None else found
            lost = self.elsewhere.standing([one], level)[one.stream] if lost is None else lost
            if looks := to_look_at(one, level, found, lost):
                raise LookFirst(one, looks)
            problems = still_open(found, one.case.explanations)
        else:
            problems = self.findings.open_findings([one])[one.stream]
        blocking = [finding for finding in problems if set(finding.cells) & set(figures)]
        if blocking:
            raise RulesRefused(blocking)
        return ReturnApproved(
            **one.where, level=level, area=area, figures=dict(figures), override=override is not None
        )
