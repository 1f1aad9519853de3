"""One consistent snapshot of the live views, with the position it stands at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from projections.read.many_areas import Listed, few_areas, page_end, wide_json
from projections.read.query import ElectionsWanted, TotalsQuery, rivals, wanted_cells
from projections.read.rows import (
    FIGURES,
    ElectionRow,
    EventRow,
    FigureRow,
    Lag,
    TotalRow,
    VersionRow,
)
from projections.read.statements import COLUMNS, SQL, totals_statement
from projections.versions import Version
from reporting.database.sql import columns_as
from reporting.domain.actor import By
from reporting.domain.election import ElectionDefinition
from reporting.domain.figures import trimmed
from reporting.domain.layer import Layer
from reporting.domain.workflow_events import ReturnPlace
from reporting.errors import UnknownReference
from reporting.kept import Kept

KEY_BYTES = 1_000
Definitions = Kept[ElectionDefinition]
"""(election, ledger position of its definition) → definition; a position never gets another one."""


class Sees(Enum):
    """What PostgreSQL shows a reader: the policies' words. PUBLIC wherever nobody is known who may see more."""

    PUBLIC = "public"
    EVERYTHING = "everything"


class Snapshot:
    """One REPEATABLE READ transaction over one version; `position` is what every answer was computed at, `head` where the log ended when
    it began."""

    def __init__(
        self,
        connection: Connection[Any],
        version: Version,
        head: int,
        definitions: Definitions,
        elections: dict[str, ElectionRow],
        ready: Kept[bytes],
        listed: Listed,
        sees: Sees,
    ) -> None:
        self._connection = connection
        self.sees = sees
        self._ready, self._listed = ready, listed
        self.version = version
        self.position, self.head = version.position, head
        self._definitions = definitions
        self._elections = elections

    def elections(self) -> list[ElectionRow]:
        return [self._election(*row) for row in self._rows("elections", code=None)]

    def election_list(self, limit: int, wanted: ElectionsWanted) -> list[ElectionRow]:
        """The latest polling date first."""
        return [self._election(*row) for row in self._rows("election_list", limit=limit, **asdict(wanted))]

    def election(self, code: str) -> ElectionRow:
        """UnknownReference when it is not defined (or not projected yet)."""
        if code not in self._elections:
            rows = self._rows("elections", code=code)
            if not rows:
                codes = [row.definition.code for row in self.elections()]
                raise UnknownReference(kind="election", found=code, among=codes)
            self._elections[code] = self._election(*rows[0])
        return self._elections[code]

    def _election(self, code: str, number: int, position: int, rosters: int) -> ElectionRow:
        definition = self._definitions.get((code, position))
        if definition is None:
            ((stored,),) = self._connection.execute(SQL["definition"], (number,)).fetchall()
            definition = ElectionDefinition.model_validate(stored)
            self._definitions.put((code, position), definition)
        return ElectionRow(number, definition, position, rosters)

    def totals(self, election: ElectionRow, query: TotalsQuery) -> list[TotalRow]:
        statement, values = self._totals(election, query, "totals_as_rows", COLUMNS)
        rows = self._connection.execute(statement, values, prepare=self._prepared(election, query)).fetchall()
        return [TotalRow(*row) for row in rows]

    def json_totals(self, election: ElectionRow, query: TotalsQuery, fields: Mapping[str, str]) -> bytes:
        """The same rows as one JSON array (of many areas by `many_areas`), or kept from the last time they were asked for at this
        position; `fields`: response name (an ASCII name of at most MAX_NAME) → column of TotalRow
        (`geography code official_code name name_en level item breakdown choice value reported expected withheld numerator denominator
        ratio_to_first`)."""
        columns = columns_as(fields, [column.strip() for column in COLUMNS.split(",")])
        key = self.version.number, self.position, election.number, query, tuple(fields.items())

        def made() -> bytes:
            wide = wide_json(self, self._listed, election, query, fields)
            return wide or self._made(
                *self._totals(election, query, "totals_as_json", columns),
                prepare=self._prepared(election, query),
            )

        return self._once(key, made)

    def _prepared(self, election: ElectionRow, query: TotalsQuery) -> bool | None:
        """Whether one plan serves every question like this: not where it reads many areas."""
        return None if few_areas(self, self._listed, election, query) else False

    def totals_end(
        self, election: ElectionRow, query: TotalsQuery
    ) -> tuple[bool, tuple[str, int] | None] | None:
        """Whether more follow, and the last row's place, where that is known without reading the rows (`many_areas.page_end`)."""
        return page_end(self, self._listed, election, query)

    def ready_json(
        self,
        key: Hashable,
        statement: Callable[[], tuple[bytes, dict[str, Any]]],
        *,
        prepare: bool | None = None,
    ) -> bytes:
        """One JSON array made by another module's statement, or kept from the last time it was asked for under this key.
        `prepare`: see `fetch`."""
        return self._once(key, lambda: self._made(*statement(), prepare=prepare))

    def _once(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        seen = self.sees, key  # what one may see is never another's answer
        if (kept := self._ready.get(seen)) is not None:
            return kept
        made = make()
        self._ready.put(seen, made, len(made) + KEY_BYTES)
        return made

    def _made(self, statement: bytes, values: Mapping[str, Any], *, prepare: bool | None) -> bytes:
        row = self._connection.execute(statement, values, prepare=prepare).fetchone()
        assert row is not None
        return str(row[0]).encode()

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

    def has_level(self, election: ElectionRow, geography: str, level: str, areas: Collection[str]) -> bool:
        """Whether one of these areas is of the level."""
        asked = {"geography": geography, "level": level, "areas": list(areas)}
        return bool(self._rows("has_level", election_no=election.number, **asked)[0][0])

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
        rows = self._named(
            "history", stream_id=stream_id, key=key, before=before, limit=limit, position=self.position,
            types=list(types),
        )  # fmt: skip
        return [
            VersionRow(
                **{
                    **row,
                    "typed_by": tuple(By(**typist) for typist in row["typed_by"]),
                    "together": tuple(ReturnPlace(**place) for place in row["together"]),
                }
            )
            for row in rows
        ]

    def first_held(self, stream_id: UUID, key: str) -> int | None:
        """Position since which a cell holds anything; None: it never did."""
        rows = self._rows(
            "first_held", stream_id=stream_id, key=key, position=self.position, types=list(FIGURES)
        )
        return rows[0][0] if rows else None

    def event(self, position: int) -> EventRow:
        rows = self._named("event", wanted=position, position=self.position)
        if not rows:
            raise UnknownReference(kind="event", found=position)
        return EventRow(**rows[0])

    def time(self) -> datetime:
        """The database's, now; in UTC."""
        ((now,),) = self._rows("time")
        told: datetime = now
        return told.astimezone(UTC)

    def lag(self) -> Lag:
        """How far the views and the signer are behind the log."""
        return Lag(*self._rows("lag", position=self.position)[0])

    def changed_areas(
        self,
        election: ElectionRow,
        after: int,
        slots: Sequence[str],
        layer: Layer,
        level: str | None,
        limit: int,
    ) -> list[tuple[str, ...]]:
        """(geography, area, level, contest, item) of totals that moved after a position; `slots`: `form/slot`."""
        return self._rows(
            "changed_areas",
            election_no=election.number,
            after=after,
            slots=list(slots),
            layer=layer.code,
            level=level,
            limit=limit,
        )

    def changed_lots(self, election: ElectionRow, after: int, slots: Sequence[str]) -> list[str]:
        """Contests whose lot was made public, or told to be overtaken, after a position."""
        rows = self._rows("changed_lots", election_no=election.number, after=after, slots=list(slots))
        return [contest for (contest,) in rows]

    def require_level(self, election: ElectionRow, level: str) -> None:
        """UnknownReference for a level that no area with totals has, in any geography."""
        levels = [code for (code,) in self._rows("levels", election_no=election.number)]
        if level not in levels:
            raise UnknownReference(kind="level", found=level, among=levels, within=election.definition.code)

    def _totals(
        self, election: ElectionRow, query: TotalsQuery, answer: str, columns: str
    ) -> tuple[bytes, dict[str, Any]]:
        wanted = wanted_cells(election.definition, query)
        after_code, after_n = query.after or (None, None)
        values: dict[str, Any] = {
            "election_no": election.number,
            "form": query.form,
            "kept": election.definition.units.kept(query.form),
            "slot": query.slot,
            "layer": query.layer.code,
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
        return totals_statement(answer, columns, any(values["divisors"]), ranked), values

    @property
    def connection(self) -> Connection[Any]:
        """For other readers of the ledger that want to see the very same position."""
        return self._connection

    def fetch(self, statement: str, values: Mapping[str, Any], *, prepare: bool | None = None) -> list[Any]:
        """Rows of another module's named statement, in this snapshot. `prepare` False: planned for what is asked. A plan made
        once for any arrays (the driver prepares what comes often) takes them all for short, and joins thousands of areas and
        cells row by row; None: where that can do no harm."""
        return self._connection.execute(statement.encode(), values, prepare=prepare).fetchall()

    def fetch_named(self, statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The same by the names of their columns, where a row has many."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(statement.encode(), values).fetchall()

    def _named(self, query: str, **values: Any) -> list[dict[str, Any]]:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(SQL[query], values).fetchall()

    def _rows(self, query: str, **values: Any) -> list[Any]:
        return self._connection.execute(SQL[query], values).fetchall()
