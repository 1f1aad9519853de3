"""Read the live views: one consistent snapshot per request, with the position it stands at."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg import Connection, IsolationLevel

from projections.errors import NotYetProjected, ProjectionError
from projections.read.rows import (
    FIGURES,
    ElectionRow,
    EventRow,
    FigureRow,
    Lag,
    TotalRow,
    TypistRow,
    VersionRow,
)
from projections.versions import Version
from reporting.database.connect import READER, Database
from reporting.database.sql import columns_as, filled, load
from reporting.domain.election import Contest, ElectionDefinition, cells_of, counted_by_choice
from reporting.domain.figures import RATIO_DECIMALS, Rounding, trimmed
from reporting.domain.workflow_events import ReturnPlace
from reporting.errors import UnknownReference
from reporting.kept import Kept

SQL = load(__package__)
STATEMENT_TIMEOUT = "5s"
WAIT_STEP_S = 0.005
MAX_DEFINITIONS = 256
READY_BYTES = 32_000_000
"""Of ready-made answers kept by one process; one of the widest has about a quarter of a million."""
KEY_BYTES = 1_000
MAX_STATEMENTS = 256
"""Statements kept, each for other columns."""


def percent(top: str, bottom: str, decimals: str, rounding: str, progress: str) -> str:
    """SQL of a rate from the names of its parts."""
    return filled(
        SQL["percent"], rounded=SQL["rounded"], top=top, bottom=bottom, decimals=decimals, rounding=rounding,
        progress=progress,
    )  # fmt: skip


def ratio(top: str, first: str) -> str:
    """SQL of `ratio_to_first` in domain/figures, from the names of its parts."""
    return percent(top, first, str(RATIO_DECIMALS), "'half_up'", "true")


@lru_cache(MAX_STATEMENTS)
def _totals(answer: str, columns: str, rates: bool, ranked: bool) -> bytes:
    """`answer`: a way of answering. `rates`, `ranked`: whether one of these is asked for."""
    return filled(
        SQL["totals"],
        one_sided=SQL["one_sided"],
        withheld=SQL["withheld"],
        paired=SQL["paired"],
        percent=percent("p.top", "p.bottom", "s.decimals", "s.rounding", "s.progress"),
        standing=SQL["rivals_standing"],
        ratio=ratio("s.top", "r.first"),
        answer=SQL[answer],
        columns=columns,
        rates="true" if rates else "false",
        ranked="true" if ranked else "false",
    ).encode()


Definitions = dict[tuple[str, int], ElectionDefinition]
"""(election, ledger position of its definition) → definition; a position never gets another one."""
_COLUMNS = (
    "node_no, geography, code, official_code, name, name_en, level, is_unit, n, item, breakdown, choice, value, reported, expected, "
    "withheld, numerator, denominator, ratio_to_first, changed"
)

__all__ = [
    "ElectionRow",
    "EventRow",
    "FigureRow",
    "Snapshot",
    "TotalRow",
    "TotalsQuery",
    "TypistRow",
    "VersionRow",
    "ViewReader",
]


@dataclass(frozen=True, slots=True)
class TotalsQuery:
    """Which totals. `items` empty: every item of the form; `choices` None: all of the contest for items that have
    them. `after`: (area code, cell number) of the last row already seen."""

    form: str
    slot: str
    contest: str
    geography: str
    items: tuple[str, ...] = ()
    breakdown: str = ""
    choices: tuple[str, ...] | None = None
    level: str | None = None
    areas: tuple[str, ...] | None = None
    parent_no: int | None = None
    after: tuple[str, int] | None = None
    limit: int = 101


class Snapshot:
    """One REPEATABLE READ transaction over one version; `position` is what every answer was computed at."""

    def __init__(
        self,
        connection: Connection[Any],
        version: Version,
        definitions: Definitions,
        elections: dict[str, ElectionRow],
        ready: Kept[bytes],
    ) -> None:
        self._connection = connection
        self._ready = ready
        self.version = version
        self.position = version.position
        self._definitions = definitions
        self._elections = elections

    def elections(self) -> list[ElectionRow]:
        return [self._election(*row) for row in self._rows("elections", code=None)]

    def election(self, code: str) -> ElectionRow:
        """UnknownReference when it is not defined (or not projected yet)."""
        if code not in self._elections:
            rows = self._rows("elections", code=code)
            if not rows:
                codes = [row.definition.code for row in self.elections()]
                raise UnknownReference(kind="election", found=code, among=codes)
            self._elections[code] = self._election(*rows[0])
        return self._elections[code]

    def _election(self, code: str, number: int, position: int) -> ElectionRow:
        definition = self._definitions.get((code, position))
        if definition is None:
            ((stored,),) = self._connection.execute(SQL["definition"], (number,)).fetchall()
            if len(self._definitions) >= MAX_DEFINITIONS:
                self._definitions.clear()
            definition = self._definitions[code, position] = ElectionDefinition.model_validate(stored)
        return ElectionRow(number, definition, position)

    def totals(self, election: ElectionRow, query: TotalsQuery) -> list[TotalRow]:
        statement, values = self._totals(election, query, "totals_as_rows", _COLUMNS)
        return [TotalRow(*row) for row in self._connection.execute(statement, values).fetchall()]

    def json_totals(self, election: ElectionRow, query: TotalsQuery, fields: Mapping[str, str]) -> bytes:
        """The same rows as one JSON array made by PostgreSQL, or kept from the last time they were asked for at this
        position; `fields`: response name (an ASCII name of at most MAX_NAME) → column of TotalRow
        (`geography code official_code name name_en level item breakdown choice value reported expected withheld numerator denominator
        ratio_to_first`)."""
        columns = columns_as(fields, [column.strip() for column in _COLUMNS.split(",")])
        key = self.version.number, self.position, election.number, query, tuple(fields.items())
        return self.ready_json(key, lambda: self._totals(election, query, "totals_as_json", columns))

    def ready_json(self, key: Hashable, statement: Callable[[], tuple[bytes, dict[str, Any]]]) -> bytes:
        """One JSON array made by another module's statement, or kept from the last time it was asked for under this key."""
        if (kept := self._ready.get(key)) is not None:
            return kept
        row = self._connection.execute(*statement()).fetchone()
        assert row is not None
        made = str(row[0]).encode()
        self._ready.put(key, made, len(made) + KEY_BYTES)
        return made

    def figures_below(
        self, node_no: int, form: str, slot: str, key: str, after: str | None, limit: int
    ) -> list[FigureRow]:
        """One cell's figures at the units below an area, by unit code."""
        rows = self._rows(
            "units_below", node_no=node_no, form=form, slot=slot, key=key, after=after, limit=limit
        )
        return [FigureRow(*row) for row in rows]

    def return_figures(self, election: ElectionRow, form: str, slot: str, unit: str) -> list[FigureRow]:
        rows = self._rows("return_figures", election_no=election.number, form=form, slot=slot, unit=unit)
        return [FigureRow(*row) for row in rows]

    def texts(self, election: ElectionRow, form: str, slot: str, unit: str) -> dict[str, str]:
        """Cell key → canonical text of everything a return holds."""
        return {
            row.key: f"!{row.absence}" if row.value is None else trimmed(row.value)
            for row in self.return_figures(election, form, slot, unit)
        }

    def unit(self, election: ElectionRow, form: str, slot: str, unit: str) -> tuple[str, str, int]:
        """(code, name, version of its return; 0 = nothing yet); UnknownReference."""
        rows = self._rows("unit", election_no=election.number, form=form, slot=slot, unit=unit)
        if not rows:
            raise UnknownReference(kind="unit", found=unit)
        return rows[0][1], rows[0][2], rows[0][3]

    def history(
        self,
        stream_id: UUID,
        key: str,
        before: int | None,
        limit: int,
        types: Sequence[str] = FIGURES,
    ) -> list[VersionRow]:
        """Values a cell has held, newest first, from position `before` backwards. `types`: events that count; an
        approval names a value and sets none."""
        rows = self._rows(
            "history", stream_id=stream_id, key=key, before=before, limit=limit, position=self.position,
            types=list(types),
        )  # fmt: skip
        return [
            VersionRow(
                *held,
                typed_by=tuple(TypistRow(**one) for one in typists),
                together=tuple(ReturnPlace(**one) for one in together),
            )
            for *held, typists, together in rows
        ]

    def first_held(self, stream_id: UUID, key: str) -> int | None:
        """Position since which a cell holds anything; None: it never did."""
        rows = self._rows(
            "first_held", stream_id=stream_id, key=key, position=self.position, types=list(FIGURES)
        )
        return rows[0][0] if rows else None

    def event(self, position: int) -> EventRow:
        rows = self._rows("event", wanted=position, position=self.position)
        if not rows:
            raise UnknownReference(kind="event", found=position)
        return EventRow(*rows[0])

    def time(self) -> datetime:
        """The database's, now; in UTC."""
        ((now,),) = self._rows("time")
        told: datetime = now
        return told.astimezone(UTC)

    def lag(self) -> Lag:
        """How far the views and the signer are behind the log."""
        return Lag(*self._rows("lag", position=self.position)[0])

    def changed_areas(
        self, election: ElectionRow, after: int, slots: Sequence[str], level: str | None, limit: int
    ) -> list[tuple[str, ...]]:
        """(geography, area, level, contest, item) of totals that moved after a position; `slots`: `form/slot`, with layer."""
        return self._rows(
            "changed_areas",
            election_no=election.number,
            after=after,
            slots=list(slots),
            level=level,
            limit=limit,
        )

    def _totals(
        self, election: ElectionRow, query: TotalsQuery, answer: str, columns: str
    ) -> tuple[bytes, dict[str, Any]]:
        wanted = wanted_cells(election.definition, query)
        after_code, after_n = query.after or (None, None)
        values: dict[str, Any] = {
            "election_no": election.number,
            "form": query.form,
            "slot": query.slot,
            "contest": query.contest,
            "geography": query.geography,
            "level": query.level,
            "areas": None if query.areas is None else list(query.areas),
            "parent_no": query.parent_no,
            "after_code": after_code,
            "after_n": after_n,
            "limit": query.limit,
        }
        values |= {
            "items": [cell.item for cell in wanted],
            "breakdowns": [cell.breakdown for cell in wanted],
            "choices": [cell.choice for cell in wanted],
            "keys": [cell.key for cell in wanted],
            "divisors": [cell.divisor for cell in wanted],
            "decimals": [cell.decimals for cell in wanted],
            "roundings": [cell.rounding for cell in wanted],
            "progress": [cell.progress for cell in wanted],
        }
        contest = election.definition.contest(query.contest)
        values["rivals"] = rivals(contest)
        ranked = "ratio_to_first" in columns and bool(values["rivals"])
        return _totals(answer, columns, any(values["divisors"]), ranked), values

    @property
    def connection(self) -> Connection[Any]:
        """For other readers of the ledger that want to see the very same position."""
        return self._connection

    def fetch(self, statement: str, values: Mapping[str, Any]) -> list[Any]:
        """Rows of another module's named statement, in this snapshot."""
        return self._connection.execute(statement.encode(), values).fetchall()

    def _rows(self, query: str, **values: Any) -> list[Any]:
        return self._connection.execute(SQL[query], values).fetchall()


@dataclass(frozen=True, slots=True)
class WantedCell:
    """A cell asked for: `key` of the figure, of a rate the key above the line; `divisor`: the key below it."""

    item: str
    breakdown: str
    choice: str
    key: str
    divisor: str | None
    decimals: int
    rounding: Rounding
    progress: bool


def wanted_cells(definition: ElectionDefinition, query: TotalsQuery) -> list[WantedCell]:
    """Every cell asked for; UnknownReference for what the election does not have."""
    form = definition.form(query.form)
    form.slot(query.slot.partition("@")[0])
    contest = definition.contest(query.contest)
    if query.geography not in definition.geographies:
        raise UnknownReference(kind="geography", found=query.geography, among=definition.geographies)
    items = {item.code: item for item in definition.items}
    found: list[WantedCell] = []
    for code in query.items or form.items:
        if code not in form.items:
            raise UnknownReference(kind="item", found=code, among=form.items, within=form.code)
        item = items[code]
        for choice in _choices(contest, query.choices) if counted_by_choice(item, items) else ("",):
            top, below = cells_of(item, items, contest.code, query.breakdown, choice)
            divisor = below.key if below else None
            found.append(
                WantedCell(
                    code,
                    query.breakdown,
                    choice,
                    top.key,
                    divisor,
                    item.decimals,
                    item.rounding,
                    item.progress,
                )
            )
    return found


def rivals(contest: Contest) -> list[str]:
    """Codes of who stand against each other for the one seat of a contest; none where it has more, or nobody stands: what
    those who lose have of the first one's votes is asked of single seats alone."""
    return [choice.code for choice in contest.choices] if contest.seats == 1 else []


def _choices(contest: Contest, asked: Sequence[str] | None) -> list[str]:
    known = [choice.code for choice in contest.choices]
    if asked is None:
        return known
    if unknown := [code for code in asked if code not in known]:
        raise UnknownReference(kind="choice", found=unknown[0], among=known, within=contest.code)
    return list(asked)


class ViewReader:
    """Thread-safe; holds a pool of read-only connections."""

    def __init__(self, database: Database, *, max_connections: int = 8) -> None:
        self._pool = database.pool(READER, 1, max_connections)
        self._definitions: Definitions = {}
        self._elections: tuple[tuple[int, int], dict[str, ElectionRow]] = ((0, 0), {})
        self._ready: Kept[bytes] = Kept(READY_BYTES)

    def close(self) -> None:
        self._pool.close()

    @contextmanager
    def snapshot(self, min_position: int = 0, wait_s: float = 5.0) -> Iterator[Snapshot]:
        """A snapshot at `min_position` or later; NotYetProjected when the views do not get there in time, at once for
        a position the log has not reached: nobody was ever told it."""
        deadline = time.monotonic() + wait_s
        while True:
            with self._pool.connection() as connection:
                connection.isolation_level = IsolationLevel.REPEATABLE_READ
                connection.read_only = True
                row = connection.execute(SQL["live"], {"timeout": STATEMENT_TIMEOUT}).fetchone()
                if row is None:
                    raise ProjectionError(detail="集計がまだない / no views yet")
                version = Version(*row[:5]).require_current()
                if version.position >= min_position:
                    elections = self._elections_at(version)
                    yield Snapshot(connection, version, self._definitions, elections, self._ready)
                    return
                if time.monotonic() >= deadline or version.state == "stopped" or min_position > row[5]:
                    raise NotYetProjected(wanted=min_position, position=version.position)
            time.sleep(WAIT_STEP_S)

    def _elections_at(self, version: Version) -> dict[str, ElectionRow]:
        """What snapshots of one version at one position have found: the views do not change there."""
        at, kept = (version.number, version.position), self._elections
        if kept[0] != at:  # read once and written once: another thread's position is never mixed in
            kept = self._elections = at, {}
        return kept[1]
