"""Where a drill's election and hidden truth come from: the ledger, or the demo's invented figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import uuid5

from api.demo.figures import DemoUnit, cells
from api.demo.night import share_by
from reporting.application.service import Reporting
from reporting.definitions.load import demo_election, shipped_registry
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Value
from reporting.domain.units import Roster
from reporting.training.copy import Clock, clock_of
from reporting.training.incidents import mistakes
from reporting.training.plan import DrillPlace, DrillPlan, Truth, Wishes
from reporting.training.prepare import (
    LEADER,
    NAMESPACE,
    area_of_a_drill,
    prepare,
    roster_of,
    truth_in_ledger,
    units_of,
)


def source_of(service: Reporting, code: str | None) -> ElectionDefinition:
    """A past election's definition; without a code the demo's, its registry declared. UnknownReference."""
    if code is not None:
        return service.catalog.election(code).definition
    registry = shipped_registry()
    service.declare_registry(
        registry.registry, registry.geographies, registry.areas, LEADER, uuid5(NAMESPACE, f"{registry!r}")
    )
    return demo_election()


def new_drill(
    service: Reporting,
    clock: Clock,
    *,
    election: str | None,
    area: str | None,
    units: int | None,
    speed: float,
    errors: int,
    kinds: tuple[str, ...],
    seed: int,
) -> DrillPlan:
    """The sheet of a drill as the command line wishes it (see `reporting rehearse robots --help`); its copy is
    defined. `speed` is the clock's."""
    chosen = mistakes(kinds)
    source = source_of(service, election)
    below = units_of(service, source, area or area_of_a_drill(service, source))
    if units:
        below = below[:: max(1, len(below) // units)][:units]
    if election is None:
        truth = demo_truth(source, roster_of(service, source), below, seed)
    else:
        truth = truth_in_ledger(service, source.code, below)
    return prepare(service, source, truth, clock, Wishes(seed, errors, chosen), LEADER)


def demo_truth(definition: ElectionDefinition, roster: Roster, units: Iterable[str], seed: int) -> Truth:
    """Every return of these units as the demo draws it from the seed, without its slips."""
    contests = {contest.code: contest for contest in definition.contests}
    truth: dict[DrillPlace, Mapping[str, Value]] = {}
    for code in units:
        own = [contests[contest] for contest, of in sorted(roster.contest_units.items()) if code in of]
        unit = DemoUnit.draw(seed, code)
        for form in definition.forms:
            for slot in form.slots:
                clock = clock_of(slot)
                progress = 1.0 if clock is None else share_by(clock)
                filled = cells(definition, form, own, unit, progress)
                truth[DrillPlace(code, form.code, slot.code)] = {
                    cell.key: Decimal(number) for cell, number in filled.items()
                }
    return truth
