"""Figures that rest on a sample or an estimate, in plain Python beside the fold of the views: as entered, as approved at each
level, as made public."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from psycopg import Connection

from projections.versions import SQL
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.layer import ENTERED, RELEASED, Layer
from reporting.domain.rosters import RosterHistory
from reporting.domain.workflow_events import (
    CellsSentBack,
    FiguresReleased,
    ReturnApproved,
    ReturnSubmitted,
    ReturnWithdrawn,
)
from reporting.ledger import Recorded, released_stream, return_stream
from reporting.ledger.registry import recorded


class Where(NamedTuple):
    """A return."""

    election: str
    form: str
    slot: str
    unit: str


class _Counted(NamedTuple):
    """Less than the whole count: of a sample so many `places` of so many."""

    method: str
    places: int | None
    of_places: int | None


WHOLE = "full"


@dataclass
class _Layers:
    """One return as it goes. `open`: layer → what its figures rest on and since when; `over`: what ended, and where."""

    entered: dict[str, str] = field(default_factory=dict)
    approved: dict[str, dict[str, str]] = field(default_factory=dict)
    open: dict[Layer, tuple[_Counted, int]] = field(default_factory=dict)
    over: list[tuple[Layer, _Counted, int, int]] = field(default_factory=list)
    standing: dict[str, set[str]] = field(default_factory=dict)
    """Cell → levels whose approval of what it is, and of what that rests on, stands."""

    def take(self, deed: Recorded) -> None:
        match deed.event:
            case FiguresEntered() | FiguresCorrected() as event:
                self.entered |= event.figures
                for key in event.figures:
                    self.standing.pop(key, None)
            case CellsSentBack() as event:
                for key in event.cells:
                    self.standing.pop(key, None)
            case ReturnSubmitted() as event:
                if event.rests_anew:
                    self.standing.clear()
                self._set(ENTERED, _Counted(event.method, event.places, event.of_places), deed.position)
            case ReturnWithdrawn():
                self._set(ENTERED, None, deed.position)
            case ReturnApproved() as event:
                at_level = self.approved.setdefault(event.level, {})
                at_level |= event.figures
                for key, text in event.figures.items():
                    if self.entered.get(key) == text:
                        self.standing.setdefault(key, set()).add(event.level)
                rests = self.open.get(ENTERED)
                if rests or all(event.level in self.standing.get(key, ()) for key in at_level):
                    self._set(Layer(event.level), rests and rests[0], deed.position)
            case FiguresReleased(method=None):
                rests = self.open.get(ENTERED)
                self._set(RELEASED, rests and rests[0], deed.position)
            case FiguresReleased(method=str(method)) as event:
                self._set(RELEASED, _Counted(method, event.places, event.of_places), deed.position)

    def _set(self, layer: Layer, rests: _Counted | None, position: int) -> None:
        if layer in self.open:
            self.over.append((layer, *self.open.pop(layer), position))
        if rests is not None and rests.method != WHOLE:
            self.open[layer] = rests, position

    def rows(self, where: Where) -> Iterator[tuple[object, ...]]:
        still = [(layer, counted, since, None) for layer, (counted, since) in self.open.items()]
        for layer, counted, since, until in (*self.over, *still):
            told = "/".join(str(fact) for fact in (*counted[1:], until) if fact is not None)
            place = (where.election, where.form, where.slot, layer.code, where.unit)
            yield (*place, counted.method, since, told, None)


@dataclass
class IndependentMethods:
    """Which returns ever said so: a night has few. The rest is read again for them alone."""

    returns: set[Where] = field(default_factory=set)

    def apply(self, record: Recorded) -> None:
        event = record.event
        if isinstance(event, ReturnSubmitted) and event.method != WHOLE:
            self.returns.add(Where(event.election, event.form, event.slot, event.unit))

    def rows(
        self, connection: Connection[Any], position: int, history: RosterHistory
    ) -> Iterator[tuple[object, ...]]:
        """As `compare.sql` has them: of elections whose returns go through offices."""
        for where in sorted(self.returns):
            if history.definitions[where.election].workflow is None:
                continue
            streams = [return_stream(*where), released_stream(*where)]
            rows = connection.execute(SQL["events_of"], (streams, position)).fetchall()
            yield from self._of_return(where, map(recorded, rows))

    @staticmethod
    def _of_return(where: Where, events: Iterable[Recorded]) -> Iterator[tuple[object, ...]]:
        layers = _Layers()
        for deed in events:
            layers.take(deed)
        yield from layers.rows(where)
