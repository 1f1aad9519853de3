"""What editors see of a return: its cells with their approvals, findings, what it would be filled with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.graphql.types import PageInfo, text
from projections.read import desk as rows
from projections.read import preview as preview_rows
from reporting.application.opened import OpenReturn
from reporting.domain.case import CellCase
from reporting.domain.case import Discrepancy as DiscrepancyRecord
from reporting.domain.figures import format_value
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
    waivable: bool = text("whether it may be declared as a discrepancy")
    declared: bool = text("whether it has been, by two people")

    @classmethod
    def of(cls, one: FindingRecord) -> Finding:
        numbers = {
            name: None if (value := getattr(one, name)) is None else format_value(value)
            for name in ("expected", "actual", "difference")
        }
        return cls(
            key=one.key,
            rule=one.rule,
            version=one.version,
            severity=one.severity,
            contest=one.contest,
            cells=list(one.cells),
            message_ja=one.message_ja,
            message_en=one.message_en,
            waivable=one.waivable,
            declared=one.declared,
            **numbers,
        )


@strawberry.type(description="One cell of a return on its way.")
class DeskCell:
    key: str = text("contest|item|breakdown|choice")
    value: str = text("canonical text: 123, 56.789, !none …")
    position: int = text("ledger position that set it")
    office: str = text("office that set it")
    approved: list[str] = text("levels that have approved this very value")
    sent_back: str | None = text("reason class, when it was sent back")
    edited_above: bool = text("whether an office other than the owner changed it, unanswered")
    objected: bool = text("whether the owner objects to it")

    @classmethod
    def of(cls, key: str, one: CellCase) -> DeskCell:
        return cls(
            key=key,
            value=one.text,
            position=one.position,
            office=one.by.office,
            approved=sorted(one.approved_now),
            sent_back=one.sent_back,
            edited_above=one.edited_above,
            objected=one.objected,
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
    text: str = text("as typed")


@strawberry.type(description="A level that looks at the return, lowest first.")
class ChainLevel:
    level: str = text("level")
    area: str = text("area whose office it is")
    approved: bool = text("whether it has approved every cell")


@strawberry.type(description="A declared difference.")
class Discrepancy:
    key: str = text("key of the finding")
    rule: str = text("rule id")
    difference: str = text("canonical text; 0 for a difference that was made to go away")
    reason_class: str = text("stable code of the reason; altered: figures were changed after a refusal")
    declared_at: int = text("ledger position of the declaration")
    declared_office: str = text("office that declared it")
    confirmed: bool = text("whether a second person stands behind it")
    closed_at: int | None = text("ledger position of its closing; null while open")
    correction: int | None = text("position of the correction that settled it")

    @classmethod
    def of(cls, one: DiscrepancyRecord) -> Discrepancy:
        return cls(
            key=one.key,
            rule=one.rule,
            difference=one.difference,
            reason_class=one.reason_class,
            declared_at=one.declared_at,
            declared_office=one.declared_by.office,
            confirmed=one.confirmed_by is not None,
            closed_at=one.closed_at,
            correction=one.correction,
        )


@strawberry.type(description="A return as its editors and approvers see it, read from the ledger itself.")
class DeskReturn:
    unit: str = text("code of the reporting unit")
    status: str = text("missing, entered, submitted, sent_back, approved, certified or withdrawn")
    version: int = text("version of the return: send it as expectedVersion")
    draft_version: int = text("version of its draft")
    owner_office: str | None = text("office that first brought figures")
    method: str = text("full, sample or estimate")
    chain: list[ChainLevel] = text("levels that look at it, lowest first")
    cells: list[DeskCell] = text("what stands")
    draft: list[DraftCell] = text("what is typed and not submitted")
    prefill: list[Prefilled] = text("what other forms hold already, and how it agrees")
    findings: list[Finding] = text("what the rules say of what stands; empty while nothing does")
    discrepancies: list[Discrepancy] = text("declared differences")

    @classmethod
    def of(
        cls, one: OpenReturn, draft: Any, prefill: dict[str, tuple[str, str, str, int]], findings: Any
    ) -> DeskReturn:
        case = one.case
        return cls(
            unit=one.place[3],
            status=one.status.value,
            version=case.version,
            draft_version=draft.version,
            owner_office=case.owner_office,
            method=case.method,
            chain=[ChainLevel(level=level, area=area, approved=case.approved_by(level)) for level, area in one.chain],
            cells=[DeskCell.of(key, cell) for key, cell in sorted(case.cells.items())],
            draft=[DraftCell(key=key, text=typed) for key, typed in sorted(draft.cells.items())],
            prefill=[
                Prefilled(
                    key=key, value=value, form=form, slot=slot, position=position,
                    reconciliation=_reconciliation(case.cells.get(key), value, position),
                )
                for key, (value, form, slot, position) in sorted(prefill.items())
            ],
            findings=[Finding.of(finding) for finding in findings],
            discrepancies=[Discrepancy.of(found) for found in case.discrepancies.values()],
        )  # fmt: skip


def _reconciliation(cell: CellCase | None, value: str, position: int) -> str:
    """A value submitted after its source differs only with a reason; a source that moved later is not explained yet."""
    if cell is None:
        return "new"
    if cell.text == value:
        return "equal"
    return "open" if position > cell.position else "explained"


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

    @classmethod
    def of(cls, row: rows.BoardRow) -> BoardRow:
        return cls(**{name: getattr(row, name) for name in rows.BoardRow.__dataclass_fields__})


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
    edited_above: list[str] = text("cells changed by another office, unanswered")
    objected: list[str] = text("cells the owner objects to")

    @classmethod
    def of(cls, row: rows.WorkRow) -> WorkItem:
        return cls(**{name: getattr(row, name) for name in rows.WorkRow.__dataclass_fields__})


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
            source_slot=row.source_slot, source_value=rows.plain(row.source_value), value=rows.plain(row.value),
            state=row.state,
        )  # fmt: skip


@strawberry.type(description="Cells beside their sources, by unit.")
class ReconciledConnection:
    nodes: list[Reconciled] = text("the cells")
    page_info: PageInfo = text("where the page ends")
    as_of_position: int = text("ledger position of the answer")


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


@strawberry.type(description="Who leads a contest, before and after.")
class OutcomeMoved:
    contest: str = text("contest")
    before: list[str] = text("choices on its seats now, ties included")
    after: list[str] = text("choices on its seats afterwards")
    changes: bool = text("whether they differ")


@strawberry.type(description="Everything a correction would move. Nothing is changed by asking.")
class Preview:
    totals: list[Moved] = text("totals and rates at every level of every geography")
    elsewhere: list[Elsewhere] = text("slots, approvals and releases that hold the value")
    outcomes: list[OutcomeMoved] = text("contests whose leaders are looked at")
    findings: list[Finding] = text("what the rules would say")
    untouched: str = text("SHA-256 of every other cell of the return: the correction must leave it as it is")

    @classmethod
    def of(cls, found: preview_rows.Preview, findings: Any, untouched: str) -> Preview:
        return cls(
            totals=[Moved(**_fields(one)) for one in found.totals],
            elsewhere=[Elsewhere(**_fields(one)) for one in found.elsewhere],
            outcomes=[OutcomeMoved(**_fields(one), changes=one.changes) for one in found.outcomes],
            findings=[Finding.of(finding) for finding in findings],
            untouched=untouched,
        )


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


@strawberry.type(description="One row of the authorisation matrix.")
class Permission:
    operation: str = text("what")
    role: str = text("who")
    reach: str = text("how the office stands to the unit: own, sole, below, last, beyond, all")
    phase: str = text("open or certified")
