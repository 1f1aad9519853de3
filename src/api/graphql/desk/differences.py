"""Differences of a return, and what one has to look at before it is approved."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from api.graphql.types import described
from reporting.application.looks import Look as LookRecord
from reporting.domain.cell_case import CellCase
from reporting.domain.discrepancy import Discrepancy as DiscrepancyRecord


@strawberry.type(description="A cell an approver has to look at.")
class LookCell:
    key: str = described("contest|item|breakdown|choice")
    shown: str | None = described(
        "what it held when the difference was first shown; null where nobody noted it"
    )
    between: list[str] = described("what else it was shown with after that, in order, until it was handed in")
    now: str | None = described("what it holds now; null: nothing")


@strawberry.type(
    description="What is approved by who has looked at it, cell by cell, and never with all the others."
)
class ReturnLook:
    kind: str = described("declared, vanished (shown, and gone since) or objected")
    rule: str = described("rule id; empty for an objection")
    key: str = described("key of the finding; empty for an objection")
    cells: list[LookCell] = described("the cells, then and now")

    @classmethod
    def of(cls, look: LookRecord) -> ReturnLook:
        cells = [
            LookCell(key=cell.key, shown=cell.shown, between=list(cell.between), now=cell.now)
            for cell in look.cells
        ]
        return cls(kind=look.kind, rule=look.rule, key=look.key, cells=cells)


@strawberry.type(description="A declared difference.")
class Discrepancy:
    key: str = described("key of the finding")
    rule: str = described("rule id")
    difference: str = described("canonical text; 0 for a difference that was made to go away")
    reason_class: str = described(
        "stable code of the reason; altered: it was shown, and the figures were changed"
    )
    declared_at: int = described("ledger position of the declaration")
    declared_office: str = described("office that declared it")
    confirmed: bool = described("whether an approver, or another second person, has looked at it")
    present: bool = described("whether the rules still find it; when not, it may be closed")
    cells: list[LookCell] = described("its cells: what they held when it was shown, and what they hold now")
    seen: list[str] = described("levels that have approved with it in view")
    closed_at: int | None = described("ledger position of its closing; null while open")
    closed_class: str | None = described(
        "stable code of why they differed, by who closed it; null while open"
    )
    correction: int | None = described("position of the correction that settled it")

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
                LookCell(
                    key=key,
                    shown=shown,
                    between=list(discrepancy.between.get(key, ())),
                    now=cells[key].text if key in cells else None,
                )
                for key, shown in sorted(discrepancy.shown.items())
            ],
            seen=sorted(discrepancy.seen),
            closed_at=discrepancy.closed_at,
            closed_class=discrepancy.closed_class or None,
            correction=discrepancy.correction,
        )
