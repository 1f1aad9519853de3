"""The statement of a series, put together for what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from projections.read import percent, ratio
from projections.read.contests import SQL as CONTESTS
from projections.read.statements import SQL as TOTALS
from projections.series.known import SQL
from projections.series.rows import COLUMNS
from reporting.database.sql import columns_as, filled

KEYS = ("series", "area", "date", "election")
"""Columns that say where a row stands: every answer needs them."""

DIFFERENCE = percent(
    "(m.top * m.previous_bottom - m.previous_top * m.bottom)",
    "(m.bottom * m.previous_bottom)",
    "m.decimals",
    "m.rounding",
    "false",
)
"""Of two rates in points: of the exact fractions, rounded once."""
RATES = {
    "percent": percent("s.top", "s.bottom", "w.decimals", "w.rounding", "w.progress"),
    "percent_difference": DIFFERENCE,
    "percent_previous": percent("b.top", "b.bottom", "c.decimals", "c.rounding", "c.progress"),
    "compared_difference": percent(
        "(k.top * k.previous_bottom - k.previous_top * k.bottom)",
        "(k.bottom * k.previous_bottom)",
        "m.decimals",
        "m.rounding",
        "false",
    ),
    "compared_percent": percent("c.top", "c.bottom", "m.decimals", "m.rounding", "m.progress"),
    "compared_previous_percent": percent(
        "c.previous_top", "c.previous_bottom", "m.decimals", "m.rounding", "m.progress"
    ),
}
"""Rates that a series gives, by their place in the statement."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides of which blocks the statement is made. `rates`: some of it is one; `is_past`: some of it may be as of a
    position; `by_key`: of a few areas, which are looked for one by one."""

    rebased: bool
    compared: bool
    rates: bool
    ranked: bool
    over: bool
    is_past: bool
    by_key: bool


def statement_of(shape: Shape, answer: str, names: Mapping[str, str]) -> str:
    """`answer`: the block that says in what form; `names`: response name → column of SeriesRow. ValueError as in `columns_as`."""
    rebased, compared, ranked = shape.rebased, shape.compared, shape.ranked
    kept = tuple(dict.fromkeys((*KEYS, *names.values())))
    named = not {"previous_election", "previous_contest"}.isdisjoint(names.values())
    places = ("places_over" if shape.over else "places") + ("_by_key" if shape.by_key else "")
    return filled(
        SQL["series"],
        **RATES,
        compared=SQL["compared"] if compared else "",
        compared_join=SQL["compared_join"] if compared else "",
        compared_columns=SQL["compared_columns" if compared else "not_compared_columns"],
        ranked=SQL["ranked"] if ranked else "",
        ranked_join=SQL["ranked_join"] if ranked else "",
        ranked_column=SQL["ranked_column"] if ranked else "NULL::text AS ratio_to_first",
        ratio=ratio("m.number", "q.first"),
        units=SQL["units_both" if shape.is_past else "units_live"],
        units_name="units_now" if shape.is_past else "units",
        units_live=SQL["units_live"],
        units_given=SQL["units_given"],
        parts=SQL["parts_rebased" if rebased else "parts_as_reported"],
        previous_join=SQL["previous_join"] if named else "",
        previous_election=filled(SQL["previous_named"], name="election") if named else "NULL::text",
        previous_contest=filled(SQL["previous_named"], name="contest") if named else "NULL::text",
        pre_break="m.previous_number" if rebased else "m.pre_number",
        predecessors="NULL::text" if rebased else SQL["predecessors_reported"],
        base=SQL["base_both"] if shape.is_past else "{standing}",
        standing=SQL["base_over" if shape.over else "base_live"],
        given=SQL["base_given"],
        places=SQL[places],
        shape=SQL["rebased" if rebased else "as_reported"],
        broken=SQL["broken_rebased" if rebased else "broken_as_reported"],
        nodes=SQL["nodes_to_rebase" if rebased else "nodes_as_reported"],
        smallest=SQL["smallest_over" if shape.over else "smallest"],
        answer=SQL[answer],
        one_sided=TOTALS["one_sided" if shape.rates else "no_one_sided"],
        withheld=TOTALS["withheld"],
        paired=TOTALS["paired"],
        over_contests=CONTESTS["over_contests"],
        columns=columns_as(names, COLUMNS),
        kept=", ".join(kept),
        flat=", ".join(
            f"array_to_string({name}, '') AS {name}" if name == "obs_status" else name for name in kept
        ),
    )
