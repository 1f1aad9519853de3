"""Polling places (投票所) of a unit: what they are, on which days, and the polling district (投票区) each serves. Pure."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib import resources
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from reporting.domain.labels import Code, Day, Definition, Name
from reporting.domain.messages import message

DATA = tomllib.loads(resources.files(__package__).joinpath("by_place.toml").read_text(encoding="utf-8"))
TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(:00)?")


class PlaceKind(StrEnum):
    POLLING = "polling"  # 投票所: on the polling day, for one polling district
    SHARED = "shared"  # 共通投票所: on the polling day, for every district (art. 41-2)
    EARLY = "early"  # 期日前投票所 (art. 48-2)
    MOBILE = "mobile"  # 移動期日前投票所: one that goes around

    @property
    def on_polling_day(self) -> bool:
        return self in (PlaceKind.POLLING, PlaceKind.SHARED)


def _number(typed: Any) -> Any:
    """As it is kept: `０３` and `03` are place 3."""
    if not isinstance(typed, str):
        return typed
    text = unicodedata.normalize("NFKC", typed).strip()
    return text.lstrip("0") or text if text.isdecimal() else text


def _time(typed: Any) -> Any:
    """`７:00` and `7:00` as `07:00`; what is no time is left for the pattern to refuse."""
    if not isinstance(typed, str):
        return typed
    text = unicodedata.normalize("NFKC", typed).strip()
    parts = TIME.fullmatch(text)
    return f"{int(parts[1]):02}:{parts[2]}" if parts else text


PlaceNumber = Annotated[
    str, BeforeValidator(_number), StringConstraints(pattern="^[0-9A-Za-z][0-9A-Za-z-]{0,19}$")
]
TimeOfDay = Annotated[
    str, BeforeValidator(_time), StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")
]


class PollingPlace(Definition):
    """A place for a span of days: `valid_from` ≤ day < `valid_to`. A place that moves has two records of one number."""

    number: PlaceNumber = Field(description="number in its unit, by which people call it")
    kind: PlaceKind = PlaceKind.POLLING
    name: Name
    district: PlaceNumber | None = Field(
        None, description="number of its polling district; none: it serves several, or is not said"
    )
    address: Name | None = None
    address_code: Code | None = Field(None, description="of the address base registry")
    facility: Code | None = Field(None, description="kind of building, a value of the dimension `facility`")
    opens: TimeOfDay | None = Field(None, description="local time; none: not said")
    closes: TimeOfDay | None = Field(None, description="local time; none: not said")
    valid_from: Day | None = Field(None, description="first day; none: from the beginning of the election")
    valid_to: Day | None = Field(None, description="first day it is no longer there; none: until the end")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError(message("a_valid_to_after_valid"))
        if self.opens is not None and self.closes is not None and self.closes <= self.opens:
            raise ValueError(message("closes_after_opens"))
        return self

    def is_there(self, day: date) -> bool:
        return (self.valid_from or day) <= day and (self.valid_to is None or day < self.valid_to)

    def meets(self, other: PollingPlace) -> bool:
        """Whether both are there on some day."""
        return (other.valid_to is None or self.valid_from is None or self.valid_from < other.valid_to) and (
            self.valid_to is None or other.valid_from is None or other.valid_from < self.valid_to
        )

    def has_voters(self, polling_date: date, day: date) -> bool:
        """Whether figures of `day` can hold voters of it: a place of the polling day stands on that day, an early one has
        begun by then, and stays in what it counted after it has closed."""
        if self.kind.on_polling_day:
            return self.is_there(polling_date)
        return self.valid_from is None or self.valid_from <= min(day, polling_date)


@dataclass(frozen=True, slots=True)
class PlaceProblem:
    """One thing wrong with a unit's places. `place`: where in the list, from 0; None: something that is not in it. `field`: of
    PollingPlace."""

    unit: str
    place: int | None
    field: str
    stands: str
    expected: str


def spoken(number: str) -> str:
    """A number as people say it on the telephone, where `A1` is `a1` and `3-01` is `3-1`."""
    return "-".join(part.lstrip("0") or part[:1] for part in number.lower().split("-"))


def problems_of_list(
    unit: str, places: Sequence[PollingPlace], holding: Iterable[tuple[str, PlaceKind]] = ()
) -> list[PlaceProblem]:
    """What keeps these from being the places of a unit. `holding`: number and kind of places that hold figures: they stay."""
    problems: list[PlaceProblem] = []
    of_number: dict[str, list[PollingPlace]] = {}
    for at, place in enumerate(places):
        same = of_number.setdefault(spoken(place.number), [])
        if any(place.number != other.number or place.meets(other) for other in same):
            problems.append(PlaceProblem(unit, at, "number", place.number, message("each_place_number_once")))
        elif any(other.kind is not place.kind for other in same):
            problems.append(PlaceProblem(unit, at, "kind", place.kind, message("kind_of_the_same_place")))
        same.append(place)
    kinds = {place.number: place.kind for place in places}
    for number, kind in holding:
        if kinds.get(number) is not kind:
            expected = message("place_with_figures_stays", number=number, kind=kind)
            problems.append(PlaceProblem(unit, None, "number", kinds.get(number, ""), expected))
    return problems


def minutes(time_of_day: str) -> int:
    """From midnight."""
    hours, _, rest = time_of_day.partition(":")
    return int(hours) * 60 + int(rest)


def closing_class(place: PollingPlace) -> str | None:
    """Value of the dimension `closing`; None: not said, or earlier than the law allows."""
    if place.closes is None:
        return None
    bounds = {code: most for code, most in DATA["closing"].items() if code != "at"}
    earlier = minutes(DATA["closing"]["at"]) - minutes(place.closes)
    return next((code for code, most in bounds.items() if earlier <= most), None)


def opening_class(place: PollingPlace) -> str | None:
    """Value of the dimension `opening`; None: not said."""
    if place.opens is None:
        return None
    later = minutes(place.opens) - minutes(DATA["opening"]["at"])
    return "later" if later > 0 else "earlier" if later < 0 else "regular"
