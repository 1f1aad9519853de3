"""What a correction would move, of one return or of several at once. Nothing is changed by asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from api.graphql.access import UNIT_IN_REACH, UNITS_IN_REACH, readable
from api.graphql.context import Info
from api.graphql.desk.returns import Finding
from api.graphql.desk.types import Elsewhere, Moved, OutcomeMoved, Preview, fields_of
from api.graphql.mutations import CellInput
from api.graphql.types import FormCode, SlotCode, UnitCode, text
from projections.read import ElectionRow
from projections.read import preview as rows
from reporting.application.commands import seal
from reporting.application.opened import OpenReturn
from reporting.domain.figures import Cell, Value, format_value
from reporting.domain.returns import CellInput as TypedCell
from reporting.domain.returns import CellProblem, FiguresRefused
from reporting.errors import InvalidInput
from reporting.rules.model import Finding as FindingRecord

MAX_CELLS, MAX_RETURNS = 500, 50

ElectionCode = Annotated[str, strawberry.argument(description="election code")]


@strawberry.input(description="One return and cells of it as they would be.")
class ReturnFiguresInput:
    form: str = text("form code")
    slot: str = text("slot code")
    unit: str = text("code of the reporting unit")
    figures: list[CellInput] = text("the cells as they would be")


@strawberry.type(description="What one slot's totals would become.")
class SlotPreview:
    form: str = text("form code")
    slot: str = text("slot code")
    totals: list[Moved] = text("totals and rates at every level of every geography")
    outcomes: list[OutcomeMoved] = text("contests whose leaders are looked at")


@strawberry.type(description="One of the returns, after all of them.")
class ReturnPreview:
    form: str = text("form code")
    slot: str = text("slot code")
    unit: str = text("code of the reporting unit")
    elsewhere: list[Elsewhere] = text(
        "slots, approvals and releases that hold the value and are not corrected with it"
    )
    findings: list[Finding] = text("what the rules would say once all of the returns are changed")
    untouched: str = text("SHA-256 of every other cell of the return: the correction must leave it as it is")


@strawberry.type(
    description="Everything a joint correction would move, all returns together. Nothing is changed by asking."
)
class JointPreview:
    slots: list[SlotPreview] = text("by slot, as the returns first name it")
    returns: list[ReturnPreview] = text("in the order asked")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A return as it would be. `held`: its other cells; `opened`: None where the election has no workflow."""

    form: str
    slot: str
    unit: str
    changes: Mapping[str, Value]
    held: Mapping[str, str]
    opened: OpenReturn | None

    @property
    def texts(self) -> dict[str, str]:
        """Every cell after the change."""
        assert self.opened is not None
        standing = {key: cell.text for key, cell in self.opened.case.cells.items()}
        return standing | {key: format_value(value) for key, value in self.changes.items()}


def _wanted(
    info: Info, row: ElectionRow, election: str, given: Sequence[ReturnFiguresInput]
) -> list[_Wanted]:
    """FiguresRefused for the cells of all returns at once; InvalidInput for too many or none."""
    known = info.context.service.catalog.election(election)
    found: list[_Wanted] = []
    problems: list[CellProblem] = []
    for one in given:
        if not 1 <= len(one.figures) <= MAX_CELLS:
            raise InvalidInput(field="figures", found=len(one.figures), expected=f"1–{MAX_CELLS}")
        known.roster.require_unit(one.unit)
        shape, contests = known.shape(one.form, one.slot, one.unit), known.contests_of_unit[one.unit]
        changes: dict[str, Value] = {}
        for typed in one.figures:
            cell = Cell(typed.contest, typed.item, typed.breakdown, typed.choice)
            outcome = shape.problem(TypedCell(cell, typed.value), contests)
            if isinstance(outcome, CellProblem):
                problems.append(outcome)
            else:
                changes[cell.key] = outcome
        texts = info.context.snapshot.texts(row, one.form, one.slot, one.unit)
        held = {key: text_ for key, text_ in texts.items() if key not in changes}
        workflow = known.definition.workflow is not None
        opened = info.context.desk.returns.open(election, one.form, one.slot, one.unit) if workflow else None
        found.append(_Wanted(one.form, one.slot, one.unit, changes, held, opened))
    if problems:
        raise FiguresRefused(problems)
    return found


def _findings(info: Info, wanted: Sequence[_Wanted]) -> list[tuple[FindingRecord, ...]]:
    """By return, what the rules would say after all of them; remembered as shown."""
    after = {one.opened.stream: one.texts for one in wanted if one.opened is not None}
    found: list[tuple[FindingRecord, ...]] = []
    desk = info.context.desk
    for one in wanted:
        if one.opened is None:
            found.append(())
            continue
        said = desk.findings.of(one.opened, one.texts, beside=after)
        desk.remember_shown(one.opened, one.texts, said, info.context.require_actor(), "preview")
        found.append(said)
    return found


@strawberry.type(description="Reads before a correction.")
class PreviewQueries:
    @readable(UNIT_IN_REACH, "everything a correction would move: totals, rates, slots, releases, who leads")
    def preview_correction(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
        figures: Annotated[list[CellInput], strawberry.argument(description="the cells as they would be")],
    ) -> Preview:
        snapshot = info.context.snapshot
        row = snapshot.election(election)
        given = ReturnFiguresInput(form=form, slot=slot, unit=unit, figures=figures)
        (wanted,) = _wanted(info, row, election, [given])
        (findings,) = _findings(info, [wanted])
        found = rows.preview(snapshot, row, form, slot, unit, wanted.changes)
        return Preview.of(found, findings, seal(wanted.held))

    @readable(
        UNITS_IN_REACH,
        "everything a joint correction would move, and what the rules say once all of its returns are changed",
    )
    def preview_together(
        self,
        info: Info,
        election: ElectionCode,
        returns: Annotated[
            list[ReturnFiguresInput],
            strawberry.argument(description="the returns as they would be, each once"),
        ],
    ) -> JointPreview:
        snapshot = info.context.snapshot
        row = snapshot.election(election)
        places = {(one.form, one.slot, one.unit) for one in returns}
        if not 1 <= len(returns) <= MAX_RETURNS or len(places) != len(returns):
            raise InvalidInput(
                field="returns",
                found=len(returns),
                expected=f"1–{MAX_RETURNS} 件、同じ報告は1回だけ / 1–{MAX_RETURNS}, each return once",
            )
        wanted = _wanted(info, row, election, returns)
        slots: dict[tuple[str, str], list[rows.UnitChange]] = {}
        for one in wanted:
            slots.setdefault((one.form, one.slot), []).append(rows.UnitChange(one.unit, one.changes))
        moved = {
            place: rows.preview_together(snapshot, row, *place, changes) for place, changes in slots.items()
        }
        changed = {(one.form, one.slot, one.unit, key) for one in wanted for key in one.changes}
        return JointPreview(
            slots=[
                SlotPreview(
                    form=form,
                    slot=slot,
                    totals=[Moved(**fields_of(total)) for total in found.totals],
                    outcomes=[
                        OutcomeMoved(**fields_of(outcome), changes=outcome.changes)
                        for outcome in found.outcomes
                    ],
                )
                for (form, slot), found in moved.items()
            ],
            returns=[
                ReturnPreview(
                    form=one.form,
                    slot=one.slot,
                    unit=one.unit,
                    elsewhere=[
                        Elsewhere(**fields_of(place))
                        for place in rows.elsewhere_of(snapshot, row, one.unit, sorted(one.changes))
                        if place.layer != "entered"
                        or (place.form, place.slot, one.unit, place.cell) not in changed
                    ],
                    findings=[Finding.of(finding) for finding in findings],
                    untouched=seal(one.held),
                )
                for one, findings in zip(wanted, _findings(info, wanted), strict=True)
            ],
        )
