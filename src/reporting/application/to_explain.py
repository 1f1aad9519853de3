"""Returns that were in order when they were submitted, and of which the rules find something since: a neighbour reported,
another form changed, a definition was replaced."""

from __future__ import annotations

from collections.abc import Iterable, Set

from reporting.application.desk import Desk
from reporting.application.findings import still_open
from reporting.domain.place import Within


def to_explain(desk: Desk, election: str, places: Iterable[Within]) -> Set[Within]:
    """Those of these submitted returns in which something is neither explained nor declared as they stand now. Whoever
    submits them again, with explanations and no figures, explains it."""
    slots: dict[tuple[str, str], list[str]] = {}
    for form, slot, unit in places:
        slots.setdefault((form, slot), []).append(unit)
    waiting: set[Within] = set()
    for (form, slot), units in slots.items():
        opened = desk.returns.open_all(election, form, slot, units)
        findings = desk.findings.standing(opened)
        for opened_return in opened:
            vouched = opened_return.case.submitted_by is not None and not opened_return.case.certified
            if vouched and still_open(findings[opened_return.stream], opened_return.case.explanations):
                waiting.add(opened_return.place.within)
    return waiting
