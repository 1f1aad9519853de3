"""Why a series, or one of the areas that it names, has no observation: an empty answer alone would read as “nobody has reported”."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from projections.messages import message
from projections.read import Snapshot
from projections.series.known import SQL
from projections.series.read import SeriesReader
from reporting.words import Words


class WhyNothing(StrEnum):
    NO_ELECTION = "no_election"
    NOT_ASKED = "not_asked"
    NOT_THEN = "not_then"


@dataclass(frozen=True, slots=True)
class WithoutFigures:
    """`place`: the code that has none; empty: the whole series."""

    why: WhyNothing
    words: Words
    place: str = ""


def without_figures(snapshot: Snapshot, reader: SeriesReader) -> list[WithoutFigures]:
    """Nothing where there may be an observation: what is not told here has not been reported, or not released."""
    query = reader.query
    days = [election.definition.polling_date for election in reader.elections]
    span = [day for day in days if query.since is None or day >= query.since]
    if not span:
        told = f"{min(days)}–{max(days)}" if days else "―"
        return [WithoutFigures(WhyNothing.NO_ELECTION, message.words("no_election_between", days=told))]
    wished = {
        sought.election.number
        for sought in reader.wanted
        if sought.wished and (query.since is None or sought.election.definition.polling_date >= query.since)
    }
    if not wished:
        return [WithoutFigures(WhyNothing.NOT_ASKED, message.words("nobody_asks_it_so"))]
    if query.boundaries is not None:
        return []
    where = {
        "geography": query.geography,
        "election_nos": sorted(wished),
        "areas": list(query.areas or ()),
        "levels": list(query.levels or ()),
    }
    return [
        WithoutFigures(WhyNothing.NOT_THEN, message.words("none_of_their_areas", code=code), code)
        for _, code in snapshot.fetch(SQL["places_missing"], where)
    ]
