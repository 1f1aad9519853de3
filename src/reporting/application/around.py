"""What lies around a return, read from the log: its unit's other forms, the units beside it, those that lie in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import values_of
from reporting.ledger import return_stream
from reporting.rules.context import Figures, settled_slot
from reporting.rules.siblings import Others, SiblingReturns

Beside = Mapping[UUID, Mapping[str, str]]
"""Stream → every cell's text, of returns that are looked at as if these stood already; none: as if not reported."""
NOTHING: Beside = {}


class ReturnsAround:
    """Reads figures of other returns. `beside`: returns as they would be, instead of as they stand."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    def other_forms(
        self, returns: Sequence[OpenReturn], beside: Beside, *, earlier: bool = True
    ) -> dict[str, dict[tuple[str, str], Figures]]:
        """Unit → (form, slot) → figures of its returns of other forms and of the slots before, in one read. `earlier`: the slots
        before also of a form in which no slot counts on from another."""
        definition = returns[0].defined.definition
        pages = {return_.place.page for return_ in returns}
        asked = {page: _looked_at(definition, *page, earlier=earlier) for page in pages}
        places = {
            return_stream(definition.code, form, slot, return_.place.unit): (return_.place.unit, form, slot)
            for return_ in returns
            for form, slot in asked[return_.place.page]
        }
        return self.read(places, beside)

    def neighbours(self, returns: Sequence[OpenReturn], beside: Beside) -> dict[str, Others]:
        """Unit → the same slot's figures of the other units under the same area, by unit in their order. What is open is not read
        again."""
        defined, (election, form, slot, _) = returns[0].defined, returns[0].place
        workflow, roster = defined.definition.workflow, defined.roster
        assert workflow is not None
        wanted = {return_.place.unit for return_ in returns}
        above = {area for unit in wanted for area in roster.above(unit, workflow.geography)[:1]}
        siblings = {area: roster.siblings[area] for area in sorted(above)}
        places = {
            return_stream(election, form, slot, unit): (unit, form, slot)
            for units in siblings.values()
            for unit in units
        }
        opened = {return_.stream: return_.case.texts for return_ in returns}
        read = self.read(places, beside, opened)
        groups = {
            area: SiblingReturns({unit: held[form, slot] for unit in units if (held := read.get(unit))})
            for area, units in siblings.items()
        }
        return {
            unit: groups[area].without(unit)
            for area, units in siblings.items()
            for unit in units
            if unit in wanted
        }

    def inside(self, returns: Sequence[OpenReturn], beside: Beside) -> dict[str, dict[str, Figures]]:
        """Unit that lies above others → what these reported in every form's settled slot, by unit; only where a contest names
        units of its own, so that one unit may lie in another."""
        definition, roster = returns[0].defined.definition, returns[0].defined.roster
        if all(contest.units is None for contest in definition.contests):
            return {}
        wholes = {return_.place.unit for return_ in returns}
        parts: dict[str, list[str]] = {}
        for unit in sorted(roster.units):
            for area in roster.places[unit].get(definition.units.geography, ())[1:]:
                if area in wholes:
                    parts.setdefault(area, []).append(unit)
        places = {
            return_stream(definition.code, form.code, slot, unit): (unit, form.code, slot)
            for units in parts.values()
            for unit in units
            for form in definition.forms
            for slot in (settled_slot(definition, form),)
        }
        read = self.read(places, beside)
        return {
            whole: {
                unit: {
                    key: value for figures in read.get(unit, {}).values() for key, value in figures.items()
                }
                for unit in units
            }
            for whole, units in parts.items()
        }

    def read(
        self,
        places: Mapping[UUID, tuple[str, str, str]],
        beside: Beside = NOTHING,
        opened: Beside = NOTHING,
    ) -> dict[str, dict[tuple[str, str], Figures]]:
        """`opened`: returns whose texts are at hand."""
        asked = [stream for stream in places if stream not in opened]
        texts: dict[UUID, Mapping[str, str]] = {**self._reporting.return_texts(asked)} if asked else {}
        for instead in (opened, beside):
            texts |= {stream: held for stream, held in instead.items() if stream in places}
        figures: dict[str, dict[tuple[str, str], Figures]] = {}
        for stream, held in texts.items():
            if held:  # without any it is as if it had not been reported
                unit, form, slot = places[stream]
                figures.setdefault(unit, {})[form, slot] = values_of(held)
        return figures


def pages_looking_at(
    definition: ElectionDefinition, page: tuple[str, str], *, earlier: bool
) -> list[tuple[str, str]]:
    """(form, slot) of every return in which the rules look at the same unit's of this one. `earlier`: as of `other_forms`."""
    pages = [(form.code, slot.code) for form in definition.forms for slot in form.slots]
    return [other for other in pages if page in _looked_at(definition, *other, earlier=earlier)]


def _looked_at(
    definition: ElectionDefinition, form: str, slot: str, *, earlier: bool
) -> list[tuple[str, str]]:
    """(form, slot) of what the rules look at of the same unit: every slot of the other forms, those before this one, and, where they
    count on, those after it."""
    pages: list[tuple[str, str]] = []
    for other in definition.forms:
        slots = [each.code for each in other.slots]
        if other.code == form:
            here = slots.index(slot)
            before = slots[:here] if earlier or other.cumulative else []
            slots = before + (slots[here + 1 :] if other.cumulative else [])
        pages += [(other.code, code) for code in slots]
    return pages
