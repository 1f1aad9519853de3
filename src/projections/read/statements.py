"""The SQL of totals, put together for the columns and rates that are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from reporting.database.sql import filled, load
from reporting.domain.figures import RATIO_DECIMALS
from reporting.ledger.columns import TextColumn, text_value

SQL = load(__package__)
MAX_STATEMENTS = 256
"""Statements kept, each for other columns."""
COLUMNS = (
    "node_no, geography, code, official_code, name, name_en, level, is_unit, n, item, breakdown, choice, value, reported, expected, "
    "withheld, numerator, denominator, ratio_to_first, changed"
)


def texts(codes: Iterable[str]) -> TextColumn:
    """A `text[]` of many: each text of a list is looked at by the driver several times, 2 µs a code."""
    return TextColumn(map(text_value, codes))


def percent(top: str, bottom: str, decimals: str, rounding: str, progress: str) -> str:
    """SQL of a rate from the names of its parts."""
    return filled(
        SQL["percent"], rounded=SQL["rounded"], top=top, bottom=bottom, decimals=decimals, rounding=rounding,
        progress=progress,
    )  # fmt: skip


def ratio(top: str, first: str) -> str:
    """SQL of `ratio_to_first` in domain/figures, from the names of its parts."""
    return percent(top, first, str(RATIO_DECIMALS), "'half_up'", "true")


@lru_cache(MAX_STATEMENTS)
def totals_statement(answer: str, columns: str, rates: bool, ranked: bool) -> bytes:
    """`answer`: a way of answering. `rates`, `ranked`: whether one of these is asked for."""
    return filled(
        SQL["totals"],
        one_sided=SQL["one_sided" if rates else "no_one_sided"],
        withheld=SQL["withheld"],
        paired=SQL["paired"],
        percent=percent("p.top", "p.bottom", "s.decimals", "s.rounding", "s.progress"),
        standing=SQL["rivals_standing" if ranked else "no_rivals"],
        ratio=ratio("s.top", "r.first"),
        answer=SQL[answer],
        columns=columns,
        rates="true" if rates else "false",
        ranked="true" if ranked else "false",
    ).encode()
