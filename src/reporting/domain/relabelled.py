"""What a changed definition or registry says otherwise of figures that stand: what each is called, where it counts, and how it
is read, checked, looked at, summed and published.

The whole definition is walked, field by field, as `field_effects` declares each; nothing is compared by a list of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from pydantic import BaseModel

from reporting.domain.election import Choice, Contest, ElectionDefinition, Form, Slot
from reporting.domain.field_effects import EFFECTS, VALUES, UndeclaredField, effects, name_of
from reporting.domain.figures import Cell
from reporting.domain.items import Dimension, Item
from reporting.domain.labels import Label
from reporting.domain.messages import message
from reporting.domain.reporting_units import MergedUnit, ReportingUnits, WithdrawnUnit
from reporting.domain.units import Node, Roster
from reporting.domain.workflow import Workflow
from reporting.words import Words

Thing = tuple[str, str]
"""Kind of thing and its code: ("choice", "pr/a"), ("unit", "20"). Figures alone belong to ("choice", "pr/"), all of the
contest's by choice, and to ("breakdown", "sex"), all of that dimension."""

THINGS = message.table("thing")
MODELS: Mapping[type[BaseModel], tuple[str, str]] = {
    ElectionDefinition: ("election", ""), ReportingUnits: ("election", "units."), Workflow: ("election", "workflow."),
    Dimension: ("breakdown", ""), Dimension.Value: ("breakdown", ""), Item: ("item", ""), Contest: ("contest", ""),
    Choice: ("choice", ""), Form: ("form", ""), Slot: ("slot", ""),
}  # fmt: skip
"""Of each model the kind of thing that its fields say something of, and what stands before their names there."""
OF_UNITS = message.table("aspect_of_unit")
"""What the roster says of each unit, as definition and registry make it."""
OF_NODES = {
    "geography": "place", "code": "place", "parent": "place", "depth": "place", "level": "levels", "name": "areas",
    "name_en": "areas", "official_code": "official_codes",
}  # fmt: skip
"""Field of an area → the aspect of the units in it that says it."""
NOTHING = "—"


def _named() -> Mapping[tuple[str, str], Words]:
    """(kind of thing, aspect) → what it is called."""
    named = {("unit", aspect): name for aspect, name in OF_UNITS.items()}
    for model, (kind, before) in MODELS.items():
        for field, effect in EFFECTS[model].items():
            if effect.told:
                named[kind, before + (effect.aspect or field)] = name_of(model, field)
    return named


ASPECTS = _named()


@dataclass(frozen=True, slots=True)
class Change:
    """One aspect of one thing, before and after; of a list, what left it and what came. `code`: of the thing; empty for the
    election itself."""

    thing: str
    code: str
    aspect: str
    before: str
    after: str

    def told(self, language: int) -> str:
        """0 Japanese, 1 English."""
        words = (THINGS[self.thing][language], self.code, ASPECTS[self.thing, self.aspect][language])
        return f"{' '.join(word for word in words if word)}: {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class Aspect:
    """What is said of a thing in one respect. `touches`: the things whose figures it is said of."""

    said: str | tuple[str, ...]
    touches: tuple[Thing, ...]


@dataclass(frozen=True)
class Standing:
    """A definition and its roster: what is said of the figures under them."""

    definition: ElectionDefinition
    roster: Roster

    @cached_property
    def aspects(self) -> Mapping[Thing, Mapping[str, Aspect]]:
        """Of every thing. UndeclaredField where the definition has a model or field that `field_effects` does not."""
        told: dict[Thing, dict[str, Aspect]] = {}
        for thing, touches, model in _things_of(self.definition):
            told.setdefault(thing, {}).update(_aspects_of(thing, touches, model))
        return {**told, **self._units}

    @cached_property
    def _units(self) -> Mapping[Thing, Mapping[str, Aspect]]:
        withdrawn = {unit.unit: unit for unit in self.definition.units.withdrawn}
        merged = {unit.code: unit for unit in self.definition.units.merged}
        voting: dict[str, list[str]] = {}
        for contest, units in self.roster.contest_units.items():
            for unit in units:
                voting.setdefault(unit, []).append(contest)
        told: dict[Thing, Mapping[str, Aspect]] = {}
        for code, reporting in {**self.roster.retired, **self.roster.units}.items():
            thing = ("unit", code)
            said: Mapping[str, str | tuple[str, ...]] = {
                "label": reporting.name,
                "withdrawn": _withdrawal(withdrawn.get(code), merged),
                "contests": tuple(sorted(voting.get(code, ()))),
                **self._of_areas(code),
            }
            told[thing] = {aspect: Aspect(text, (thing,)) for aspect, text in said.items()}
        return told

    def _of_areas(self, unit: str) -> Mapping[str, str | tuple[str, ...]]:
        """Where a unit lies, and what is said of the areas that it lies in: by each geography, from below."""
        paths = {geography: self._nodes(unit, geography) for geography in sorted(self.roster.places[unit])}
        above = {geography: self.roster.above(unit, geography) for geography in paths}
        across = self.roster.across.get(unit, {})
        named = {
            geography: [_in_both(node) for node in path if node.code in above[geography] or node.name_en]
            for geography, path in paths.items()
        }
        return {
            "place": _by_geography(above),
            "across": tuple(
                f"{geography}/{area}" for geography in sorted(across) for area in across[geography]
            ),
            "levels": _by_geography({g: [node.level for node in path] for g, path in paths.items()}),
            "areas": _by_geography(named),
            "official_codes": _by_geography(
                {g: [node.official_code or NOTHING for node in path] for g, path in paths.items()}
            ),
        }

    def _nodes(self, unit: str, geography: str) -> list[Node]:
        path = ((geography, area) for area in self.roster.places[unit][geography])
        return [self.roster.nodes[place] for place in path if place in self.roster.nodes]


@dataclass(frozen=True)
class Changes:
    """From one standing to the next: thing → what is said otherwise of its figures."""

    by_thing: Mapping[Thing, tuple[Change, ...]]

    def __bool__(self) -> bool:
        return bool(self.by_thing)

    def of(self, form: str, slot: str, unit: str, key: str) -> tuple[Change, ...]:
        """Those that touch one figure."""
        told = (change for thing in things(form, slot, unit, key) for change in self.by_thing.get(thing, ()))
        return tuple(dict.fromkeys(told))


def changes(before: Standing, after: Standing) -> Changes:
    """Of things that stand on both sides, and of rates that came or went: of those the figures stand that they are made of.
    What else is gone altogether is another matter (`taken_away`)."""
    touched: dict[Thing, list[Change]] = {}
    for thing in dict.fromkeys((*before.aspects, *after.aspects)):
        was, now = before.aspects.get(thing, {}), after.aspects.get(thing, {})
        for aspect in dict.fromkeys((*was, *now)):
            sides = was.get(aspect), now.get(aspect)
            touches = tuple(
                dict.fromkeys(touch for side in sides if side is not None for touch in side.touches)
            )
            came_or_went = not was or not now
            if came_or_went and (aspect != "label" or touches == (thing,)):
                continue
            said, says = (NOTHING if side is None else side.said for side in sides)
            if said != says:
                change = Change(*thing, aspect, *_difference(said, says))
                for touch in touches:
                    touched.setdefault(touch, []).append(change)
    return Changes({thing: tuple(told) for thing, told in touched.items()})


def things(form: str, slot: str, unit: str, key: str) -> tuple[Thing, ...]:
    """What one figure belongs to."""
    cell = Cell.from_key(key)
    parts = [part for part in cell.breakdown.split(",") if part]
    choices = (("choice", f"{cell.contest}/"), ("choice", f"{cell.contest}/{cell.choice}"))
    return (
        ("election", ""),
        ("form", form),
        ("slot", f"{form}/{slot}"),
        ("contest", cell.contest),
        ("item", cell.item),
        *(choices if cell.choice else ()),
        *(("breakdown", part.partition("=")[0]) for part in parts),
        *(("breakdown", part) for part in parts),
        ("unit", unit),
    )


def _things_of(definition: ElectionDefinition) -> Iterator[tuple[Thing, tuple[Thing, ...], BaseModel]]:
    """Every thing with the things whose figures it says something of, and the model that says it."""

    def plain(kind: str, code: str, model: BaseModel) -> tuple[Thing, tuple[Thing, ...], BaseModel]:
        return (kind, code), ((kind, code),), model

    yield plain("election", "", definition)
    yield plain("election", "", definition.units)
    if definition.workflow is not None:
        yield plain("election", "", definition.workflow)
    for item in definition.items:
        yield ("item", item.code), tuple(("item", code) for code in item.parts or (item.code,)), item
    for dimension in definition.dimensions:
        yield plain("breakdown", dimension.code, dimension)
        for value in dimension.values:
            yield plain("breakdown", f"{dimension.code}={value.code}", value)
    for contest in definition.contests:
        yield plain("contest", contest.code, contest)
        for choice in contest.choices:
            yield plain("choice", f"{contest.code}/{choice.code}", choice)
    for form in definition.forms:
        yield plain("form", form.code, form)
        for slot in form.slots:
            yield plain("slot", f"{form.code}/{slot.code}", slot)


def _aspects_of(thing: Thing, touches: tuple[Thing, ...], model: BaseModel) -> Iterator[tuple[str, Aspect]]:
    before = MODELS[type(model)][1]
    for field, effect in effects(type(model)).items():
        if not effect.told:
            continue
        said = _said(getattr(model, field), in_order=effect.in_order)
        votes = (("choice", f"{thing[1]}/"),)
        yield before + (effect.aspect or field), Aspect(said, votes if effect.of_votes else touches)


def _said(value: object, *, in_order: bool) -> str | tuple[str, ...]:
    """A list as its members: things by their codes, other models whole."""
    if not isinstance(value, tuple):
        return _text(value)
    members = [
        member.code if isinstance(member, Choice | Slot | Dimension.Value) else _text(member)
        for member in value
    ]
    return tuple(members if in_order else sorted(members))


def _text(value: object) -> str:
    """Of a value model all its fields: what every one has as it is, what it may have with its name."""
    match value:
        case None | ():
            return NOTHING
        case bool():
            return str(value).lower()
        case Enum():
            return str(value.value)
        case Label():
            return value.ja if value.en is None or value.en == value.ja else f"{value.ja} ({value.en})"
        case tuple():
            return ", ".join(_text(member) for member in value)
        case Mapping():
            return ", ".join(f"{name} {_text(value[name])}" for name in sorted(value)) or NOTHING
        case BaseModel():
            if type(value) not in VALUES:
                raise UndeclaredField(type(value).__name__)
            texts = {name: _text(getattr(value, name)) for name in type(value).model_fields}
            return " ".join(
                text if type(value).model_fields[name].is_required() else f"{name}={text}"
                for name, text in texts.items()
                if text != NOTHING
            )
        case _:
            return str(value)


def _by_geography(paths: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{geography}: {' < '.join(path)}" for geography, path in paths.items())


def _in_both(node: Node) -> str:
    return node.name if node.name_en is None else f"{node.name} ({node.name_en})"


def _withdrawal(told: WithdrawnUnit | None, merged: Mapping[str, MergedUnit]) -> str:
    if told is None:
        return NOTHING
    said = f"{told.on} {told.reason}"
    if told.parts:
        said += f" → {', '.join(part.code for part in told.parts)}"
    if told.into is not None:
        said += f" → {_text(merged[told.into])}"
    return said + (f" ({', '.join(told.keeps)})" if told.keeps else "")


def _difference(before: str | tuple[str, ...], after: str | tuple[str, ...]) -> tuple[str, str]:
    """How a change is told: of a list what left it and what came; all of it where only the order is another."""
    was, now = (
        () if said == NOTHING and isinstance(other, tuple) else said
        for said, other in ((before, after), (after, before))
    )
    if not isinstance(was, tuple) or not isinstance(now, tuple):
        return _listed(was), _listed(now)
    if set(was) == set(now):
        return _listed(was), _listed(now)
    left, came = _without(was, now), _without(now, was)
    return _listed(left), _listed(came)


def _without(members: Sequence[str], others: Iterable[str]) -> tuple[str, ...]:
    away = set(others)
    return tuple(member for member in members if member not in away)


def _listed(said: str | tuple[str, ...]) -> str:
    return said if isinstance(said, str) else ", ".join(said) or NOTHING
