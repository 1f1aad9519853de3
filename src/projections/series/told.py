"""What is said of a series before any figure is read: citations, and breaks known beforehand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

from projections.series.known import KnownLineage, columns
from projections.series.plan import SeriesQuery, Wanted
from reporting.series.declared import Cause, DeclaredBreak, declared_breaks
from reporting.series.errata import errata_of
from reporting.series.model import SCHEME, SeriesKey


def citations(wanted: Sequence[Wanted], query: SeriesQuery, position: int) -> dict[str, Any]:
    """`head` before the area's code, `tails` after it: as `Citation` writes them."""
    boundaries = query.boundaries.isoformat() if query.boundaries else "as_reported"
    asked = f"{query.form or ''}/{query.slot or ''}"
    tails = []
    for sought in wanted:
        told = {
            "election": sought.election.definition.code,
            "contest": sought.contest.code,
            "item": sought.item.code,
            "breakdown": breakdown_text(query.breakdown, sought.cell.choice),
            "definition": sought.item.version,
            "boundaries": boundaries,
            "position": position,
            **({"slot": sought.place} if sought.place else {}),
            **({"asked": asked} if asked != "/" else {}),
            **({"over": query.over.value} if query.over else {}),
            **({"tests": "true"} if query.tests and not sought.election.definition.is_test else {}),
        }
        tails.append("".join(f"&{name}={_quoted(str(value))}" for name, value in told.items()))
    return {"head": f"{SCHEME}geography={quote_plus(query.geography)}&area=", "tails": tails}


_quoted = lru_cache(maxsize=1_000)(quote_plus)
"""Hundreds of citations are made of a few dozen words."""


def declared(
    wanted: Sequence[Wanted], query: SeriesQuery, lineages: Collection[KnownLineage]
) -> dict[str, Any]:
    """Breaks known beforehand that nothing bridges, by series."""
    rows = []
    for sought in {sought.series: sought for sought in wanted}.values():
        for declared_break in breaks_known(sought.election.definition.registry, lineages):
            anywhere = declared_break.model_copy(update={"area": ""})
            key = SeriesKey(query.geography, "", sought.contest.code, sought.item.code, "")
            if anywhere.concerns(key) and not declared_break.bridge:
                rows.append((sought.series, _similar(declared_break.area or "*"), declared_break.date))
    return columns("d", ("series", "area", "day"), rows)


def _similar(pattern: str) -> str:
    """A shell pattern as one of SQL's SIMILAR TO."""
    return pattern.replace("+", r"\+").replace("_", r"\_").replace("*", "%").replace("?", "_")


def errata_columns(wanted: Sequence[Wanted], query: SeriesQuery) -> dict[str, Any]:
    """Known errata of the cells: place among `wanted` (from 1), area, id."""
    rows = [
        (n, erratum.area, erratum.id)
        for n, sought in enumerate(wanted, 1)
        for erratum in errata_of(sought.election.definition)
        if (erratum.contest, erratum.item) == (sought.contest.code, sought.item.code)
        and erratum.breakdown == breakdown_text(query.breakdown, sought.cell.choice)
    ]
    return columns("x", ("n", "area", "id"), rows)


def national(registry: str) -> bool:
    """Whether the shipped lists are about its elections: they are Japan's."""
    return registry.partition("-")[0] == "japan"


def breaks_known(registry: str, lineages: Collection[KnownLineage]) -> list[DeclaredBreak]:
    """The shipped list, for Japan's elections. Where a geography has a lineage of its own, that one knows which
    areas were redrawn, and the list, which does not, is silent."""
    own = any(lineage.registry == registry and lineage.geography for lineage in lineages)
    if not national(registry):
        return []
    return [
        declared_break
        for declared_break in declared_breaks()
        if not (own and declared_break.cause is Cause.REDISTRICTING)
    ]


def breakdown_text(breakdown: str, choice: str) -> str:
    """Choice and breakdown in one text, as observations and citations have them. A party's label may hold a comma."""
    told = choice.replace("%", "%25").replace(",", "%2C")
    return ",".join(part for part in (f"choice={told}" if told else "", breakdown) if part)
