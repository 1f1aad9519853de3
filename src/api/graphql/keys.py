"""Areas are found by their key or by the authorities' code: what comes in by either goes on by its key, for every field alike."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

from strawberry.extensions import FieldExtension

from api.graphql.context import Info
from projections.read import ElectionRow
from reporting.application.opened import OpenReturn
from reporting.domain.units import AmbiguousCode, Roster
from reporting.errors import UnknownReference

AREA_NAMES = frozenset({"unit", "units", "area", "areas", "on_behalf_of"})
"""Arguments and fields of inputs that hold codes of areas of the election beside them."""
INPUTS = frozenset({"input", "filter", "returns"})
"""Arguments that are made of such fields."""


def takes_areas(resolver: Callable[..., Any]) -> bool:
    """Whether a field's arguments may hold codes of areas."""
    return not (AREA_NAMES | INPUTS).isdisjoint(inspect.signature(resolver).parameters)


class Keyed(FieldExtension):
    """Puts keys for official codes before anything else looks at the arguments. `command`: a code that several areas have is
    left for the command to refuse, whose refusals are answers of their own."""

    def __init__(self, *, command: bool = False) -> None:
        self._command = command

    def resolve(self, next_: Callable[..., Any], source: Any, info: Any, **given: Any) -> Any:
        keyed = {name: self._keyed(name, value, info, source, given) for name, value in given.items()}
        return next_(source, info, **keyed)

    def _keyed(self, name: str, value: Any, info: Info, source: Any, given: Mapping[str, Any]) -> Any:
        def keys(name: str, value: Any, beside: Mapping[str, Any]) -> Any:
            roster = roster_of(info, source, {**given, **beside})
            geography = beside.get("geography") or getattr(source, "geography", None)
            try:
                return value if roster is None else with_keys(name, value, roster, geography)
            except AmbiguousCode:
                if not self._command:
                    raise
                return value

        if name in AREA_NAMES and value is not None:
            return keys(name, value, given)
        return _within(value, keys, {}) if name in INPUTS else value


def roster_of(info: Info, source: Any, given: Mapping[str, Any]) -> Roster | None:
    """Of the election that is named beside the areas, or that the field stands in; None without one, or with one that is not
    there, which is then refused as such."""
    code = given.get("election")
    if code is None:
        if isinstance(opened := getattr(source, "opened", None), OpenReturn):
            return opened.defined.roster
        rows = (getattr(source, name, None) for name in ("election", "row"))
        code = next((row.definition.code for row in rows if isinstance(row, ElectionRow)), None)
    if code is None:
        return None
    try:
        return info.context.defined(code).roster
    except UnknownReference:
        return None


def with_keys(name: str, value: Any, roster: Roster, geography: str | None = None) -> Any:
    """AmbiguousCode where a code is that of several areas; where units are asked for, or areas of one geography, of those."""
    among: Collection[str] = roster.units
    if name in ("area", "areas"):
        among = {code for of, code in roster.nodes if geography in (None, of)}
    if isinstance(value, str):
        return roster.key(value, among)
    return [roster.key(code, among) for code in value] if isinstance(value, list) else value


def _within(value: Any, keys: Callable[[str, Any, Mapping[str, Any]], Any], beside: Mapping[str, Any]) -> Any:
    """An input, or a list of them, with its areas by their keys. `beside`: election and geography that it stands in."""
    if isinstance(value, list):
        return [_within(given, keys, beside) for given in value]
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    named = {name: fields[name] for name in ("election", "geography") if fields.get(name)}
    beside = {**beside, **named}
    changed = {
        name: keys(name, held, beside)
        if name in AREA_NAMES and held is not None
        else _within(held, keys, beside)
        for name, held in fields.items()
    }
    return dataclasses.replace(value, **changed)
