"""What auditors see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.graphql.access import HELD, readable
from api.graphql.context import Info
from api.graphql.figures import LedgerEvent
from api.graphql.types import Label, PageInfo, text
from projections.read import asof
from projections.read import audit as rows
from projections.read.query import TotalsQuery
from projections.read.rows import TotalRow, types_of
from reporting.domain.figures import Cell
from reporting.domain.layer import RELEASED
from reporting.ledger import released_stream, return_stream


@strawberry.type(description="One cell that an event changed.")
class CellChange:
    cell: str = text("contest|item|breakdown|choice")
    before: str | None = text("what it held; null when nothing stood there")
    after: str = text("what it holds since")
    supersedes: int | None = text("ledger position of the event it replaces")


@strawberry.type(description="One cell that an event names without setting it.")
class NamedCell:
    cell: str = text("contest|item|breakdown|choice")
    value: str | None = text(
        "what it was approved, released, typed or refused with; null when only the cell is named, or while the entry is `blind`"
    )


@strawberry.type(description="One event: who, for which office, when, how, why, and what it changed.")
class AuditEntry:
    position: int = text("place in the one total order")
    recorded_at: datetime = text("server time of recording")
    type: str = text("event type")
    type_label: Label = text("what people call that type")
    person: str = text("who did it")
    office: str = text("for which office")
    role: str = text("in which role")
    on_behalf_of: str | None = text("whose figures these are, when not the office's own")
    channel: str = text("api, import, fax, telephone or simulation")
    reason: str | None = text("the reason in words; of a lot the document that says who won by it")
    reason_class: str | None = text("stable code of the reason")
    override: bool = text("approved or certified by who had a hand in it; the reason says why")
    election: str | None = text("election it belongs to")
    form: str | None = text("form")
    slot: str | None = text("slot")
    unit: str | None = text("reporting unit")
    stream_version: int = text("its place in its stream")
    source: str | None = text("the document figures for another office came from, e.g. a fax")
    received_at: datetime | None = text("when that document reached the office that entered it")
    changes: list[CellChange] = text("cells it set, with what they held before")
    named: list[NamedCell] = text(
        "cells it approved, released, refused, sent back or kept as a draft; of a lot the votes that were equal"
    )
    won: list[str] = text("of a lot: choices that it gave a seat")
    blind: bool = text(
        "what somebody typed of a form that two people type: the values of its cells are told when both entries are done"
    )

    @classmethod
    def of(cls, row: rows.TrailRow, *, blind: bool) -> AuditEntry:
        state = row.state
        return cls(
            position=row.position, recorded_at=row.recorded_at, type=row.type, type_label=Label.called(row.type), person=row.person, office=row.office,
            role=row.role, on_behalf_of=row.on_behalf_of, channel=row.channel,
            reason=row.reason or state.get("reference"),  # which old records of lots held themselves
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
    cursor: str = text("opaque; stays valid as events are added")
    node: AuditEntry = text("the entry")


@strawberry.type(description="The trail, newest first.")
class AuditConnection:
    edges: list[AuditEdge] = text("with cursors")
    nodes: list[AuditEntry] = text("without cursors")
    page_info: PageInfo = text("where the page ends")
    as_of_position: int = text("ledger position of the answer")


@strawberry.type(description="A total that differs between two moments.")
class Difference:
    code: str = text("code of the area")
    name: str = text("its name")
    level: str = text("its level")
    item: str = text("item")
    breakdown: str = text("breakdown")
    choice: str = text("candidate or party")
    before: str | None = text("at the first moment")
    after: str | None = text("at the second")
    reported_before: int = text("units that had reported at the first moment")
    reported_after: int = text("units that had reported at the second")
    layer: str = text("layer that is read: entered, the level that approved, or released")
    row: strawberry.Private[TotalRow]
    query: strawberry.Private[TotalsQuery]
    known: strawberry.Private[asof.KnownThen]
    span: strawberry.Private[tuple[int, int]]

    @classmethod
    def of(
        cls,
        old: TotalRow | None,
        new: TotalRow | None,
        query: TotalsQuery,
        known: asof.KnownThen,
        span: tuple[int, int],
    ) -> Difference:
        """One of the two rows is there; `known`: the election as the row knew it."""
        row = new or old
        assert row is not None
        return cls(
            code=row.code, name=row.name, level=row.level, item=row.item, breakdown=row.breakdown, choice=row.choice,
            before=old.value if old else None, after=new.value if new else None, layer=query.layer.name,
            reported_before=old.reported if old else 0, reported_after=new.reported if new else 0,
            row=row, query=query, known=known, span=span,
        )  # fmt: skip

    @readable(HELD, "the events below the area that explain it, oldest first, at most 100")
    def events(self, info: Info) -> list[LedgerEvent]:
        query, definition = self.query, self.known.definition
        make = released_stream if query.layer == RELEASED else return_stream
        streams = [
            make(definition.code, query.form, query.slot, unit)
            for unit, paths in self.known.roster.places.items()
            if self.code in paths.get(self.row.geography, ())
        ]
        items = {item.code: item for item in definition.items}
        parts = [part for part in (items[self.item].numerator, items[self.item].denominator) if part] or [
            self.item
        ]
        snapshot = info.context.snapshot
        positions: set[int] = set()
        for part in parts:
            key = Cell(query.contest, part, self.breakdown, self.choice).key
            positions.update(
                rows.changed_between(snapshot, streams, key, *self.span, types_of(query.layer), 100)
            )
        return [LedgerEvent.of(snapshot.event(position)) for position in sorted(positions)[:100]]


@strawberry.type(description="A signed tree head (c2sp.org/tlog-checkpoint).")
class CheckpointText:
    size: int = text("number of events it covers")
    origin: str = text("name of the log")
    signed_at: datetime = text("when it was made, by the database's clock")
    unsigned: int = text("events after it: none but for a few seconds, or the signer stands still")
    cosigned_by: list[str] = text("witnesses who have cosigned it, as the note names them; check them by key")
    note: str = text("the signed note, verbatim, with its cosignatures")


@strawberry.type(description="Proof that an event stands in the signed log.")
class InclusionProof:
    position: int = text("ledger position of the event")
    proof: str = text("a c2sp.org/tlog-proof file, verbatim: index, hashes and checkpoint")
    leaf: str = text("the leaf's canonical bytes, as text")


@strawberry.type(description="Proof that a later signed head only added to an earlier one.")
class ConsistencyProof:
    old_size: int = text("size of the earlier head")
    new_size: int = text("size of the later head")
    hashes: list[str] = text("RFC 6962 consistency proof, base64")
