"""`series` and `observation`: who may read what is settled for each election, as for its totals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

import strawberry

from api.graphql.access import SETTLED, readable
from api.graphql.arguments import After, Areas, AsOf, Breakdown, First, KeptLayer, MinPosition
from api.graphql.context import Asking, Info
from api.graphql.messages import message
from api.graphql.series.types import MAX_SERIES, ComparedUnit, Observation, SeriesConnection
from api.graphql.types import page
from api.graphql.visibility import areas_within, is_public, layer_of
from projections.read.contests import SameBy
from projections.read.moment import position_at
from projections.series.asked import settled, with_geography, with_keys
from projections.series.cited import cited_query, layer_named, page_of
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from projections.series.rows import SeriesRow
from reporting.domain.election import ElectionDefinition, Form, Slot
from reporting.domain.layer import RELEASED, Layer
from reporting.errors import InvalidInput, NotNowSeen, UnknownReference
from reporting.series.model import Citation

AS_REPORTED = "AS_REPORTED"

ItemCodes = Annotated[list[str], strawberry.argument(description="code of the item, or of several")]
GeographyOrFirst = Annotated[
    str | None, strawberry.argument(description="geography of the areas; none: the election's first")
]
Levels = Annotated[
    list[str] | None,
    strawberry.argument(description='only areas of this level, or of several: ["municipality", "ward"]'),
]
FirstDay = Annotated[date | None, strawberry.argument(name="from", description="first polling day shown")]
LastDay = Annotated[date | None, strawberry.argument(description="last polling day")]
Boundaries = Annotated[
    str, strawberry.argument(description="AS_REPORTED, or the day whose areas to re-base to: 2024-01-01")
]
Kinds = Annotated[
    list[str] | None, strawberry.argument(description="only elections of these kinds, e.g. upper_house")
]
ContestCodeOrAll = Annotated[str | None, strawberry.argument(description="only the contest of this code")]
ContestKind = Annotated[
    str | None, strawberry.argument(description="only contests of this kind, e.g. proportional")
]
FormOrLast = Annotated[
    str | None, strawberry.argument(description="none given: the last form that asks the item")
]
SlotOrLast = Annotated[
    str | None,
    strawberry.argument(description="none given: the form's last slot that has figures of the item"),
]
ChoiceOrAll = Annotated[str | None, strawberry.argument(description="only this candidate or party")]
Identity = Annotated[
    str | None,
    strawberry.argument(
        description="only the party or person of this identity, whatever its code and name at the time"
    ),
]
Tests = Annotated[bool, strawberry.argument(description="with simulated and training elections")]
Comparable = Annotated[
    bool,
    strawberry.argument(
        description="also compare like with like: only the units that reported at both elections (compared…)"
    ),
]
Over = Annotated[
    SameBy | None,
    strawberry.argument(
        description="add up the contests of `contestKind` in each election: by party, or by identity; `choice` then names a party"
    ),
]
CitationText = Annotated[str, strawberry.argument(description="as an observation gives it")]


@strawberry.type(description="Figures over elections.")
class SeriesQueries:
    @readable(SETTLED, "one item over elections, as reported or on the boundaries of any day")
    def series(
        self,
        info: Info,
        item: ItemCodes,
        geography: GeographyOrFirst = None,
        areas: Areas = None,
        level: Levels = None,
        from_: FirstDay = None,
        to: LastDay = None,
        boundaries: Boundaries = AS_REPORTED,
        as_of: AsOf = None,
        election_kind: Kinds = None,
        contest: ContestCodeOrAll = None,
        contest_kind: ContestKind = None,
        form: FormOrLast = None,
        slot: SlotOrLast = None,
        breakdown: Breakdown = "",
        choice: ChoiceOrAll = None,
        identity: Identity = None,
        layer: KeptLayer = None,
        include_tests: Tests = False,
        comparable: Comparable = False,
        over: Over = None,
        first: First = 100,
        after: After = None,
        min_position: MinPosition = None,
    ) -> SeriesConnection:
        if len(item) + len(areas or ()) > MAX_SERIES or not item:
            raise InvalidInput(field="item/areas", found=len(item), expected=f"1–{MAX_SERIES}")
        query = SeriesQuery(
            items=tuple(dict.fromkeys(item)),
            geography=geography or "",
            areas=None if areas is None else tuple(areas),
            levels=None if level is None else tuple(level),
            since=from_,
            until=to,
            boundaries=day_of(boundaries),
            position=position_of(info, as_of.asked() if as_of else None),
            kinds=None if election_kind is None else tuple(election_kind),
            contest=contest,
            contest_kind=contest_kind,
            form=form,
            slot=slot,
            breakdown=breakdown,
            choice=choice,
            identity=identity,
            tests=include_tests,
            comparable=comparable,
            over=over,
        )
        return SeriesConnection(
            make=lambda given: reader_of(info, given, layer),
            layer=layer or RELEASED.name,
            query=query,
            first=page(first, MAX_SERIES),
            after_cursor=after,
        )

    @readable(SETTLED, "the very observation a citation names, to the digit")
    def observation(self, info: Info, citation: CitationText, comparable: Comparable = False) -> Observation:
        _, row = cited_row(info, citation, comparable)
        return Observation.of(row)

    @readable(
        SETTLED,
        "units behind the like-with-like comparison of an observation, both elections', and why one is left out",
    )
    def compared_units(self, info: Info, citation: CitationText) -> list[ComparedUnit]:
        reader, _ = cited_row(info, citation, comparable=True)
        return [ComparedUnit.of(unit) for unit in reader.compared_units()]


def cited_row(info: Asking, citation: str, comparable: bool) -> tuple[SeriesReader, SeriesRow]:
    """The reader of the very observation, and its row."""
    cited = Citation.parse(citation)
    position = position_of(info, cited.position)
    definition = info.context.moment(cited.election, position, None).election.definition
    query = replace(cited_query(definition, cited, position), comparable=comparable)
    cited_page = page_of(cited)
    seen = layer_named(cited) if definition.workflow else None
    reader = reader_of(info, query, seen)
    if cited_page is not None:
        allowed = layer_of(info, definition, seen)
        if (expected := str(cited_page._replace(layer=allowed))) != cited.slot:
            raise InvalidInput(field="citation", found=cited.slot, expected=expected)
        _require_areas(info, definition, query, allowed)
    rows = [row for row in reader.rows() if row.election == cited.election]
    if len(rows) != 1 or rows[0].definition != cited.definition:
        raise UnknownReference(kind="observation", found=citation)
    return reader, rows[0]


def reader_of(info: Asking, query: SeriesQuery, layer: str | None) -> SeriesReader:
    """What the actor may see: a slot that is not public needs a token; more than is released needs an office that
    reaches the areas."""
    snapshot, cache = info.context.snapshot, info.context.asof_cache
    query = settled(query, snapshot)
    query = with_keys(snapshot, with_geography(snapshot, query, cache), cache)

    def allowed(definition: ElectionDefinition) -> Layer:
        layer_seen = layer_of(info, definition, layer if definition.workflow is not None else None)
        _require_areas(info, definition, query, layer_seen)
        return layer_seen

    def open_slot(definition: ElectionDefinition, form: Form, slot: Slot) -> bool:
        return info.context.actor is not None or is_public(definition, form.code, slot.code)

    return SeriesReader(info.context.snapshot, query, allowed, open_slot, info.context.asof_cache)


def _require_areas(info: Asking, definition: ElectionDefinition, query: SeriesQuery, layer: Layer) -> None:
    """NotNowSeen where the layer shows areas the actor's office does not reach: re-based figures mix areas, so they
    need all of them."""
    asked = list(query.areas) if query.boundaries is None and query.areas else None
    reach = areas_within(info, definition, query.geography, asked, layer)
    if asked is None and reach is not None:
        roster = info.context.defined(definition.code).roster
        if not set(roster.units) <= set(reach):
            actor = info.context.require_actor()
            raise NotNowSeen(
                operation="read_unreleased", office=actor.office, needed=message("areas_in_reach")
            )


def day_of(boundaries: str) -> date | None:
    if boundaries.upper() == AS_REPORTED:
        return None
    try:
        return date.fromisoformat(boundaries)
    except ValueError:
        raise InvalidInput(
            field="boundaries", found=repr(boundaries[:40]), expected=f"{AS_REPORTED}, YYYY-MM-DD"
        ) from None


def position_of(info: Asking, asked: int | datetime | None) -> int | None:
    snapshot = info.context.snapshot
    return position_at(snapshot, asked) if isinstance(asked, datetime) else asked
