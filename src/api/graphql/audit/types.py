"""What auditors see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.graphql.access import HELD, readable
from api.graphql.context import Info
from api.graphql.figures import LedgerEvent
from api.graphql.types import DeedTold, Label, PageInfo, described
from projections.read import asof
from projections.read import audit as rows
from projections.read.query import TotalsQuery
from projections.read.rows import TotalRow, types_of
from reporting.domain.figures import Cell
from reporting.domain.layer import RELEASED
from reporting.ledger import released_stream, return_stream


@strawberry.type(description="One cell that an event changed.")
class CellChange:
    cell: str = described("contest|item|breakdown|choice")
    before: str | None = described("what it held; null when nothing stood there")
    after: str = described("what it holds since")
    supersedes: int | None = described("ledger position of the event it replaces")


@strawberry.type(description="One cell that an event names without setting it.")
class NamedCell:
    cell: str = described("contest|item|breakdown|choice")
    value: str | None = described(
        "what it was approved, released, typed or refused with; null when only the cell is named, or while the entry is `blind`"
    )


@strawberry.type(description="One event: who, for which office, when, how, why, and what it changed.")
class AuditEntry(DeedTold):
    type: str = described("event type")
    type_label: Label = described("what people call that type")
    role: str = described("in which role")
    on_behalf_of: str | None = described("whose figures these are, when not the office's own")
    channel: str = described("api, import, fax, telephone or simulation")
    reason: str | None = described("the reason in words; of a lot the document that says who won by it")
    reason_class: str | None = described("stable code of the reason")
    override: bool = described("approved or certified by who had a hand in it; the reason says why")
    election: str | None = described("election it belongs to")
    form: str | None = described("form")
    slot: str | None = described("slot")
    unit: str | None = described("reporting unit")
    stream_version: int = described("its place in its stream")
    source: str | None = described("the document figures for another office came from, e.g. a fax")
    received_at: datetime | None = described("when that document reached the office that entered it")
    changes: list[CellChange] = described("cells it set, with what they held before")
    named: list[NamedCell] = described(
        "cells it approved, released, refused, sent back or kept as a draft; of a lot the votes that were equal"
    )
    won: list[str] = described("of a lot: choices that it gave a seat")
    blind: bool = described(
        "what somebody typed of a form that two people type: the values of its cells are told when both entries are done"
    )

    @readable(HELD, "what the unit is called; null where the entry is of no unit")
    def unit_name(self, info: Info) -> str | None:
        if self.election is None or self.unit is None:
            return None
        unit = info.context.defined(self.election).roster.units.get(self.unit)
        return None if unit is None else unit.name

    @classmethod
    def of(cls, row: rows.TrailRow, *, blind: bool) -> AuditEntry:
        state = row.state
        return cls(
            **cls.facts(row) | {"reason": row.reason or state.get("reference")},  # which old records of lots held themselves
            type=row.type, type_label=Label.called(row.type),
            role=row.role, on_behalf_of=row.on_behalf_of, channel=row.channel,
            reason_class=state.get("reason_class"), override=state.get("override", False), election=state.get("election"), form=state.get("form"),
            slot=state.get("slot"), unit=state.get("unit"), stream_version=row.stream_version,
            source=row.source, received_at=row.received_at, won=list(state.get("winners") or ()), blind=blind,
            named=[] if row.changes else _named(state, blind=blind),
            changes=[
                CellChange(cell=change.cell, before=change.before, after=change.after, supersedes=change.supersedes)
                for change in row.changes
            ],
        )  # fmt: skip


def _named(state: dict[str, Any], *, blind: bool) -> list[NamedCell]:
    cells = state.get("cells") or ()
    values: dict[str, str | None] = {**dict.fromkeys(cells), **(cells if isinstance(cells, dict) else {})}
    if "among" in state:  # a lot: the votes that were equal
        where = (state["contest"], state["item"], "")
        values = {Cell(*where, choice).key: state["votes"] for choice in state["among"]}
    return [
        NamedCell(cell=key, value=None if blind else value)
        for key, value in sorted((values | (state.get("figures") or {})).items())
    ]


@strawberry.type(description="An entry and its cursor.")
class AuditEdge:
    cursor: str = described("opaque; stays valid as events are added")
    node: AuditEntry = described("the entry")


@strawberry.type(description="The trail, newest first.")
class AuditConnection:
    edges: list[AuditEdge] = described("with cursors")
    nodes: list[AuditEntry] = described("without cursors")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")
    beyond_reach: int = described("so many units of the area lie beyond one's own office, and are left out")


@strawberry.type(description="A total that differs between two moments.")
class Difference:
    code: str = described("code of the area")
    name: str = described("its name")
    level: str = described("its level")
    item: str = described("item")
    breakdown: str = described("breakdown")
    choice: str = described("candidate or party")
    before: str | None = described("at the first moment")
    after: str | None = described("at the second")
    reported_before: int = described("units that had reported at the first moment")
    reported_after: int = described("units that had reported at the second")
    expected_before: int = described("units that it was to be made of at the first moment")
    expected_after: int = described("units that it was to be made of at the second")
    withheld_before: int = described("units that withheld their figure at the first moment")
    withheld_after: int = described("units that withheld their figure at the second")
    layer: str = described("layer that is read: entered, the level that approved, or released")
    row: strawberry.Private[TotalRow]
    query: strawberry.Private[TotalsQuery]
    sides: strawberry.Private[tuple[asof.KnownThen, asof.KnownThen]]
    span: strawberry.Private[tuple[int, int]]

    @classmethod
    def of(
        cls,
        old: TotalRow | None,
        new: TotalRow | None,
        query: TotalsQuery,
        sides: tuple[asof.KnownThen, asof.KnownThen],
        span: tuple[int, int],
    ) -> Difference:
        """One of the two rows is there; `sides`: the election as it was known at either moment."""
        row = new or old
        assert row is not None
        return cls(
            code=row.code, name=row.name, level=row.level, item=row.item, breakdown=row.breakdown, choice=row.choice,
            before=old.value if old else None, after=new.value if new else None, layer=query.layer.name,
            reported_before=old.reported if old else 0, reported_after=new.reported if new else 0,
            expected_before=old.expected if old else 0, expected_after=new.expected if new else 0,
            withheld_before=old.withheld if old else 0, withheld_after=new.withheld if new else 0,
            row=row, query=query, sides=sides, span=span,
        )  # fmt: skip

    @readable(
        HELD,
        "the events that explain it, oldest first, at most 100: figures below the area, and definitions and registrations of areas "
        "where its units or its item are others",
    )
    def events(self, info: Info) -> list[LedgerEvent]:
        query, definition = self.query, self.sides[1].definition
        make = released_stream if query.layer == RELEASED else return_stream
        streams = [
            make(definition.code, query.form, query.slot, unit)
            for unit in {unit for side in self.sides for unit in self._units(side)}
        ]
        items = {item.code: item for side in self.sides for item in side.definition.items}
        parts = items[self.item].parts or (self.item,)
        snapshot = info.context.snapshot
        positions: set[int] = set()
        for part in parts:
            key = Cell(query.contest, part, self.breakdown, self.choice).key
            positions.update(
                rows.changed_between(snapshot, streams, key, *self.span, types_of(query.layer), 100)
            )
        if not positions or self._is_redefined():
            positions.update(
                rows.redefined_between(snapshot, definition.code, definition.registry, *self.span)
            )
        return [LedgerEvent.of(snapshot.event(position)) for position in sorted(positions)[:100]]

    def _units(self, side: asof.KnownThen) -> list[str]:
        """Units below the area, as one of the moments knew them."""
        places = side.roster.places.items()
        return [unit for unit, paths in places if self.code in paths.get(self.row.geography, ())]

    def _is_redefined(self) -> bool:
        """Whether it is made of other units, or its item means something else."""
        before, after = self.sides
        items = [{item.code: item for item in side.definition.items}.get(self.item) for side in self.sides]
        if items[0] != items[1] or self.expected_before != self.expected_after:
            return True
        return sorted(self._units(before)) != sorted(self._units(after))


@strawberry.type(description="A signed tree head (c2sp.org/tlog-checkpoint).")
class CheckpointText:
    size: int = described("number of events it covers")
    origin: str = described("name of the log")
    signed_at: datetime = described("when it was made, by the database's clock")
    unsigned: int = described("events after it: none but for a few seconds, or the signer stands still")
    cosigned_by: list[str] = described(
        "witnesses who have cosigned it, as the note names them; check them by key"
    )
    note: str = described("the signed note, verbatim, with its cosignatures")


@strawberry.type(description="Proof that an event stands in the signed log.")
class InclusionProof:
    position: int = described("ledger position of the event")
    proof: str = described("a c2sp.org/tlog-proof file, verbatim: index, hashes and checkpoint")
    leaf: str = described("the leaf's canonical bytes, as text")


@strawberry.type(description="Proof that a later signed head only added to an earlier one.")
class ConsistencyProof:
    old_size: int = described("size of the earlier head")
    new_size: int = described("size of the later head")
    hashes: list[str] = described("RFC 6962 consistency proof, base64")
