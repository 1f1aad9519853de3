"""Figures of a whole log into empty views, beside the server: parsed by orjson, written by COPY.

A worker takes all events of a share of the streams, from the end of the log to its beginning, and writes a cell's figure the
first time it meets it: what comes later in this order was superseded, by whatever kind of event. So nothing is written that
does not stay, and nobody has to find out afterwards. It remembers a byte for each return and layer.

`python -m projections.views.unpack` is one worker. It imports no more than this needs, since there is one for each core.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from contextlib import ExitStack
from operator import add
from typing import Any

import orjson
from psycopg import Connection, DataError, sql

from projections.views.pace import pace_of
from projections.views.workers import SETTINGS, StreamShare, Told, be_worker
from reporting.database.connect import PROJECTOR, Database
from reporting.database.sql import load

SQL = load("projections.views")
PIECE = 10_000
"""Positions taken at once: the memory of a worker, whatever the length of the log."""

PIECE_BESIDE = 1_000
"""The same while others write: whoever commits waits until all that was written before is on the disk, and of ten thousand that takes 70 ms."""

STRETCH = 8
"""Pieces written by one COPY, which makes and forgets a thousand slots for rows: a tenth of its time with one for each piece. Their streams'
first events wait so long in memory."""

SAMPLE = 53
"""One event in so many is looked into for cells that have no number yet, when one is met; prime, since units report in turn."""

STEPS = 1_000
"""What of a sheet is remembered of how its events add up."""

LAYERS = {"ReturnApproved": None, "FiguresReleased": "+released"}
"""Of figures that do not stand as entered, as in cell.layer; None: in that of the event's level."""

MAX_BYTE = 255
ABSENT = re.compile(r"\t!([^\t]*)\t")

Piece = tuple[Sequence[str], Sequence[str], Sequence[bytes]]
"""Of events, the last first: positions; types, of a stream's first event with a space and the stream; states. Each of these is parsed when its
turn comes: parsed at once they leave the processor's cache before their turn, which costs a third more."""

Head = tuple[object, ...]
"""Of a stream: its id, what it is about by codes, and the numbers of election and unit."""

_Where = tuple[str, str, str, str]
"""Election, form, slot, layer."""

_Units = dict[str, tuple[int, int]]
"""Of an election: each unit's number, and its place among them."""


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
        if share.head > PIECE:  # of the only piece nothing is had again
            reading.execute(SQL["unpack_room"])
        unpacker = _Unpacker(reading, share.carriers)
        pace = pace_of(reading, makes_way=share.makes_way)
        upto = share.head
        with writing.transaction(), writing.cursor() as cursor:
            while upto > 0:
                heads: list[Head] = []
                end = max(0, upto - STRETCH * PIECE)
                with cursor.copy(SQL["unpack_figures"]) as copy:
                    while upto > end:
                        after = max(end, upto - (PIECE_BESIDE if pace.yields() else PIECE))
                        rows, first = unpacker.take(_piece(reading, share, after, upto))
                        copy.write(rows)
                        heads += first
                        told(share.head - after)
                        pace.rest()
                        upto = after
                with cursor.copy(SQL["unpack_heads"]) as copy:
                    for head in heads:
                        copy.write_row(head)


def _piece(reading: Connection[Any], share: StreamShare, after: int, upto: int) -> Piece:
    bounds = {"after": after, "upto": upto, "low": share.low, "high": share.high}
    bounds |= {"carriers": share.carriers, "types": share.types}
    row = reading.execute(SQL["unpack_piece"], bounds, binary=True).fetchone()
    if row is None or row[0] is None:
        return (), (), ()
    positions, kinds, states = row
    return positions.split(","), kinds.split(","), states.split(b"\0")


_Asked = tuple[int, tuple[str, ...]]
"""Number of the set that is written, and keys of an event."""

_Step = tuple[int, list[str], list[str] | None]
"""What an event does to a unit's figures of a sheet: the number of what is written then, the beginnings of its rows, and which
keys these are; None: all that it has."""


class _Sheet:
    """Cells of one form, slot and layer of an election, and which of them are written for each unit: few sets of them, so each has
    a number, and a unit that of its set."""

    __slots__ = ("_cells", "_numbers", "_sets", "steps", "units", "written")

    def __init__(self, units: _Units) -> None:
        self.units = units
        self.steps: dict[_Asked, _Step] = {}
        self.written: bytearray | array[int] = bytearray(len(units))
        self._cells: dict[str, tuple[int, int]] = {}
        self._sets: list[int] = [0]
        self._numbers: dict[int, int] = {0: 0}

    def lacking(self, keys: Set[str]) -> Set[str]:
        """Keys that have no number."""
        return keys - self._cells.keys()

    def add(self, key: str, cell: int) -> None:
        self._cells[key] = cell, 1 << len(self._cells)

    def step(self, asked: _Asked) -> _Step:
        """Remembered as long as there are few."""
        before, keys = asked
        there = after = self._sets[before]
        new, beginnings = [], []
        for key in keys:
            cell, bit = self._cells[key]
            if not there & bit:
                after |= bit
                new.append(key)
                beginnings.append(f"{cell}\t")
        step = self._number(after), beginnings, None if len(new) == len(keys) else new
        if len(self.steps) == STEPS:
            self.steps.clear()
        self.steps[asked] = step
        return step

    def _number(self, cells: int) -> int:
        if (number := self._numbers.get(cells)) is None:
            number = self._numbers[cells] = len(self._sets)
            self._sets.append(cells)
            if number > MAX_BYTE and isinstance(self.written, bytearray):
                # Of the bytes themselves it would take four for one number.
                self.written = array("I", iter(self.written))
        return number


class _Unpacker:
    """`sheets`: by election, form, slot and layer."""

    def __init__(self, reading: Connection[Any], carriers: Sequence[str]) -> None:
        self._reading = reading
        self._carriers = frozenset(carriers)
        self._elections: dict[str, int] = dict(reading.execute(SQL["unpack_elections"]).fetchall())
        self._units: dict[str, _Units] = defaultdict(dict)
        for election, unit, number, place in reading.execute(SQL["unpack_units"]):
            self._units[election][unit] = number, place
        self._sheets: dict[_Where, _Sheet] = {}

    def take(self, piece: Piece) -> tuple[str, list[Head]]:
        """What is to be written of a piece: rows of figures, and heads; of events nobody can place these alone: `load_lost` names them."""
        rows: list[str] = []
        count = 0
        heads: list[Head] = []
        carriers, sheets, read, layers = self._carriers, self._sheets, orjson.loads, LAYERS
        for position, kind, text in zip(*piece, strict=True):
            state = read(text)
            election, form, slot, unit = state["election"], state["form"], state["slot"], state["unit"]
            if kind not in carriers:
                kind, _, stream = kind.partition(" ")
                if stream:
                    number, _ = self._units[election].get(unit, (None, 0))
                    heads.append((stream, election, form, slot, unit, self._elections.get(election), number))
                if kind not in carriers:
                    continue
            if (layer := layers.get(kind, "")) is None:
                layer = state["level"]
            where = (election, form, slot, layer)
            if (sheet := sheets.get(where)) is None:
                sheet = sheets[where] = _Sheet(self._units[election])
            if (stands := sheet.units.get(unit)) is None:
                continue
            number, place = stands
            figures: dict[str, str] = state["figures"]
            asked = sheet.written[place], tuple(figures)
            if (step := sheet.steps.get(asked)) is None:
                if sheet.lacking(figures.keys()):
                    self._intern([(kind, text), *zip(*(part[::SAMPLE] for part in piece[1:]), strict=True)])
                step = sheet.step(asked)
            after, beginnings, only = step
            if beginnings:
                sheet.written[place] = after
                count += len(beginnings)
                texts = figures.values() if only is None else [figures[key] for key in only]
                end = f"\t\t{position}\t{number}\n"
                rows.append(end.join(map(add, beginnings, texts)) + end)
        return _checked("".join(rows), count), heads

    def _intern(self, events: Iterable[tuple[str, bytes]]) -> None:
        """Numbers for all cells of these (type and state) that have none."""
        missing: dict[_Where, set[str]] = {}
        for said, text in events:
            state = orjson.loads(text)
            election, kind = state["election"], said.partition(" ")[0]
            if kind in self._carriers and state["unit"] in self._units[election]:
                if (layer := LAYERS.get(kind, "")) is None:
                    layer = state["level"]
                where = (election, state["form"], state["slot"], layer)
                sheet = self._sheets.get(where)
                lacking = state["figures"].keys() if sheet is None else sheet.lacking(state["figures"].keys())
                missing.setdefault(where, set()).update(lacking)
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
            where = (codes[number], form, slot, layer)
            if where not in self._sheets:
                self._sheets[where] = _Sheet(self._units[where[0]])
            self._sheets[where].add(key, cell)


def _checked(rows: str, count: int) -> str:
    """As COPY reads them. DataError where a figure's text would be read as something else than itself: no number and no absence has such signs."""
    if "\\" in rows or rows.count("\t") != 4 * count or rows.count("\n") != count:
        lines = rows.split("\n")[:-1]
        odd = next((line for line in lines if "\\" in line or line.count("\t") != 4), lines[0])
        raise DataError(f"no figure: {odd!r}")
    return ABSENT.sub(r"\t\t\1", rows) if "!" in rows else rows


if __name__ == "__main__":
    be_worker(unpack)
