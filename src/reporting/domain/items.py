"""What is asked: items with their breakdowns, rates of them, and the cells they fill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from reporting.domain.figures import Cell, Rounding
from reporting.domain.labels import LARGEST, Code, Definition, Label, Name
from reporting.domain.messages import message
from reporting.words import Words


class ItemKind(StrEnum):
    COUNT = "count"  # whole persons or ballots; summed
    VOTES = "votes"  # exact decimals, at most 3 places; summed
    RATE = "rate"  # 100·numerator/denominator of sums, never entered


class Dimension(Definition):
    """A breakdown such as sex or residence; `values` are codes with labels."""

    code: Code
    label: Label
    values: tuple[Dimension.Value, ...] = Field(min_length=1)

    class Value(Definition):
        code: Code
        label: Label


def beside_item(
    breakdown: str, choice: str, dimensions: Iterable[Dimension], names: Mapping[str, str]
) -> Words:
    """Behind an item's label, of which of its cells a text speaks: `［女・国内］［甲］`, nothing of the plain total. `names`: of the
    choices; a code stands where the definition has no word for it."""
    values = {
        f"{dimension.code}={value.code}": value.label.words
        for dimension in dimensions
        for value in dimension.values
    }
    parts = [values.get(part, Words(part, part)) for part in breakdown.split(",") if part]
    chosen = [names.get(choice, choice)] if choice else []
    return Words(
        *(
            "".join(f"［{text}］" for text in ("・".join(told), *chosen) if text)
            for told in ([part.ja for part in parts], [part.en for part in parts])
        )
    )


class Usual(Definition):
    """What a rate is without anybody wondering: percents, both ends included."""

    low: Decimal = Field(Decimal(0), ge=0)
    high: Decimal = Field(Decimal(100), gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError(message("usual_low_below_usual_high"))
        return self


class Item(Definition):
    """One thing that is asked. `breakdowns`: the dimension combinations that may be entered besides the total, each
    a tuple of dimension codes, e.g. `[["sex"], ["residence", "sex"]]`."""

    code: Code
    label: Label
    kind: ItemKind
    unit: str = Field("persons", description="persons, ballots, votes, percent …")
    by_choice: bool = Field(False, description="one figure for each candidate or party")
    signed: bool = Field(False, description="may be negative (e.g. ballots not deposited)")
    breakdowns: tuple[tuple[Code, ...], ...] = ()
    numerator: Code | None = None
    denominator: Code | None = None
    decimals: int = Field(0, ge=0, le=6, description="of a rate; figures have three at most")
    rounding: Rounding = Field(
        "half_up",
        description="of a rate: half_up (四捨五入) or down (切り捨て), as the law or the office publishes it",
    )
    purpose: Label | None = Field(None, description="why it is asked, and for whom")
    basis: str | None = Field(None, description="law article, form or survey it rests on")
    version: int = Field(
        1, ge=1, le=LARGEST, description="of the item's definition; a new one breaks or bridges its series"
    )
    bridge: Name | None = Field(
        None, description="how figures of the version before compare; none: this version breaks the series"
    )
    scope: Code = Field(
        "national", description="who asks: national items go into the national export, others not"
    )
    part_of: Code | None = Field(
        None, description="an item this one counts some of, so that it is never more (rule J26)"
    )
    usual: Usual | None = Field(
        None, description="of a rate: outside of these percents it is explained (J28)"
    )
    progress: bool = Field(
        False, description="a rate that says how far something is: never rounded up to 100 nor down to 0"
    )

    @property
    def parts(self) -> tuple[Code, ...]:
        """Of a rate the items that it is made of: above and below the line; none of what is entered itself."""
        return tuple(code for code in (self.numerator, self.denominator) if code is not None)

    @model_validator(mode="after")
    def _rates_have_parts(self) -> Self:
        parts = {self.numerator is not None, self.denominator is not None}
        if parts != {self.kind is ItemKind.RATE}:
            raise ValueError(message("numerator_and_denominator_for_a_rate"))
        if self.kind is not ItemKind.RATE and (self.usual is not None or self.progress):
            raise ValueError(message("usual_and_progress_for_a_rate"))
        if self.kind is ItemKind.RATE and self.part_of is not None:
            raise ValueError(message("no_part_of_for_a_rate"))
        return self


def counted_by_choice(item: Item, items: Mapping[str, Item]) -> bool:
    """Whether there is one figure for each choice; of a rate where one of its parts is counted so (得票率)."""
    return any(counted.by_choice for counted in (item, *_parts(item, items)))


def cells_of(
    item: Item, items: Mapping[str, Item], contest: str, breakdown: str, choice: str
) -> tuple[Cell, Cell | None]:
    """The cell of an item, or the two of a rate: above and below the line. A part that is not counted by choice is the
    same for all choices."""
    parts = _parts(item, items) or (item,)
    by_choice = counted_by_choice(item, items)
    cells = [
        Cell(contest, part.code, breakdown, choice if part.by_choice or not by_choice else "")
        for part in parts
    ]
    return cells[0], cells[1] if len(cells) > 1 else None


def _parts(item: Item, items: Mapping[str, Item]) -> tuple[Item, ...]:
    return tuple(items[code] for code in item.parts)
