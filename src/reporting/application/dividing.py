"""A unit divided into counting districts on the night (開票区の分割, Public Offices Election Act art. 18(2)), and that undone.

It becomes the next definition of the election, in which the unit is withdrawn openly and names its parts: what it reported stands in
every total until all its parts have reported the cell. In a live election whatever touches figures waits for a second person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from pydantic import Field

from reporting.application.authority import allowed, authorise, reach_of
from reporting.application.catalog import KnownElection
from reporting.application.commands import DefinitionRecorded, Request, Text
from reporting.application.messages import message
from reporting.application.proposals import Proposal
from reporting.application.rolling_up import places_of_all
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel
from reporting.domain.election import ElectionDefinition
from reporting.domain.events import ElectionDefined
from reporting.domain.labels import Code, Name
from reporting.domain.reporting_units import CountingPart, MergedUnit, WithdrawnUnit
from reporting.errors import InvalidInput, ReportingError
from reporting.ledger import Command, return_stream

MOST_PARTS = 50
ABOUT = timedelta(days=60)
"""A division is of one election: its day lies near the polling day, or it is a slip."""


class PartInput(Request):
    code: Code
    name: Name
    name_en: Name | None = None


class DivideUnit(Request):
    """`level`: of the parts; None: the lowest of the units' geography. `on`: from when they count. `keeps`: forms that the unit goes on
    reporting; None: all that ask nothing by candidate or party (turnout, electors, early voting)."""

    command_id: UUID
    election: Code
    unit: Code
    parts: tuple[PartInput, ...] = Field(min_length=2, max_length=MOST_PARTS)
    level: Code | None = None
    on: date
    keeps: tuple[Code, ...] | None = Field(None, max_length=100)
    reason: Text


class UndoDivision(Request):
    command_id: UUID
    election: Code
    unit: Code
    reason: Text


class ConfirmDivision(Request):
    """`proposal`: its number, as a division that waits was answered with it."""

    command_id: UUID
    election: Code
    proposal: int


class PartsReported(ReportingError):
    """facts: `unit`, `parts` (list of codes). What parts reported is nobody's any more if they were none."""

    code = "parts_reported"
    template_ja = (
        "{unit} の分割は取り消せません。分けた開票区（{listed}）がすでに報告しています。"
        "合計では、すべての開票区がそろった項目から順に置き換わります。"
    )
    template_en = (
        "The division of {unit} cannot be undone: counting districts of it ({listed}) have reported. In totals they take its place "
        "cell by cell, as soon as all counting districts have reported one."
    )

    def __init__(self, unit: str, parts: list[str]) -> None:
        super().__init__(unit=unit, parts=parts, listed=", ".join(parts))


class Divisions:
    """Every way to divide a unit, and back."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def divide(self, request: DivideUnit, actor: Actor, *, dry_run: bool = False) -> DefinitionRecorded:
        """NotAuthorised, UnknownReference, InvalidInput, VersionConflict; what it touches is told, and may wait for a second person."""
        return self._change(request, actor, dry_run=dry_run)

    def undo(self, request: UndoDivision, actor: Actor, *, dry_run: bool = False) -> DefinitionRecorded:
        """PartsReported as soon as a part holds figures; else as `divide`."""
        return self._change(request, actor, dry_run=dry_run)

    def confirm(self, request: ConfirmDivision, actor: Actor) -> DefinitionRecorded:
        """Of a division or a merge, or of undoing one. By another person than who proposed: OwnProposal, ProposalClosed, UnknownReference; as for the change itself."""
        defined = self._reporting.catalog.election(request.election)

        def may(proposed: Proposal | None) -> None:
            units = sorted({gone.unit for gone in changed_units(self._reporting, proposed)})
            if proposed is not None and not units:
                raise InvalidInput.at("proposal", str(request.proposal), message("proposal_of_division"))
            for unit in units:
                authorise("divide_unit", actor, defined.roster, unit)
            roster = defined.roster
            if not any(allowed("divide_unit", actor, reach_of(actor, roster, unit)) for unit in roster.units):
                authorise("divide_unit", actor)

        return self._reporting.definitions.confirm(
            request.election, request.proposal, actor, request.command_id, may
        )

    def waiting(self, defined: KnownElection) -> Iterator[tuple[Proposal, str, WithdrawnUnit | None]]:
        """Proposals of divisions that wait for a second person: each with its unit, and how it would be divided (None: undone)."""
        for proposed in self._reporting.definitions.proposals():
            if proposed.state != "open" or proposed.code != defined.definition.code:
                continue
            for unit in self._divided_by(proposed):
                yield proposed, unit, _divided_in(definition_of(proposed), unit)

    def reported(self, defined: KnownElection, divided: WithdrawnUnit) -> list[str]:
        """Parts that hold a figure in any return."""
        return holding_figures(self._reporting, defined.definition, [part.code for part in divided.parts])

    def _divided_by(self, proposed: Proposal | None) -> list[str]:
        """Units that a proposal divides, or no longer divides; none where it changes anything else, too."""
        changed = changed_units(self._reporting, proposed)
        return sorted({gone.unit for gone in changed}) if all(gone.parts for gone in changed) else []

    def _change(
        self, request: DivideUnit | UndoDivision, actor: Actor, *, dry_run: bool
    ) -> DefinitionRecorded:
        defined = self._reporting.catalog.election(request.election)
        defined.roster.require_unit(request.unit)
        authorise("divide_unit", actor, defined.roster, request.unit)
        command = Command(request.command_id, request.body(), actor, Channel.API, (), reason=request.reason)

        def following(standing: KnownElection) -> ElectionDefinition:
            if isinstance(request, DivideUnit):
                return self._divided(request, standing)
            return self._undone(request.unit, standing)

        return self._reporting.definitions.change(request.election, following, command, dry_run=dry_run)

    def _divided(self, request: DivideUnit, defined: KnownElection) -> ElectionDefinition:
        definition, units = defined.definition, defined.definition.units
        defined.roster.require_unit(request.unit)
        if request.unit in {gone.unit for gone in units.withdrawn}:
            raise InvalidInput.at("unit", request.unit, message("unit_not_yet_divided"))
        if request.unit in units.whole_of:
            raise InvalidInput.at("unit", request.unit, message("unit_that_is_no_part"))
        if request.unit in defined.roster.seats:
            raise InvalidInput.at("unit", request.unit, message("unit_that_is_not_merged"))
        require_as_asked(definition, request.on, request.keeps)
        taken = codes_taken(self._reporting, defined, request.unit)
        codes = [part.code for part in request.parts]
        for code in codes:
            if code in taken or codes.count(code) > 1:
                raise InvalidInput.at("parts", code, message("code_of_no_area"))
        divided = WithdrawnUnit(
            unit=request.unit, on=request.on, reason=request.reason[:200], level=self._level(request, defined),
            parts=tuple(CountingPart(**part.model_dump()) for part in request.parts),
            keeps=uncounted(definition) if request.keeps is None else request.keeps,
        )  # fmt: skip
        return with_units(definition, (*units.withdrawn, divided), units.merged)

    def _level(self, request: DivideUnit, defined: KnownElection) -> str:
        """Of the parts: the lowest of the geography unless one is named; InvalidInput where it is not below the unit's own."""
        units = defined.definition.units
        snapshot = self._reporting.catalog.registry(defined.definition.registry)[1].at(
            defined.definition.polling_date
        )
        levels = [level.code for level in snapshot.geographies[units.geography].levels]
        own = snapshot.areas[units.geography][request.unit].level
        wanted = levels[-1] if request.level is None else request.level
        if wanted not in levels[levels.index(own) + 1 :]:
            told = message("level_below_of_geography", unit=request.unit, level=own, levels=", ".join(levels))
            raise InvalidInput.at("level", wanted, told)
        return wanted

    def _undone(self, unit: str, defined: KnownElection) -> ElectionDefinition:
        divided = _divided_in(defined.definition, unit)
        if divided is None:
            raise InvalidInput.at("unit", unit, message("unit_that_is_divided"))
        if reported := self.reported(defined, divided):
            raise PartsReported(unit, reported)
        others = tuple(gone for gone in defined.definition.units.withdrawn if gone is not divided)
        return with_units(defined.definition, others, defined.definition.units.merged)


def uncounted(definition: ElectionDefinition) -> tuple[str, ...]:
    """Forms that ask nothing by candidate or party: a count is not what they report."""
    by_choice = {item.code for item in definition.items if item.by_choice}
    return tuple(form.code for form in definition.forms if by_choice.isdisjoint(form.items))


def require_as_asked(definition: ElectionDefinition, on: date, keeps: Sequence[str] | None) -> None:
    """InvalidInput for a day far from the poll, UnknownReference for a form to keep that is not there."""
    if abs(on - definition.polling_date) > ABOUT:
        raise InvalidInput.at("on", on.isoformat(), message("day_about_the_poll"))
    for form in keeps or ():
        definition.form(form)


def holding_figures(reporting: Reporting, definition: ElectionDefinition, units: Sequence[str]) -> list[str]:
    """Of these units those that hold a figure in any return, or whose polling places hold any."""
    streams = {
        return_stream(definition.code, form.code, slot.code, unit): unit
        for form in definition.forms
        for slot in form.slots
        for unit in units
    }
    cases = reporting.return_cases(list(streams))
    counted = places_of_all(reporting.ledger, definition.code, units)
    return sorted(
        {streams[stream] for stream, case in cases.items() if case.cells}.union(
            unit for unit, places in counted.items() if places.holding()
        )
    )


def codes_taken(reporting: Reporting, defined: KnownElection, around: str | None) -> set[str]:
    """Codes that no new unit right below an area may have: of areas, whenever they were, of units, and of units that were undone
    elsewhere: what was said of these (places, drafts, cases) is not the new one's."""
    areas = reporting.catalog.registry(defined.definition.registry)[1].records()
    roster, geography = defined.roster, defined.definition.units.geography
    elsewhere = {unit for unit in roster.retired if roster.places[unit].get(geography, ())[1:2] != (around,)}
    return {area.code for area in areas} | {*roster.units, *roster.official} | elsewhere


def changed_units(reporting: Reporting, proposed: Proposal | None) -> set[WithdrawnUnit]:
    """What a proposal divides or merges, or no longer, against the definition it was made on: as it would stand, or stood; nothing
    where it changes anything else, too."""
    if proposed is None or not isinstance(proposed.events[0], ElectionDefined) or not proposed.based_on:
        return set()
    before = reporting.ledger.stream(proposed.stream, proposed.based_on - 1)[0].event
    assert isinstance(before, ElectionDefined)
    after = definition_of(proposed)
    if with_units(before.definition, (), ()) != with_units(after, (), ()):
        return set()
    changed = set(before.definition.units.withdrawn) ^ set(after.units.withdrawn)
    return changed if all(gone.parts or gone.into for gone in changed) else set()


def definition_of(proposal: Proposal) -> ElectionDefinition:
    """That a change of one would make its next."""
    (event, *_) = proposal.events
    assert isinstance(event, ElectionDefined)
    return event.definition


def _divided_in(definition: ElectionDefinition, unit: str) -> WithdrawnUnit | None:
    return next((gone for gone in definition.units.withdrawn if gone.unit == unit and gone.parts), None)


def with_units(
    definition: ElectionDefinition, withdrawn: tuple[WithdrawnUnit, ...], merged: tuple[MergedUnit, ...]
) -> ElectionDefinition:
    """Read anew, so that what holds of every definition holds of this one."""
    told = definition.model_dump()
    told["units"]["withdrawn"] = [gone.model_dump() for gone in withdrawn]
    told["units"]["merged"] = [unit.model_dump() for unit in merged]
    return ElectionDefinition.model_validate(told)
