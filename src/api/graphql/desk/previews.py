"""What a correction would move, of one return or of several at once. Nothing is changed by asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import strawberry

from api.graphql.access import MOVED_BY_UNIT, MOVED_BY_UNITS, Seen, readable
from api.graphql.arguments import ElectionCode, FormCode, SlotCode, UnitCode
from api.graphql.context import Info
from api.graphql.desk.findings import Finding
from api.graphql.desk.types import Elsewhere, Moved, OutcomeMoved, Preview, fields_of
from api.graphql.mutations import SEEN_NAMES, CellInput
from api.graphql.partial import SampledPart, parts_below
from api.graphql.types import described
from api.graphql.wide import asked_below
from projections.read import ElectionRow
from projections.read import preview as rows
from reporting.application.preview import Before, Proposed, ReturnAfter
from reporting.application.preview import Previewing as PreviewOfCorrection
from reporting.domain.layer import ENTERED
from reporting.domain.place import Place, Within

SeenAt = Annotated[int | None, strawberry.argument(description=SEEN_NAMES)]


@strawberry.input(description="One return and cells of it as they would be.")
class ReturnFiguresInput:
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    figures: list[CellInput] = described("the cells as they would be")


@strawberry.type(description="What one slot's totals would become.")
class SlotPreview:
    form: str = described("form code")
    slot: str = described("slot code")
    totals: list[Moved] = described("totals and rates of the areas that the asking office reaches")
    sampled: list[SampledPart] = described("returns in these totals that rest on a sample or an estimate")
    outcomes: list[OutcomeMoved] = described(
        "contests whose leaders are looked at, of those all of whose units the asking office reaches"
    )


@strawberry.type(description="One of the returns, after all of them.")
class ReturnPreview:
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    elsewhere: list[Elsewhere] = described(
        "slots, approvals and releases that hold the value and are not corrected with it"
    )
    findings: list[Finding] = described("what the rules would say once all of the returns are changed")
    untouched: str = described(
        "SHA-256 of every other cell of the return: the correction must leave it as it is"
    )
    version: int = described("version of the return that was looked at: the correction's expectedVersion")


@strawberry.type(
    description="Everything a joint correction would move, all returns together. Nothing is changed by asking."
)
class JointPreview:
    slots: list[SlotPreview] = described("by slot, as the returns first name it")
    returns: list[ReturnPreview] = described("in the order asked")


def _after(
    info: Info, row: ElectionRow, proposed: Sequence[Proposed], seen_at: int | None
) -> list[ReturnAfter]:
    def standing(place: Place) -> Mapping[str, str]:
        return info.context.snapshot.texts(row, *place.within)

    context = info.context
    before = Before(context.snapshot.position, standing)
    return PreviewOfCorrection(context.service, context.desk).after(
        proposed, before, context.require_actor(), seen_at
    )


def _proposed(election: str, place: Within, figures: Sequence[CellInput]) -> Proposed:
    return Proposed(Place(election, *place), tuple(cell.typed() for cell in figures))


def _told(seen: Seen) -> rows.MayBeTold:
    return rows.MayBeTold(None if seen.areas is None else frozenset(seen.areas), seen.contests)


def _sampled(info: Info, row: ElectionRow, form: str, slot: str, preview: rows.Preview) -> list[SampledPart]:
    """Of the totals that are told, none of others."""
    context = info.context
    roster = context.defined(row.definition.code).roster
    sampled = context.partial(row, form, slot, context.snapshot.position).values()
    return parts_below(sampled, roster, {(total.geography, total.area) for total in preview.totals})


@strawberry.type(description="Reads before a correction.")
class PreviewQueries:
    @readable(
        MOVED_BY_UNIT,
        "what a correction would move as far as the office reaches: totals, rates, slots, releases, who leads",
    )
    def preview_correction(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
        figures: Annotated[list[CellInput], strawberry.argument(description="the cells as they would be")],
        seen: Seen,
        seen_at: SeenAt = None,
    ) -> Preview:
        snapshot = info.context.snapshot
        row = snapshot.election(election)
        (after,) = _after(info, row, [_proposed(election, Within(form, slot, unit), figures)], seen_at)
        moved = rows.preview(snapshot, row, form, slot, unit, after.changes, _told(seen))
        asked = asked_below(info.selected_fields, {"Preview"}, "totals")
        return Preview.of(moved, after, _sampled(info, row, form, slot, moved), asked)

    @readable(
        MOVED_BY_UNITS,
        "what a joint correction would move as far as the office reaches, and what the rules say once all of its returns "
        "are changed",
    )
    def preview_together(
        self,
        info: Info,
        election: ElectionCode,
        returns: Annotated[
            list[ReturnFiguresInput],
            strawberry.argument(description="the returns as they would be, each once"),
        ],
        seen: Seen,
        seen_at: SeenAt = None,
    ) -> JointPreview:
        snapshot = info.context.snapshot
        row = snapshot.election(election)
        after = _after(
            info,
            row,
            [_proposed(election, Within(of.form, of.slot, of.unit), of.figures) for of in returns],
            seen_at,
        )
        slots: dict[tuple[str, str], list[rows.UnitChange]] = {}
        for changed_return in after:
            slots.setdefault(changed_return.place.page, []).append(
                rows.UnitChange(changed_return.place.unit, changed_return.changes)
            )
        moved = {
            page: rows.preview_together(snapshot, row, *page, changes, _told(seen))
            for page, changes in slots.items()
        }
        changed = {
            (*changed_return.place.within, key) for changed_return in after for key in changed_return.changes
        }
        return JointPreview(
            slots=[
                SlotPreview(
                    form=form,
                    slot=slot,
                    totals=[Moved(**fields_of(total)) for total in preview.totals],
                    sampled=_sampled(info, row, form, slot, preview),
                    outcomes=[
                        OutcomeMoved(**fields_of(outcome), changes=outcome.changes)
                        for outcome in preview.outcomes
                    ],
                )
                for (form, slot), preview in moved.items()
            ],
            returns=[
                ReturnPreview(
                    form=changed_return.place.form,
                    slot=changed_return.place.slot,
                    unit=changed_return.place.unit,
                    elsewhere=[
                        Elsewhere.of(place)
                        for place in rows.elsewhere_of(
                            snapshot, row, changed_return.place.unit, sorted(changed_return.changes)
                        )
                        if place.layer != ENTERED
                        or (place.form, place.slot, changed_return.place.unit, place.cell) not in changed
                    ],
                    findings=[Finding.of(finding) for finding in changed_return.findings],
                    untouched=changed_return.untouched,
                    version=changed_return.version,
                )
                for changed_return in after
            ],
        )
