"""Every field of a definition says what it does to figures that stand, and does it: told with counts, with a reason and a
second person, or refused. Fields and changes are made by walking the models: a new field is asked without anybody adding it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import night
import pytest
import tiny
from definition_changes import FieldPlace, changed, models, others, places
from pydantic import ValidationError

from reporting.application.commands import CellInput, DefinitionRecorded
from reporting.application.desk_commands import Submit
from reporting.application.service import Reporting
from reporting.application.taken_away import FiguresTakenAway
from reporting.domain.areas import AreaRecord
from reporting.domain.election import ElectionDefinition
from reporting.domain.field_effects import EFFECTS, VALUES, Effect, UndeclaredField, effects, name_of
from reporting.domain.items import Item
from reporting.domain.relabelled import ASPECTS, MODELS, OF_NODES, OF_UNITS
from reporting.domain.units import Node
from reporting.errors import ReportingError

TRIED = 3
"""So many other values of each field are tried."""


def test_every_model_and_field_of_a_definition_is_declared() -> None:
    assert models() == {*EFFECTS, *VALUES}
    assert MODELS.keys() == EFFECTS.keys()
    for model in EFFECTS:
        assert effects(model).keys() == model.model_fields.keys()
        for field, effect in effects(model).items():
            if effect.told:
                kind, before = MODELS[model]
                assert ASPECTS[kind, before + (effect.aspect or field)] == name_of(model, field)


def test_the_guide_says_what_each_field_does() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "definitions.md").read_text("utf-8")
    for model, declared in EFFECTS.items():
        by_effect = [
            ", ".join(f"`{field}`" for field, one in declared.items() if one.effect is effect)
            for effect in (Effect.DECIDES, Effect.RELABELS, Effect.WORDS)
        ]
        assert f"| {model.__name__} | {' | '.join(by_effect)} |" in guide


def test_a_field_that_nobody_declared_is_an_error() -> None:
    class Longer(Item):
        another: str = ""

    with pytest.raises(UndeclaredField, match="Longer"):
        effects(Longer)


@pytest.fixture(scope="module")
def live(module_database: Any) -> Reporting:
    """A live election in which figures stand of every thing that its definition names."""
    from reporting.ledger import Ledger

    service = Reporting(Ledger(module_database))
    service.declare_registry("zz", tiny.GEOGRAPHIES, tiny.AREAS, tiny.SYSTEM, uuid4())
    desk = night.define(service, is_test=False)
    for slot in ("2200", "2300"):
        night.submit(desk, form="flash", slot=slot)
    sexes = tuple(
        CellInput(contest="pr", item=item, breakdown=f"sex={sex}", value=str(value))
        for item, value in (("electors", 100), ("voters", 50))
        for sex in "mf"
    )
    for unit, actor in night.OWNERS.items():
        desk.submit(Submit(**night.of(unit), figures=(*night.cells(**night.BALANCED), *sexes)), actor)
    return service


AREA_FIELDS = {
    "level": True, "name": True, "name_en": True, "parent": True, "official_code": True, "kana": False, "valid_to": False,
}  # fmt: skip
"""Whether it touches the figures below the area; an end that would is refused. What is left is what a record is known by."""


def test_every_field_of_an_area_is_asked_and_told_of_its_units() -> None:
    assert {*AREA_FIELDS, "geography", "code", "valid_from"} == AreaRecord.model_fields.keys()
    assert OF_NODES.keys() == {field.name for field in fields(Node)}
    assert set(OF_NODES.values()) <= OF_UNITS.keys()


@pytest.mark.parametrize("field", AREA_FIELDS)
def test_what_a_registry_says_of_areas_under_figures_is_told_and_takes_two(
    live: Reporting, field: str
) -> None:
    """Of a unit, its city, its prefecture: the level decides which offices look at a return."""
    outcomes: list[DefinitionRecorded] = []
    refusals = 0
    for area in tiny.AREAS:
        if (area.geography, area.code) not in {("administrative", code) for code in ("11", "10", "P1", "20")}:
            continue
        for value in islice(others(AreaRecord, field, getattr(area, field)), 40):
            stored = {**area.model_dump(mode="json"), field: value}
            with suppress(ReportingError, ValidationError):
                try:
                    record = AreaRecord.model_validate(stored)
                    outcomes.append(
                        live.declare_registry("tinyland", (), (record,), tiny.SYSTEM, uuid4(), dry_run=True)
                    )
                except FiguresTakenAway:
                    refusals += 1
    assert outcomes
    assert refusals or field != "valid_to"
    for outcome in outcomes:
        told = AREA_FIELDS[field]
        assert (bool(outcome.touched), outcome.needs_second) == (told, told)


def tried(service: Reporting, place: FieldPlace) -> Iterator[Any]:
    """What becomes of other values of a field, without those that are nonsense whatever stands."""
    now = service.catalog.election("tiny").definition
    for other in changed(now, place):
        if _only_the_order(now, other, place):
            continue
        try:
            yield service.define_election(other, tiny.SYSTEM, uuid4(), dry_run=True)
        except FiguresTakenAway as refused:
            yield refused
        except ReportingError:
            continue


def _only_the_order(now: ElectionDefinition, other: ElectionDefinition, place: FieldPlace) -> bool:
    effect = EFFECTS.get(place.model, {}).get(place.field)
    if effect is None or effect.in_order:
        return False
    was, says = (Counter(str(one) for one in _at(one, place)) if isinstance(_at(one, place), list) else one for one in (now, other))  # fmt: skip
    return isinstance(was, Counter) and was == says


def _at(definition: ElectionDefinition, place: FieldPlace) -> Any:
    stored: Any = definition.model_dump(mode="json")
    for name in place.path:
        stored = stored[name]
    return stored


FIELDS = [(model, field) for model in sorted(EFFECTS, key=lambda model: model.__name__) for field in EFFECTS[model]]  # fmt: skip


@pytest.mark.parametrize(("model", "field"), FIELDS, ids=[f"{model.__name__}.{field}" for model, field in FIELDS])  # fmt: skip
def test_a_field_that_figures_rest_on_is_told_with_counts_and_takes_two(
    live: Reporting, model: Any, field: str
) -> None:
    effect = EFFECTS[model][field]
    now = live.catalog.election("tiny").definition
    of_field = [place for place in places(now) if (place.model, place.field) == (model, field)]
    outcomes = [(place, one) for place in of_field for one in islice(tried(live, place), TRIED)]
    for place, outcome in outcomes:
        if isinstance(outcome, FiguresTakenAway):
            assert effect.effect is not Effect.WORDS, place
        elif effect.told:
            assert outcome.needs_second, place
            assert outcome.touched, place
            assert all(one.figures > 0 for one in outcome.touched)
            assert all("→" in one.told(language) for one in outcome.touched for language in (0, 1))
        elif effect.effect is Effect.WORDS:
            assert (outcome.touched, outcome.needs_second) == ((), False), place
    if effect.told:
        assert outcomes, "no other value of this field was taken: add one to `definition_changes.MEMBERS`"
