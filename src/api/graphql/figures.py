"""Figures, the values they have held, and the events that set them."""

from __future__ import annotations

import strawberry

from api.graphql.access import HELD, readable
from api.graphql.arguments import After, First, Witnesses
from api.graphql.context import Info
from api.graphql.partial import PartialCount
from api.graphql.proved import proof_of
from api.graphql.types import (
    MAX_PAGE,
    DeedTold,
    Label,
    PageInfo,
    TogetherWith,
    Typist,
    cursor,
    described,
    page,
    parts_of,
)
from projections.read import EventRow, FigureRow, VersionRow
from reporting.application.renamed import RenamedFigure
from reporting.domain.figures import Cell, trimmed
from reporting.domain.place import Place
from reporting.domain.relabelled import Change
from reporting.ledger import return_stream


@strawberry.type(description="An event as it stands in the ledger, with the command that made it.")
class LedgerEvent(DeedTold):
    stream_id: strawberry.ID = described("the return, election or registry it belongs to")
    stream_version: int = described("its place in that stream, from 1")
    type: str = described("event type")
    type_label: Label = described("what people call that type")
    type_version: int = described("version of the type's schema")
    state: str = described("the stored canonical JSON, byte for byte")
    command_id: strawberry.ID = described("the command that made it")
    role: str = described("in which role")
    on_behalf_of: str | None = described("for whom, when entered on behalf")
    channel: str = described("api, import, fax, telephone, simulation")

    @readable(
        HELD,
        "proof that this event stands in the signed log (c2sp.org/tlog-proof); null until it is signed, a few seconds",
    )
    def proof(self, info: Info, witnesses: Witnesses = 0) -> str | None:
        return proof_of(info, self.position, witnesses)

    @classmethod
    def of(cls, row: EventRow) -> LedgerEvent:
        values = {name: getattr(row, name) for name in EventRow.__dataclass_fields__}
        values |= {
            "type_label": Label.called(row.type),
            "stream_id": strawberry.ID(str(row.stream_id)),
            "command_id": strawberry.ID(str(row.command_id)),
        }
        return cls(**values)


@strawberry.type(description="One value a figure has held: who set it, when, from where, why.")
class FigureVersion(DeedTold):
    return_version: int = described("version of the return it made")
    before: str | None = described("the value it replaced; null for the first")
    after: str = described("the value it set")
    supersedes: int | None = described("position of the event it replaced")
    reason_class: str | None = described("class of the reason, for corrections")
    role: str = described("in which role")
    on_behalf_of: str | None = described("for whom, when entered on behalf")
    channel: str = described("api, import, fax, telephone, simulation")
    typed_by: list[Typist] = described(
        "who had typed the value before it was sent: in a draft, or in the form it comes from"
    )

    together: list[TogetherWith] = described("other returns that a joint correction changed with it")

    @readable(HELD, "the event itself")
    def event(self, info: Info) -> LedgerEvent:
        return LedgerEvent.of(info.context.snapshot.event(self.position))

    @classmethod
    def of(cls, row: VersionRow) -> FigureVersion:
        held = {name: getattr(row, name) for name in VersionRow.__dataclass_fields__}
        del held["type"], held["stream_version"]
        held["typed_by"] = [Typist.of(typist) for typist in row.typed_by]
        held["together"] = [TogetherWith.of(place) for place in row.together]
        return cls(return_version=row.stream_version, **held)


@strawberry.type(description="A value and its cursor.")
class FigureVersionEdge:
    cursor: str = described("opaque; stays valid as new values come")
    node: FigureVersion = described("the value")


@strawberry.type(
    description="One thing that is said otherwise of a figure: what it is called, where it counts, or how it is read, checked, looked at "
    "and published."
)
class FigureChange:
    thing: str = described("election, form, slot, contest, item, choice, breakdown or unit")
    code: str = described("its code; empty for the election")
    aspect: str = described(
        "field of the definition (label, party, numerator, rules, workflow.levels …), or place, contests of a unit"
    )
    before: str = described("as it was; — for nothing; of a list what left it")
    after: str = described("as it is from then on; of a list what came")

    @classmethod
    def of(cls, change: Change) -> FigureChange:
        return cls(
            thing=change.thing,
            code=change.code,
            aspect=change.aspect,
            before=change.before,
            after=change.after,
        )


@strawberry.type(description="A change of the definition or the areas under a figure; its value stayed.")
class FigureRenamed(DeedTold):
    person: str = described("who made it, or confirmed it")
    proposed_by: str | None = described("who had proposed it, where it took a second person")
    changes: list[FigureChange] = described("what is said otherwise of this figure")

    @classmethod
    def of(cls, renamed_figure: RenamedFigure) -> FigureRenamed:
        by = renamed_figure.by
        return cls(
            **cls.facts(by), proposed_by=by.proposed_by, changes=[FigureChange.of(change) for change in renamed_figure.changes],
        )  # fmt: skip


@strawberry.type(description="Values a figure has held, newest first.")
class FigureVersionConnection:
    definition_changes: list[FigureRenamed] = described(
        "what was said otherwise of the figure since it first held a value, by a changed definition or changed areas, newest "
        "first; no value changed by it"
    )
    edges: list[FigureVersionEdge] = described("with cursors")
    nodes: list[FigureVersion] = described("without cursors")
    page_info: PageInfo = described("where the page ends")


@strawberry.type(description="One cell of one reporting unit's return.")
class Figure:
    unit: str = described("code of the reporting unit")
    unit_name: str = described("its name")
    election: str = described("code of the election")
    form: str = described("form")
    slot: str = described("slot")
    contest: str = described("contest")
    item: str = described("item")
    breakdown: str = described("e.g. sex=f; empty for the total")
    choice: str = described("candidate or party; empty when the item has none")
    value: str | None = described("the exact number; null when it holds none")
    absence: str | None = described("none, not_reported or suppressed; null when it holds a number")
    position: int = described("position of the event that set it")
    return_version: int = described("version of the return: send it as expectedVersion")
    at: strawberry.Private[int | None] = None

    @readable(
        HELD, "that its return rests on a sample (n of N places) or an estimate; null: on the whole count"
    )
    def partial(self, info: Info) -> PartialCount | None:
        context = info.context
        election = context.snapshot.election(self.election)
        position = context.snapshot.position if self.at is None else self.at
        return PartialCount.of(context.partial(election, self.form, self.slot, position).get(self.unit))

    @readable(HELD, "the authorities' code of the unit on the polling day, where it is not the key")
    def official_code(self, info: Info) -> str | None:
        return info.context.defined(self.election).roster.official_codes.get(self.unit)

    @readable(HELD, "every value it has held, newest first")
    def history(self, info: Info, first: First = 20, after: After = None) -> FigureVersionConnection:
        key = Cell(self.contest, self.item, self.breakdown, self.choice).key
        return history_of(info, Place(self.election, self.form, self.slot, self.unit), key, first, after)

    @readable(HELD, "the event that set it")
    def event(self, info: Info) -> LedgerEvent:
        return LedgerEvent.of(info.context.snapshot.event(self.position))

    @classmethod
    def of(cls, row: FigureRow, election: str, at: int | None = None) -> Figure:
        """`at`: position that it is shown as of; None: now."""
        cell = Cell.from_key(row.key)
        value = None if row.value is None else trimmed(row.value)
        return cls(
            unit=row.unit,
            unit_name=row.unit_name,
            election=election,
            form=row.form,
            slot=row.slot,
            contest=cell.contest,
            item=cell.item,
            breakdown=cell.breakdown,
            choice=cell.choice,
            value=value,
            absence=row.absence,
            position=row.position,
            return_version=row.version,
            at=at,
        )


def history_of(
    info: Info,
    where: Place,
    key: str,
    first: int,
    after: str | None,
    upto: int | None = None,
) -> FigureVersionConnection:
    stream = return_stream(*where)
    info.context.require_actor()
    wanted = page(first, MAX_PAGE)
    seen = parts_of(after, int)
    before = seen[0] if seen else None if upto is None else upto + 1
    rows = info.context.snapshot.history(stream, key, before, wanted + 1)
    nodes = [FigureVersion.of(row) for row in rows[:wanted]]
    edges = [FigureVersionEdge(cursor=cursor(node.position), node=node) for node in nodes]
    return FigureVersionConnection(
        definition_changes=_renamed(info, where, key, upto),
        edges=edges,
        nodes=nodes,
        page_info=PageInfo(has_next_page=len(rows) > wanted, end_cursor=edges[-1].cursor if edges else None),
    )


def _renamed(info: Info, where: Place, key: str, upto: int | None) -> list[FigureRenamed]:
    since = info.context.snapshot.first_held(return_stream(*where), key)
    if since is None:
        return []
    renamed_figures = info.context.service.renamed.of(*where, key)
    return [
        FigureRenamed.of(renamed_figure)
        for renamed_figure in reversed(renamed_figures)
        if since < renamed_figure.by.position and (upto is None or renamed_figure.by.position <= upto)
    ]


@strawberry.type(description="A figure and its cursor.")
class FigureEdge:
    cursor: str = described("opaque")
    node: Figure = described("the figure")


@strawberry.type(description="Figures by unit code.")
class FigureConnection:
    edges: list[FigureEdge] = described("with cursors")
    nodes: list[Figure] = described("without cursors")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")
