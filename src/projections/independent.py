"""What the log means in plain Python, no line shared with the SQL that folds it; one version of the views beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from psycopg import Connection

from projections.compare import SHOWN
from projections.compare import SQL as COMPARE
from projections.versions import SQL, Progress, schema_name
from reporting.domain.events import FiguresCorrected, FiguresEntered
from reporting.domain.figures import Absence, Value, parse_value
from reporting.domain.rosters import RosterHistory
from reporting.domain.units import Roster
from reporting.domain.workflow_events import FiguresReleased, ReturnApproved
from reporting.ledger import Recorded
from reporting.ledger.registry import recorded

PAGE = 20_000


class IndependentFold:
    """The meaning of the log in plain Python: dictionaries, decimals, nothing shared with the SQL fold."""

    def __init__(self) -> None:
        self.history = RosterHistory()
        self.figures: dict[tuple[str, str, str, str, str], tuple[Value, int]] = {}

    def apply(self, recorded: Recorded) -> None:
        self.history.apply(recorded.event, recorded.command_id)
        match recorded.event:
            case FiguresEntered() | FiguresCorrected() as event:
                self._put(event, "", recorded.position)
            case ReturnApproved(level=level) as event:
                self._put(event, f"@{level}", recorded.position)
            case FiguresReleased() as event:
                self._put(event, "@+released", recorded.position)

    def _put(
        self,
        event: FiguresEntered | FiguresCorrected | ReturnApproved | FiguresReleased,
        layer: str,
        position: int,
    ) -> None:
        where = (event.election, event.form, event.slot + layer, event.unit)
        for key, text in event.figures.items():
            self.figures[*where, key] = (parse_value(text), position)

    def rosters(self) -> Mapping[str, Roster]:
        self.history.settle()
        return {code: self.history.roster(code) for code in self.history.definitions}

    def figure_rows(self) -> Iterator[tuple[Any, ...]]:
        for (election, form, slot, unit, key), (value, position) in self.figures.items():
            absent = isinstance(value, Absence)
            yield (
                election,
                form,
                slot,
                unit,
                key,
                None if absent else value,
                str(value) if absent else None,
                position,
            )

    def total_rows(self) -> Iterator[tuple[Any, ...]]:
        sums: dict[tuple[str, str, str, str, str], list[Any]] = {}
        rosters, said = self.rosters(), self._said()
        standing = {where: rosters[where[0]].standing(units) for where, units in said.items()}
        for (election, form, slot, unit, key), (value, _) in self.figures.items():
            roster = rosters[election]
            cell = (election, form, slot, key)
            for geography, path in roster.places.get(unit, {}).items():
                for area in path:
                    if (geography, area) not in roster.nodes:
                        continue
                    row = sums.setdefault(
                        (election, form, slot, f"{geography}/{area}", key), [Decimal(0), 0, 0]
                    )
                    if unit not in said[cell] or not roster.counts_at(unit, geography, area, standing[cell]):
                        continue
                    if isinstance(value, Decimal):
                        row[0] += value
                        row[2] += 1
                    row[1] += roster.weights.get(unit, 1)
        for where, (total, reported, counted) in sums.items():
            yield (*where, total, f"{reported}/{counted}", None)

    def _said(self) -> Mapping[tuple[str, str, str, str], set[str]]:
        """Of each cell, the units that gave a number or a stated "none"."""
        said: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
        for (election, form, slot, unit, key), (value, _) in self.figures.items():
            if isinstance(value, Decimal) or value is Absence.NONE:
                said[election, form, slot, key].add(unit)
        return said


@dataclass
class Agreement:
    """How many rows the fold gives, and the first ones that stand on one side only."""

    figures: int = 0
    totals: int = 0
    differences: list[str] = field(default_factory=list)


def against_fold(connection: Connection[Any], version: int, position: int, progress: Progress) -> Agreement:
    """One version of the views, which stands at `position`, beside the log's own meaning up to there, row for row."""
    result, fold, after = Agreement(), IndependentFold(), 0
    while after < position:
        rows = connection.execute(SQL["page"], (after, position, PAGE)).fetchall()
        if not rows:
            result.differences.append(f"the log has a hole after {after}")
            return result
        for row in rows:
            fold.apply(recorded(row))
        after = rows[-1][0]
        progress(after, position, "independent fold")
    for table, folded in (("figures", fold.figure_rows()), ("totals", fold.total_rows())):
        wanted = {row[:5]: row[5:] for row in folded}
        setattr(result, table, len(wanted))
        query = COMPARE[table].format(schema=schema_name(version), mark=table).encode()
        wrong = 0
        with connection.cursor(name=f"seen_{table}") as cursor:
            for row in cursor.execute(query):
                if wanted.pop(row[1:6], None) != row[6:9] and (wrong := wrong + 1) <= SHOWN:
                    result.differences.append(f"live, not in the fold: {table} {row[1:]}")
        result.differences += [f"in the fold, not live: {table} {key}" for key in list(wanted)[:SHOWN]]
    return result
