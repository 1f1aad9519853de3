"""The demo's invented figures as the hidden truth of a drill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from api.demo.figures import Unit, cells
from api.demo.night import clock_of, share_by
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import Value
from reporting.domain.units import Roster
from reporting.training.plan import Place, Truth


def demo_truth(definition: ElectionDefinition, roster: Roster, units: Iterable[str], seed: int) -> Truth:
    """Every return of these units as the demo draws it from the seed, without its slips."""
    contests = {one.code: one for one in definition.contests}
    found: dict[Place, Mapping[str, Value]] = {}
    for code in units:
        own = [contests[one] for one, of in sorted(roster.contest_units.items()) if code in of]
        unit = Unit.draw(seed, code)
        for form in definition.forms:
            for slot in form.slots:
                clock = clock_of(slot)
                progress = 1.0 if clock is None else share_by(clock)
                filled = cells(definition, form, own, unit, progress)
                found[code, form.code, slot.code] = {
                    cell.key: Decimal(number) for cell, number in filled.items()
                }
    return found
