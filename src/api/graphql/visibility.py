"""Who sees what before it is public: the checks that fields declare (`access`) for an election with a workflow.

Without a workflow nothing is embargoed: a public slot's totals are open, figures need a token.
Every read that is granted before release is logged, without its figures (docs/audit.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.graphql.context import Asking, Info
from api.graphql.messages import message
from api.read_log import READS
from projections.read.rows import EventRow
from reporting.application.authority import allowed, authorise, reach_of, units_allowed
from reporting.application.blind import HOLD_WHAT_WAS_TYPED, blind_among
from reporting.domain.actor import Role
from reporting.domain.election import ElectionDefinition
from reporting.domain.layer import ENTERED, RELEASED, Layer
from reporting.domain.place import Place
from reporting.domain.units import Roster
from reporting.domain.workflow_events import FiguresReleased
from reporting.errors import InvalidInput, NotAuthenticated, NotNowSeen

THROUGH = (Role.WARD, Role.MUNICIPALITY, Role.PREFECTURE, Role.MINISTRY)
"""Offices that returns go through."""


def layer_of(info: Asking, definition: ElectionDefinition, layer: str | None) -> Layer:
    """The layer that is read: what is released, unless the actor's office may see more and asks for
    it. Where the election has no workflow everything is public as entered. NotAuthenticated, NotAuthorised, InvalidInput."""
    if definition.workflow is None:
        if layer not in (None, ENTERED.name, RELEASED.name):
            raise InvalidInput(
                field="layer",
                found=layer,
                expected=message("election_has_no_workflow", name=ENTERED.name),
            )
        return ENTERED
    if layer in (None, RELEASED.name):
        return RELEASED
    actor = info.context.require_actor()
    reach = reach_of(actor, None, None) or "below"
    if not allowed("read_unreleased", actor, reach):
        raise NotNowSeen(operation="read_unreleased", office=actor.office, needed=message("after_release"))
    if layer == ENTERED.name or layer in definition.workflow.levels:
        return Layer.named(layer)
    raise InvalidInput(
        field="layer",
        found=layer,
        expected=", ".join((ENTERED.name, RELEASED.name, *definition.workflow.levels)),
    )


def usual_layer(
    info: Asking,
    definition: ElectionDefinition,
    geography: str | None,
    areas: Sequence[str] | None,
    level: str | None,
) -> Layer:
    """The layer that is read where nobody says which layer: for an office that returns go through the furthest that
    it may see, which is what is entered, where everything that is asked for lies in its reach (none named: where some of it
    does; it is shown that). For everybody else, auditors too, what is released."""
    actor = info.context.actor
    if definition.workflow is None or actor is None or actor.role not in THROUGH:
        return layer_of(info, definition, None)
    if not allowed("read_unreleased", actor, reach_of(actor, None, None) or "below"):
        return RELEASED
    if geography is None or actor.jurisdiction == "*":
        return ENTERED
    reached = _roster(info, definition).areas_in(geography, actor.jurisdiction)
    if areas is not None:
        within = bool(areas) and set(areas) <= reached
    elif level is not None:
        row = info.context.snapshot.election(definition.code)
        within = info.context.snapshot.has_level(row, geography, level, reached)
    else:
        within = bool(reached)
    return ENTERED if within else RELEASED


def areas_within(
    info: Asking,
    definition: ElectionDefinition,
    geography: str,
    areas: list[str] | None,
    layer: Layer,
    *,
    figures: bool = True,
) -> list[str] | None:
    """The areas asked for, or all those the actor's office may see unreleased; None: no limit. NotAuthorised for one
    outside. `figures`: whether figures are read there, not only where returns stand."""
    actor = info.context.actor
    if layer == RELEASED or definition.workflow is None or actor is None:
        return areas
    readable_areas = areas
    if actor.jurisdiction != "*":
        open_ = _roster(info, definition).areas_in(geography, actor.jurisdiction)
        if hidden := [area for area in areas or () if area not in open_]:
            raise NotNowSeen(
                operation=f"read_unreleased:{hidden[0]}", office=actor.office, needed=message("after_release")
            )
        readable_areas = sorted(open_) if areas is None else areas
    if figures:
        for area in [actor.jurisdiction] if areas is None else areas:
            _tell(info, definition, area=f"{geography}/{area}")
    return readable_areas


def require_figures(info: Info, definition: ElectionDefinition, unit: str | None) -> None:
    """A token; and, where the election has a workflow, an office that reaches the unit (None: everything)."""
    actor = info.context.require_actor()
    if definition.workflow is None:
        return
    authorise("read_unreleased", actor, _roster(info, definition), unit)
    _tell(info, definition, unit="*" if unit is None else unit)


def require_event(info: Info, position: int) -> EventRow:
    """An event, if the actor may see what it is about; UnknownReference when there is none. What was released of a unit is everybody's."""
    info.context.require_actor()
    row = info.context.snapshot.event(position)
    state = json.loads(row.state)
    if row.type == FiguresReleased.type:
        return row
    if "unit" in state and "election" in state:
        require_figures(info, info.context.snapshot.election(state["election"]).definition, state["unit"])
        if blind_positions(info, [(position, row.type, state)]):
            raise NotNowSeen(
                operation="read_blind_entry",
                office=info.context.require_actor().office,
                needed=message("after_two_entries_are_compared"),
            )
    elif "contest" in state and "election" in state:  # a lot, which may not be public yet
        definition = info.context.snapshot.election(state["election"]).definition
        units = sorted(_roster(info, definition).contest_units.get(state["contest"], ()))
        require_units(info, definition, units, state["contest"])
    return row


def blind_positions(info: Info, events: Sequence[tuple[int, str, Mapping[str, Any]]]) -> frozenset[int]:
    """Of events (position, type, state): those whose values the actor does not see yet, since they may have to type them, too."""
    places = [
        Place(state["election"], state["form"], state["slot"], state["unit"])
        for _, type_, state in events
        if type_ in HOLD_WHAT_WAS_TYPED
    ]
    if not places:
        return frozenset()
    context = info.context
    return blind_among(context.service, context.desk.returns, places, context.require_actor().person)


def require_units(info: Info, definition: ElectionDefinition, units: Sequence[str], area: str) -> None:
    """Like `require_figures` for each of the units, which are those of an area (`geography/code`)."""
    actor = info.context.require_actor()
    if definition.workflow is None:
        return
    roster = _roster(info, definition)
    for unit in units:
        authorise("read_unreleased", actor, roster, unit)
    _tell(info, definition, area=area)


def seen_beside(info: Info, definition: ElectionDefinition, units: Iterable[str]) -> frozenset[str]:
    """Those of the units whose figures the actor may see before their release; one line says that they were looked at."""
    actor, roster = info.context.require_actor(), _roster(info, definition)
    seen = frozenset(units_allowed("read_unreleased", actor, roster, units))
    if seen:
        _tell(info, definition, area=actor.jurisdiction)
    return seen


def slots_seen(info: Info, definition: ElectionDefinition) -> list[tuple[str, str]]:
    """Form and slot of those whose every unit the actor may see before its release; nothing is read by that."""
    actor, defined = info.context.require_actor(), info.context.defined(definition.code)
    units = set(defined.roster.units)
    if definition.workflow is not None:
        units = set(units_allowed("read_unreleased", actor, defined.roster, units))
    return [
        (form.code, slot.code)
        for form in definition.forms
        for slot in form.slots
        if units.issuperset(defined.reporting_units(form.code, slot.code))
    ]


def require_everything(info: Info) -> None:
    """An office that sees what belongs to no election: those who work, areas, lineage."""
    authorise("read_unreleased", info.context.require_actor())


def require_reach(info: Info, definition: ElectionDefinition, unit: str) -> None:
    """An office that reaches the unit, with a workflow or without one."""
    authorise("read_unreleased", info.context.require_actor(), _roster(info, definition), unit)


def units_covered(info: Info, definition: ElectionDefinition) -> list[str] | None:
    """Units below the actor's office; None: all."""
    actor = info.context.require_actor()
    if actor.jurisdiction == "*":
        return None
    return _roster(info, definition).covered(actor.jurisdiction)


def contests_covered(info: Info, definition: ElectionDefinition) -> frozenset[str]:
    """Contests all of whose units lie below the actor's office: a ward is not told how a district of many stands."""
    covered = units_covered(info, definition)
    within = None if covered is None else frozenset(covered)
    voting = _roster(info, definition).contest_units
    return frozenset(
        code for code, units in voting.items() if units and (within is None or within.issuperset(units))
    )


def units_of_trail(
    info: Info,
    definition: ElectionDefinition,
    unit: str | None,
    geography: str | None,
    area: str | None,
    own: bool | None = None,
) -> list[str] | None:
    """Units that a trail is limited to, if it is; the actor may read them. `own`: of an area those that one may read, where there
    are any. NotAuthenticated, NotAuthorised, InvalidInput."""
    if (area is None) != (geography is None):
        raise InvalidInput(
            field="filter.area",
            found=str(area),
            expected=message("both_area_and_geography"),
        )
    if area is None and unit is None and (reached := _reached(info, definition)) is not None:
        return reached
    if area is None or unit is not None:
        require_figures(info, definition, unit)
        return None if unit is None else [unit]
    units = units_below(info, definition, geography or "", area)
    if own and definition.workflow is not None:
        actor = info.context.require_actor()
        seen = units_allowed("read_unreleased", actor, _roster(info, definition), units)
        if 0 < len(seen) < len(units):
            _tell(info, definition, area=actor.jurisdiction)
            return seen
    require_units(info, definition, units, f"{geography}/{area}")
    return units


def units_below(info: Info, definition: ElectionDefinition, geography: str, area: str) -> list[str]:
    places = _roster(info, definition).places
    return [code for code, paths in places.items() if area in paths.get(geography, ())]


def _reached(info: Info, definition: ElectionDefinition) -> list[str] | None:
    """The units that an office answers for which does not see everything; None: it does, or it sees nothing at all."""
    actor = info.context.require_actor()
    if definition.workflow is None or actor.jurisdiction == "*":
        return None
    if not allowed("read_unreleased", actor, reach_of(actor, None, None) or "below"):
        return None
    units = units_covered(info, definition)
    if units:
        _tell(info, definition, area=actor.jurisdiction)
    return units or None


def require_area(info: Info, definition: ElectionDefinition, geography: str, area: str) -> None:
    """Like `require_figures`, for every unit below an area."""
    info.context.require_actor()
    if definition.workflow is not None:
        layer_of(info, definition, ENTERED.name)
        areas_within(info, definition, geography, [area], ENTERED)


def reach_within(
    info: Info, definition: ElectionDefinition, layer: Layer
) -> tuple[list[str] | None, list[str] | None]:
    """Units whose figures of a layer the actor may see, and areas (`geography/code`) whose totals; None: all.
    NotAuthenticated for anything but what is released."""
    areas = areas_reached(info, definition, layer)
    if areas is None:
        return None, None
    roster = _roster(info, definition)
    return units_allowed("read_unreleased", info.context.require_actor(), roster, roster.units), areas


def areas_reached(info: Info, definition: ElectionDefinition, layer: Layer) -> list[str] | None:
    """Of `reach_within` the areas."""
    if layer == RELEASED:
        return None
    actor = info.context.require_actor()
    if definition.workflow is None:
        return None
    _tell(info, definition, area=actor.jurisdiction)
    if actor.jurisdiction == "*":
        return None
    roster = _roster(info, definition)
    return [
        name
        for geography in definition.geographies
        for name in roster.names_in(geography, actor.jurisdiction)
    ]


def reach_of_reader(info: Info, definition: ElectionDefinition) -> list[str] | None:
    """Units of which the reader may see what is not released, none for the public; None: all."""
    actor, reaches = info.context.actor, info.context.reaches
    if actor is None or not allowed("read_unreleased", actor, reach_of(actor, None, None) or "below"):
        return []
    if definition.code not in reaches:
        reaches[definition.code] = reach_within(info, definition, ENTERED)[0]
    return reaches[definition.code]


def is_public(definition: ElectionDefinition, form: str, slot: str) -> bool:
    """Whether a slot's totals may be read without a token; a slot that does not exist may not."""
    return any(f.code == form and s.code == slot and s.public for f in definition.forms for s in f.slots)


def public_slots(definition: ElectionDefinition) -> list[str]:
    """`form/slot` of the totals anybody may see, in `public_layer`."""
    return [f"{form.code}/{slot.code}" for form in definition.forms for slot in form.slots if slot.public]


def public_layer(definition: ElectionDefinition) -> Layer:
    """What everybody may see: as released, or as entered where no workflow stands between."""
    return ENTERED if definition.workflow is None else RELEASED


def require_public(info: Info, definition: ElectionDefinition, form: str, slot: str) -> None:
    """NotAuthenticated without a token for a slot that is not public; UnknownReference for one that is not there: a token
    would not help."""
    if not is_public(definition, form, slot) and info.context.actor is None:
        definition.form(form).slot(slot)
        raise NotAuthenticated(detail=f"{form}/{slot}")


def _tell(info: Asking, definition: ElectionDefinition, **place: str) -> None:
    """One line for each request and place."""
    context = info.context
    key = (definition.code, *place.values())
    if context.actor is None or key in context.told:
        return
    context.told.add(key)
    READS.tell(context.actor, definition.code, place, context.request_id)


def _roster(info: Asking, definition: ElectionDefinition) -> Roster:
    return info.context.defined(definition.code).roster
