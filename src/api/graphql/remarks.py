"""Remarks on figures that stay as they are, which an office has marked public: shown with the figure and in notices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.access import PUBLIC, UNIT_IN_REACH, readable
from api.graphql.arguments import ElectionCode, FormCode, MinPosition, SlotCode, UnitCode
from api.graphql.context import Info
from api.graphql.types import described
from api.graphql.visibility import is_public
from projections.read import ElectionRow, desk
from projections.read.snapshot import Snapshot
from reporting.application.service import Reporting
from reporting.domain.workflow_events import RemarkPublished, RemarkTakenBack
from reporting.ledger import Deed
from reporting.ledger.streams import remarks_stream

MOST = 500


@strawberry.type(description="That a public remark was taken back.")
class RemarkGone:
    reason: str | None = described("why; null where the words were erased")
    office: str = described("the office that took it back")
    recorded_at: datetime = described("when")
    position: int = described("ledger position")

    @classmethod
    def of(cls, deed: Deed) -> RemarkGone:
        recorded = deed.recorded
        return cls(
            reason=deed.reason,
            office=deed.office,
            recorded_at=recorded.recorded_at,
            position=recorded.position,
        )


@strawberry.type(
    description="A remark on cells of a certified return that stay as they are, e.g. a ballot found afterwards."
)
class PublicRemark:
    # `version`: in the stream of its slot, the same in whichever log it stands
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    unit_name: str = described("its name")
    cells: list[str] = described("contest|item|breakdown|choice; empty: the return as a whole")
    note_class: str = described("stable code of the remark")
    words: str | None = described("the remark; null: erased, or taken back")
    office: str = described("the office that made it")
    recorded_at: datetime = described("when")
    position: int = described("ledger position")
    taken_back: RemarkGone | None = described("null: it stands")
    version: strawberry.Private[int]

    @classmethod
    def of(cls, deed: Deed, told: RemarkPublished, unit_name: str, gone: Deed | None) -> PublicRemark:
        recorded = deed.recorded
        return cls(
            form=told.form, slot=told.slot, unit=told.unit, unit_name=unit_name, cells=list(told.cells), note_class=told.note_class,
            words=deed.reason if gone is None else None, office=deed.office, recorded_at=recorded.recorded_at,
            position=recorded.position, taken_back=None if gone is None else RemarkGone.of(gone), version=recorded.stream_version,
        )  # fmt: skip


def taken_back_in(deeds: Iterable[Deed]) -> dict[int, Deed]:
    """Ledger position of a public remark → that it was taken back. Also where a moment before that is looked at: its words are
    the public's at none."""
    return {
        deed.recorded.event.remark: deed for deed in deeds if isinstance(deed.recorded.event, RemarkTakenBack)
    }


TYPES = (RemarkPublished.type, RemarkTakenBack.type)


def public_remarks_of(
    service: Reporting, snapshot: Snapshot, row: ElectionRow, form: str | None, slot: str | None
) -> list[PublicRemark]:
    """Of slots that are public and released, the newest first."""
    definition, units = row.definition, service.catalog.election(row.definition.code).roster.units
    asked = [
        (told.code, each.code)
        for told in definition.forms
        for each in told.slots
        if form in (None, told.code)
        and slot in (None, each.code)
        and is_public(definition, told.code, each.code)
    ]
    streams = [remarks_stream(definition.code, *place) for place in asked]
    released: dict[tuple[str, str], bool] = {}
    remarks: list[PublicRemark] = []
    deeds = service.ledger.deeds(streams, TYPES)
    gone = taken_back_in(deeds)
    for deed in reversed(deeds):
        event, recorded = deed.recorded.event, deed.recorded
        if not isinstance(event, RemarkPublished) or recorded.position > snapshot.position:
            continue
        place = (event.form, event.slot)
        if place not in released:
            released[place] = bool(desk.releases(snapshot, row, *place, snapshot.position, 1))
        if released[place] and len(remarks) < MOST:
            name = units[event.unit].name if event.unit in units else event.unit
            remarks.append(PublicRemark.of(deed, event, name, gone.get(recorded.position)))
    return remarks


@strawberry.type(description="Remarks for everybody.")
class RemarkQueries:
    @readable(PUBLIC, "remarks on returns of released slots, the newest first, at most 500")
    def public_remarks(
        self,
        info: Info,
        election: ElectionCode,
        form: Annotated[str | None, strawberry.argument(description="only of this form")] = None,
        slot: Annotated[str | None, strawberry.argument(description="only of this slot")] = None,
        min_position: MinPosition = None,
    ) -> list[PublicRemark]:
        snapshot = info.context.snapshot
        return public_remarks_of(info.context.service, snapshot, snapshot.election(election), form, slot)

    @readable(
        UNIT_IN_REACH,
        "remarks on a return that are marked public, its slot released or not, the newest first",
    )
    def return_remarks(
        self, info: Info, election: ElectionCode, form: FormCode, slot: SlotCode, unit: UnitCode
    ) -> list[PublicRemark]:
        service = info.context.service
        defined = service.catalog.election(election)
        defined.shape(form, slot, unit)
        deeds = service.ledger.deeds([remarks_stream(election, form, slot)], TYPES)
        gone, name = taken_back_in(deeds), defined.roster.units[unit].name
        return [
            PublicRemark.of(deed, told, name, gone.get(deed.recorded.position))
            for deed in reversed(deeds)
            if isinstance(told := deed.recorded.event, RemarkPublished) and told.unit == unit
        ]
