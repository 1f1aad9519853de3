"""What the log means in plain Python, no line shared with the SQL that folds it; one version of the views beside it.

One cell's figures are in memory at a time, over all its units: the log is read once, put on disk by cell, and both sides
are gone through in one order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from types import TracebackType
from typing import Any, Generic, NamedTuple, Self, TypeVar

from psycopg import Connection, Cursor
from psycopg.rows import TupleRow

from projections.compare import SHOWN
from projections.compare import SQL as COMPARE
from projections.independent_incidents import IndependentIncidents
from projections.independent_lots import IndependentLots
from projections.independent_methods import IndependentMethods
from projections.independent_places import IndependentPlaces
from projections.versions import SQL, Progress, schema_name
from reporting.database.sql import filled, identifier
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.figures import Absence, Cell, Value, parse_value
from reporting.domain.layer import ENTERED, RELEASED, Layer
from reporting.domain.rosters import RosterHistory
from reporting.domain.units import Roster
from reporting.domain.workflow_events import FiguresReleased, ReturnApproved
from reporting.files.spool import SortedRows
from reporting.ledger import Recorded
from reporting.ledger.registry import recorded

PAGE = 2_000
AT_WORK = "10min"
"""How long the transaction of the comparison may wait for the fold on this side."""


class _Put(NamedTuple):
    """One cell of one event. `text`: canonical."""

    election: str
    form: str
    slot: str
    layer: str
    key: str
    unit: str
    position: int
    text: str


class FoldedFigure(NamedTuple):
    """One figure, as the views hold it: exactly one of `value` and `absence`; `position` of the event that set it."""

    election: str
    form: str
    slot: str
    layer: str
    key: str
    unit: str
    value: Decimal | None
    absence: str | None
    position: int


class FoldedTotal(NamedTuple):
    """One total of one area, `geography/code`. `counts`: units that reported / units with a number."""

    election: str
    form: str
    slot: str
    layer: str
    key: str
    area: str
    value: Decimal
    counts: str
    position: None


class _Above(NamedTuple):
    """An area above a unit, or itself. `label`: as in TotalRow."""

    label: str
    geography: str
    code: str


class IndependentFold:
    """The meaning of the log in plain Python: sorted rows, decimals, nothing shared with the SQL fold."""

    def __init__(self) -> None:
        self.history = RosterHistory()
        self._puts = SortedRows(_Put, by=7)
        self._labels: tuple[Roster, dict[str, tuple[_Above, ...]]] | None = None
        self.lots = IndependentLots()
        self.methods = IndependentMethods()
        self.places = IndependentPlaces()
        self.incidents = IndependentIncidents()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._puts.close()

    def apply(self, recorded: Recorded) -> None:
        self.history.apply(recorded.event, recorded.command_id)
        self.lots.apply(recorded)
        self.methods.apply(recorded)
        self.places.apply(recorded)
        self.incidents.apply(recorded)
        match recorded.event:
            case FiguresEntered() | FiguresCorrected() as event:
                self._put(event, ENTERED, recorded.position)
            case ReturnApproved(level=level) as event:
                self._put(event, Layer(level), recorded.position)
            case FiguresReleased() as event:
                self._put(event, RELEASED, recorded.position)

    def _put(
        self,
        event: FiguresEntered | FiguresCorrected | ReturnApproved | FiguresReleased,
        layer: Layer,
        position: int,
    ) -> None:
        election, form, slot, unit = event.election, event.form, event.slot, event.unit
        self._puts.put(
            _Put(election, form, slot, layer.code, key, unit, position, text)
            for key, text in event.figures.items()
        )

    def rosters(self) -> Mapping[str, Roster]:
        self.history.settle()
        return {code: self.history.roster(code) for code in self.history.definitions}

    def cells(self) -> Iterator[list[FoldedFigure]]:
        """The figures of one cell after the other, by unit. Election, form, slot, layer, key and unit by code point."""
        for _, puts in groupby(self._puts, lambda put: put[:5]):
            last: dict[str, _Put] = {put.unit: put for put in puts}
            yield [_figure(put) for put in last.values()]

    def figure_rows(self) -> Iterator[FoldedFigure]:
        return (figure for figures in self.cells() for figure in figures)

    def total_rows(self) -> Iterator[FoldedTotal]:
        """By election, form, slot, layer, key and area."""
        self.history.settle()
        return (total for figures in self.cells() for total in self.totals_of(figures))

    def totals_of(self, figures: Sequence[FoldedFigure]) -> list[FoldedTotal]:
        """All totals of one cell from its figures, by area. After `history.settle`."""
        election, form, slot, layer, key = figures[0][:5]
        roster = self.history.roster(election)
        units = roster.on(Cell.from_key(key).contest, form)
        said = {
            figure.unit for figure in figures if figure.value is not None or figure.absence == Absence.NONE
        }
        standing = units.standing(said)
        sums: dict[str, list[Any]] = {}
        for figure in figures:
            unit, value = figure.unit, figure.value
            for label, geography, area in self._areas(roster, unit):
                row = sums.setdefault(label, [Decimal(0), 0, 0])
                if unit not in said or (roster.kept and not units.counts_at(unit, geography, area, standing)):
                    continue
                if value is not None:
                    row[0] += value
                    row[2] += 1
                row[1] += units.weight_at(unit, geography, area)
        return [
            FoldedTotal(election, form, slot, layer, key, area, total, f"{reported}/{counted}", None)
            for area, (total, reported, counted) in sorted(sums.items())
        ]

    def _areas(self, roster: Roster, unit: str) -> Iterable[_Above]:
        """The areas with totals that a unit lies in."""
        if self._labels is None or self._labels[0] is not roster:
            named = {at: _Above(f"{at[0]}/{at[1]}", *at) for at in roster.nodes}
            labels = {
                unit: tuple(
                    named[geography, area]
                    for geography, path in paths.items()
                    for area in path
                    if (geography, area) in named
                )
                for unit, paths in roster.places.items()
            }
            self._labels = (roster, labels)
        return self._labels[1].get(unit, ())


def _figure(put: _Put) -> FoldedFigure:
    value: Value = parse_value(put.text)
    number, absence = (None, str(value)) if isinstance(value, Absence) else (value, None)
    return FoldedFigure(*put[:6], number, absence, put.position)


@dataclass
class Agreement:
    """How many rows the fold gives, and the first ones that stand on one side only."""

    figures: int = 0
    totals: int = 0
    lots: int = 0
    methods: int = 0
    polling_places: int = 0
    place_captures: int = 0
    incidents: int = 0
    differences: list[str] = field(default_factory=list)


R = TypeVar("R", FoldedFigure, FoldedTotal)


class _Beside(Generic[R]):
    """Rows of the views beside the fold's, both in the order of their first six fields."""

    def __init__(self, table: str, live: Cursor[TupleRow]) -> None:
        self._table, self._live = table, iter(live)
        self._next = next(self._live, None)
        self._wrong = {"live, not in the fold": 0, "in the fold, not live": 0}
        self.count = 0
        self.differences: list[str] = []

    def compare(self, rows: Iterable[R]) -> None:
        """The fold's next rows."""
        for row in rows:
            self.count += 1
            place = row[:6]
            while self._next is not None and self._next[:6] < place:
                self._only_live()
            if self._next is None or self._next[:6] != place:
                self._tell("in the fold, not live", place)
            elif self._next[6:] != row[6:]:
                self._only_live()
            else:
                self._next = next(self._live, None)

    def finish(self) -> list[str]:
        while self._next is not None:
            self._only_live()
        return self.differences

    def _only_live(self) -> None:
        self._tell("live, not in the fold", self._next)
        self._next = next(self._live, None)

    def _tell(self, side: str, row: Sequence[object] | None) -> None:
        self._wrong[side] += 1
        if self._wrong[side] <= SHOWN:
            self.differences.append(f"{side}: {self._table} {row}")


def against_fold(connection: Connection[Any], version: int, position: int, progress: Progress) -> Agreement:
    """One version of the views, which stands at `position`, beside the log's own meaning up to there, row for row; within
    the caller's transaction."""
    result, after = Agreement(), 0
    connection.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{AT_WORK}'".encode())
    with IndependentFold() as fold:
        while after < position:
            rows = connection.execute(SQL["page"], (after, position, PAGE)).fetchall()
            if not rows:
                result.differences.append(f"the log has a hole after {after}")
                return result
            for row in rows:
                fold.apply(recorded(row))
            after = rows[-1][0]
            progress(after, position, "independent fold")
        fold.history.settle()
        with (
            _ordered(connection, version, "figures") as live_figures,
            _ordered(connection, version, "totals") as live_totals,
        ):
            figures = _Beside[FoldedFigure]("figures", live_figures)
            totals = _Beside[FoldedTotal]("totals", live_totals)
            for cell in fold.cells():
                figures.compare(cell)
                totals.compare(fold.totals_of(cell))
            result.differences += [*figures.finish(), *totals.finish()]
        lots = fold.lots.rows(connection, position, fold.history)
        methods = fold.methods.rows(connection, position, fold.history)
        places, captures = fold.places.rows(connection, position)
        few = (
            ("lots", lots),
            ("methods", methods),
            ("polling_places", places),
            ("place_captures", captures),
            ("incidents", fold.incidents.rows()),
        )
        for table, folded in few:
            count, differing = _few(connection, version, table, folded)
            setattr(result, table, count)
            result.differences += differing
    result.figures, result.totals = figures.count, totals.count
    return result


def _few(
    connection: Connection[Any], version: int, table: str, folded: Iterable[tuple[object, ...]]
) -> tuple[int, list[str]]:
    """Of a table of few rows: how many the fold gives, and those that stand on one side only."""
    wanted = set(folded)
    rows = connection.execute(COMPARE[table].format(schema=schema_name(version), mark=table).encode())
    live = {row[1:] for row in rows}
    told = [f"live, not in the fold: {table} {row}" for row in sorted(live - wanted, key=str)[:SHOWN]]
    told += [f"in the fold, not live: {table} {row}" for row in sorted(wanted - live, key=str)[:SHOWN]]
    return len(wanted), told


def _ordered(connection: Connection[Any], version: int, table: str) -> Cursor[TupleRow]:
    """The live rows in the fold's order, some of them at a time."""
    connection.execute(
        "SET LOCAL cursor_tuple_fraction = 1"
    )  # every row is asked for, not the first ones soon
    query = filled(COMPARE[f"{table}_in_order"], schema=identifier(schema_name(version)))
    cursor = connection.cursor(name=f"seen_{table}")
    cursor.itersize = PAGE
    cursor.execute(query.encode())
    return cursor
