"""What editors see of a return: its cells with their approvals, findings, what it would be filled with, its log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import strawberry

from api.graphql.access import HELD, OUTCOMES, Seen, readable
from api.graphql.context import Info
from api.graphql.desk.asks import AskedForm
from api.graphql.desk.outcomes import ContestOutcome
from api.graphql.desk.said import SaidOfCells
from api.graphql.figures import FigureChange
from api.graphql.mutations import CellProblem
from api.graphql.types import TogetherWith, Typist, text
from projections.read.lots import public_lots, sources
from projections.read.stakes import stakes
from reporting.application.opened import Draft, OpenReturn
from reporting.application.opened import Look as LookRecord
from reporting.application.opened import Prefill as PrefillRecord
from reporting.application.renamed import Renamed
from reporting.domain.case import By, CellCase
from reporting.domain.case import Discrepancy as DiscrepancyRecord
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.figures import Cell, format_value
from reporting.domain.relabelled import Change
from reporting.domain.workflow_events import DraftSaved, LotConfirmed, LotRecorded
from reporting.ledger import Deed, draft_stream
from reporting.ledger.streams import lot_stream
from reporting.rules.model import Finding as FindingRecord


@strawberry.type(description="What a rule found in a return.")
class Finding:
    key: str = text("stable key: explanations and declarations name it")
    rule: str = text("rule id, e.g. J11")
    version: int = text("version of the rule")
    severity: str = text("error blocks submission; warning needs an explanation")
    contest: str = text("contest")
    cells: list[str] = text("cells involved, contest|item|breakdown|choice")
    expected: str | None = text("what the rule expects, where it is a number")
    actual: str | None = text("what stands there")
    difference: str | None = text("actual minus expected")
    message_ja: str = text("what to do, in Japanese")
    message_en: str = text("what to do, in English")
    waivable: bool = text("whether it may be declared as a difference")
    declared: bool = text("whether its office has said so openly; an approver looks at it by itself")
    explanation: str | None = text("why a warning is in order, as its office said")

    @classmethod
    def of(cls, finding: FindingRecord, explanations: Mapping[str, str] | None = None) -> Finding:
        numbers = {
            name: None if (value := getattr(finding, name)) is None else format_value(value)
            for name in ("expected", "actual", "difference")
        }
        return cls(
            key=finding.key,
            rule=finding.rule,
            version=finding.version,
            severity=finding.severity,
            contest=finding.contest,
            cells=list(finding.cells),
            message_ja=finding.message_ja,
            message_en=finding.message_en,
            waivable=finding.waivable,
            declared=finding.declared,
            explanation=(explanations or {}).get(finding.key),
            **numbers,
        )


@strawberry.type(description="A rule that could say nothing: what it compares is not there.")
class Unchecked:
    rule: str = text("rule id, e.g. J19")
    contest: str = text("contest")
    cells: list[str] = text("cells that hold no number, contest|item|breakdown|choice; some of other forms")


@strawberry.type(description="One cell of a return on its way.")
class DeskCell:
    key: str = text("contest|item|breakdown|choice")
    value: str = text("canonical text: 123, 56.789, !none …")
    position: int = text("ledger position that set it")
    office: str = text("office that set it")
    person: str = text("who sent it")
    typed_by: list[Typist] = text(
        "who typed the value before it was sent, where that is known; neither they nor the sender may approve it"
    )
    approved: list[str] = text("levels that have approved this very value")
    sent_back: str | None = text("reason class, when it was sent back")
    edited_above: bool = text("whether an office other than the owner changed it, unanswered")
    objected: bool = text("whether the owner objects to it")
    on_behalf: bool = text("whether another office entered it for its owner, unanswered")
    said: list[SaidOfCells] = text(
        "what was said when it was sent back, objected to or changed from above, in words"
    )

    @classmethod
    def of(cls, key: str, cell_case: CellCase, said: Iterable[SaidOfCells]) -> DeskCell:
        return cls(
            said=[told for told in said if key in told.cells],
            key=key,
            value=cell_case.text,
            position=cell_case.position,
            office=cell_case.by.office,
            person=cell_case.by.person,
            typed_by=[Typist.of(by) for by in cell_case.typists],
            approved=sorted(cell_case.approved_now),
            sent_back=cell_case.sent_back,
            edited_above=cell_case.edited_above,
            objected=cell_case.objected,
            on_behalf=cell_case.on_behalf,
        )


@strawberry.type(description="A value other forms of the unit hold already.")
class Prefilled:
    key: str = text("contest|item|breakdown|choice")
    value: str = text("canonical text")
    form: str = text("form it comes from")
    slot: str = text("slot it comes from")
    position: int = text("ledger position that set it")
    reconciliation: str = text(
        "equal, explained (changed with a reason), open (the source moved afterwards), or new"
    )


@strawberry.type(description="A cell of a draft, as typed.")
class DraftCell:
    key: str = text("contest|item|breakdown|choice")
    version: int = text("version of the draft that last changed it")
    typed_by: list[Typist] = text("who typed it")
    text: str = text("as typed")


@strawberry.type(description="A level that looks at the return, lowest first.")
class ChainLevel:
    level: str = text("level")
    area: str = text("area whose office it is")
    approved: bool = text("whether it has approved every cell")
    overridden: bool = text("whether somebody openly approved or certified their own work here")


@strawberry.type(description="A cell an approver has to look at.")
class LookCell:
    key: str = text("contest|item|breakdown|choice")
    shown: str | None = text("what it held when the difference was shown; null where nobody noted it")
    now: str | None = text("what it holds now; null: nothing")


@strawberry.type(
    description="What is approved by who has looked at it, cell by cell, and never with all the others."
)
class ReturnLook:
    kind: str = text("declared, vanished (shown, and gone since) or objected")
    rule: str = text("rule id; empty for an objection")
    key: str = text("key of the finding; empty for an objection")
    cells: list[LookCell] = text("the cells, then and now")

    @classmethod
    def of(cls, look: LookRecord) -> ReturnLook:
        cells = [LookCell(key=cell.key, shown=cell.shown, now=cell.now) for cell in look.cells]
        return cls(kind=look.kind, rule=look.rule, key=look.key, cells=cells)


@strawberry.type(description="A declared difference.")
class Discrepancy:
    key: str = text("key of the finding")
    rule: str = text("rule id")
    difference: str = text("canonical text; 0 for a difference that was made to go away")
    reason_class: str = text("stable code of the reason; altered: it was shown, and the figures were changed")
    declared_at: int = text("ledger position of the declaration")
    declared_office: str = text("office that declared it")
    confirmed: bool = text("whether an approver, or another second person, has looked at it")
    present: bool = text("whether the rules still find it; when not, it may be closed")
    cells: list[LookCell] = text("its cells: what they held when it was shown, and what they hold now")
    seen: list[str] = text("levels that have approved with it in view")
    closed_at: int | None = text("ledger position of its closing; null while open")
    closed_class: str | None = text("stable code of why they differed, by who closed it; null while open")
    correction: int | None = text("position of the correction that settled it")

    @classmethod
    def of(cls, discrepancy: DiscrepancyRecord, present: bool, cells: Mapping[str, CellCase]) -> Discrepancy:
        return cls(
            key=discrepancy.key,
            rule=discrepancy.rule,
            difference=discrepancy.difference,
            reason_class=discrepancy.reason_class,
            declared_at=discrepancy.declared_at,
            declared_office=discrepancy.declared_by.office,
            confirmed=discrepancy.confirmed_by is not None,
            present=present,
            cells=[
                LookCell(key=key, shown=shown, now=cells[key].text if key in cells else None)
                for key, shown in sorted(discrepancy.shown.items())
            ],
            seen=sorted(discrepancy.seen),
            closed_at=discrepancy.closed_at,
            closed_class=discrepancy.closed_class or None,
            correction=discrepancy.correction,
        )


@strawberry.type(description="A cell an event set or named.")
class LoggedCell:
    key: str = text("contest|item|breakdown|choice")
    before: str | None = text("what it held before, where the event set it")
    after: str | None = text("what it holds since; null where the event only named it")
    typed_by: list[Typist] = text("who had typed the value before, where it was another's draft or form")


@strawberry.type(description="One thing that was done to a return: by whom, when, why.")
class LogEntry:
    position: int = text("ledger position")
    type: str = text("event type, e.g. DraftSaved, FiguresCorrected, CellsSentBack, ReturnApproved")
    at: datetime = text("when it was recorded")
    person: str = text("who")
    office: str = text("for which office")
    on_behalf_of: str | None = text("entry on behalf: of which office")
    source: str | None = text(
        "entry on behalf: fax, telephone, paper …; of a lot: the document that says who won by it"
    )
    received_at: datetime | None = text("entry on behalf: when it arrived")
    level: str | None = text("level that approved, sent back or certified")
    override: bool = text("approved by who submitted it; the reason says why")
    agrees: bool | None = text("the owner's answer")
    reason_class: str | None = text("stable code of the reason or remark")
    reason: str | None = text("the reason or remark in words")
    finding: str | None = text("key of the difference it declared, confirmed or closed")
    cells: list[LoggedCell] = text("cells it set or named")
    together: list[TogetherWith] = text("of a joint correction: the other returns it submitted")
    definition_changes: list[FigureChange] = text(
        "type DefinitionChanged: what the definition or the areas said otherwise of the cells named from then on; no value "
        "changed"
    )
    won: list[str] = text(
        "types LotRecorded, LotConfirmed: choices that a lot between the equal votes named gave a seat"
    )

    @classmethod
    def renamed(cls, one: Renamed, keys: Sequence[str], changes: Iterable[Change]) -> LogEntry:
        """`keys`: cells that held something and are called, or counted, otherwise."""
        return cls(
            position=one.position, type="DefinitionChanged", at=one.recorded_at, person=one.person, office=one.office,
            on_behalf_of=None, source=None, received_at=None, level=None, override=False, agrees=None, reason_class=None,
            reason=one.reason, finding=None, together=[], definition_changes=[FigureChange.of(change) for change in changes],
            cells=[LoggedCell(key=key, before=None, after=None, typed_by=[]) for key in keys], won=[],
        )  # fmt: skip

    @classmethod
    def lot(cls, deed: Deed, record: LotRecorded, reference: str | None) -> LogEntry:
        """A lot's record or its confirmation. `reference`: what the record's document is called."""
        of = record.contest, record.item, ""
        return cls(
            position=deed.recorded.position, type=deed.recorded.event.type, at=deed.recorded.recorded_at, person=deed.person,
            office=deed.office, on_behalf_of=None, source=reference, received_at=None, level=None,
            override=getattr(deed.recorded.event, "override", False), agrees=None, reason_class=record.source_class,
            reason=deed.reason, finding=None, together=[], definition_changes=[], won=list(record.winners),
            cells=[
                LoggedCell(key=Cell(*of, choice).key, before=None, after=record.votes, typed_by=[])
                for choice in record.among
            ],
        )  # fmt: skip

    @classmethod
    def of(
        cls, deed: Deed, held: dict[str, str], drafted: dict[str, str], doers: Mapping[int, By]
    ) -> LogEntry:
        """`held`: cell key → text before the event, `drafted`: the same of the draft; updated. `doers`: who did what the
        event's `typed_at` names."""
        event = deed.recorded.event
        receipt = getattr(event, "receipt", None)
        figures = getattr(event, "figures", {})
        sets = isinstance(event, FiguresEntered | FiguresCorrected)
        typed_at = event.typed_at if isinstance(event, FiguresEntered | FiguresCorrected) else {}
        if isinstance(event, DraftSaved):
            figures, sets, held = event.cells, True, drafted
        cells = [
            LoggedCell(
                key=key, before=held.get(key) if sets else None, after=figures.get(key),
                typed_by=[Typist.of(by) for by in dict.fromkeys(doers[at] for at in typed_at.get(key, ()))],
            )
            for key in dict.fromkeys((*figures, *getattr(event, "cells", ())))
        ]  # fmt: skip
        if sets:
            held.update(figures)
        return cls(
            position=deed.recorded.position, type=event.type, at=deed.recorded.recorded_at, person=deed.person,
            office=deed.office, on_behalf_of=deed.on_behalf_of, source=receipt.source if receipt else None,
            received_at=receipt.received_at if receipt else None, level=getattr(event, "level", None),
            override=getattr(event, "override", False), agrees=getattr(event, "agrees", None),
            reason_class=getattr(event, "reason_class", None) or getattr(event, "note_class", None),
            reason=deed.reason, finding=getattr(event, "key", None), cells=cells,
            together=[TogetherWith.of(one) for one in getattr(event, "together", ())], definition_changes=[], won=[],
        )  # fmt: skip


@strawberry.type(description="A return as its editors and approvers see it, read from the ledger itself.")
class DeskReturn:
    unit: str = text("code of the reporting unit")
    status: str = text("missing, entered, submitted, sent_back, approved, certified or withdrawn")
    version: int = text("version of the return: send it as expectedVersion")
    draft_version: int = text("version of its draft")
    owner_office: str | None = text("office that first brought figures of its own")
    on_behalf: bool = text("another office entered it last, and its owner has not answered")
    method: str = text("full, sample or estimate")
    places: int | None = text("of a sample: so many places; null where it rests on the whole count")
    of_places: int | None = text("of so many")
    chain: list[ChainLevel] = text("levels that look at it, lowest first")
    cells: list[DeskCell] = text("what stands")
    draft: list[DraftCell] = text("what is typed and not submitted")
    prefill: list[Prefilled] = text("what other forms hold already, and how it agrees")
    discrepancies: list[Discrepancy] = text("declared differences")
    one: strawberry.Private[OpenReturn]
    found: strawberry.Private[Sequence[FindingRecord]]

    @readable(HELD, "the authorities' code of the unit on the polling day, where it is not the key")
    def official_code(self) -> str | None:
        return self.one.known.roster.official_codes.get(self.one.place.unit)

    @readable(HELD, "what the form asks of the unit, cell by cell, in words")
    def asks(self) -> AskedForm:
        return AskedForm.of(self.one)

    @readable(
        OUTCOMES,
        "how the contests of the return stand on the votes of its slot, and what open doubts could turn over; only "
        "contests whose every unit lies within one's reach",
    )
    def outcomes(self, info: Info, *, seen: Seen) -> list[ContestOutcome]:
        snapshot, one = info.context.snapshot, self.one
        election, form, slot, unit = one.place
        found = stakes(
            snapshot,
            snapshot.election(election),
            form,
            slot,
            one.known.contests_of_unit[unit] & seen.contests,
        )
        return [ContestOutcome.of(stake) for stake in found]

    @readable(
        HELD,
        "what the rules say of what stands; empty while nothing does. What could be declared is remembered as shown",
    )
    def findings(self, info: Info) -> list[Finding]:
        texts = {key: cell.text for key, cell in self.one.case.cells.items()}
        info.context.desk.remember_shown(self.one, texts, self.found, info.context.require_actor(), "desk")
        return [Finding.of(finding, self.one.case.explanations) for finding in self.found]

    @readable(
        HELD,
        "rules that could not look at what stands, as J19 without the facilities form that says how many places there "
        "are; empty while nothing stands",
    )
    def unchecked(self, info: Info) -> list[Unchecked]:
        found = info.context.desk.findings.unchecked(self.one) if self.one.case.cells else ()
        return [Unchecked(rule=one.rule, contest=one.contest, cells=list(one.cells)) for one in found]

    @readable(
        HELD,
        "what the rules would say if the draft were submitted now. What could be declared is remembered as shown",
    )
    def draft_findings(self, info: Info) -> list[Finding]:
        found = info.context.desk.shown_draft(self.one, info.context.require_actor())
        return [Finding.of(finding, self.one.case.explanations) for finding in found]

    @readable(HELD, "cells of the draft that cannot hold what is typed, or are left out")
    def draft_problems(self, info: Info) -> list[CellProblem]:
        problems, _ = info.context.desk.draft_check(self.one)
        return [CellProblem.of(problem) for problem in problems]

    @readable(
        OUTCOMES,
        "everything done to it, oldest first: what was typed into the draft, sent, answered, remarked, "
        "overridden, by whom and why; and lots between the votes of its contests, where all of a contest's units lie "
        "within one's reach or the lot is public",
    )
    def log(self, info: Info, *, seen: Seen) -> list[LogEntry]:
        ledger = info.context.service.ledger
        deeds = ledger.deeds([self.one.stream, draft_stream(*self.one.place)])
        submitted = {deed.recorded.command_id for deed in deeds if deed.recorded.stream_id == self.one.stream}
        told = [
            deed
            for deed in deeds
            if deed.recorded.stream_id == self.one.stream
            # Submitting empties the draft: nobody's typing.
            or (isinstance(deed.recorded.event, DraftSaved) and deed.recorded.command_id not in submitted)
        ]
        doers = ledger.doers(
            at
            for deed in told
            for before in getattr(deed.recorded.event, "typed_at", {}).values()
            for at in before
        )
        held: dict[str, str] = {}
        drafted: dict[str, str] = {}
        entries = [LogEntry.of(deed, held, drafted, doers) for deed in told]
        more = [*self._renamed(info, told), *self._lots(info, seen.contests)]
        return sorted([*entries, *more], key=lambda entry: entry.position)

    def _lots(self, info: Info, reached: frozenset[str]) -> Iterator[LogEntry]:
        """Records of lots of the return's contests, and their confirmations."""
        election, form, slot, unit = self.one.place
        snapshot = info.context.snapshot
        public = {
            lot.lot.recorded
            for lot in public_lots(snapshot, snapshot.election(election), snapshot.position)
            if (lot.form, lot.slot) == (form, slot)
        }
        contests = sorted(self.one.known.contests_of_unit[unit])
        streams = {lot_stream(election, form, slot, contest): contest for contest in contests}
        deeds = info.context.service.ledger.deeds(list(streams))
        words = sources(snapshot, (deed.recorded.position for deed in deeds))
        records: dict[int, LotRecorded] = {}
        for deed in deeds:
            event, at = deed.recorded.event, deed.recorded.position
            if isinstance(event, LotRecorded):
                records[at] = event
            else:
                assert isinstance(event, LotConfirmed)
                at = event.recorded
            if streams[deed.recorded.stream_id] in reached or at in public:
                yield LogEntry.lot(deed, records[at], words.get(at))

    def _renamed(self, info: Info, told: Sequence[Deed]) -> Iterator[LogEntry]:
        """What definitions and areas said otherwise of cells that held something by then."""
        since: dict[str, int] = {}
        for deed in told:
            if isinstance(deed.recorded.event, FiguresEntered | FiguresCorrected):
                for key in deed.recorded.event.figures:
                    since.setdefault(key, deed.recorded.position)
        if not since:
            return
        for one in info.context.service.renamed.all(self.one.place.election):
            touched = {
                key: one.changes.of(*self.one.place[1:], key)
                for key, at in since.items()
                if at < one.position
            }
            keys = [key for key, changes in touched.items() if changes]
            if keys:
                yield LogEntry.renamed(
                    one, keys, dict.fromkeys(change for key in keys for change in touched[key])
                )

    @classmethod
    def of(
        cls,
        opened: OpenReturn,
        draft: Draft,
        prefill: Mapping[str, PrefillRecord],
        findings: Sequence[FindingRecord],
        said: Sequence[SaidOfCells],
    ) -> DeskReturn:
        case = opened.case
        return cls(
            unit=opened.place.unit,
            status=opened.status.value,
            version=case.version,
            draft_version=draft.version,
            owner_office=case.owner_office,
            on_behalf=case.on_behalf,
            method=case.method,
            places=case.partial.places if case.partial else None,
            of_places=case.partial.of_places if case.partial else None,
            chain=[ChainLevel(level=level, area=area, approved=case.approved_by(level), overridden=level in case.overridden)
                   for level, area in opened.chain],
            cells=[DeskCell.of(key, cell, said) for key, cell in sorted(case.cells.items())],
            draft=[
                DraftCell(
                    key=key, text=typed, version=draft.typed[key].version,
                    typed_by=[Typist.of(by) for by in draft.typed[key].typists],
                )
                for key, typed in sorted(draft.cells.items())
            ],
            prefill=[
                Prefilled(
                    key=key, value=source.text, form=source.form, slot=source.slot, position=source.position,
                    reconciliation=_reconciliation(case.cells.get(key), source.text, source.position),
                )
                for key, source in sorted(prefill.items())
            ],
            discrepancies=[
                Discrepancy.of(found, any(finding.key == found.key for finding in findings), case.cells)
                for found in case.discrepancies.values()
            ],
            one=opened, found=findings,
        )  # fmt: skip


def _reconciliation(cell: CellCase | None, value: str, position: int) -> str:
    """A value submitted after its source differs only with a reason; a source that moved later is not explained yet."""
    if cell is None:
        return "new"
    if cell.text == value:
        return "equal"
    return "open" if position > cell.position else "explained"
