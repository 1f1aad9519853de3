"""Remarks on figures that stay as they are, which an office has marked public: shown with the figure and in notices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from api.graphql.access import PUBLIC, readable
from api.graphql.arguments import ElectionCode, MinPosition
from api.graphql.context import Info
from api.graphql.types import described
from api.graphql.visibility import is_public
from projections.read import ElectionRow, desk
from projections.read.snapshot import Snapshot
from reporting.application.service import Reporting
from reporting.domain.workflow_events import RemarkPublished
from reporting.ledger.streams import remarks_stream

MOST = 500


@strawberry.type(
    description="A remark on cells of a certified return that stay as they are, e.g. a ballot found afterwards."
)
class PublicRemark:
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    unit_name: str = described("its name")
    cells: list[str] = described("contest|item|breakdown|choice; empty: the return as a whole")
    note_class: str = described("stable code of the remark")
    words: str | None = described("the remark; null: erased")
    office: str = described("the office that made it")
    recorded_at: datetime = described("when")
    position: int = described("ledger position")


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
    for deed in reversed(service.ledger.deeds(streams, [RemarkPublished.type])):
        event, recorded = deed.recorded.event, deed.recorded
        if not isinstance(event, RemarkPublished) or recorded.position > snapshot.position:
            continue
        place = (event.form, event.slot)
        if place not in released:
            released[place] = bool(desk.releases(snapshot, row, *place, snapshot.position, 1))
        if released[place] and len(remarks) < MOST:
            remarks.append(
                PublicRemark(
                    form=event.form, slot=event.slot, unit=event.unit,
                    unit_name=units[event.unit].name if event.unit in units else event.unit,
                    cells=list(event.cells), note_class=event.note_class, words=deed.reason, office=deed.office,
                    recorded_at=recorded.recorded_at, position=recorded.position,
                )
            )  # fmt: skip
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
