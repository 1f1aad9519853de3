"""The statement of a series, put together for what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from projections.read import percent, ratio
from projections.read.contests import SQL as CONTESTS
from projections.read.statements import SQL as TOTALS
from projections.series.known import SQL
from projections.series.rows import COLUMNS
from reporting.database.sql import columns_as, filled

KEYS = ("series", "area", "date", "election")
"""Columns that say where a row stands: every answer needs them."""

BEFORE = {
    "obs_status", "previous_election", "previous_contest", "previous_areas", "previous_basis", "previous_method",
    "previous_value", "difference", "pre_break_value", "predecessors",
}  # fmt: skip
"""Columns that tell of the election before."""
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


class Rare(NamedTuple):
    """What few figures have, and whether any of these cells and elections does (`one_sided`: units that gave one part of a rate
    and not the other); `expected`: about how many rows that table has."""

    withheld: bool
    disputed: bool
    partly: bool
    one_sided: bool
    expected: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides of which blocks the statement is made. `rates`: some of it is one; `is_past`: some of it may be as of a
    position; `by_key`: of a few areas, which are looked for one by one; `few`: of all areas asked for, which are few; `moves`,
    `errata`: some are known."""

    rebased: bool
    compared: bool
    rates: bool
    ranked: bool
    over: bool
    is_past: bool
    by_key: bool
    few: bool
    moves: bool
    errata: bool
    rare: Rare


def statement_of(shape: Shape, answer: str, names: Mapping[str, str]) -> str:
    """`answer`: the block that says in what form; `names`: response name → column of SeriesRow. ValueError as in `columns_as`."""
    rare = shape.rare
    rebased, compared, ranked = shape.rebased, shape.compared, shape.ranked
    kept = tuple(dict.fromkeys((*KEYS, *names.values())))
    named = not {"previous_election", "previous_contest"}.isdisjoint(names.values())
    places = ("places_over" if shape.over else "places") + (
        "_by_key" if shape.by_key else "_few" if shape.few else ""
    )
    return filled(
        SQL["series"],
        **RATES,
        compared=_where(compared, "compared"),
        compared_join=_where(compared, "compared_join"),
        compared_columns=SQL["compared_columns" if compared else "not_compared_columns"],
        ranked=_where(ranked, "ranked"),
        ranked_join=_where(ranked, "ranked_join"),
        ranked_column=SQL["ranked_column"] if ranked else "NULL::text AS ratio_to_first",
        ratio=ratio("m.number", "q.first"),
        units=SQL["units_both" if shape.is_past else "units_live"],
        units_name="units_now" if shape.is_past else "units",
        units_live=SQL["units_live"],
        units_given=SQL["units_given"],
        parts=_where(rebased or compared, "part"),
        made_of=SQL["parts_rebased" if rebased else "parts_as_reported"],
        before=SQL["before" if compared or not BEFORE.isdisjoint(names.values()) else "not_before"],
        moves="m.days" if shape.moves else "NULL::date[]",
        moves_join=_where(shape.moves, "moves_join"),
        erratum="coalesce(x.id, '')" if shape.errata else "''",
        errata_join=_where(shape.errata, "errata_join"),
        previous_join=_where(named, "previous_join"),
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
        one_sided=", " + TOTALS["one_sided" if rare.one_sided else "no_one_sided"] if shape.rates else "",
        below=SQL["below" if shape.rates else "no_below"],
        below_join=_where(shape.rates, "below_join"),
        places_below=_where(shape.rates, "places_below_by_key" if shape.by_key else "places_below"),
        sums=SQL["sums_of_rates" if shape.rates else "sums_of_counts"],
        sums_join=_where(shape.rates, "sums_of_rates_join"),
        withheld=", " + TOTALS["withheld"] if rare.withheld else "",
        withheld_join=_where(rare.withheld, "withheld_join"),
        withheld_units="coalesce(h.units, 0)::int" if rare.withheld else "0",
        disputed="d.node_no IS NOT NULL" if rare.disputed else "false",
        disputed_join=_where(rare.disputed, "disputed_join"),
        partly="e.node_no IS NOT NULL" if rare.partly else "false",
        partly_join=_where(rare.partly, "partly_join"),
        paired=TOTALS["paired"],
        over_contests=CONTESTS["over_contests"],
        columns=columns_as(names, COLUMNS),
        kept=", ".join(kept),
        flat=", ".join(
            f"array_to_string({name}, '') AS {name}" if name == "obs_status" else name for name in kept
        ),
    )


def _where(is_so: bool, block: str) -> str:
    return SQL[block] if is_so else ""
