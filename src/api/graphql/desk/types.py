"""What offices see of many returns: boards, work lists, the register, releases, previews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from api.graphql.desk.findings import Finding
from api.graphql.desk.outcomes import ContestOutcome
from api.graphql.desk.public import ReleasedChange, ReleasedLot
from api.graphql.desk.said import SaidOfCells
from api.graphql.partial import SampledPart
from api.graphql.types import PageInfo, text
from projections.read import desk as rows
from projections.read import preview as preview_rows
from projections.read.stakes import Stake
from reporting.application.preview import ReturnAfter
from reporting.domain.election import Slot
from reporting.domain.figures import trimmed
from reporting.publication.planned import ReleasePlan
from reporting.rules.disclosure import Disclosure, Equation


@strawberry.type(description="Returns of one slot under one area, by status.")
class BoardRow:
    area: str = text("code of the area")
    name: str = text("its name")
    level: str = text("its level")
    units: int = text("reporting units")
    missing: int = text("nothing yet")
    entered: int = text("figures, nobody has vouched for them")
    submitted: int = text("submitted, not approved by the first level")
    sent_back: int = text("cells await their owner")
    approved: int = text("approved by the first level at least")
    certified: int = text("final")
    withdrawn: int = text("taken back")
    changed_at: datetime | None = text("last change among them")
    sampled: int = text("of them, those that rest on a sample or an estimate")
    places: int | None = text("of the samples among these: so many places")
    of_places: int | None = text("of so many")
    contests_at_stake: int = text(
        "contests with units below, whole within one's reach, in which a difference declared and not resolved could "
        "turn over a seat or a statutory line, on the votes of this slot"
    )

    @classmethod
    def of(cls, row: rows.BoardRow, contests_at_stake: int) -> BoardRow:
        held = {name: getattr(row, name) for name in rows.BoardRow.__dataclass_fields__}
        return cls(**held, contests_at_stake=contests_at_stake)


@strawberry.type(description="A return that waits for somebody.")
class WorkItem:
    unit: str = text("code of the reporting unit")
    unit_name: str = text("its name")
    form: str = text("form")
    slot: str = text("slot")
    status: str = text("where it stands")
    next_level: str | None = text("level it waits for")
    next_area: str | None = text("area whose office it waits for")
    submitted_by: str | None = text("office that submitted it")
    changed_at: datetime | None = text("since when")
    sent_back: list[str] = text("cells sent back")
    edited_above: list[str] = text("cells another office changed or entered on behalf, unanswered")
    objected: list[str] = text("cells the owner objects to")
    said: list[SaidOfCells] = text("what was said of these cells, in words, oldest first")
    method: str = text("full, sample or estimate")
    places: int | None = text("of a sample: so many places; null where it rests on the whole count")
    of_places: int | None = text("of so many")
    cut_off: datetime | None = text("when the slot's reports are due")
    publish_at: datetime | None = text("when the slot is published")

    @classmethod
    def of(cls, row: rows.WorkRow, slot: Slot, said: list[SaidOfCells]) -> WorkItem:
        held = {name: getattr(row, name) for name in rows.WorkRow.__dataclass_fields__}
        return cls(**held, said=said, cut_off=slot.cut_off, publish_at=slot.publish_at)


@strawberry.type(
    description="A cell beside the slot it was filled from: flash against final, final against survey."
)
class Reconciled:
    unit: str = text("code of the reporting unit")
    unit_name: str = text("its name")
    cell: str = text("contest|item|breakdown|choice")
    source_form: str = text("form it was filled from")
    source_slot: str = text("slot it was filled from")
    source_value: str = text("what stands there")
    value: str = text("what stands here")
    state: str = text(
        "equal, explained (changed afterwards, with a reason), or open (the source moved afterwards)"
    )

    @classmethod
    def of(cls, row: rows.ReconciledRow) -> Reconciled:
        return cls(
            unit=row.unit, unit_name=row.unit_name, cell=row.cell, source_form=row.source_form,
            source_slot=row.source_slot, source_value=trimmed(row.source_value), value=trimmed(row.value),
            state=row.state,
        )  # fmt: skip


@strawberry.type(description="Cells beside their sources, by unit.")
class ReconciledConnection:
    nodes: list[Reconciled] = text("the cells")
    page_info: PageInfo = text("where the page ends")
    as_of_position: int = text("ledger position of the answer")
    layer: str = text("layer that is read: entered, the level that approved, or released")


@strawberry.type(description="A total or rate before and after a correction.")
class Moved:
    geography: str = text("geography of the area")
    area: str = text("code of the area")
    name: str = text("its name")
    level: str = text("its level")
    item: str = text("item")
    breakdown: str = text("e.g. sex=f")
    choice: str = text("candidate or party")
    before: str | None = text("now")
    after: str | None = text("afterwards")


@strawberry.type(description="Another place where the value stands.")
class Elsewhere:
    form: str = text("form")
    slot: str = text("slot")
    layer: str = text("entered, a level that approved it, or released")
    cell: str = text("contest|item|breakdown|choice")
    value: str = text("what stands there")

    @classmethod
    def of(cls, row: preview_rows.Elsewhere) -> Elsewhere:
        return cls(form=row.form, slot=row.slot, layer=row.layer.name, cell=row.cell, value=row.value)


@strawberry.type(description="Who leads a contest, before and after.")
class OutcomeMoved:
    contest: str = text("contest")
    before: list[str] = text("choices on its seats now, ties included")
    after: list[str] = text("choices on its seats afterwards")
    by_lot: list[str] = text("those of `after` that a lot gave their seat, where it would still hold")
    changes: bool = text("whether they differ")
    margin: str | None = text(
        "votes afterwards between the last on its seats and the first who is not; null where nobody is"
    )
    open_doubt: str = text("ballots of differences declared and not resolved, the largest of each unit")
    at_stake: list[str] = text("choices whose seat the open doubt could turn over; a tie counts")
    lines_at_stake: list[str] = text(
        "line/choice (e.g. deposit_smd/c): the open doubt could carry the choice across a statutory line"
    )


@strawberry.type(description="Everything a correction would move. Nothing is changed by asking.")
class Preview:
    totals: list[Moved] = text("totals and rates of the areas that the asking office reaches")
    elsewhere: list[Elsewhere] = text("slots, approvals and releases that hold the value")
    outcomes: list[OutcomeMoved] = text(
        "contests whose leaders are looked at, of those all of whose units the asking office reaches"
    )
    findings: list[Finding] = text("what the rules would say")
    untouched: str = text("SHA-256 of every other cell of the return: the correction must leave it as it is")
    version: int = text("version of the return that was looked at: the correction's expectedVersion")
    sampled: list[SampledPart] = text(
        "returns in these totals that rest on a sample or an estimate, this one among them: they do so afterwards, too, "
        "unless they are submitted as counted whole"
    )

    @classmethod
    def of(cls, found: preview_rows.Preview, after: ReturnAfter, sampled: list[SampledPart]) -> Preview:
        return cls(
            version=after.version,
            sampled=sampled,
            totals=[Moved(**fields_of(total)) for total in found.totals],
            elsewhere=[Elsewhere.of(one) for one in found.elsewhere],
            outcomes=[
                OutcomeMoved(**fields_of(outcome), changes=outcome.changes) for outcome in found.outcomes
            ],
            findings=[Finding.of(finding) for finding in after.findings],
            untouched=after.untouched,
        )


def fields_of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


@strawberry.type(description="An equation that holds among cells, and lets one of them be computed.")
class DisclosingEquation:
    by: str = text(
        "code of the rule that says so; breakdown: parts of a breakdown; divided_unit: parts of a divided unit; same_cell: "
        "another form has the figure; earlier_release: it was public before"
    )
    cells: list[str] = text("what it is about: unit and contest|item|breakdown|choice")
    where: str = text("form/slot, where it is that of another form or of a release before; else empty")

    @classmethod
    def of(cls, equation: Equation) -> DisclosingEquation:
        return cls(
            by=equation.by,
            cells=[f"{cell.unit} {cell.key}" for cell in sorted(equation.terms)],
            where=equation.where,
        )


@strawberry.type(description="A withheld figure that what is public would let anybody compute.")
class Disclosed:
    unit: str = text("code of the reporting unit")
    cell: str = text("contest|item|breakdown|choice")
    equations: list[DisclosingEquation] = text("which together give it")

    @classmethod
    def of(cls, disclosure: Disclosure) -> Disclosed:
        equations = [DisclosingEquation.of(equation) for equation in disclosure.equations]
        return cls(unit=disclosure.cell.unit, cell=disclosure.cell.key, equations=equations)


@strawberry.type(
    description="What a release of a slot would hold, were it made now. Nothing is released by asking."
)
class NextRelease:
    seal: str = text(
        "SHA-256 of what it would hold, figures, lots and what they rest on: send it as `seen`, and nothing else is released"
    )
    number: int = text("1: the publication; more: a correction notice")
    begins: datetime = text("before then the slot is not released")
    approved: int = text("units whose figures would be in it")
    expected: int = text("units that report")
    under_correction: list[str] = text("units being corrected meanwhile")
    units_changed: int = text(
        "units of which it would hold something new; 0 and no lot with a `kind`: it would not be made again"
    )
    lots: list[ReleasedLot] = text("every lot it would hold, and by its `kind` what is new of it")
    changes: list[ReleasedChange] = text("differences to what is public; empty before the first release")
    outcomes: list[ContestOutcome] = text(
        "how each contest would stand in it, and what open doubts could turn over"
    )
    disclosures: list[Disclosed] = text(
        "withheld figures that it would let anybody compute: withhold others with them, or release with a `reason`"
    )

    held_back: list[str] = text(
        "units of which the clock lets nothing new out, because with it a withheld figure could be computed that cannot be now; "
        "withhold others with it, or release by hand with a `reason`"
    )

    @classmethod
    def of(
        cls, plan: ReleasePlan, found: list[Stake], disclosed: Sequence[Disclosure], held: Sequence[str]
    ) -> NextRelease:
        return cls(
            seal=plan.seal,
            number=plan.number,
            begins=plan.begins,
            approved=plan.approved,
            expected=plan.expected,
            under_correction=list(plan.under_correction),
            units_changed=len(plan.changed),
            lots=[ReleasedLot.of(lot) for lot in plan.lots],
            changes=[ReleasedChange(**change.model_dump()) for change in plan.changes],
            outcomes=[ContestOutcome.of(stake) for stake in found],
            disclosures=[Disclosed.of(cell) for cell in disclosed],
            held_back=list(held),
        )


@strawberry.type(description="One row of the authorisation matrix.")
class Permission:
    operation: str = text("what")
    role: str = text("who")
    reach: str = text("how the office stands to the unit: own, sole, below, last, beyond, all")
    phase: str = text("open or certified")
