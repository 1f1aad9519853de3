"""From an election to a drill: its hidden truth read, its training copy defined, the leader's sheet made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.election import ElectionDefinition
from reporting.domain.expansion import expand
from reporting.domain.figures import Value
from reporting.domain.units import Roster
from reporting.domain.workflow import Workflow
from reporting.errors import HeldElsewhere, UnknownReference
from reporting.ledger import return_stream
from reporting.training.copy import LEAD, Clock, drill_code, nominal_times, training_copy
from reporting.training.messages import message
from reporting.training.plan import DrillPlace, DrillPlan, Truth, Wishes, make_sheet

NAMESPACE = UUID("0c1f6f0e-3b0d-5b57-9b0e-6d0a7f5a1d21")
LEADER = Actor("drill", message("drill_leader"), Role.SYSTEM, "*")
AFTER = timedelta(hours=1)
"""Of the night, after its last publication."""


def roster_of(reporting: Reporting, source: ElectionDefinition) -> Roster:
    return expand(source, reporting.catalog.registry(source.registry)[1].at(source.polling_date))


def units_of(reporting: Reporting, source: ElectionDefinition, area: str) -> tuple[str, ...]:
    """The reporting units below an area (`*`: all), in order. UnknownReference when there are none."""
    roster = roster_of(reporting, source)
    key = roster.key(area)
    units = tuple(sorted(unit for unit in roster.units if roster.covers(key, unit)))
    if not units:
        raise UnknownReference(kind="area", found=area, among=roster.areas)
    return units


def area_of_a_drill(reporting: Reporting, source: ElectionDefinition) -> str:
    """Where a drill plays when nobody says: of the areas just below the top, the one with the fewest units, but two at
    least; `*` where there is none such."""
    roster = roster_of(reporting, source)
    geography = source.geographies[0]
    sizes: dict[str, int] = {}
    for unit in roster.units:
        for area in roster.places[unit].get(geography, ())[-2:-1]:
            sizes[area] = sizes.get(area, 0) + 1
    return min(
        (size, area) for area, size in (*sizes.items(), ("*", len(roster.units))) if size > 1 or area == "*"
    )[1]


def truth_in_ledger(reporting: Reporting, code: str, units: tuple[str, ...]) -> Truth:
    """The figures of a past election as they stand, for these units."""
    election = reporting.catalog.election(code)
    places: dict[UUID, DrillPlace] = {
        return_stream(code, form.code, slot.code, unit): DrillPlace(unit, form.code, slot.code)
        for form in election.definition.forms
        for slot in form.slots
        for unit in units
    }
    truth: dict[DrillPlace, Mapping[str, Value]] = {}
    for stream, case in reporting.return_cases(list(places)).items():
        truth[places[stream]] = {key: held.value for key, held in case.cells.items()}
    return truth


def night_length(source: ElectionDefinition) -> timedelta:
    """From the beginning of the drill to its end, on the night's own time."""
    times = nominal_times(source).values()
    return max(times) - min(times) + LEAD + AFTER if times else LEAD + AFTER


def already_over(source: ElectionDefinition, now: datetime, speed: float) -> Clock:
    """A clock on which the night has just ended: for robots, who need no time."""
    return Clock(now - night_length(source) / speed, speed)


def prepare(
    reporting: Reporting,
    source: ElectionDefinition,
    truth: Truth,
    clock: Clock,
    wishes: Wishes,
    actor: Actor,
) -> DrillPlan:
    """Defines the copy and answers the sheet. Only the definition enters the ledger. Errors: NotAuthorised,
    UnknownReference, InvalidInput."""
    while True:
        code = drill_code(source.code, reporting.is_taken)
        try:
            return _prepared(reporting, source, code, truth, clock, wishes, actor)
        except HeldElsewhere as other:
            if other.facts["election"] != code:
                raise  # else another log was first to take the code: the next one is free


def _prepared(
    reporting: Reporting,
    source: ElectionDefinition,
    code: str,
    truth: Truth,
    clock: Clock,
    wishes: Wishes,
    actor: Actor,
) -> DrillPlan:
    roster = roster_of(reporting, source)
    geographies = reporting.catalog.geographies(source.registry)
    made = training_copy(source, code, roster, geographies, clock)
    units = sorted({unit for unit, _, _ in truth})
    assert made.definition.workflow is not None
    workflow = made.definition.workflow
    offices = offices_of(workflow, roster, units)
    chains = {unit: tuple(area for _, area in chain_of(workflow, roster, unit)) for unit in units}
    sheet = make_sheet(made.definition, source.code, truth, offices, clock, wishes, chains)
    command = uuid5(NAMESPACE, f"define/{made.definition!r}")
    reporting.define_election(made.definition, actor, command, channel=Channel.SIMULATION)
    return sheet


def offices_of(workflow: Workflow, roster: Roster, units: list[str]) -> dict[str, str]:
    """Area code → name of every office that takes part: the units and those that look at their returns, up to the
    level that releases."""
    names_by_area: dict[str, str] = {}
    for unit in units:
        names_by_area[unit] = roster.units[unit].name
        for _, area in chain_of(workflow, roster, unit):
            names_by_area[area] = roster.nodes[workflow.geography, area].name
    return names_by_area


def chain_of(workflow: Workflow, roster: Roster, unit: str) -> tuple[tuple[str, str], ...]:
    """(level, area) of the offices that look at a unit's returns up to the level that releases, lowest first."""
    upto = workflow.levels[: workflow.levels.index(workflow.publish_at_level) + 1]
    chain = workflow.chain(unit, roster.path(unit, workflow.geography))
    return tuple((level, area) for level, area in chain if level in upto)
