"""A return held against the election before, earlier slots and the units beside it, as an approver sees it."""

from __future__ import annotations

import strawberry

from api.graphql.types import Label, described
from reporting.application.beside_others import BesideOthers as BesideOthersRecord
from reporting.application.beside_others import CellBeside as CellBesideRecord


@strawberry.type(
    description="Shares of the units beside this one that one's office sees; never of fewer than three."
)
class SiblingShares:
    count: int = described("so many units")
    least: str = described("percent")
    middle: str = described("percent, their median")
    most: str = described("percent")


@strawberry.type(description="What a cell is held against.")
class CellBeside:
    key: str = described("contest|item|breakdown|choice")
    previous: str | None = described("the same in the election before")
    earlier: str | None = described("the same in an earlier slot of the form, the last that has it")
    earlier_slot: str | None = described("code of that slot")
    base: str | None = described("item that the shares are of: electors, else voters …")
    share: str | None = described("percent of it here")
    siblings: SiblingShares | None = described(
        "the same of the units beside it; null for who does not see them"
    )

    @classmethod
    def of(cls, cell: CellBesideRecord) -> CellBeside:
        beside = cell.siblings
        return cls(
            key=cell.key, previous=cell.previous, earlier=cell.earlier, earlier_slot=cell.earlier_slot, base=cell.base,
            share=None if cell.share is None else str(cell.share),
            siblings=None if beside is None else SiblingShares(
                count=beside.count, least=str(beside.least), middle=str(beside.middle), most=str(beside.most)
            ),
        )  # fmt: skip


@strawberry.type(description="A return held against what it should resemble.")
class BesideOthers:
    previous_named: Label = described("which election that is, and over which areas of then")
    cells: list[CellBeside] = described("every cell that stands")

    @classmethod
    def of(cls, told: BesideOthersRecord) -> BesideOthers:
        return cls(
            previous_named=Label(ja=told.previous_named.ja, en=told.previous_named.en),
            cells=[CellBeside.of(cell) for cell in told.cells],
        )
