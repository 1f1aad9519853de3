"""What waits for whom, now and at a moment."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from typing import Annotated

import strawberry

from api.graphql.access import STANDING, Seen, readable
from api.graphql.arguments import After, ElectionCode, First, MinPosition
from api.graphql.context import Info
from api.graphql.desk import said as said_of_cells
from api.graphql.desk.types import WorkItem
from api.graphql.known import require_known
from api.graphql.moments import AsOfInput, position_of
from api.graphql.types import PageInfo, cursor, described, page, parts_of
from api.graphql.wide import asked_below, written
from projections.read import desk as rows
from reporting.application.to_explain import to_explain
from reporting.application.work_then import work_then
from reporting.domain.place import Within

MAX_ROWS = 500


class WorkKind(StrEnum):
    MISSING = "missing"
    SENT_BACK = "sent_back"
    AWAITING_APPROVAL = "awaiting_approval"
    EDITED_ABOVE = "edited_above"
    OBJECTED = "objected"
    TO_EXPLAIN = "to_explain"


strawberry.enum(WorkKind, description="What one looks for in a work list.")
WORK_KINDS = {
    WorkKind.MISSING: "nothing submitted yet, or withdrawn",
    WorkKind.SENT_BACK: "cells await their owner",
    WorkKind.AWAITING_APPROVAL: "waits for one's own office",
    WorkKind.EDITED_ABOVE: "cells another office changed or entered on behalf, unanswered",
    WorkKind.OBJECTED: "cells the owner objects to",
    WorkKind.TO_EXPLAIN: "in order when submitted, and the rules find something since (a neighbour reported): submit again "
    "with explanations and no figures. A page may be short, even empty, and others follow",
}
for _value in WorkKind.__strawberry_definition__.values:  # type: ignore[attr-defined]
    _value.description = WORK_KINDS[WorkKind(_value.value)]


@strawberry.type(description="Work to do, by unit.")
class WorkConnection:
    nodes: list[WorkItem] = described("the returns")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the answer")


@strawberry.type(description="A return that waited for somebody at a moment.")
class WorkItemThen:
    kinds: list[WorkKind] = described("what it waited for; TO_EXPLAIN is told of now alone")
    work: WorkItem = described("as the work list said it then; times of its slot as they were defined then")


@strawberry.type(description="Work as it stood at a moment, by unit.")
class WorkThenConnection:
    nodes: list[WorkItemThen] = described("the returns")
    page_info: PageInfo = described("where the page ends")
    as_of_position: int = described("ledger position of the moment")


@strawberry.type(description="Work lists.")
class WorkQueries:
    @readable(STANDING, "what waits for one's office, by unit")
    def work_list(
        self,
        info: Info,
        election: ElectionCode,
        kind: Annotated[WorkKind, strawberry.argument(description="what to look for")],
        form: Annotated[str | None, strawberry.argument(description="only this form")] = None,
        slot: Annotated[str | None, strawberry.argument(description="only this slot")] = None,
        due: Annotated[
            bool, strawberry.argument(description="leave out slots whose cut-off is still to come")
        ] = False,
        first: First = 100,
        after: After = None,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> WorkConnection:
        actor = info.context.require_actor()
        row = info.context.snapshot.election(election)
        defined = info.context.service.catalog.election(election)
        require_known(defined.definition, defined.roster, form=form, slot=slot)
        slots = [
            (f.code, s.code)
            for f in row.definition.forms
            for s in f.slots
            if form in (None, f.code) and slot in (None, s.code)
            if not due or s.cut_off is None or s.cut_off <= info.context.now()
        ]
        wanted = page(first, MAX_ROWS)
        area = None if seen.units is None else actor.jurisdiction
        shown = parts_of(after, str, str, str)
        listed = rows.work(info.context.snapshot, row, kind.value, slots, seen.units, area, shown, wanted + 1)
        times = {(f.code, s.code): s for f in row.definition.forms for s in f.slots}
        told = [
            waits
            for waits in listed[:wanted]
            if defined.reports(waits.form, waits.slot, waits.unit)
            and (waits.changed_at is not None or waits.unit not in defined.reports_no_more(waits.form))
        ]
        if kind is WorkKind.TO_EXPLAIN:
            asked = to_explain(
                info.context.desk, election, [Within(waits.form, waits.slot, waits.unit) for waits in told]
            )
            told = [waits for waits in told if (waits.form, waits.slot, waits.unit) in asked]
        ledger, position = info.context.service.ledger, info.context.snapshot.position
        said = said_of_cells.of_rows(ledger, election, told, position)
        nodes = [
            WorkItem.of(
                waits, times[waits.form, waits.slot], said.get(Within(waits.form, waits.slot, waits.unit), [])
            )
            for waits in told
        ]
        return WorkConnection(
            nodes=written(nodes, WorkItem, asked_below(info.selected_fields, {"WorkConnection"}, "nodes")),
            page_info=PageInfo.of(listed, wanted, lambda work: cursor(work.unit, work.form, work.slot)),
            as_of_position=info.context.snapshot.position,
        )

    @readable(STANDING, "what waited for one's office at a moment, by unit, from the log itself")
    def work_then(
        self,
        info: Info,
        election: ElectionCode,
        as_of: Annotated[AsOfInput, strawberry.argument(description="the moment")],
        kinds: Annotated[
            list[WorkKind] | None,
            strawberry.argument(description="only these; none given: all but TO_EXPLAIN"),
        ] = None,
        form: Annotated[str | None, strawberry.argument(description="only this form")] = None,
        slot: Annotated[str | None, strawberry.argument(description="only this slot")] = None,
        first: First = 100,
        after: After = None,
        min_position: MinPosition = None,
        *,
        seen: Seen,
    ) -> WorkThenConnection:
        actor, snapshot = info.context.require_actor(), info.context.snapshot
        position = position_of(info, as_of, snapshot.position)
        then = info.context.service.as_of(position)
        defined = then.catalog.election(election)
        require_known(defined.definition, defined.roster, form=form, slot=slot)
        times = {
            (f.code, s.code): s
            for f in defined.definition.forms
            for s in f.slots
            if form in (None, f.code) and slot in (None, s.code)
        }
        wanted, shown = page(first, MAX_ROWS), parts_of(after, str, str, str)
        area = None if seen.units is None else actor.jurisdiction
        looked_for = {kind.value for kind in (kinds or WorkKind)}
        waited = (
            (standing, told)
            for standing in work_then(then, election, times, seen.units)
            if shown is None or [standing.unit, standing.form, standing.slot] > shown
            if (told := [kind for kind in standing.kinds(area) if kind in looked_for])
        )
        listed = list(islice(waited, wanted + 1))
        said = said_of_cells.of_rows(
            info.context.service.ledger, election, (standing for standing, _ in listed[:wanted]), position
        )
        nodes = [
            WorkItemThen(
                kinds=[WorkKind(kind) for kind in told],
                work=WorkItem.of(
                    standing,
                    times[standing.form, standing.slot],
                    said.get(Within(standing.form, standing.slot, standing.unit), []),
                ),
            )
            for standing, told in listed[:wanted]
        ]
        return WorkThenConnection(
            nodes=nodes,
            page_info=PageInfo.of(
                listed, wanted, lambda told: cursor(told[0].unit, told[0].form, told[0].slot)
            ),
            as_of_position=position,
        )
