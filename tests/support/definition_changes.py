"""Every way in which one field of a definition can be another: made by walking the models, so that no field is forgotten.

A field of a type or model that this walk does not know is an error here, not a gap in the tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import tiny
from pydantic import AwareDatetime, BaseModel, ValidationError

from reporting.domain.election import ElectionDefinition

OTHER_WORDS = "別の言い方"
Path = tuple[str | int, ...]

MEMBERS: dict[str, list[dict[str, Any]]] = {
    "KnownErratum": [
        {
            "id": "slip", "contest": "pr", "area": "11", "item": "voters", "publication": "結果調", "published": "3",
            "other_publication": "結果ページ", "other": "2", "difference": "1", "source": "記入例",
        }
    ],
    "Dimension": [{"code": "new", "label": tiny.label("新"), "values": [{"code": "n", "label": tiny.label("n")}]}],
    "Value": [{"code": "new", "label": tiny.label("新")}],
    "Usual": [{"low": "10", "high": "90"}, {"low": "0", "high": "5"}],
    "Item": [
        {"code": "new", "label": tiny.label("新"), "kind": "count"},
        {
            "code": "new_rate", "label": tiny.label("新"), "kind": "rate", "unit": "percent",
            "numerator": "voters", "denominator": "electors",
        },
    ],
    "AreaRef": [{"geography": "electoral", "area": "D1"}, {"geography": "administrative", "area": "P1"}],
    "Withdrawal": [{"on": "2024-10-20", "reason": "立候補の辞退"}],
    "WithdrawnUnit": [{"unit": unit, "on": "2024-10-20", "reason": "廃止"} for unit in tiny.UNITS],
    "MergedUnit": [{"code": "33", "name": "合同", "level": "ward", "seat": "31"}],
    "Choice": [{"code": "new", "name": "新"}],
    "ContestUnits": [{"whole": ["10"]}, {"whole": ["20", "P2"]}, {"levels": ["city", "municipality"]}],
    "Contest": [
        {
            "code": "new", "label": tiny.label("新"), "kind": "proportional", "choices": [{"code": "n", "name": "新"}],
            "area": {"geography": "administrative", "area": "JP"},
        },
    ],
    "Slot": [{"code": "new", "label": tiny.label("新")}],
    "Source": [{"form": "flash", "slot": "2200"}, {"form": "final", "slot": "final"}],
    "Form": [{"code": "new", "label": tiny.label("新"), "items": ["voters"], "slots": [{"code": "new", "label": tiny.label("新")}]}],
    "RuleUse": [{"code": "J26"}, {"code": "J27"}, {"code": "J28"}],
    "RuleLeftOut": [{"code": "J27", "reason": tiny.label("不要")}],
    "Workflow": [
        {
            "geography": "administrative", "levels": ["prefecture", "nation"], "publish_at_level": "prefecture",
            "certify_at_level": "nation",
        },
    ],
}  # fmt: skip
"""Of each model what a list may get, or a field of one may hold."""
READING = "よみかた"
"""A word that is a reading, too."""

SIBLINGS: dict[tuple[str, str], dict[str, Any]] = {
    ("ReportingUnits", "geography"): {"levels": ["unit"]},
    ("ReportingUnits", "merged"): {
        "withdrawn": [
            {"unit": unit, "on": "2024-10-20", "reason": "合同", "into": "33"} for unit in ("31", "32")
        ]
    },
    ("Workflow", "geography"): {
        "levels": ["district", "nation"],
        "publish_at_level": "district",
        "certify_at_level": "nation",
        "self_managed": [],
    },
    ("Item", "kind"): {"numerator": "voters", "denominator": "electors"},
}
"""Fields that cannot be another without fields beside them."""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """One field of one thing in a definition. `model`, `field`: as declared; `path`: where it stands."""

    model: type[BaseModel]
    field: str
    path: Path


def places(model: BaseModel, path: Path = ()) -> Iterator[FieldPlace]:
    """Every field of a definition and of all that it holds."""
    for name in type(model).model_fields:
        value, here = getattr(model, name), (*path, name)
        yield FieldPlace(type(model), name, here)
        if isinstance(value, BaseModel):
            yield from places(value, here)
        elif isinstance(value, tuple):
            for number, member in enumerate(value):
                if isinstance(member, BaseModel):
                    yield from places(member, (*here, number))


def changed(definition: ElectionDefinition, place: FieldPlace) -> Iterator[ElectionDefinition]:
    """The definition with this field another one: all values that the model takes."""
    stored = definition.model_dump(mode="json")
    *way, last = place.path
    for value in _others(
        place.model.model_fields[place.field].annotation, _at(stored, place.path), _words(stored)
    ):
        alone: dict[str, Any] = {}
        for siblings in (alone, SIBLINGS.get((place.model.__name__, place.field), alone)):
            another = definition.model_dump(mode="json")
            holder = _at(another, way)
            holder[last] = value
            for name, beside in siblings.items():
                holder[name] = beside
            try:
                made = ElectionDefinition.model_validate(another)
            except ValidationError:
                continue
            if made != definition:
                yield made


def others(model: type[BaseModel], field: str, value: Any) -> Iterator[Any]:
    """What a field of any record may be instead of this; whether the record takes it is another matter."""
    stored = str(value) if isinstance(value, date) else value
    return _others(model.model_fields[field].annotation, stored, _words({}))


def models(model: type[BaseModel] = ElectionDefinition) -> set[type[BaseModel]]:
    """Every model that a definition is made of."""
    held = {model}
    for field in model.model_fields.values():
        for inner in _inside(field.annotation):
            held |= models(inner)
    return held


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _inside(argument)


def _at(stored: Any, path: Iterable[str | int]) -> Any:
    for name in path:
        stored = stored[name]
    return stored


def _words(stored: Any) -> list[str]:
    """What a text may be instead: words of its own, a code that nobody has, and every code there is."""
    areas = {word for area in tiny.AREAS for word in (area.code, area.level, area.geography)}
    return [OTHER_WORDS, "zz", *sorted(areas | set(_codes(stored)))]


def _codes(stored: Any) -> Iterator[str]:
    for name, value in stored.items() if isinstance(stored, Mapping) else ():
        if name in ("code", "kind"):
            yield value
        for member in value if isinstance(value, list) else [value]:
            yield from _codes(member)


def _others(annotation: Any, value: Any, words: list[str]) -> Iterator[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _others(arguments[0], value, words)
    elif origin in (Union, UnionType):
        if value is not None:
            yield None
        for inner in arguments:
            if inner is not type(None):
                yield from _others(inner, value, words)
    elif origin is Literal:
        yield from (other for other in arguments if other != value)
    elif origin is tuple:
        yield from _other_lists(arguments[0], value, words)
    elif origin is dict:
        yield from ({"turnout_max": "50"}, {})
    elif annotation is bool:
        yield not value
    elif annotation is int:
        yield from (1, 2, 7) if value is None else (value + 1, value - 1)
    elif annotation is Decimal:
        yield from (str(Decimal(value or 0) + 5), "1")
    elif annotation is date:
        day = date.fromisoformat(value or "2024-11-01")
        yield from (str(day + timedelta(days)) for days in (7, -400))
    elif annotation in (datetime, AwareDatetime):
        hours = [datetime.fromisoformat(value or "2024-10-27T20:30:00+09:00") + timedelta(hours=n) for n in (0, 1, -30)]  # fmt: skip
        yield from (str(hour) for hour in hours)
    elif annotation is str:
        yield from (word for word in (*words, READING) if word != value)
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        yield from (other.value for other in annotation if other.value != value)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation.__name__ == "Label":
            yield tiny.label(OTHER_WORDS)
        elif value is None or annotation.__name__ in MEMBERS:
            yield from MEMBERS[annotation.__name__]
    else:
        raise TypeError(f"a field of a type that is not walked: {annotation}")


def _other_lists(inner: Any, value: list[Any], words: list[str]) -> Iterator[list[Any]]:
    """One member more, one less, the other way round, none."""
    more: list[Any]
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        more = MEMBERS[inner.__name__]
    elif get_origin(inner) is tuple:
        more = [["sex"]]
    else:
        more = [word for word in words if word not in value]
    yield from ([*value, member] for member in more)
    yield from (value[:number] + value[number + 1 :] for number in range(len(value)))
    yield value[::-1]
    yield []
