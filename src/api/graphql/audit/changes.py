"""What changed after a position: how a client keeps a copy of its own up to date."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.access import HELD, LAYER, Seen, readable
from api.graphql.arguments import After, First, KeptLayer
from api.graphql.context import Info
from api.graphql.types import PageInfo, cursor, described, page, parts_of
from api.graphql.visibility import is_public
from projections.read import ElectionRow, changes
from reporting.domain.figures import Cell, format_value, parse_value
from reporting.errors import InvalidInput

MAX_CHANGES, MAX_TOTALS = 500, 200


@strawberry.type(description="What a cell holds now, and where it last changed.")
class ChangedFigure:
    position: int = described("ledger position of the event that set it")
    form: str = described("form")
    slot: str = described("slot")
    unit: str = described("reporting unit")
    unit_name: str = described("its name")
    contest: str = described("contest")
    item: str = described("item")
    breakdown: str = described("e.g. sex=f; empty for the total")
    choice: str = described("candidate or party; empty when the item has none")
    value: str | None = described("exact number as text; null when none is stated")
    absence: str | None = described("none, not_reported or suppressed, where there is no number")

    @classmethod
    def of(cls, row: changes.ChangedFigure) -> ChangedFigure:
        cell = Cell.from_key(row.key)
        return cls(
            position=row.position, form=row.form, slot=row.slot, unit=row.unit, unit_name=row.unit_name,
            contest=cell.contest, item=cell.item, breakdown=cell.breakdown, choice=cell.choice,
            value=None if row.value is None else format_value(parse_value(row.value)), absence=row.absence,
        )  # fmt: skip


@strawberry.type(description="A total that moved; ask for it again.")
class MovedTotal:
    geography: str = described("geography of the area")
    area: str = described("code of the area")
    level: str = described("level of the area")
    form: str = described("form")
    slot: str = described("slot")
    contest: str = described("contest")
    item: str = described("item")
    position: int = described("ledger position of the newest figure in it")


@strawberry.type(description="A changed figure and its cursor.")
class ChangedFigureEdge:
    cursor: str = described("opaque; what changes again moves behind it, so nothing is missed")
    node: ChangedFigure = described("the figure")


@strawberry.type(
    description="Changed figures, oldest change first. After the last page go on from its asOfPosition."
)
class ChangedFigureConnection:
    election: strawberry.Private[ElectionRow]
    span: strawberry.Private[changes.Span]
    edges: list[ChangedFigureEdge] = described("with cursors")
    nodes: list[ChangedFigure] = described("without cursors")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described(
        "ledger position of the answer: the next position to ask from, after the last page"
    )
    redefined: bool = described("whether the election was defined anew since then: read it whole again")
    layer: str = described("layer that is read: entered, the level that approved, or released")

    @readable(HELD, "totals that moved since the position, at most 200; the same on every page")
    def totals(self, info: Info) -> list[MovedTotal]:
        return [
            MovedTotal(**{name: getattr(row, name) for name in row.__slots__})
            for row in self._moved(info)[:MAX_TOTALS]
        ]

    @readable(HELD, "whether more than 200 moved")
    def more_totals(self, info: Info) -> bool:
        return len(self._moved(info)) > MAX_TOTALS

    def _moved(self, info: Info) -> list[changes.ChangedTotal]:
        return changes.changed_totals(info.context.snapshot, self.election, self.span, MAX_TOTALS + 1)


@strawberry.type(description="Reads for clients that keep a copy.")
class ChangeQueries:
    @readable(
        LAYER,
        "figures changed after a position, with their current value, and the totals that moved; what is "
        "released, unless the office may see more and asks for it",
    )
    def changes_since(
        self,
        info: Info,
        election: Annotated[str, strawberry.argument(description="election code")],
        position: Annotated[
            int, strawberry.argument(description="ledger position of the copy; 0: everything")
        ],
        layer: KeptLayer = None,
        first: First = 100,
        after: After = None,
        min_position: Annotated[
            int | None,
            strawberry.argument(description="wait until the answer stands at this ledger position or later"),
        ] = None,
        *,
        seen: Seen,
    ) -> ChangedFigureConnection:
        snapshot = info.context.snapshot
        row = snapshot.election(election)
        if not 0 <= position <= snapshot.position:
            raise InvalidInput(field="position", found=position, expected=f"0–{snapshot.position}")
        definition = row.definition
        slots = [
            (form.code, slot.code)
            for form in definition.forms
            for slot in form.slots
            if info.context.actor is not None or is_public(definition, form.code, slot.code)
        ]
        span = changes.Span(position, seen.layer, slots, seen.units, seen.areas)
        wanted, shown = page(first, MAX_CHANGES), parts_of(after, int, str)
        figures = changes.changed_figures(
            snapshot, row, span, (shown[0], shown[1]) if shown else None, wanted + 1
        )
        edges = [
            ChangedFigureEdge(cursor=cursor(figure.position, figure.key), node=ChangedFigure.of(figure))
            for figure in figures[:wanted]
        ]
        return ChangedFigureConnection(
            election=row,
            span=span,
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo(
                has_next_page=len(figures) > wanted, end_cursor=edges[-1].cursor if edges else None
            ),
            as_of_position=snapshot.position,
            redefined=row.position > position,
            layer=seen.layer.name,
        )
