"""Figures of a whole log into empty views, beside the server: parsed by orjson, written by COPY.

A worker takes all events of a share of the streams, from the end of the log to its beginning, and writes a cell's figure the
first time it meets it: what comes later in this order was superseded, by whatever kind of event. So nothing is written that
does not stay, and nobody has to find out afterwards. It remembers a bit for each figure.

`python -m projections.views.unpack` is one worker. It imports no more than this needs, since there is one for each core.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from operator import itemgetter
from typing import Any

import orjson
from psycopg import Connection, DataError, sql

from projections.views.workers import SETTINGS, StreamShare, Told, be_worker
from reporting.database.connect import PROJECTOR, Database
from reporting.database.sql import load

SQL = load("projections.views")
PIECE = 10_000
"""Positions taken at once: the memory of a worker, whatever the length of the log."""

SAMPLE = 53
"""One event in so many is looked into for cells that have no number yet, when one is met; prime, since units report in turn."""

Event = tuple[int, str, dict[str, Any]]
"""Position; type, of a stream's first event with a space and the stream; state."""


def unpack(share: StreamShare, told: Told = lambda done: None) -> None:
    """In one transaction, but for the numbers of cells, which all workers share. `told`: of how many positions are done.
    psycopg.Error for what the tables refuse."""
    database = Database(share.url)
    with ExitStack() as stack:
        reading, writing = (
            stack.enter_context(database.connect(PROJECTOR, autocommit=True)) for _ in range(2)
        )
        reading.execute(
            "SET plan_cache_mode = force_custom_plan"
        )  # others expect a range to hold half a percent of the log
        for connection in (reading, writing):
            for setting in SETTINGS:
                connection.execute(f"SET {setting}".encode())
            connection.execute(sql.SQL("SET search_path = {}, pg_temp").format(sql.Identifier(share.schema)))
        unpacker = _Unpacker(reading, share.carriers)
        with writing.transaction():
            for upto in range(share.head, 0, -PIECE):
                after = max(0, upto - PIECE)
                unpacker.put(_piece(reading, share, after, upto), writing)
                told(share.head - after)


def _piece(reading: Connection[Any], share: StreamShare, after: int, upto: int) -> list[Event]:
    """The last first."""
    bounds = {"after": after, "upto": upto, "low": share.low, "high": share.high}
    bounds |= {"carriers": share.carriers, "types": share.types}
    row = reading.execute(SQL["unpack_piece"], bounds, binary=True).fetchone()
    if row is None or row[0] is None:
        return []
    packed, kinds, states = row
    positions = struct.unpack(f">{len(packed) // 8}q", packed)
    events = zip(positions, kinds.split(","), orjson.loads(b"[%b]" % states), strict=True)
    return sorted(events, key=itemgetter(0), reverse=True)


class _Unpacker:
    """`cells`: (election, form, slot, layer) → key → (number, a bit for each unit whose figure is written)."""

    def __init__(self, reading: Connection[Any], carriers: Sequence[str]) -> None:
        self._reading = reading
        self._carriers = frozenset(carriers)
        self._elections: dict[str, int] = dict(reading.execute(SQL["unpack_elections"]).fetchall())
        self._units: dict[tuple[str, str], tuple[int, int]] = {
            (election, unit): (number, place)
            for election, unit, number, place in reading.execute(SQL["unpack_units"])
        }
        self._sizes: dict[str, int] = defaultdict(int)
        for election, _ in self._units:
            self._sizes[election] += 1
        self._cells: dict[tuple[str, str, str, str], dict[str, tuple[int, bytearray]]] = defaultdict(dict)

    def put(self, events: list[Event], writing: Connection[Any]) -> None:
        """Of events nobody can place only the head: `load_lost` names them."""
        rows: list[str] = []
        heads: list[tuple[object, ...]] = []
        add = rows.append
        for position, kind, state in events:
            election, unit = state["election"], state["unit"]
            number, place = self._units.get((election, unit), (None, 0))
            kind, _, stream = kind.partition(" ")
            if stream:
                of = self._elections.get(election)
                heads.append((stream, election, state["form"], state["slot"], unit, of, number))
            if number is None or kind not in self._carriers:
                continue
            figures = state["figures"]
            layer = _layer(kind, state)
            cells = self._cells[election, state["form"], state["slot"], layer]
            if not cells.keys() >= figures.keys():
                self._intern([(position, kind, state), *events[::SAMPLE]])
            byte, bit = place >> 3, 1 << (place & 7)
            for key, text in figures.items():
                cell, written = cells[key]
                if written[byte] & bit:
                    continue
                written[byte] |= bit
                if text.startswith("!"):
                    add(f"{cell}\t{number}\t\t{text[1:]}\t{position}")
                else:
                    add(f"{cell}\t{number}\t{text}\t\t{position}")
        with writing.cursor() as cursor:
            if rows:
                with cursor.copy(SQL["unpack_figures"]) as copy:
                    copy.write(_joined(rows))
            if heads:
                with cursor.copy(SQL["unpack_heads"]) as copy:
                    for head in heads:
                        copy.write_row(head)

    def _intern(self, events: Iterable[Event]) -> None:
        """Numbers for all cells of these that have none."""
        missing: dict[tuple[str, str, str, str], set[str]] = {}
        for _, said, state in events:
            election, kind = state["election"], said.partition(" ")[0]
            if kind in self._carriers and (election, state["unit"]) in self._units:
                where = (election, state["form"], state["slot"], _layer(kind, state))
                new = missing.setdefault(where, set())
                if not new >= state["figures"].keys():
                    new |= state["figures"].keys() - self._cells[where].keys()
        named = sorted(
            (self._elections[election], *where, key)
            for (election, *where), keys in missing.items()
            for key in keys
        )
        names = ("elections", "forms", "slots", "layers", "keys")
        columns = {name: list(values) for name, values in zip(names, zip(*named, strict=True), strict=True)}
        codes = {number: code for code, number in self._elections.items()}
        self._reading.execute(SQL["unpack_intern"], columns)
        for number, form, slot, layer, key, cell in self._reading.execute(SQL["unpack_numbers"], columns):
            election = codes[number]
            written = bytearray(self._sizes[election] // 8 + 1)
            self._cells[election, form, slot, layer][key] = (cell, written)


def _layer(kind: str, state: dict[str, Any]) -> str:
    """As in cell.layer."""
    if kind == "ReturnApproved":
        return str(state["level"])
    return "+released" if kind == "FiguresReleased" else ""


def _joined(rows: list[str]) -> str:
    """As COPY reads them. DataError where a figure's text would be read as something else than itself: no number and no
    absence has such signs."""
    text = "\n".join(rows) + "\n"
    if "\\" in text or text.count("\t") != 4 * len(rows) or text.count("\n") != len(rows):
        odd = next(row for row in rows if "\\" in row or row.count("\t") != 4 or "\n" in row)
        raise DataError(f"no figure: {odd!r}")
    return text


if __name__ == "__main__":
    be_worker(unpack)
