"""Options that say which series, and the reader that answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from api.cli.messages import message
from api.cli.runtime import running

if TYPE_CHECKING:
    from projections.read import Snapshot
    from projections.series.read import SeriesReader
    from projections.series.rows import ComparedUnit
    from projections.series_set.facts import SeriesFacts
    from reporting.domain.election import ElectionDefinition
    from reporting.domain.layer import Layer
    from reporting.publication.distribution.publisher import PublisherChoice

DAY = click.DateTime(["%Y-%m-%d"])
ROWS = 1_000_000

OPTIONS = (
    click.option(
        "--geography", default="", metavar="CODE", help="of the areas [default: the election's first]"
    ),
    click.option("--area", "areas", multiple=True, metavar="CODE", help="only this area; may be given again"),
    click.option(
        "--level",
        "levels",
        multiple=True,
        metavar="CODE",
        help="only areas of this level; may be given again",
    ),
    click.option("--from", "since", type=DAY, help="first polling day shown"),
    click.option("--to", "until", type=DAY, help="last polling day"),
    click.option("--boundaries", type=DAY, help="day whose areas to re-base to [default: as reported]"),
    click.option(
        "--as-of", "moment", metavar="MOMENT", help="what the ledger held up to this position or instant"
    ),
    click.option(
        "--kind",
        "kinds",
        multiple=True,
        metavar="CODE",
        help="only elections of this kind; may be given again",
    ),
    click.option("--contest", metavar="CODE", help="only this contest"),
    click.option("--contest-kind", metavar="CODE", help="only contests of this kind"),
    click.option("--form", metavar="CODE", help="form [default: the last that asks the item]"),
    click.option("--slot", metavar="CODE", help="slot [default: the last with figures]"),
    click.option("--breakdown", default="", metavar="TEXT", help="e.g. sex=f"),
    click.option("--choice", metavar="CODE", help="only this candidate or party"),
    click.option(
        "--identity", metavar="CODE", help="only the party or person of this identity, through every renaming"
    ),
    click.option(
        "--layer", default="released", show_default=True, help="released, entered, or the level that approved"
    ),
    click.option("--tests", is_flag=True, help="with simulated and training elections"),
    click.option(
        "--over",
        type=click.Choice(["party", "identity"]),
        help="add up the contests of --contest-kind in each election",
    ),
    click.option(
        "--comparable",
        is_flag=True,
        help="like with like, too: only the units that reported at both elections",
    ),
)


def asking(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which series."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@contextmanager
def series(
    items: tuple[str, ...],
    *,
    areas: tuple[str, ...],
    levels: tuple[str, ...],
    kinds: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    boundaries: datetime | None,
    moment: str | None,
    layer: str,
    over: str | None,
    for_everybody: bool = False,
    **more: Any,
) -> Iterator[SeriesReader]:
    """The reader on the configured database: whoever may open that may read it all. `for_everybody`: nothing of slots that are
    collected and not published."""
    from projections.read.contests import SameBy
    from projections.series.plan import SeriesQuery
    from projections.series.read import SeriesReader

    query = SeriesQuery(
        items,
        areas=areas or None,
        levels=levels or None,
        kinds=kinds or None,
        since=since.date() if since else None,
        until=until.date() if until else None,
        boundaries=boundaries.date() if boundaries else None,
        over=None if over is None else SameBy(over),
        limit=ROWS,
        **more,
    )
    with reading() as snapshot:
        query = replace(query, position=_position(snapshot, moment))
        yield SeriesReader(
            snapshot,
            query,
            lambda definition: _layer(definition, layer),
            lambda definition, form, slot: slot.public or not for_everybody,
        )


def facts_of_series(name: str, reader: SeriesReader, choice: PublisherChoice) -> SeriesFacts:
    """What a data set of these series says; named after nobody's area: it is over many elections."""
    from projections.series_set.facts import SeriesFacts
    from reporting.publication.distribution.facts import Publisher
    from reporting.publication.distribution.publisher import LICENCES

    publisher = Publisher(choice.name or message.words("publisher_of_series"), LICENCES[choice.licence])
    return SeriesFacts.of(name, reader, publisher)


def compared_units(citation: str) -> list[ComparedUnit]:
    """Units behind the like-with-like comparison of the observation that a citation names; UnknownReference."""
    from projections.read.asof import AsOfCache, election_at
    from projections.series.cited import cited_query, layer_named
    from projections.series.read import SeriesReader
    from reporting.errors import UnknownReference
    from reporting.series.model import Citation

    cited = Citation.parse(citation)
    with reading() as snapshot:
        position = snapshot.position if cited.position is None else cited.position
        definition = election_at(snapshot, cited.election, position, None, AsOfCache()).definition
        query = replace(cited_query(definition, cited, position), comparable=True)
        layer = layer_named(cited) or "released"
        reader = SeriesReader(snapshot, query, lambda definition: _layer(definition, layer))
        if not any(row.election == cited.election for row in reader.rows()):
            raise UnknownReference(kind="observation", found=citation)
        return reader.compared_units()


@contextmanager
def reading() -> Iterator[Snapshot]:
    """A snapshot of the configured database, its views brought up to the log."""
    from projections.read import Sees, ViewReader
    from projections.runner import Projector

    with running() as (_, database):
        projector = Projector(database)
        projector.create_if_missing()
        projector.catch_up()
        reader = ViewReader(database, max_connections=2)
        try:
            with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
                yield snapshot
        finally:
            reader.close()


def _position(snapshot: Snapshot, moment: str | None) -> int | None:
    from projections.read.moment import position_at
    from reporting.errors import InvalidInput
    from reporting.wording import MOMENT

    if moment is None:
        return None
    if moment.isascii() and moment.isdigit():
        return int(moment)
    try:
        instant = datetime.fromisoformat(moment)
    except ValueError:
        raise InvalidInput(field="--as-of", found=repr(moment[:40]), expected=MOMENT) from None
    return position_at(snapshot, instant)


def _layer(definition: ElectionDefinition, name: str) -> Layer:
    from reporting.domain.layer import ENTERED, RELEASED, Layer
    from reporting.errors import InvalidInput

    if definition.workflow is None:
        return ENTERED
    names = (RELEASED.name, ENTERED.name, *definition.workflow.levels)
    if name not in names:
        raise InvalidInput(field="--layer", found=name, expected=", ".join(names))
    return Layer.named(name)
