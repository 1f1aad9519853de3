"""Whose an item, form or slot is: the nation's, or a prefecture's or municipality's own, asked in its area only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reporting.definitions.templates import NATIONAL
from reporting.domain.election import ElectionDefinition, Form, Slot
from reporting.domain.items import Item
from reporting.domain.units import Roster

SCOPE = re.compile(r"[a-z]+(?:\.(.+)|([0-9A-Z].*))")


def scope_area(scope: str) -> str | None:
    """The code of the area a scope stands for: `pref28` → `28`, `muni28382` → `28382`, `guild.a-1` → `a-1`; None for
    `national` and for what is no scope."""
    matched = SCOPE.fullmatch(scope)
    return None if scope == NATIONAL or matched is None else matched[1] or matched[2]


def slot_scope(slot: Slot) -> str:
    """`pref14` for the slot `t0900.pref14`, else `national`."""
    return slot.code.partition(".")[2] or NATIONAL


def holds(scope: str, roster: Roster, unit: str) -> bool:
    """Whether what has this scope concerns the unit."""
    return scope == NATIONAL or roster.covers(scope_area(scope) or "", unit)


def asked(definition: ElectionDefinition, form: Form, roster: Roster, unit: str) -> tuple[Item, ...]:
    """What this form asks of this unit: national items, and those of a scope the unit lies in."""
    if not holds(form.scope, roster, unit):
        return ()
    items = {item.code: item for item in definition.items}
    return tuple(items[code] for code in form.items if holds(items[code].scope, roster, unit))


def asked_of(
    definition: ElectionDefinition, form: Form, roster: Roster, units: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Unit → codes of what `asked` says of it: what is asked everywhere is said once for all of them."""
    scopes = {item.code: item.scope for item in definition.items}
    everywhere = frozenset(code for code in form.items if scopes[code] == NATIONAL)
    own = [code for code in form.items if code not in everywhere]
    return {
        unit: (
            everywhere.union(code for code in own if holds(scopes[code], roster, unit)) if own else everywhere
        )
        if holds(form.scope, roster, unit)
        else frozenset()
        for unit in units
    }


def collected(form: Form, roster: Roster, unit: str) -> tuple[Slot, ...]:
    """The slots in which this unit reports."""
    if not holds(form.scope, roster, unit):
        return ()
    return tuple(slot for slot in form.slots if holds(slot_scope(slot), roster, unit))


def is_collected(form: Form, slot: Slot, roster: Roster, unit: str) -> bool:
    """Whether the unit reports in this one of the form's slots."""
    return holds(form.scope, roster, unit) and holds(slot_scope(slot), roster, unit)


def national_only(definition: ElectionDefinition) -> ElectionDefinition:
    """The definition without anything scoped: what the national export gives."""
    items = tuple(item for item in definition.items if item.scope == NATIONAL)
    kept = {item.code for item in items}
    forms = []
    for form in definition.forms:
        codes = tuple(code for code in form.items if code in kept)
        slots = tuple(slot for slot in form.slots if slot_scope(slot) == NATIONAL)
        if form.scope == NATIONAL and codes and slots:
            forms.append(form.model_copy(update={"items": codes, "slots": slots}))
    there = {(form.code, slot.code) for form in forms for slot in form.slots}
    used = {code for item in items for combination in item.breakdowns for code in combination}
    return ElectionDefinition.model_validate(
        definition.model_dump()
        | {
            "items": [item.model_dump() for item in items],
            "dimensions": [
                dimension.model_dump() for dimension in definition.dimensions if dimension.code in used
            ],
            "forms": [
                form.model_copy(
                    update={
                        "prefill": tuple(
                            source for source in form.prefill if (source.form, source.slot) in there
                        )
                    }
                ).model_dump()
                for form in forms
            ],
        }
    )
