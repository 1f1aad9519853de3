"""Access is declared with each field that runs code, and enforced before that code runs.

A field without a resolver shows what the object it stands on was made of, so that it needs no declaration of its own. A
schema with a resolver that declares nothing cannot be made (`require_declared`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from api.graphql import visibility
from api.graphql.context import Info
from api.graphql.keys import Keyed, takes_areas
from api.graphql.known import require_areas
from projections.read import ElectionRow
from projections.read.rows import EventRow
from reporting.application.opened import OpenReturn
from reporting.domain.election import ElectionDefinition
from reporting.domain.layer import ENTERED, Layer

DECLARED, SEEN = "access", "seen"
Resolver = TypeVar("Resolver", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Seen:
    """What the actor may see of what was asked for; a resolver that takes `seen` reads nothing beyond it.

    `layer`: of the slots that are read. `areas`: codes of one geography (`geography/code` in answers over several).
    None: no limit. `contests`: those whose every unit the actor's office reaches: their whole outcome may be told.
    """

    layer: Layer = ENTERED
    units: list[str] | None = None
    areas: list[str] | None = None
    event: EventRow | None = None
    contests: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Call:
    """One field that is asked for: what it stands on and its arguments."""

    info: Info
    source: Any
    given: Mapping[str, Any]

    @property
    def definition(self) -> ElectionDefinition:
        """Of the election that the field names, or that it stands in."""
        if "election" in self.given:
            return self.info.context.snapshot.election(self.given["election"]).definition
        if isinstance(opened := getattr(self.source, "opened", None), OpenReturn):
            return opened.defined.definition
        rows = (getattr(self.source, name, None) for name in ("election", "row"))
        return next(row.definition for row in rows if isinstance(row, ElectionRow))


@dataclass(frozen=True, slots=True)
class Access:
    """`check`: lets a call through, saying what it may see, or raises NotAuthenticated, NotAuthorised. None: nothing that is
    not public, or not granted already, can be read there, whoever asks."""

    name: str
    check: Callable[[Call], Seen] | None = field(default=None, compare=False)


def _token(call: Call) -> Seen:
    call.info.context.require_actor()
    return Seen()


def _unit(call: Call) -> Seen:
    visibility.require_figures(call.info, call.definition, call.given["unit"])
    return Seen(units=[call.given["unit"]])


def _units(call: Call) -> Seen:
    if call.given.get("units") is None:
        return Seen(units=_own_units(call))
    units = list(dict.fromkeys(call.given["units"]))
    for unit in units:
        visibility.require_figures(call.info, call.definition, unit)
    return Seen(units=units)


def _own_units(call: Call) -> list[str]:
    """Units below one's own office that the slot asks, whose figures the office may read."""
    given, definition = call.given, call.definition
    call.info.context.require_actor()
    visibility.layer_of(call.info, definition, ENTERED.name)
    defined = call.info.context.defined(definition.code)
    defined.form(given["form"], given["slot"])
    asked = defined.reporting_units(given["form"], given["slot"])
    covered = visibility.units_covered(call.info, definition)
    units = sorted(asked) if covered is None else sorted(set(asked) & set(covered))
    for unit in units:
        visibility.require_figures(call.info, definition, unit)
    return units


def _unit_in_reach(call: Call) -> Seen:
    visibility.require_reach(call.info, call.definition, call.given["unit"])
    return _unit(call)


def _units_in_reach(call: Call) -> Seen:
    units = list(dict.fromkeys(return_.unit for return_ in call.given["returns"]))
    if not units:
        call.info.context.require_actor()
    for unit in units:
        visibility.require_reach(call.info, call.definition, unit)
        visibility.require_figures(call.info, call.definition, unit)
    return Seen(units=units)


def _moved(call: Call, units: Seen) -> Seen:
    """What a change of these units would move, as far as the actor's office reaches: not how the areas above it stand."""
    definition = call.definition
    areas = visibility.areas_reached(call.info, definition, ENTERED)
    contests = {contest.code for contest in definition.contests}
    if definition.workflow is not None:
        contests &= visibility.contests_covered(call.info, definition)
    return Seen(units=units.units, areas=areas, contests=frozenset(contests))


def _below(call: Call) -> Seen:
    visibility.require_area(call.info, call.definition, call.source.geography, call.source.code)
    return Seen(areas=[call.source.code])


def _layer_asked(call: Call, areas: Sequence[str] | None) -> Layer:
    given = call.given
    if given.get("layer") is not None:
        return visibility.layer_of(call.info, call.definition, given["layer"])
    return visibility.usual_layer(
        call.info, call.definition, given.get("geography"), areas, given.get("level")
    )


def _areas_known(call: Call) -> None:
    """Areas and level that are asked for are the election's, now or at the moment asked for; `differences` of two moments
    looks at both itself."""
    moment, given = getattr(call.source, "moment", None), call.given
    if "geography" not in given or "from_" in given:
        return
    code = call.definition.code
    roster = moment.election.roster if moment else call.info.context.defined(code).roster
    require_areas(code, (roster,), given["geography"], given.get("areas"), given.get("level"))


def _totals(call: Call) -> Seen:
    given, definition = call.given, call.definition
    visibility.require_public(call.info, definition, given["form"], given["slot"])
    _areas_known(call)
    layer = _layer_asked(call, given.get("areas"))
    areas = visibility.areas_within(call.info, definition, given["geography"], given.get("areas"), layer)
    return Seen(layer, areas=areas)


def _layer(call: Call) -> Seen:
    definition = call.definition
    layer = visibility.layer_of(call.info, definition, call.given.get("layer"))
    if "form" in call.given:
        visibility.require_public(call.info, definition, call.given["form"], call.given["slot"])
    units, areas = visibility.reach_within(call.info, definition, layer)
    return Seen(layer, units, areas)


def _listed_layer(call: Call) -> Seen:
    """Of a list without areas: the office's reach limits it."""
    definition, layer = call.definition, _layer_asked(call, None)
    visibility.require_public(call.info, definition, call.given["form"], call.given["slot"])
    units, areas = visibility.reach_within(call.info, definition, layer)
    return Seen(layer, units, areas)


def _standing(call: Call) -> Seen:
    call.info.context.require_actor()
    given, definition = call.given, call.definition
    visibility.layer_of(call.info, definition, ENTERED.name)
    if "geography" not in given:
        return Seen(units=visibility.units_covered(call.info, definition))
    _areas_known(call)
    areas = visibility.areas_within(
        call.info, definition, given["geography"], given.get("areas"), ENTERED, figures=False
    )
    return Seen(areas=areas, contests=visibility.contests_covered(call.info, definition))


def _outcomes(call: Call) -> Seen:
    call.info.context.require_actor()
    visibility.layer_of(call.info, call.definition, ENTERED.name)
    return Seen(contests=visibility.contests_covered(call.info, call.definition))


def _whole_slot(call: Call) -> Seen:
    given, definition = call.given, call.definition
    visibility.layer_of(call.info, definition, ENTERED.name)
    defined = call.info.context.defined(definition.code)
    units = defined.reporting_units(given["form"], given["slot"])
    visibility.require_units(call.info, definition, units, f"{given['form']}/{given['slot']}")
    return Seen()


def _trail(call: Call) -> Seen:
    limits = call.given.get("filter")
    unit, geography, area, own = (
        getattr(limits, name, None) for name in ("unit", "geography", "area", "within_reach")
    )
    if call.given.get("election") is None:
        visibility.require_everything(call.info)
        return Seen()
    return Seen(
        units=visibility.units_of_trail(call.info, call.definition, unit, geography, area, own),
        contests=visibility.contests_covered(call.info, call.definition),
    )


def _event(call: Call) -> Seen:
    return Seen(event=visibility.require_event(call.info, call.given["position"]))


PUBLIC = Access("public")
"""Definitions, what was released, positions: for everybody."""
HELD = Access("held")
"""Nothing beyond what the object it stands on was granted for."""
SETTLED = Access("settled for each election")
"""Elections are found while reading; each is asked through a reader that checks it (`series.queries.reader_of`)."""
REGISTER = Access("register", lambda call: Seen(units=visibility.reach_of_reader(call.info, call.definition)))
"""What is public for everybody, and units of one's own reach (`seen.units`)."""
TOKEN = Access("token", _token)
UNIT = Access("figures of a unit", _unit)
"""Argument `unit`."""
UNIT_IN_REACH = Access("figures of a unit in reach", _unit_in_reach)
"""Argument `unit`, also where the election has no workflow: what is never public."""
UNITS = Access("figures of units", _units)
"""Argument `units`; none: `seen.units` are those of the slot (`form`, `slot`) below one's own office."""
MOVED_BY_UNIT = Access(
    "what a change of a unit in reach moves within reach", lambda call: _moved(call, _unit_in_reach(call))
)
"""Argument `unit`, also where the election has no workflow; `seen.areas` as `geography/code`, `seen.contests`."""
MOVED_BY_UNITS = Access(
    "what a change of units in reach moves within reach", lambda call: _moved(call, _units_in_reach(call))
)
"""Argument `returns`, each with a `unit`; `seen` likewise."""
BELOW = Access("figures below an area", _below)
"""The total it stands on."""
TOTALS = Access("totals of a layer", _totals)
"""Arguments `form`, `slot`, `geography`, `areas`, `layer`."""
TOTALS_BY_TOKEN = Access("totals of a layer, with a token", lambda call: (_token(call), _totals(call))[1])
LAYER = Access("figures of a layer", _layer)
LISTED_LAYER = Access("figures of a layer, the office's furthest by itself", _listed_layer)
STANDING = Access("where returns stand", _standing)
"""An office that may read before release; no figures."""
OUTCOMES = Access("outcomes of contests in reach", _outcomes)
"""`seen.contests`; stands on an open return."""
WHOLE_SLOT = Access("every unit of a slot", _whole_slot)
"""Arguments `form`, `slot`: an office that reaches all its units."""
TRAIL = Access("trail", _trail)
EVENT = Access("event", _event)
"""Argument `position`."""
CHANGE = Access("change")
"""The command authorises, with the return's own state; a refusal is an answer of its own. every change asks for an
actor first (`desk.mutations`, `mutations`)."""


class Guard(FieldExtension):
    """Runs the declared check before the resolver; `seen` is no argument of the schema."""

    def __init__(self, access: Access) -> None:
        self._check = access.check

    def apply(self, field: StrawberryField) -> None:
        everything = field.arguments
        field.arguments = [argument for argument in everything if argument.python_name != SEEN]
        self._tells = len(field.arguments) != len(everything)

    def resolve(self, next_: Callable[..., Any], source: Any, info: Any, **given: Any) -> Any:
        if self._check is None:
            return next_(source, info, **given)
        seen = self._check(Call(info, source, given))
        return next_(source, info, **given, **({SEEN: seen} if self._tells else {}))


def readable(access: Access, description: str) -> Callable[[Resolver], Resolver]:
    """A field that runs code."""
    guards = [] if access.check is None else [Guard(access)]

    def declare(resolver: Resolver) -> Resolver:
        keyed = [Keyed()] if takes_areas(resolver) else []  # last: it goes first
        made = strawberry.field(
            description=description, metadata={DECLARED: access}, extensions=[*guards, *keyed]
        )
        return cast(Callable[[Resolver], Resolver], made)(resolver)

    return declare


def change(description: str) -> Callable[[Resolver], Resolver]:
    """A field that changes something."""
    made = strawberry.mutation(
        description=description, metadata={DECLARED: CHANGE}, extensions=[Keyed(command=True)]
    )
    return cast(Callable[[Resolver], Resolver], made)


def announced(description: str) -> Callable[[Resolver], Resolver]:
    """A field that tells over a socket what became public."""
    made = strawberry.subscription(description=description, metadata={DECLARED: PUBLIC})
    return cast(Callable[[Resolver], Resolver], made)


def resolvers(schema: strawberry.Schema) -> Iterator[tuple[str, StrawberryField]]:
    """(`Type.field`, field) of everything in the schema that runs code."""
    for kind in schema.schema_converter.type_map.values():
        if isinstance(definition := kind.definition, StrawberryObjectDefinition) and not definition.is_input:
            for resolver in definition.fields:
                if resolver.base_resolver is not None:
                    yield f"{definition.name}.{resolver.python_name}", resolver


def require_declared(schema: strawberry.Schema) -> None:
    """TypeError naming the resolvers without a declaration."""
    bare = [
        name
        for name, resolver in resolvers(schema)
        if not isinstance(resolver.metadata.get(DECLARED), Access)
    ]
    if bare:
        raise TypeError(f"fields without declared access: {', '.join(bare)}")
