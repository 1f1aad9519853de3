"""Observations as data frames. Numbers stay exact; text columns are text, so that codes keep their leading zeros."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reporting_client.errors import MissingExtra
from reporting_client.observations import DECIMALS, INTEGERS, columns_of

if TYPE_CHECKING:
    import pandas
    import polars

DIGITS = 38
"""As many as polars' decimals hold."""


def to_pandas(nodes: Sequence[Mapping[str, Any]], *, floats: bool) -> pandas.DataFrame:
    """`date`: datetime64[s]; decimals: objects (`Decimal` or None); counts: int64; the rest: string, NA where there is none."""
    try:
        import pandas as pd
    except ImportError:
        raise MissingExtra(package="pandas", extra="pandas") from None
    made: dict[str, Any] = {}
    for name, values in columns_of(nodes).items():
        if name in DECIMALS:
            made[name] = pd.Series(values, dtype=object)
        elif name in INTEGERS:
            made[name] = pd.Series(values, dtype="int64")
        elif name == "date":
            made[name] = pd.Series(values, dtype="datetime64[s]")
        else:
            made[name] = pd.Series(values, dtype="string")
    if floats:
        for name in DECIMALS:
            made[f"{name}_float"] = pd.Series(made[name].tolist(), dtype="float64")
    return pd.DataFrame(made)


def to_polars(nodes: Sequence[Mapping[str, Any]], *, floats: bool) -> polars.DataFrame:
    """`date`: Date; decimals: Decimal(38, the longest fraction of the column), or text where that takes more than 38 digits; counts:
    Int64; the rest: String."""
    try:
        import polars as pl
    except ImportError:
        raise MissingExtra(package="polars", extra="polars") from None
    made: dict[str, Any] = {}
    for name, values in columns_of(nodes).items():
        if name in DECIMALS:
            scale = fraction_digits(values)
            if scale is None:
                texts = [None if number is None else f"{number:f}" for number in values]
                made[name] = pl.Series(name, texts, dtype=pl.String)
            else:
                made[name] = pl.Series(name, values, dtype=pl.Decimal(DIGITS, scale))
        elif name in INTEGERS:
            made[name] = pl.Series(name, values, dtype=pl.Int64)
        else:
            made[name] = pl.Series(name, values, dtype=pl.Date if name == "date" else pl.String)
    for name in DECIMALS if floats else ():
        real = [None if text is None else float(text) for text in made[name].to_list()]
        made[f"{name}_float"] = pl.Series(f"{name}_float", real, dtype=pl.Float64)
    return pl.DataFrame(made)


def fraction_digits(numbers: Sequence[Decimal | None]) -> int | None:
    """Digits after the point that hold all of them exactly; None where no DIGITS digits do."""
    there = [number for number in numbers if number is not None]
    scale = max((-int(number.as_tuple().exponent) for number in there), default=0)
    whole = max((number.adjusted() + 1 for number in there if number), default=1)
    return scale if max(whole, 1) + scale <= DIGITS else None
