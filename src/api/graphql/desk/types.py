"""What offices see of many returns: boards, work lists, the register, releases, previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import strawberry

from api.graphql.desk.findings import Finding
from api.graphql.desk.outcomes import ContestOutcome
from api.graphql.desk.public import IncompleteUnit, ReleasedBasis, ReleasedChange, ReleasedLot
from api.graphql.desk.said import SaidOfCells
from api.graphql.partial import SampledPart
from api.graphql.types import Label, NamedUnit, PageInfo, described
from api.graphql.wide import written
from projections.read import desk as rows
from projections.read import preview as preview_rows
from projections.read.stakes import Stake
from reporting.application.preview import ReturnAfter
from reporting.application.work_then import WaitedThen
from reporting.domain.election import Slot
from reporting.domain.figures import trimmed
from reporting.domain.units import Unit
from reporting.publication.planned import Completeness, ReleasePlan
from reporting.rules.disclosure import Disclosure, Equation


@strawberry.type(description="Returns of one slot under one area, by status.")
class BoardRow:
    area: str = described("code of the area")
    name: str = described("its name")
    level: str = described("its level")
    units: int = described("reporting units")
    missing: int = described("nothing yet")
    entered: int = described("figures, nobody has vouched for them")
    submitted: int = described("submitted, not approved by the first level")
    sent_back: int = described("cells await their owner")
    approved: int = described("approved by the first level at least")
    certified: int = described("final")
    withdrawn: int = described("taken back")
    changed_at: datetime | None = described("last change among them")
    sampled: int = described("of them, those that rest on a sample or an estimate")
    places: int | None = described("of the samples among these: so many places")
    of_places: int | None = described("of so many")
    contests_at_stake: int = described(
        "contests with units below, whole within one's reach, in which a difference declared and not resolved could "
        "turn over a seat or a statutory line, on the votes of this slot"
    )

    @classmethod
    def of(cls, row: rows.BoardRow, contests_at_stake: int) -> BoardRow:
        return cls(**row._asdict(), contests_at_stake=contests_at_stake)


@strawberry.type(description="A return that waits for somebody.")
class WorkItem:
    unit: str = described("code of the reporting unit")
    unit_name: str = described("its name")
    form: str = described("form")
    slot: str = described("slot")
    status: str = described("where it stands")
    next_level: str | None = described("level it waits for")
    next_area: str | None = described("area whose office it waits for")
    submitted_by: str | None = described("office that submitted it")
    changed_at: datetime | None = described("since when")
    sent_back: list[str] = described("cells sent back")
    edited_above: list[str] = described("cells another office changed or entered on behalf, unanswered")
    objected: list[str] = described("cells the owner objects to")
    said: list[SaidOfCells] = described("what was said of these cells, in words, oldest first")
    method: str = described("full, sample or estimate")
    places: int | None = described("of a sample: so many places; null where it rests on the whole count")
    of_places: int | None = described("of so many")
    differing: list[str] = described("rules of its declared differences that are open")
    cut_off: datetime | None = described("when the slot's reports are due")
    publish_at: datetime | None = described("when the slot is published")

    @classmethod
    def of(cls, row: rows.WorkRow | WaitedThen, slot: Slot, said: list[SaidOfCells]) -> WorkItem:
        held = {name: getattr(row, name) for name in rows.WorkRow.__dataclass_fields__}
        return cls(**held, said=said, cut_off=slot.cut_off, publish_at=slot.publish_at)


@strawberry.type(
    description="A cell beside the slot it was filled from: flash against final, final against survey."
)
class Reconciled:
    unit: str = described("code of the reporting unit")
    unit_name: str = described("its name")
    cell: str = described("contest|item|breakdown|choice")
    source_form: str = described("form it was filled from")
    source_slot: str = described("slot it was filled from")
    source_value: str = described("what stands there")
    value: str = described("what stands here")
    state: str = described(
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
    nodes: list[Reconciled] = described("the cells")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")
    layer: str = described("layer that is read: entered, the level that approved, or released")


@strawberry.type(description="A total or rate before and after a correction.")
class Moved:
    geography: str = described("geography of the area")
    area: str = described("code of the area")
    name: str = described("its name")
    level: str = described("its level")
    item: str = described("item")
    breakdown: str = described("e.g. sex=f")
    choice: str = described("candidate or party")
    before: str | None = described("now")
    after: str | None = described("afterwards")


@strawberry.type(description="Another place where the value stands.")
class Elsewhere:
    form: str = described("form")
    slot: str = described("slot")
    layer: str = described("entered, a level that approved it, or released")
    cell: str = described("contest|item|breakdown|choice")
    value: str = described("what stands there")

    @classmethod
    def of(cls, row: preview_rows.Elsewhere) -> Elsewhere:
        return cls(form=row.form, slot=row.slot, layer=row.layer.name, cell=row.cell, value=row.value)


@strawberry.type(description="Who leads a contest, before and after.")
class OutcomeMoved:
    contest: str = described("contest")
    before: list[str] = described("choices on its seats now, ties included")
    after: list[str] = described("choices on its seats afterwards")
    by_lot: list[str] = described("those of `after` that a lot gave their seat, where it would still hold")
    changes: bool = described("whether they differ")
    margin: str | None = described(
        "votes afterwards between the last on its seats and the first who is not; null where nobody is"
    )
    open_doubt: str = described("ballots of differences declared and not resolved, the largest of each unit")
    at_stake: list[str] = described("choices whose seat the open doubt could turn over; a tie counts")
    lines_at_stake: list[str] = described(
        "line/choice (e.g. deposit_smd/c): the open doubt could carry the choice across a statutory line"
    )


@strawberry.type(description="Everything a correction would move. Nothing is changed by asking.")
class Preview:
    totals: list[Moved] = described("totals and rates of the areas that the asking office reaches")
    elsewhere: list[Elsewhere] = described("slots, approvals and releases that hold the value")
    outcomes: list[OutcomeMoved] = described(
        "contests whose leaders are looked at, of those all of whose units the asking office reaches"
    )
    findings: list[Finding] = described("what the rules would say")
    untouched: str = described(
        "SHA-256 of every other cell of the return: the correction must leave it as it is"
    )
    version: int = described("version of the return that was looked at: the correction's expectedVersion")
    sampled: list[SampledPart] = described(
        "returns in these totals that rest on a sample or an estimate, this one among them: they do so afterwards, too, "
        "unless they are submitted as counted whole"
    )

    @classmethod
    def of(
        cls, preview: preview_rows.Preview, after: ReturnAfter, sampled: list[SampledPart], asked: list[Any]
    ) -> Preview:
        """`asked`: of the totals, for `written`."""
        return cls(
            version=after.version,
            sampled=sampled,
            totals=written([Moved(**fields_of(total)) for total in preview.totals], Moved, asked),
            elsewhere=[Elsewhere.of(place) for place in preview.elsewhere],
            outcomes=[
                OutcomeMoved(**fields_of(outcome), changes=outcome.changes) for outcome in preview.outcomes
            ],
            findings=[Finding.of(finding) for finding in after.findings],
            untouched=after.untouched,
        )


def fields_of(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


@strawberry.type(description="An equation that holds among cells, and lets one of them be computed.")
class DisclosingEquation:
    by: str = described(
        "code of the rule that says so; breakdown: parts of a breakdown; divided_unit: parts of a divided unit; same_cell: "
        "another form has the figure; earlier_release: it was public before"
    )
    cells: list[str] = described("what it is about: unit and contest|item|breakdown|choice")
    where: str = described("form/slot, where it is that of another form or of a release before; else empty")

    @classmethod
    def of(cls, equation: Equation) -> DisclosingEquation:
        return cls(
            by=equation.by,
            cells=[f"{cell.unit} {cell.key}" for cell in sorted(equation.terms)],
            where=equation.where,
        )


@strawberry.type(description="A withheld figure that what is public would let anybody compute.")
class Disclosed:
    unit: str = described("code of the reporting unit")
    cell: str = described("contest|item|breakdown|choice")
    equations: list[DisclosingEquation] = described("which together give it")

    @classmethod
    def of(cls, disclosure: Disclosure) -> Disclosed:
        equations = [DisclosingEquation.of(equation) for equation in disclosure.equations]
        return cls(unit=disclosure.cell.unit, cell=disclosure.cell.key, equations=equations)


@strawberry.type(
    description="What a release of a slot would hold, were it made now. Nothing is released by asking."
)
class NextRelease:
    fingerprint: str = described(
        "SHA-256 of what it would hold, figures, lots and what they rest on: send it as `seen`, and nothing else is released"
    )
    number: int = described("1: the publication; more: a correction notice")
    begins: datetime = described("before then the slot is not released")
    approved: int = described("units whose figures would be in it")
    expected: int = described("units that report")
    whole: int = described("of these, units that lack no figure")
    incomplete: list[IncompleteUnit] = described("units with figures that lack some")
    named: list[NamedUnit] = described("names of all units that it tells by code")
    under_correction: list[str] = described("units being corrected meanwhile")
    units_changed: int = described(
        "units of which it would hold something new; 0 and no lot with a `kind`: it would not be made again"
    )
    lots: list[ReleasedLot] = described("every lot it would hold, and by its `kind` what is new of it")
    changes: list[ReleasedChange] = described("differences to what is public; empty before the first release")
    bases: list[ReleasedBasis] = described(
        "units whose figures would rest on another count than what is public; empty before the first release"
    )
    outcomes: list[ContestOutcome] = described(
        "how each contest would stand in it, and what open doubts could turn over"
    )
    disclosures: list[Disclosed] = described(
        "withheld figures that it would let anybody compute: withhold others with them, or release with a `reason`"
    )

    held_back: list[str] = described(
        "units of which the clock lets nothing new out, because with it a withheld figure could be computed that cannot be now; "
        "withhold others with it, or release by hand with a `reason`"
    )

    @classmethod
    def of(
        cls,
        plan: ReleasePlan,
        gaps: Completeness,
        stakes: list[Stake],
        disclosed: Sequence[Disclosure],
        held: Sequence[str],
        names: Mapping[str, Unit],
    ) -> NextRelease:
        """`names`: units of the election, by code."""
        return cls(
            fingerprint=plan.fingerprint,
            number=plan.number,
            begins=plan.begins,
            approved=plan.approved,
            expected=plan.expected,
            whole=gaps.whole,
            incomplete=[IncompleteUnit(unit=lack.unit, cells=list(lack.cells)) for lack in gaps.incomplete],
            named=[
                NamedUnit(code=unit, name=names[unit].name)
                for unit in sorted(_told_by_code(plan, gaps, disclosed, held))
                if unit in names
            ],
            under_correction=list(plan.under_correction),
            units_changed=len(plan.changed),
            lots=[ReleasedLot.of(lot) for lot in plan.lots],
            changes=[ReleasedChange(**change.model_dump()) for change in plan.changes],
            bases=[ReleasedBasis.of(basis) for basis in plan.bases],
            outcomes=[ContestOutcome.of(stake) for stake in stakes],
            disclosures=[Disclosed.of(cell) for cell in disclosed],
            held_back=list(held),
        )


def _told_by_code(
    plan: ReleasePlan, gaps: Completeness, disclosed: Sequence[Disclosure], held: Sequence[str]
) -> set[str]:
    return {
        *plan.under_correction,
        *held,
        *(lack.unit for lack in gaps.incomplete),
        *(change.unit for change in plan.changes),
        *(basis.unit for basis in plan.bases),
        *(disclosure.cell.unit for disclosure in disclosed),
    }


@strawberry.type(description="One row of the authorisation matrix.")
class Permission:
    operation: str = described("what")
    label: Label = described("what, in words")
    role: str = described("who")
    reach: str = described("how the office stands to the unit: own, sole, below, last, beyond, all")
    phase: str = described("open or certified")
