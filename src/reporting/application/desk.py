"""The desk of every office: drafts, submission with rules, approval level by level, returns by cell, discrepancies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from reporting.application.authority import (
    allowed,
    authorise,
    reach_of,
    require_office_of_chain,
    require_reach,
)
from reporting.application.desk_commands import (
    Annotate,
    Answer,
    Approve,
    ApproveGreen,
    Certify,
    CertifyGreen,
    CloseDiscrepancy,
    ConfirmDiscrepancy,
    Declare,
    OfReturn,
    Remind,
    SaveDraft,
    SendBack,
    Submit,
    Withdraw,
)
from reporting.application.entry import received, require_begun, require_owner, require_receipt
from reporting.application.findings import (
    NOTHING,
    Beside,
    Findings,
    OpenFindings,
    RulesRefused,
    RulesRefusedTogether,
    still_open,
)
from reporting.application.opened import (
    Draft,
    LookFirst,
    OpenReturn,
    ReturnReader,
    doubt_of,
    require_whole,
    to_look_at,
)
from reporting.application.reasons import told_apart
from reporting.application.service import MERGE_ATTEMPTS, Reporting
from reporting.application.submission import Submission, difference_of, require_not_overwritten
from reporting.domain import approval
from reporting.domain.actor import Actor, Channel
from reporting.domain.case import (
    AloneWithOthersThere,
    By,
    FourEyes,
    NotNow,
    SecondPerson,
    Status,
)
from reporting.domain.events import Event, FiguresCorrected
from reporting.domain.figures import Cell
from reporting.domain.returns import CellProblem, FiguresRefused
from reporting.domain.units import Roster
from reporting.domain.workflow_events import (
    CellsConfirmed,
    CellsSentBack,
    DiscrepancyClosed,
    DiscrepancyConfirmed,
    DiscrepancyDeclared,
    DraftSaved,
    ReminderSent,
    ReturnAnnotated,
    ReturnApproved,
    ReturnCertified,
    ReturnWithdrawn,
    SlotCommandTaken,
    SubmissionRefused,
)
from reporting.errors import (
    CommandIdReused,
    InvalidInput,
    NotAuthorised,
    ReportingError,
    VersionConflict,
)
from reporting.ledger import Appended, Command, NewEvent, command_stream, draft_stream
from reporting.ledger.registry import canonical
from reporting.rules.model import Finding


@dataclass(frozen=True, slots=True)
class Done:
    """`status` and `version` of the return after the command; `position` of its last event."""

    unit: str
    status: Status
    version: int
    position: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One return of several that are submitted together."""

    request: Submit
    opened: OpenReturn


@dataclass(frozen=True, slots=True)
class _Green:
    """Of a bulk approval: by unit, why not; and (unit, command, return) of each approval to append."""

    outcomes: dict[str, Done | ReportingError]
    commands: list[tuple[str, Command, OpenReturn]]


class Desk(ReturnReader):
    """Commands on returns of elections with a workflow. Every one is idempotent by its command id."""

    def __init__(self, reporting: Reporting) -> None:
        super().__init__(reporting)
        self.findings = Findings(reporting)
        self._submission = Submission(self, self.findings)

    def save_draft(self, request: SaveDraft, actor: Actor) -> int:
        """The draft's version now. Anything may be typed; nothing of it counts. DraftMoved where it would overwrite what
        somebody else typed after the version the sender has seen."""
        place = (request.election, request.form, request.slot, request.unit)
        one = self.open(*place)
        authorise("save_draft", actor, one.known.roster, request.unit, _phase(one))
        cells = {Cell(c.contest, c.item, c.breakdown, c.choice).key: c.value for c in request.cells}
        command, stream = self._command(request, actor, None), draft_stream(*place)
        appended = self._reporting.ledger.repeat_of(command.command_id, command.body_hash)
        attempts = 0
        while appended is None:
            draft = self.draft(*place)
            require_not_overwritten(one, draft, cells, request.draft_version, actor)
            event = NewEvent(stream, draft.version + 1, DraftSaved(**one.where, cells=cells))
            try:
                appended = self._reporting.ledger.append(_with(command, [event]))
            except VersionConflict:
                attempts += 1
                if attempts >= MERGE_ATTEMPTS:
                    raise
        return self._reporting.ledger.version_at(stream, appended.last_position)

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

    def _keep_typed(self, request: Submit, actor: Actor, refused: ReportingError) -> None:
        """Put the cells of a refused submission into the draft, as typed by who sent it; but nothing over what somebody
        else typed there, nothing that is no cell of the form (it would stand in the way for ever), and nothing of a request
        that leaves the draft alone."""
        one = self.open(request.election, request.form, request.slot, request.unit)
        if not request.take_draft or not may_type(actor, one):
            return
        typed = {Cell(c.contest, c.item, c.breakdown, c.choice).key: c.value for c in request.figures}
        if isinstance(refused, FiguresRefused):
            no_cell = {p.cell.key for p in refused.problems if p.kind not in ("value", "reason")}
            typed = {key: text for key, text in typed.items() if key not in no_cell}
        drafted, standing = one.draft.typed, one.case.cells
        cells = {
            key: text
            for key, text in typed.items()
            if not (key in standing and standing[key].text == text)
            and not (
                key in drafted
                and (
                    drafted[key].text == text or any(by.person != actor.person for by in drafted[key].typists)
                )
            )
        }
        if not cells:
            return
        event = DraftSaved(**one.where, cells=cells)
        body = request.body() + b"/kept"
        command_id = uuid5(request.command_id, hashlib.sha256(body).hexdigest())
        self._take_note(command_id, body, actor, request.channel, draft_stream(*one.place), event)

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

    def typed(self, one: OpenReturn, request: Submit) -> dict[str, str]:
        """All cells' texts after the request. FiguresRefused for every one that cannot be."""
        return self._submission.typed(one, request)[0]

    def submission(
        self, request: Submit, actor: Actor, one: OpenReturn, beside: Beside = NOTHING
    ) -> list[Event]:
        """What a submission becomes, decided and not appended. Errors as in `submit`. `beside`: other returns as they
        are to be, with this one."""
        phase = _phase(one)
        operation = "correct_certified" if one.case.certified else "submit"
        authorise(operation, actor, one.known.roster, request.unit, phase)
        self._require_begun(one)
        require_receipt(one.known, request, self._reporting.clock())
        if request.on_behalf_of is not None:
            directory = self._reporting.directory()
            require_owner(one.known, request.unit, request.on_behalf_of, one.case.owner_office, directory)
        events = self._submission.events(request, one, actor, beside)
        set_ = [key for event in events for key in getattr(event, "figures", ())]
        from_where = received(
            one.where, one.case, actor, set_ or one.case.cells, request.receipt, vouched=True
        )
        return [*events, *from_where]

    def _clear(self, one: OpenReturn) -> list[NewEvent]:
        """The draft emptied, and what was refused forgotten, where there is any."""
        return self._settled(one, self.draft(*one.place), keep_cells=False)

    def forget_shown(self, one: OpenReturn) -> list[NewEvent]:
        """After a submission without the draft: it stays as it is, what was shown has had its answer."""
        return self._settled(one, self.draft(*one.place), keep_cells=True)

    def _settled(self, one: OpenReturn, draft: Draft, *, keep_cells: bool) -> list[NewEvent]:
        cleared: list[Event] = []
        if draft.cells and not keep_cells:
            cleared.append(DraftSaved(**one.where, cells=dict.fromkeys(sorted(draft.cells), "")))
        if draft.shown:
            cleared.append(SubmissionRefused(**one.where, keys=(), waivable=(), figures={}, path="submitted"))
        stream = draft_stream(*one.place)
        return [NewEvent(stream, draft.version + n, event) for n, event in enumerate(cleared, 1)]

    def remember(self, request: Submit, actor: Actor, refused: RulesRefused) -> None:
        """Keep which findings a refused submission showed."""
        one = self.open(request.election, request.form, request.slot, request.unit)
        event = _shown(one, self._submission.typed(one, request)[0], refused.findings, "submission")
        # By what was shown, not by the sender's id: an id that is used again must not hide another refusal.
        body = request.body() + canonical(event.model_dump(mode="json"))
        command_id = uuid5(request.command_id, hashlib.sha256(body).hexdigest())
        self._take_note(command_id, body, actor, request.channel, draft_stream(*one.place), event)

    def remember_shown(
        self, one: OpenReturn, texts: Mapping[str, str], findings: Iterable[Finding], actor: Actor, path: str
    ) -> None:
        """To be called on every way on which findings of a return with these texts are shown: a difference that could be
        declared, seen by somebody who may type it away, is remembered once, until the return is submitted. Unavailable
        when it cannot be kept: then it is not shown either."""
        known = {*one.draft.shown}
        fresh = [
            finding
            for finding in findings
            if finding.waivable and not finding.declared and doubt_of(finding.key) not in known
        ]
        if not fresh or not may_type(actor, one):
            return
        event = _shown(one, texts, fresh, path)
        stream = draft_stream(*one.place)
        body = canonical({"kind": "Shown", "draft": one.draft.version, **event.model_dump(mode="json")})
        command_id = uuid5(
            stream, hashlib.sha256(body + f"/{actor.person}/{actor.office}".encode()).hexdigest()
        )
        self._take_note(command_id, body, actor, Channel.API, stream, event)

    def _take_note(
        self, command_id: UUID, body: bytes, actor: Actor, channel: Channel, stream: UUID, event: Event
    ) -> Appended:
        """Append at the end of a stream whose order decides nothing; once for each id."""
        command = Command(command_id, body, actor, channel, ())
        attempts = 0
        while (taken := self._reporting.ledger.repeat_of(command_id, command.body_hash)) is None:
            version = self._reporting.ledger.stream_version(stream)
            try:
                taken = self._reporting.ledger.append(_with(command, [NewEvent(stream, version + 1, event)]))
                break
            except VersionConflict:
                attempts += 1
                if attempts >= MERGE_ATTEMPTS:
                    raise
        return taken

    def origins(self, one: OpenReturn, texts: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
        """Cell key → positions at which that very value was typed before, in the draft or in another form."""
        return self._submission.origins(one, texts)

    def draft_check(self, one: OpenReturn) -> tuple[list[CellProblem], tuple[Finding, ...]]:
        """(cells of the draft at fault, findings) were it submitted now."""
        return self._submission.draft_check(one)

    def shown_draft(self, one: OpenReturn, actor: Actor) -> tuple[Finding, ...]:
        """Findings of the draft, were it submitted now; remembered as shown."""
        texts, found = self._submission.draft_texts(one)
        self.remember_shown(one, texts, found, actor, "draft")
        return found

    def approve(self, request: Approve, actor: Actor) -> Done:
        def decide(one: OpenReturn) -> list[Event]:
            return [self.approval(one, actor, request.level, request.cells, request.override)]

        return self._act(request, actor, request.override, decide)

    def approve_green(self, request: ApproveGreen, actor: Actor) -> list[tuple[str, Done | ReportingError]]:
        """Every unit below the actor's office that waits there or is sent back, each approved or told why not:
        exceptions first. Sent again, or broken off halfway: decided on the log as it stood the first time, so what was
        done then is answered, and what was not is done now. CommandIdReused also for somebody else's id."""
        return self._in_bulk(request, "ApproveGreen", actor)

    def certify_green(self, request: CertifyGreen, actor: Actor) -> list[tuple[str, Done | ReportingError]]:
        """Every return below the actor's office that has figures and is not certified, each made final or told why not,
        as `approve_green` does: not approved by all levels, not whole, the actor's own, or something the rules find now
        that nobody has explained or declared."""
        return self._in_bulk(request, "CertifyGreen", actor)

    def _in_bulk(
        self, request: ApproveGreen | CertifyGreen, kind: str, actor: Actor
    ) -> list[tuple[str, Done | ReportingError]]:
        ledger, body = self._reporting.ledger, request.body()
        stream = command_stream(request.command_id)
        if ledger.repeat_of(request.command_id, hashlib.sha256(body).digest()) is None:
            upto, catalog = ledger.position(), self._reporting.catalog
            decided = Desk(self._reporting.as_of(upto, catalog))._green(request, actor)
            taken = SlotCommandTaken(
                kind=kind, election=request.election, form=request.form, slot=request.slot, upto=upto
            )
            noted = self._take_note(request.command_id, body, actor, Channel.API, stream, taken)
            if noted.repeated:  # sent twice at once
                return self._in_bulk(request, kind, actor)
            return self._do_decided(decided, actor)
        by, (note,) = ledger.command(request.command_id), ledger.stream(stream)
        assert by is not None
        assert isinstance(note.event, SlotCommandTaken)
        if (by.person, by.office) != (actor.person, actor.office):
            raise CommandIdReused(command_id=str(request.command_id))
        then = Desk(self._reporting.as_of(note.event.upto))
        return self._do_decided(then._green(request, actor), actor)

    def _green(self, request: ApproveGreen | CertifyGreen, actor: Actor) -> _Green:
        """What can be approved, or certified, as it stands, and what cannot."""
        certifies = isinstance(request, CertifyGreen)
        operation = "certify" if certifies else "approve"
        known = self._reporting.catalog.election(request.election)
        for unit in request.units or ():
            known.roster.require_unit(unit)
        require_reach(operation, actor, known.roster)
        units = [
            unit
            for unit in (request.units if request.units is not None else known.roster.units)
            if known.roster.covers(actor.jurisdiction, unit)
            and known.reports(request.form, request.slot, unit)
        ]
        chains = [{area for _, area in known.roster.chains[unit]} for unit in units]
        if units and actor.jurisdiction != "*" and not any(actor.jurisdiction in chain for chain in chains):
            require_office_of_chain(operation, actor, known.roster, units[0])
        outcomes: dict[str, Done | ReportingError] = {
            unit: _out_of_reach(operation, actor, known.roster, unit)
            for unit in request.units or ()
            if not known.roster.covers(actor.jurisdiction, unit)
        }
        commands: list[tuple[str, Command, OpenReturn]] = []
        open_ = self.open_all(request.election, request.form, request.slot, units)
        found = self.findings.standing(open_)
        for one in open_:
            unit = one.place[3]
            if not one.case.cells:
                continue
            try:
                level, _ = self._level(operation, one, actor, request.level)
                waits = one.case.waiting_at(level) or one.case.sent_back()
                if one.case.certified if certifies else not waits:
                    continue  # done already: nothing to look at
                event: Event = (
                    self._certification_unseen(one, actor, request.level, found[one.stream])
                    if certifies
                    else self.approval(one, actor, request.level, None, None, found[one.stream])
                )
            except (NotNow, FourEyes, RulesRefused, InvalidInput, NotAuthorised) as not_green:
                outcomes[unit] = not_green
                continue
            command_id = uuid5(request.command_id, unit)
            command = Command(command_id, request.body(), actor, Channel.API, ())
            also = self._settled(one, one.draft, keep_cells=False) if certifies else []
            events = [NewEvent(one.stream, one.case.version + 1, event), *also]
            commands.append((unit, _with(command, events), one))
        return _Green(outcomes, commands)

    def _do_decided(self, green: _Green, actor: Actor) -> list[tuple[str, Done | ReportingError]]:
        outcomes, commands = green.outcomes, green.commands
        answers = (
            self._reporting.ledger.append_many([command for _, command, _ in commands]) if commands else []
        )
        for (unit, command, one), answer in zip(commands, answers, strict=True):
            if isinstance(answer, ReportingError):
                outcomes[unit] = answer
                continue
            by = By(actor.person, actor.office, actor.role.value)
            one.case.apply(command.events[0].event, answer.last_position, by)
            outcomes[unit] = Done(unit, one.status, one.case.version, answer.last_position, answer.repeated)
        return sorted(outcomes.items(), key=lambda pair: (isinstance(pair[1], Done), pair[0]))

    def send_back(self, request: SendBack, actor: Actor) -> Done:
        def decide(one: OpenReturn) -> list[Event]:
            authorise("send_back", actor, one.known.roster, request.unit, _phase(one))
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
            authorise("answer", actor, one.known.roster, request.unit, _phase(one))
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
        authorise("certify", actor, one.known.roster, one.place[3])
        self._require_begun(one)
        workflow = one.known.definition.workflow
        assert workflow is not None
        level, area = self._level("certify", one, actor, level)
        by = By(actor.person, actor.office, actor.role.value)
        approval.decide_certification(one.case, one.levels, level, by, override=override is not None)
        if override is not None:
            self._require_company(one, actor)
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

    def withdraw(self, request: Withdraw, actor: Actor) -> Done:
        def decide(one: OpenReturn) -> list[Event]:
            authorise("withdraw", actor, one.known.roster, request.unit)
            approval.decide_withdrawal(one.case, one.levels)
            held = {key: cell for key, cell in one.case.cells.items() if cell.text != "!not_reported"}
            figures = dict.fromkeys(sorted(held), "!not_reported")
            taken: list[Event] = []
            if figures:
                supersedes = {key: held[key].position for key in figures}
                taken.append(
                    FiguresCorrected(
                        **one.where, figures=figures, supersedes=supersedes, reason_class="withdrawn"
                    )
                )
            return [*taken, ReturnWithdrawn(**one.where)]

        return self._act(request, actor, request.reason, decide)

    def annotate(self, request: Annotate, actor: Actor) -> Done:
        def decide(one: OpenReturn) -> list[Event]:
            authorise("annotate", actor, one.known.roster, request.unit, _phase(one))
            return [ReturnAnnotated(**one.where, cells=tuple(request.cells), note_class=request.note_class)]

        return self._act(request, actor, request.note, decide)

    def declare(self, request: Declare, actor: Actor) -> Done:
        """Declare an imbalance of what stands or is drafted. InvalidInput when no such finding is there."""

        def decide(one: OpenReturn) -> list[Event]:
            authorise("declare_discrepancy", actor, one.known.roster, request.unit, _phase(one))
            texts = self._submission.typed(one, request)[0]
            found = self.findings.of(one, texts)
            finding = next((f for f in found if f.key == request.key and f.waivable), None)
            if finding is None:
                keys = ", ".join(f.key for f in found if f.waivable) or "—"
                raise InvalidInput(field="key", found=request.key, expected=keys)
            difference = difference_of(finding)
            return [
                DiscrepancyDeclared(
                    **one.where, key=finding.key, rule=finding.rule, difference=difference,
                    reason_class=request.reason_class,
                    shown={key: texts[key] for key in finding.cells if key in texts},
                )
            ]  # fmt: skip

        return self._act(request, actor, request.reason, decide)

    def confirm_discrepancy(self, request: ConfirmDiscrepancy, actor: Actor) -> Done:
        """The second person's word. FourEyes for who declared it."""

        def decide(one: OpenReturn) -> list[Event]:
            authorise("confirm_discrepancy", actor, one.known.roster, request.unit, _phase(one))
            declared = one.case.discrepancies.get(request.key)
            if declared is None or declared.confirmed_by or declared.closed_at:
                raise InvalidInput(
                    field="key", found=request.key, expected="確認待ちの不突合 / one that waits"
                )
            if declared.declared_by.person == actor.person:
                raise SecondPerson(person=actor.person)
            return [DiscrepancyConfirmed(**one.where, key=request.key)]

        return self._act(request, actor, None, decide)

    def close_discrepancy(self, request: CloseDiscrepancy, actor: Actor) -> Done:
        """SecondPerson for who declared it, while nobody else has looked at it and while the figures still differ: then
        closing it is the declarer's word alone."""

        def decide(one: OpenReturn) -> list[Event]:
            authorise("close_discrepancy", actor, one.known.roster, request.unit, _phase(one))
            declared = one.case.discrepancies.get(request.key)
            if declared is None or declared.closed_at:
                raise InvalidInput(field="key", found=request.key, expected="未解決の不突合 / an open one")
            if declared.declared_by.person == actor.person and (
                declared.waits or any(finding.key == request.key for finding in self.findings.of(one))
            ):
                raise SecondPerson(person=actor.person)
            return [
                DiscrepancyClosed(
                    **one.where,
                    key=request.key,
                    correction=request.correction,
                    reason_class=request.reason_class,
                )
            ]

        return self._act(request, actor, request.reason, decide)

    def remind(self, request: Remind, actor: Actor) -> Done:
        def decide(one: OpenReturn) -> list[Event]:
            authorise("remind", actor, one.known.roster, request.unit, _phase(one))
            return [ReminderSent(**one.where, kind=request.kind)]

        return self._act(request, actor, None, decide)

    def _act(
        self,
        request: OfReturn,
        actor: Actor,
        reason: str | None,
        decide: Callable[[OpenReturn], Sequence[Event]],
        *,
        also: Callable[[OpenReturn], list[NewEvent]] = lambda one: [],
        body: bytes | None = None,
    ) -> Done:
        """Decide on what stands and append; decide again when somebody wrote in between."""
        command = self._command(request, actor, reason, body)
        place = (request.election, request.form, request.slot, request.unit)
        appended = self._reporting.ledger.repeat_of(command.command_id, command.body_hash)
        attempts = 0
        one = self.open(*place)
        while appended is None:
            events = list(decide(one))
            new = [NewEvent(one.stream, one.case.version + n, event) for n, event in enumerate(events, 1)]
            try:
                parts = told_apart(_with(command, [*new, *also(one)]), getattr(request, "reasons", ()))
                appended = self._reporting.append_together(parts)
            except VersionConflict:
                attempts += 1
                if attempts >= MERGE_ATTEMPTS:
                    raise
            if appended is None:
                one = self.open(*place)
        # As it stood with this command: what was answered the first time is answered again.
        one = self.open(*place, upto=appended.last_position)
        authorise("read_unreleased", actor, one.known.roster, request.unit, _phase(one))
        return Done(request.unit, one.status, one.case.version, appended.last_position, appended.repeated)

    def _command(self, request: Any, actor: Actor, reason: str | None, body: bytes | None = None) -> Command:
        return Command(
            request.command_id,
            request.body() if body is None else body,
            actor,
            getattr(request, "channel", Channel.API),
            (),
            reason=reason,
            on_behalf_of=getattr(request, "on_behalf_of", None),
        )

    def approval(
        self,
        one: OpenReturn,
        actor: Actor,
        level: str | None,
        cells: Sequence[str] | None,
        override: str | None,
        found: Sequence[Finding] | None = None,
    ) -> ReturnApproved:
        """With the cells named, by somebody who has looked at each; without, only what is green: nothing declared, vanished
        or objected to (LookFirst), and nothing that the rules find at this moment, neighbours included (RulesRefused).
        `found`: every finding of what stands."""
        authorise("approve", actor, one.known.roster, one.place[3], _phase(one))
        self._require_begun(one)
        level, area = self._level("approve", one, actor, level)
        by = By(actor.person, actor.office, actor.role.value)
        figures = approval.decide_approval(
            one.case, one.levels, level, by, cells, override=override is not None
        )
        if override is not None:
            self._require_company(one, actor)
        if cells is None:
            found = self.findings.standing([one])[one.stream] if found is None else found
            if looks := to_look_at(one, level, found):
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

    def _require_company(self, one: OpenReturn, actor: Actor) -> None:
        """AloneWithOthersThere for one more override of the only person who ever looked at the return, where the office
        has somebody else."""
        if one.case.overridden and one.case.hands() == {actor.person}:
            require_company(self._reporting, actor)

    def _require_begun(self, one: OpenReturn) -> None:
        require_begun(one.known, *one.place[1:3], self._reporting.clock())

    def _level(self, operation: str, one: OpenReturn, actor: Actor, level: str | None) -> tuple[str, str]:
        """The level of the chain the actor's office stands for: its own; of an office that reaches everywhere the one it
        names, else the top. NotAuthorised, InvalidInput."""
        require_office_of_chain(operation, actor, one.known.roster, one.place[3])
        if actor.jurisdiction == "*" and level is None:
            return one.chain[-1]
        for found, area in one.chain:
            if area == actor.jurisdiction or (actor.jurisdiction == "*" and found == level):
                return found, area
        told = ", ".join(one.levels)
        raise InvalidInput(
            field="level",
            found=level,
            expected=f"この単位の承認の段階（{told}） / a level that looks at this unit ({told})",
        )


def require_company(reporting: Reporting, actor: Actor) -> None:
    """AloneWithOthersThere unless nobody else is registered for the actor's office today."""
    if reporting.directory().others(actor, reporting.clock()):
        raise AloneWithOthersThere(person=actor.person, office=actor.office)


def may_type(actor: Actor, one: OpenReturn) -> bool:
    return allowed("save_draft", actor, reach_of(actor, one.known.roster, one.place[3]), _phase(one))


def _shown(
    one: OpenReturn, texts: Mapping[str, str], findings: Iterable[Finding], path: str
) -> SubmissionRefused:
    findings = list(findings)
    waivable = {finding.key: finding.cells for finding in findings if finding.waivable}
    return SubmissionRefused(
        **one.where, keys=tuple(sorted({finding.key for finding in findings})), waivable=tuple(sorted(waivable)),
        figures=dict(sorted(texts.items())), path=path, cells_of=dict(sorted(waivable.items())),
    )  # fmt: skip


def _out_of_reach(operation: str, actor: Actor, roster: Roster, unit: str) -> NotAuthorised:
    try:
        authorise(operation, actor, roster, unit)
    except NotAuthorised as refused:
        return refused
    raise AssertionError(unit)


def _phase(one: OpenReturn) -> Any:
    return "certified" if one.case.certified else "open"


def _with(command: Command, events: Sequence[NewEvent]) -> Command:
    return replace(command, events=tuple(events))
