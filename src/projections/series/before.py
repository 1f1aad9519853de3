"""What every wanted figure is compared with, as columns for SQL: contests that it follows, and areas that its own came from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from projections.series.known import Birth, KnownLineage, births, columns, parts_between
from projections.series.lines import Followed
from projections.series.plan import SeriesQuery, Wanted
from reporting.domain.layer import RELEASED

PARTS = ("n", "code", "of_n", "of", "weight", "exact", "method", "parts")
BIRTHS = ("registry", "area", "begins", "ends", "codes")


def joined_columns(wanted: Sequence[Wanted], followed: Sequence[Followed]) -> dict[str, Any]:
    """Lines, the first day of what each follows, and what follows several at once, or one of another line."""
    days = [
        [wanted[place].election.definition.polling_date for place in follows.before] for follows in followed
    ]
    joined = [
        (n, place + 1)
        for n, follows in enumerate(followed, 1)
        for place in follows.before
        if len(follows.before) > 1 or followed[place].line != follows.line
    ]
    return {
        "lines": [follows.line for follows in followed],
        "before_days": [min(of, default=None) for of in days],
        **columns("j", ("n", "of_n"), joined),
    }


def before_columns(
    wanted: Sequence[Wanted],
    followed: Sequence[Followed],
    lineages: Collection[KnownLineage],
    query: SeriesQuery,
) -> dict[str, Any]:
    """As reported: every area that was another one at the election before, and where codes that began later came from;
    `peers`: areas that are read for it. On the boundaries of a day areas are the same throughout."""
    of_registry = {lineage.registry: lineage for lineage in lineages} if query.boundaries is None else {}
    rows: list[tuple[Any, ...]] = []
    for n, (sought, follows) in enumerate(zip(wanted, followed, strict=True), 1):
        definition = sought.election.definition
        lineage = of_registry.get(definition.registry)
        for place in follows.before if lineage is not None else ():
            before = wanted[place]
            open_to_all = before.election.definition.workflow is None or before.layer == RELEASED
            then = before.election.definition.polling_date
            rows += [
                # What an office sees beyond what is released it sees of its own areas: nothing is read for others.
                (n, part.code, place + 1, part.of if readable else "", part.weight, part.exact, part.method, part.parts)
                for part in parts_between(lineage, then, definition.polling_date)
                if query.areas is None or part.code in query.areas
                for readable in (open_to_all or query.areas is None or part.of in query.areas,)
            ]  # fmt: skip
    born: list[Birth] = [
        birth
        for lineage in of_registry.values()
        for birth in births(lineage)
        if query.areas is None or birth.area in query.areas
    ]
    return {
        **columns("f", PARTS, rows),
        **columns("q", BIRTHS, [(b.registry, b.area, b.begins, b.ends, b.codes) for b in born]),
        "peers": sorted({row[3] for row in rows} - {""}),
    }
