"""Units merged into one counting district on the night (数市町村の区域を合わせた開票区, Public Offices Election Act art. 18(2)), and that
undone.

It becomes the next definition of the election, as a division does: what the units reported stands in every total until what they were
merged into has reported the cell. N goes on counting them, and the merged unit stands for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from uuid import UUID

from pydantic import Field

from reporting.application.authority import authorise
from reporting.application.catalog import KnownElection
from reporting.application.commands import DefinitionRecorded, Request, Text
from reporting.application.dividing import (
    MOST_PARTS,
    changed_units,
    codes_taken,
    definition_of,
    holding_figures,
    require_as_asked,
    uncounted,
    with_units,
)
from reporting.application.messages import message
from reporting.application.proposals import Proposal
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.election import ElectionDefinition
from reporting.domain.labels import Code, Name
from reporting.domain.registry import AreasOnDay
from reporting.domain.reporting_units import MergedUnit, WithdrawnUnit
from reporting.errors import InvalidInput, ReportingError
from reporting.ledger import Command


class MergeUnits(Request):
    """`code`, `name`: of what they are merged into. `seat`: the one of them whose office counts and reports for all; None: the first.
    `level`: of the merged unit; None: the lowest at which no office looks at returns. `on`: from when it counts. `keeps`: forms that
    the units go on reporting, each its own; None: all that ask nothing by candidate or party (turnout, electors, early voting)."""

    command_id: UUID
    election: Code
    units: tuple[Code, ...] = Field(min_length=2, max_length=MOST_PARTS)
    code: Code
    name: Name
    name_en: Name | None = None
    seat: Code | None = None
    level: Code | None = None
    on: date
    keeps: tuple[Code, ...] | None = Field(None, max_length=100)
    reason: Text


class UndoMerge(Request):
    """`unit`: what the others were merged into."""

    command_id: UUID
    election: Code
    unit: Code
    reason: Text


class MergedReported(ReportingError):
    """facts: `unit`. What it reported is nobody's any more if it were none."""

    code = "merged_reported"
    template_ja = "{unit} への合同は取り消せません。{unit} がすでに報告しています。合計では、報告した項目から順に、合わせた単位の数値に代わっています。"
    template_en = (
        "The merge into {unit} cannot be undone: it has reported. In totals it takes the place of what was merged into it, cell by cell "
        "as it reports them."
    )

    def __init__(self, unit: str) -> None:
        super().__init__(unit=unit)


class Merges:
    """Every way to merge units, and back."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def merge(self, request: MergeUnits, actor: Actor, *, dry_run: bool = False) -> DefinitionRecorded:
        """NotAuthorised, UnknownReference, InvalidInput, VersionConflict; what it touches is told, and may wait for a second person
        (`Divisions.confirm`)."""
        roster = self._reporting.catalog.election(request.election).roster
        for unit in request.units:
            roster.require_unit(unit)
            authorise("divide_unit", actor, roster, unit)
        return self._change(request, lambda standing: self._merged(request, standing), actor, dry_run=dry_run)

    def undo(self, request: UndoMerge, actor: Actor, *, dry_run: bool = False) -> DefinitionRecorded:
        """MergedReported as soon as the merged unit holds figures; else as `merge`."""

        def undone(defined: KnownElection) -> ElectionDefinition:
            for unit in defined.definition.units.merged_from.get(request.unit, ()):
                authorise("divide_unit", actor, defined.roster, unit)
            return self._undone(request.unit, defined)

        return self._change(request, undone, actor, dry_run=dry_run)

    def waiting(
        self, defined: KnownElection
    ) -> Iterator[tuple[Proposal, MergedUnit, tuple[WithdrawnUnit, ...], bool]]:
        """Proposals of merges that wait for a second person: each with what would be merged into what, and whether it would be (else it
        would be undone)."""
        for proposed in self._reporting.definitions.proposals():
            if proposed.state != "open" or proposed.code != defined.definition.code:
                continue
            units = changed_units(self._reporting, proposed)
            after = definition_of(proposed).units if units else defined.definition.units
            for merged in dict.fromkeys((*after.merged, *defined.definition.units.merged)):
                of = tuple(
                    sorted((gone for gone in units if gone.into == merged.code), key=lambda gone: gone.unit)
                )
                if of:
                    yield proposed, merged, of, merged in after.merged

    def reported(self, defined: KnownElection, merged: str) -> bool:
        """Whether the merged unit holds a figure in any return."""
        return bool(holding_figures(self._reporting, defined.definition, [merged]))

    def _change(
        self,
        request: MergeUnits | UndoMerge,
        following: Callable[[KnownElection], ElectionDefinition],
        actor: Actor,
        *,
        dry_run: bool,
    ) -> DefinitionRecorded:
        command = Command(request.command_id, request.body(), actor, Channel.API, (), reason=request.reason)
        return self._reporting.definitions.change(request.election, following, command, dry_run=dry_run)

    def _merged(self, request: MergeUnits, defined: KnownElection) -> ElectionDefinition:
        definition = defined.definition
        self._require_mergeable(request, defined)
        require_as_asked(definition, request.on, request.keeps)
        around = self._areas_of_day(defined).areas[definition.units.geography][request.units[0]].parent
        if request.code in codes_taken(self._reporting, defined, around):
            raise InvalidInput.at("code", request.code, message("code_of_no_area"))
        seat = request.units[0] if request.seat is None else request.seat
        if seat not in request.units:
            raise InvalidInput.at("seat", seat, message("seat_among_units", units=", ".join(request.units)))
        merged = MergedUnit(
            code=request.code, name=request.name, name_en=request.name_en, level=self._level(request, defined), seat=seat
        )  # fmt: skip
        keeps = uncounted(definition) if request.keeps is None else request.keeps
        gone = [
            WithdrawnUnit(
                unit=unit, on=request.on, reason=request.reason[:200], into=request.code, keeps=keeps
            )
            for unit in request.units
        ]
        units = definition.units
        return with_units(definition, (*units.withdrawn, *gone), (*units.merged, merged))

    def _require_mergeable(self, request: MergeUnits, defined: KnownElection) -> None:
        """InvalidInput unless each is a unit that stands as it was defined, votes as the others do and lies beside them: what they are
        merged into lies in every total that they lie in."""
        units, roster = defined.definition.units, defined.roster
        if len(set(request.units)) < len(request.units):
            raise InvalidInput.at("units", ", ".join(request.units), message("each_unit_named_once"))
        gone = {withdrawal.unit for withdrawal in units.withdrawn}
        parts = {
            part
            for contest, divided in roster.parts.items()
            for whole, inside in divided.items()
            if whole not in roster.dissolved.get(contest, ())
            for part in inside
        }
        contests = defined.contests_of_unit[request.units[0]]
        areas = self._areas_of_day(defined).areas[units.geography]
        around = {areas[unit].parent for unit in request.units if unit in areas}
        for unit in request.units:
            if unit in gone:
                raise InvalidInput.at("units", unit, message("unit_not_yet_divided"))
            if unit in roster.seats:
                raise InvalidInput.at("units", unit, message("unit_that_is_not_merged"))
            if unit in units.whole_of or unit in parts:
                raise InvalidInput.at("units", unit, message("unit_that_is_no_part"))
            if defined.contests_of_unit[unit] != contests:
                told = message(
                    "units_of_same_contests", unit=request.units[0], contests=", ".join(sorted(contests))
                )
                raise InvalidInput.at("units", unit, told)
            if len(around) > 1 or unit not in areas:
                told = message("units_of_same_area", area=areas[request.units[0]].parent or "")
                raise InvalidInput.at("units", unit, told)

    def _level(self, request: MergeUnits, defined: KnownElection) -> str:
        units, flow = defined.definition.units, defined.definition.workflow
        day = self._areas_of_day(defined)
        levels = [level.code for level in day.geographies[units.geography].levels]
        areas = day.areas[units.geography]
        own = max(levels.index(areas[unit].level) for unit in request.units)
        free = [level for level in levels[own:] if flow is None or level not in flow.levels]
        wanted = (free or levels)[-1] if request.level is None else request.level
        if wanted not in free:
            told = message("level_of_merged_unit", levels=", ".join(free))
            raise InvalidInput.at("level", wanted, told)
        return wanted

    def _areas_of_day(self, defined: KnownElection) -> AreasOnDay:
        definition = defined.definition
        return self._reporting.catalog.registry(definition.registry)[1].at(definition.polling_date)

    def _undone(self, unit: str, defined: KnownElection) -> ElectionDefinition:
        units = defined.definition.units
        if unit not in units.merged_from:
            raise InvalidInput.at("unit", unit, message("unit_that_is_merged"))
        if self.reported(defined, unit):
            raise MergedReported(unit)
        return with_units(
            defined.definition,
            tuple(gone for gone in units.withdrawn if gone.into != unit),
            tuple(merged for merged in units.merged if merged.code != unit),
        )
