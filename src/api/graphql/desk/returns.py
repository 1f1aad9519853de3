"""What editors see of a return: its cells with their approvals, its draft, what it would be filled with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import strawberry

from api.graphql.access import HELD, OUTCOMES, Seen, readable
from api.graphql.context import Info
from api.graphql.desk.asks import AskedForm
from api.graphql.desk.ballots import BallotsInCommon, OwnBallots, parts_of_division
from api.graphql.desk.beside import BesideOthers
from api.graphql.desk.differences import Discrepancy, ReturnLook
from api.graphql.desk.entries import DraftCell, ReadingTogether, SecondEntry
from api.graphql.desk.findings import Finding, Unchecked
from api.graphql.desk.log import LogEntry, log_of
from api.graphql.desk.outcomes import ContestOutcome
from api.graphql.desk.said import SaidOfCells
from api.graphql.desk.then import ReturnThen
from api.graphql.mutations import CellProblem
from api.graphql.types import Typist, described
from api.graphql.visibility import seen_beside
from projections.read.stakes import stakes
from reporting.application.acting import phase_of
from reporting.application.authority import allowed, operations, reach_of
from reporting.application.beside_others import beside_others
from reporting.application.entry import own_office_names
from reporting.application.opened import Draft, DraftedDivision, OpenReturn
from reporting.application.opened import Prefill as PrefillRecord
from reporting.application.then import ReturnThen as ReturnThenRecord
from reporting.domain.cell_case import CellCase
from reporting.domain.figures import format_value
from reporting.kit.paper.controls import control_totals
from reporting.rules.model import Finding as FindingRecord


@strawberry.type(description="One cell of a return on its way.")
class DeskCell:
    key: str = described("contest|item|breakdown|choice")
    value: str = described("canonical text: 123, 56.789, !none …")
    position: int = described("ledger position that set it")
    office: str = described("office that set it")
    person: str = described("who sent it")
    typed_by: list[Typist] = described(
        "who typed the value before it was sent, where that is known; neither they nor the sender may approve it"
    )
    approved: list[str] = described("levels that have approved this very value")
    sent_back: str | None = described("reason class, when it was sent back")
    edited_above: bool = described("whether an office other than the owner changed it, unanswered")
    objected: bool = described("whether the owner objects to it")
    on_behalf: bool = described("whether another office entered it for its owner, unanswered")
    said: list[SaidOfCells] = described(
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


@strawberry.type(
    description="A value that other forms of the unit hold already, or that its polling places say."
)
class Prefilled:
    key: str = described("contest|item|breakdown|choice")
    value: str = described("canonical text")
    form: str = described("form it comes from")
    slot: str = described("slot it comes from")
    position: int = described("ledger position that set it")
    places: int | None = described(
        "of so many polling places of the unit it is the sum or the count, all that there are, for this very form and slot; "
        "null: another form's"
    )
    cases: int | None = described(
        "of so many incidents of the unit it is the count, or the ballots touched; null: it is no count of incidents"
    )
    reconciliation: str = described(
        "equal, explained (changed with a reason), open (the source moved afterwards), or new"
    )


@strawberry.type(description="A level that looks at the return, lowest first.")
class ChainLevel:
    level: str = described("level")
    area: str = described("area whose office it is")
    approved: bool = described("whether it has approved every cell")
    overridden: bool = described("whether somebody openly approved or certified their own work here")


@strawberry.type(description="Control totals, to compare with those on a paper form.")
class Controls:
    filled: int = described("cells that say something, an absence too")
    total: str = described("sum of every number, exactly; persons, ballots and votes alike")


@strawberry.type(description="A proportional division that the draft keeps for the submission.")
class DraftDivision:
    contest: str = described("contest")
    own: list[OwnBallots] = described("votes of their own")
    common: list[BallotsInCommon] = described("ballots in common")
    by: Typist = described("who divided")
    called_otherwise: bool = described(
        "whether somebody in it was called otherwise when it was made: it is refused until it is divided anew or taken out"
    )

    @classmethod
    def of(cls, contest: str, held: DraftedDivision, *, called_otherwise: bool) -> DraftDivision:
        parts = parts_of_division(held.divided)
        return cls(contest=contest, by=Typist.of(held.by), called_otherwise=called_otherwise, **parts)


@strawberry.type(description="A return as its editors and approvers see it, read from the ledger itself.")
class DeskReturn:
    unit: str = described("code of the reporting unit")
    status: str = described("missing, entered, submitted, sent_back, approved, certified or withdrawn")
    next_level: str | None = described(
        "level it waits for, as on boards: `approved` with one is approved only in part; null: it waits for none"
    )
    version: int = described("version of the return: send it as expectedVersion")
    draft_version: int = described("version of its draft")
    owner_office: str | None = described("office that first brought figures of its own")
    on_behalf: bool = described("another office entered it last, and its owner has not answered")
    method: str = described("full, sample or estimate")
    places: int | None = described("of a sample: so many places; null where it rests on the whole count")
    of_places: int | None = described("of so many")
    chain: list[ChainLevel] = described("levels that look at it, lowest first")
    cells: list[DeskCell] = described("what stands")
    draft: list[DraftCell] = described(
        "what is typed and not submitted; of a form that two people type, until both are done, for its own typists alone"
    )
    draft_divisions: list[DraftDivision] = described(
        "proportional divisions that go with the submission, by contest; hidden where the draft is"
    )
    second_entry: SecondEntry | None = described("of a form that two people type; else null")
    readings: list[ReadingTogether] = described("values read out against the paper, oldest first")
    prefill: list[Prefilled] = described(
        "what polling places and other forms hold already, and how it agrees"
    )
    discrepancies: list[Discrepancy] = described("declared differences")
    then: ReturnThen | None = described("the return as it stood at `asOf`; null without it")
    opened: strawberry.Private[OpenReturn]
    standing: strawberry.Private[Sequence[FindingRecord]]

    @readable(HELD, "the authorities' code of the unit on the polling day, where it is not the key")
    def official_code(self) -> str | None:
        return self.opened.roster.official_codes.get(self.opened.place.unit)

    @readable(HELD, "the unit's own office by name, as `onBehalfOf` takes it")
    def own_office(self, info: Info) -> str:
        directory, owner = info.context.service.directory(), self.opened.case.owner_office
        return own_office_names(self.opened.roster, self.opened.place.unit, owner, directory)[0]

    @readable(
        HELD,
        "how one's own office stands to the unit: own, sole, below, last, beyond or all; null: not at all",
    )
    def reach(self, info: Info) -> str | None:
        return reach_of(info.context.require_actor(), self.opened.roster, self.opened.place.unit)

    @readable(
        HELD,
        "operations that the matrix (`authority`) lets one's own office do with this return as it stands; each may still "
        "wait for a level below, a second person or an open rule",
    )
    def may(self, info: Info) -> list[str]:
        actor, phase = info.context.require_actor(), phase_of(self.opened)
        reach = reach_of(actor, self.opened.roster, self.opened.place.unit)
        return [operation for operation in operations() if allowed(operation, actor, reach, phase)]

    @readable(HELD, "what the form asks of the unit, cell by cell, in words")
    def asks(self) -> AskedForm:
        return AskedForm.of(self.opened)

    @readable(
        OUTCOMES,
        "how the contests of the return stand on the votes of its slot, and what open doubts could turn over; only "
        "contests whose every unit lies within one's reach",
    )
    def outcomes(self, info: Info, *, seen: Seen) -> list[ContestOutcome]:
        snapshot, defined = info.context.snapshot, self.opened.defined
        election, form, slot, unit = self.opened.place
        contests = defined.contests_of_unit[unit] & seen.contests
        return [
            ContestOutcome.of(stake)
            for stake in stakes(snapshot, snapshot.election(election), form, slot, contests)
        ]

    @readable(
        HELD,
        "what one's own level approves only by who has looked at it, cell by cell; empty for who approves nothing of it",
    )
    def looks(self, info: Info) -> list[ReturnLook]:
        actor = info.context.require_actor()
        return [ReturnLook.of(look) for look in info.context.desk.looks(self.opened, actor)]

    @readable(
        HELD,
        "what stands, held against the election before, earlier slots and the units beside it; null while nothing stands",
    )
    def beside(self, info: Info) -> BesideOthers | None:
        if not self.opened.case.cells:
            return None
        election = self.opened.defined
        seen = seen_beside(info, election.definition, election.roster.units.keys() - {self.opened.place.unit})
        return BesideOthers.of(beside_others(info.context.desk.findings, self.opened, seen.__contains__))

    @readable(
        HELD,
        "what the rules say of what stands; empty while nothing does. What could be declared is remembered as shown",
    )
    def findings(self, info: Info) -> list[Finding]:
        texts = self.opened.case.texts
        info.context.desk.remember_shown(
            self.opened, texts, self.standing, info.context.require_actor(), "desk"
        )
        return [Finding.of(finding, self.opened.case.explanations) for finding in self.standing]

    @readable(
        HELD,
        "rules that could not look at what stands, as J19 without the facilities form that says how many places there "
        "are; empty while nothing stands",
    )
    def unchecked(self, info: Info) -> list[Unchecked]:
        if not self.opened.case.cells:
            return []
        return [Unchecked.of(silent) for silent in info.context.desk.findings.unchecked(self.opened)]

    @readable(
        HELD,
        "what the rules would say if the draft were submitted now. What could be declared is remembered as shown",
    )
    def draft_findings(self, info: Info) -> list[Finding]:
        actor = info.context.require_actor()
        if self.opened.hides_draft_from(actor.person):
            return []
        shown = info.context.desk.shown_draft(self.opened, actor)
        return [Finding.of(finding, self.opened.case.explanations) for finding in shown]

    @readable(
        HELD,
        "control totals of what would stand: the draft over what stands over what other forms hold; of a form that two people "
        "type, of one's own entry until both are compared",
    )
    def controls(self, info: Info) -> Controls:
        draft = self.opened.draft
        hides = self.opened.hides_draft_from(info.context.require_actor().person)
        own = {key: held.text for key, held in (draft.second if hides else draft.typed).items() if held.text}
        own = own if not hides or draft.sees_second(info.context.require_actor().person) else {}
        texts = {source.key: source.value for source in self.prefill} | self.opened.case.texts | own
        totals = control_totals(texts)
        return Controls(filled=totals.filled, total=format_value(totals.total))

    @readable(HELD, "cells of the draft that cannot hold what is typed, or are left out")
    def draft_problems(self, info: Info) -> list[CellProblem]:
        if self.opened.hides_draft_from(info.context.require_actor().person):
            return []
        problems, _ = info.context.desk.draft_check(self.opened)
        return [CellProblem.of(problem) for problem in problems]

    @readable(
        OUTCOMES,
        "everything done to it, oldest first: what was typed into the draft, sent, answered, remarked, "
        "overridden, by whom and why; and lots between the votes of its contests, where all of a contest's units lie "
        "within one's reach or the lot is public",
    )
    def log(self, info: Info, *, seen: Seen) -> list[LogEntry]:
        person = info.context.require_actor().person
        return log_of(self.opened, info.context.service, info.context.snapshot, seen.contests, person)

    @classmethod
    def of(
        cls,
        opened: OpenReturn,
        draft: Draft,
        prefill: Mapping[str, PrefillRecord],
        findings: Sequence[FindingRecord],
        said: Sequence[SaidOfCells],
        person: str,
        then: ReturnThenRecord | None = None,
        others: Mapping[str, tuple[str, str]] | None = None,
        second_others: Mapping[str, tuple[str, str]] | None = None,
        divided_otherwise: Collection[str] = (),
    ) -> DeskReturn:
        """`person`: whose eyes it is for. `then`: as it stood at another moment. `others`: draft cells typed under another name:
        (name then, name now); `second_others`: those of the second entry; `divided_otherwise`: contests whose division in the draft is of other names."""
        case = opened.case
        return cls(
            unit=opened.place.unit,
            status=opened.status.value,
            next_level=opened.next_level,
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
                DraftCell.of(key, draft.typed[key], (others or {}).get(key, (None,))[0])
                for key in ([] if opened.hides_draft_from(person) else sorted(draft.cells))
            ],
            draft_divisions=[
                DraftDivision.of(contest, held, called_otherwise=contest in divided_otherwise)
                for contest, held in sorted(({} if opened.hides_draft_from(person) else draft.divisions).items())
            ],
            readings=[
                ReadingTogether.of(
                    reading, case.texts | draft.cells
                )
                for reading in ([] if opened.hides_draft_from(person) else case.readings)
            ],
            second_entry=SecondEntry.of(draft, person, others or {}, second_others or {}) if opened.typed_twice else None,
            prefill=[
                Prefilled(
                    key=key, value=source.text, form=source.form, slot=source.slot, position=source.position,
                    places=source.places, cases=source.cases,
                    reconciliation=_reconciliation(case.cells.get(key), source.text, source.position),
                )
                for key, source in sorted(prefill.items())
            ],
            discrepancies=[
                Discrepancy.of(declared, any(finding.key == declared.key for finding in findings), case.cells)
                for declared in case.discrepancies.values()
            ],
            then=None if then is None else ReturnThen.of(then),
            opened=opened, standing=findings,
        )  # fmt: skip


def _reconciliation(cell: CellCase | None, value: str, position: int) -> str:
    """A value submitted after its source differs only with a reason; a source that moved later is not explained yet."""
    if cell is None:
        return "new"
    if cell.text == value:
        return "equal"
    return "open" if position > cell.position else "explained"
