"""A whole series at one position, chunk by chunk: each is read in a transaction of its own, and none is open between them.

So a reader may be as slow as it likes, and the answer as long: memory holds one chunk, the database nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from api.execute import Asker
from api.graphql.context import RequestContext
from api.graphql.series.queries import reader_of
from api.series.arguments import SeriesArguments
from api.serving import Serving
from projections.series.chunks import Chunks
from projections.series.missing import WithoutFigures, without_figures
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader

AT_ONCE = 4_000
"""Rows read together, about: some hundred milliseconds, and a few megabytes."""
NO_LIMIT = 2**31


@dataclass(frozen=True, slots=True)
class Route:
    context: RequestContext


@dataclass(frozen=True, slots=True)
class _Views:
    """What a reader was made over: while both stay, it reads on."""

    version: int
    position: int


class SeriesSource:
    """`state`: the application's. Errors as of GraphQL's `series`, all of them before the first chunk."""

    def __init__(self, state: Serving, arguments: SeriesArguments, asker: Asker, request_id: str) -> None:
        self._state, self._arguments, self._asker, self._id = state, arguments, asker, request_id
        self._told: set[tuple[str, ...]] = set()
        self._query: SeriesQuery | None = None
        self._reader: SeriesReader | None = None
        self._chunks: Chunks | None = None
        self._over: _Views | None = None
        self.without: list[WithoutFigures] = []
        """What of it has no observation, and why; known once it is open."""

    def open(self) -> SeriesReader:
        """The reader that says what there is; nothing of it is read yet."""
        with self._reading() as reader:
            return reader

    def next(self, answer: str, names: Mapping[str, str]) -> list[Any] | None:
        """Rows of the next chunk in a form of the statement (`SeriesReader.fetch`); None after the last."""
        with self._reading() as reader:
            assert self._chunks is not None
            while (chunk := self._chunks.next(AT_ONCE)) is not None:
                if rows := reader.fetch(answer, names, chunk, NO_LIMIT):
                    return rows
        return None

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing after what was read."""
        return self._chunks is not None and self._chunks.mark() is None

    @contextmanager
    def _reading(self) -> Iterator[SeriesReader]:
        """Who asks is looked at again each time; where the log moved, what is read stays that of the position."""
        self._asker.check_held(self._state)
        with ExitStack() as resources:
            state, least = self._state, self._arguments.number("minPosition")
            context = RequestContext(
                state.reader, state.service, self._asker.actor, self._id, least, resources
            )
            context.told = self._told
            snapshot = context.snapshot
            views = _Views(snapshot.version.number, snapshot.position)
            if self._reader is not None and views == self._over:
                yield self._reader.on(snapshot)
                return
            self._reader = self._made(Route(context))
            self.without = without_figures(snapshot, self._reader)
            self._over = views
            yield self._reader

    def _made(self, route: Route) -> SeriesReader:
        arguments, layer = self._arguments, self._arguments.single("layer")
        if self._query is not None:
            reader = reader_of(route, self._query, layer)
            mark = None if self._chunks is None else self._chunks.mark()
            self._chunks = reader.chunks()
            if mark is not None:
                self._chunks.skip_to(mark)
            return reader
        reader = reader_of(route, arguments.query(route), layer)
        if (citation := arguments.single("after")) is not None:
            key = reader.key_of(citation)
            after = (key.series, key.area, key.day, key.election)
            reader = reader_of(route, replace(reader.query, after=after), layer)
        self._query = replace(reader.query, position=reader.position)
        self._chunks = reader.chunks()
        return reader
