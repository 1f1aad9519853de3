"""A slip of the pen must not read as “nobody touched it”."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from api.graphql.messages import message
from reporting.domain.election import ElectionDefinition
from reporting.domain.units import Roster
from reporting.errors import InvalidInput, UnknownReference
from reporting.ledger.registry import TYPES


def require_areas(
    code: str, rosters: Sequence[Roster], geography: str, areas: Iterable[str] | None, level: str | None
) -> None:
    """UnknownReference for the first area, or the level, that the election `code` has in none of its rosters: answered with
    nothing, it would read as “nobody has reported there”. Geographies are checked where they are read."""
    levels = {level for roster in rosters for level in roster.levels.get(geography, ())}
    if not levels:
        return
    for area in areas or ():
        if not any((geography, area) in roster.nodes for roster in rosters):
            among = [of_code for roster in rosters for of, of_code in roster.nodes if of == geography]
            raise UnknownReference(kind="area", found=area, among=among, within=code)
    if level is not None and level not in levels:
        raise UnknownReference(kind="level", found=level, among=sorted(levels), within=code)


def require_known(
    definition: ElectionDefinition, roster: Roster, *, kinds: Sequence[str] = (), **asked: str | None
) -> None:
    """UnknownReference for the first code the election does not have; None was not asked. `asked`: unit, geography,
    area, form, slot, contest, item; `kinds`: event types.

    Call it when nothing was found: what only an earlier definition had is found without it.
    """
    wanted = {name: asked.get(name) for name in ("geography", "form")}
    slots = {form.code: [slot.code for slot in form.slots] for form in definition.forms}
    there: dict[str, Collection[str]] = {
        "unit": roster.units,
        "geography": definition.geographies,
        "area": [code for geography, code in roster.nodes if geography == wanted["geography"]],
        "form": slots,
        "slot": [slot for form in slots for slot in slots[form] if wanted["form"] in (None, form)],
        "contest": [contest.code for contest in definition.contests],
        "item": [item.code for item in definition.items],
    }
    for kind, codes in there.items():
        if (code := asked.get(kind)) is not None and code not in codes:
            if kind == "unit":
                roster.require_unit(code)
            raise UnknownReference(kind=kind, found=code, among=codes)
    for kind in kinds:
        if kind not in TYPES:
            raise UnknownReference(kind="event type", found=kind, among=TYPES)


def parts_of_rate(definition: ElectionDefinition, item: str) -> tuple[str, ...]:
    """The items whose figures a rate is made of; none of what is entered itself."""
    return next((there.parts for there in definition.items if there.code == item), ())


def require_entered(definition: ElectionDefinition, item: str) -> None:
    """InvalidInput for a rate, which no return holds: that nothing is there would read as if nobody had changed it."""
    if parts := parts_of_rate(definition, item):
        raise InvalidInput(
            field="item", found=item, expected=message("parts_of_a_rate", parts=", ".join(parts))
        )
