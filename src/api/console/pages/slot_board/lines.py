"""The table of a board: 1,900 lines, each of them one text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from markupsafe import Markup

from api.console.page import Answer, Asked
from api.console.render import address_of, clock, escaped

Row = Mapping[str, Any]
Sampled = Callable[[Row], Markup] | None


def returns_of(asked: Asked, election: Answer) -> Callable[[Row], str | None]:
    """Of a row the page of the one return that it stands for; None of an area with several. How their addresses begin is the same
    in 1,900 rows."""
    place = asked.path
    above = place["level"] in (election["workflow"] or {"levels": ()})["levels"]
    begin = address_of("approval", place["election"], place["form"], place["slot"])

    def return_of(row: Row) -> str | None:
        return None if above or row["units"] != 1 else begin + address_of(row["area"])

    return return_of


def lines_of(
    asked: Asked, election: Answer, columns: Sequence[str]
) -> Callable[[Sequence[Row], Sampled], Markup]:
    """Of rows, and of what the page says of an area's samples, the lines of the table; a 0 is an empty cell. In one piece: the template
    would put 1,900 together from 20 each. Escaped is what somebody named; addresses are quoted, numbers are the same in most rows."""
    return_of = returns_of(asked, election)
    counts_of, cells = itemgetter("units", *columns), '<td class="number">%s</td>' * (1 + len(columns))
    numbers = cache(lambda counts: cells % (counts[0], *[count or "" for count in counts[1:]]))

    def line(row: Row, sampled: Sampled) -> str:
        name, at = escaped(row["name"]), return_of(row)
        named = name if at is None else f'<a href="{at}">{name}</a>'
        samples = sampled(row) if sampled is not None and row["sampled"] else ""
        changed = clock(row["changedAt"]) if row["changedAt"] else ""
        begin = f'<tr id="area-{escaped(row["area"])}"><th scope="row">{named}{samples}</th>'
        return f"{begin}{numbers(counts_of(row))}<td>{changed}</td></tr>"

    return lambda rows, sampled: Markup("\n".join([line(row, sampled) for row in rows]))
