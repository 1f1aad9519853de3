"""A series: observations page by page, all of one ledger position, and what is told beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reporting_client import frames, queries
from reporting_client.connection import Connection
from reporting_client.errors import PagesDisagree
from reporting_client.observations import Observation, exact

if TYPE_CHECKING:
    import pandas
    import polars

PAGE_SIZE = 20_000
"""As many observations as the API gives at once."""


@dataclass(frozen=True)
class Break:
    """Where a series stops being comparable. `cause`: area, item_definition, electorate or redistricting; `bridge`: how to compare
    across it, empty where one cannot; `source`: where it is written."""

    area: str
    contest: str
    item: str
    breakdown: str
    cause: str
    date: date | None
    before: str
    after: str
    change: str
    ja: str
    en: str
    bridge: str
    source: str


@dataclass(frozen=True)
class Unplaced:
    """What re-basing could not place: with the observations it adds up to what was reported."""

    election: str
    contest: str
    item: str
    area: str
    amount: Decimal
    reason: str
    into: tuple[str, ...]


@dataclass(frozen=True)
class Erratum:
    """Two official publications that give figures for one thing, both kept."""

    id: str
    election: str
    area: str
    contest: str
    item: str
    breakdown: str
    published: str
    publication: str
    other: str
    other_publication: str
    difference: str
    note: str
    source: str


class Series:
    """What was asked, read when it is used, at the ledger position of the first answer (`position`): asked later, the same.

    Iterating goes page by page and keeps nothing; `to_pandas`, `to_polars` and `observations` hold the whole. A failure in the
    middle is an exception: there is never a part that looks like the whole."""

    def __init__(
        self, connection: Connection, asked: Mapping[str, object], page_size: int = PAGE_SIZE
    ) -> None:
        self._connection, self._asked, self._page_size = connection, dict(asked), page_size
        self._position: int | None = None

    def __iter__(self) -> Iterator[Observation]:
        for nodes in self._pages():
            yield from map(Observation.of, nodes)

    @cached_property
    def observations(self) -> tuple[Observation, ...]:
        return tuple(map(Observation.of, self._nodes))

    @property
    def position(self) -> int:
        """Ledger position of everything here; `Client.series(…, as_of=position)` gives the same for ever."""
        if self._position is None:
            self._first_page  # noqa: B018  # asked, and kept
        assert self._position is not None
        return self._position

    @property
    def layer(self) -> str:
        """What is read of elections with a workflow: `released`, or as `layer` asked."""
        return str(self._first_page["layer"])

    @cached_property
    def breaks(self) -> tuple[Break, ...]:
        told = self._beside(queries.BREAKS)["breaks"]
        return tuple(Break(**{**entry, "date": _day(entry["date"])}) for entry in told)

    @cached_property
    def unplaced(self) -> tuple[Unplaced, ...]:
        told = self._beside(queries.UNPLACED)["unplaced"]
        return tuple(
            Unplaced(**{**entry, "amount": exact([entry["amount"]])[0], "into": tuple(entry["into"])})
            for entry in told
        )

    @cached_property
    def errata(self) -> tuple[Erratum, ...]:
        told = self._beside(queries.ERRATA)["errata"]
        return tuple(Erratum(other_publication=entry.pop("otherPublication"), **entry) for entry in told)

    def to_pandas(self, *, floats: bool = False) -> pandas.DataFrame:
        """A row for each observation, the columns of `Observation`. Numbers are `Decimal` objects, None where there is none;
        `floats` adds `…_float` columns beside them, for pictures and models. MissingExtra without pandas."""
        return frames.to_pandas(self._nodes, floats=floats)

    def to_polars(self, *, floats: bool = False) -> polars.DataFrame:
        """The same with polars' own decimals. MissingExtra without polars."""
        return frames.to_polars(self._nodes, floats=floats)

    @cached_property
    def _nodes(self) -> list[Mapping[str, Any]]:
        return [node for page in self._pages() for node in page]

    @cached_property
    def _first_page(self) -> Mapping[str, Any]:
        return self._page(None)

    def _pages(self) -> Iterator[list[Mapping[str, Any]]]:
        page, seen = self._first_page, set()
        while True:
            yield page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            cursor = page["pageInfo"]["endCursor"]
            if not page["nodes"] or cursor is None or cursor in seen:
                raise PagesDisagree(detail="endCursor")
            seen.add(cursor)
            page = self._page(cursor)

    def _page(self, after: str | None) -> Mapping[str, Any]:
        return self._answer(queries.PAGE, first=self._page_size, after=after)

    def _beside(self, document: str) -> Mapping[str, Any]:
        self.position  # noqa: B018  # first, so that it is of the same
        return self._answer(document)

    def _answer(self, document: str, **more: object) -> Mapping[str, Any]:
        pinned = {} if self._position is None else {"asOf": {"position": self._position}}
        asked = {**self._asked, **pinned, **more}
        told: Mapping[str, Any] = self._connection.query(document, asked, "series")
        position = int(told["asOfPosition"])
        if self._position not in (None, position):
            raise PagesDisagree(detail=f"asOfPosition {self._position} → {position}")
        self._position = position
        return told


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
