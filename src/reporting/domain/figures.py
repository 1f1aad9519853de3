"""One figure: an exact decimal, or a coded absence, in a named cell of a return."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from reporting.domain.messages import message
from reporting.errors import InvalidInput

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
"""What every code (election, contest, area, item, choice …) looks like; `|`, `=` and `,` stay free as separators."""

ZERO = Decimal(0)
VALUE = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,3})?")
"""Canonical figure text: at most 15 digits and 3 decimals (按分, Public Offices Election Act art. 68-2)."""


class Absence(StrEnum):
    """Why a cell holds no number. None of these is 0, and none equals another."""

    NONE = "none"  # stated: there is nothing of this kind here ("－")
    NOT_REPORTED = "not_reported"  # withdrawn or not yet known, stated as such
    SUPPRESSED = "suppressed"  # known, withheld from publication


Value = Decimal | Absence


def parse_value(text: str, field: str = "value") -> Value:
    """`"1234"`, `"-3"`, `"56.789"` or `"!none" | "!not_reported" | "!suppressed"`; anything else is InvalidInput.
    The stored form; what people type goes through `typed.read_value`."""
    if text.startswith("!"):
        try:
            return Absence(text[1:])
        except ValueError:
            raise InvalidInput(
                field=field,
                found=repr(text),
                expected=message("one_of_none_not_reported_suppressed"),
            ) from None
    if not VALUE.fullmatch(text):
        raise InvalidInput(field=field, found=repr(text), expected=message("a_number_with_at_most_3"))
    return canonical_number(text)


def values_of(texts: Mapping[str, str]) -> dict[str, Value]:
    """Cell key → value, of canonical texts."""
    return {key: _meant(text) for key, text in texts.items()}


_meant = lru_cache(maxsize=20_000)(parse_value)
"""A text means the same wherever it stands, and every look at a return reads those of all its neighbours again."""


def canonical_number(text: str) -> Decimal:
    """The number of a text that VALUE matches; 0 has no sign."""
    return Decimal(text) or ZERO


def format_value(value: Value) -> str:
    """The inverse of parse_value; equal numbers give equal text (no trailing zeros, no exponent)."""
    if isinstance(value, Absence):
        return f"!{value.value}"
    text = trimmed(format(value, "f"))
    return "0" if text == "-0" else text


def trimmed(number: str) -> str:
    """A decimal's text without zeros at its end, `1.500` → `1.5`; an absence as it is."""
    return number.rstrip("0").rstrip(".") if "." in number else number


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """Where a figure stands inside a return. `breakdown` is `""` (total) or `"sex=f"`, `"residence=overseas,sex=m"`
    with dimensions in alphabetical order; `choice` is `""` or a candidate's or party's code."""

    contest: str
    item: str
    breakdown: str = ""
    choice: str = ""

    @property
    def key(self) -> str:
        return cell_key(self.contest, self.item, self.breakdown, self.choice)

    @classmethod
    def from_key(cls, key: str) -> Cell:
        parts = key.split("|")
        if len(parts) != 4:
            raise InvalidInput(field="cell", found=repr(key), expected="contest|item|breakdown|choice")
        return cls(*parts)


def cell_key(contest: str, item: str, breakdown: str = "", choice: str = "") -> str:
    """`Cell.key`, where nothing but the key is wanted."""
    return f"{contest}|{item}|{breakdown}|{choice}"


Rounding = Literal["half_up", "down"]
"""四捨五入 (away from 0 on the half) or 切り捨て (towards 0)."""


def rate(
    numerator: Decimal,
    denominator: Decimal,
    decimals: int = 2,
    rounding: Rounding = "half_up",
    *,
    progress: bool = False,
) -> Decimal | None:
    """100·n/d (rule J04) from the exact fraction, rounded once; None when the denominator is 0. `progress`: what is not
    yet done never reads 100, and what has begun never 0."""
    if denominator == 0:
        return None
    shown = rounded(100 * Fraction(numerator) / Fraction(denominator), decimals, rounding)
    step = Decimal(1).scaleb(-decimals)
    if progress and 0 < numerator < denominator:
        return min(max(shown, step), 100 - step)
    return shown


RATIO_DECIMALS = 3


def ratio_to_first(votes: Decimal, first: Decimal) -> Decimal | None:
    """惜敗率: votes for a candidate in percent of those for whoever has most in the district (Public Offices Election Act,
    art. 95-2 (3)). The law ranks by the exact ratio and rounds nothing; shown with three decimals, half up, and below 100 for who
    has fewer votes. None where nobody has any."""
    return rate(votes, first, RATIO_DECIMALS, progress=True)


def rounded(number: Fraction, decimals: int, rounding: Rounding = "half_up") -> Decimal:
    """A fraction with so many decimals."""
    scaled = abs(number) * 10**decimals
    units = scaled // 1 if rounding == "down" else (2 * scaled + 1) // 2
    return Decimal(int(units) if number >= 0 else -int(units)).scaleb(-decimals)
