"""What the audience sees: totals of one election at its top area and one level below, with coverage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from rich.console import Group
from rich.table import Table
from rich.text import Text

from api.demo.tally import told, told_ja


@dataclass(frozen=True, slots=True)
class Row:
    """One area. `voters` and `turnout` are of the latest slot that anything has come in for."""

    name: str
    electors: Decimal | None  # None: nothing reported, which is not 0
    voters: Decimal | None
    turnout: Decimal | None
    reported: int
    counted: int
    units: int
    leader: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """`rows[0]` is the whole."""

    title: str
    clock: float
    slot: str
    rows: list[Row]
    position: int
    counts: Mapping[str, int]


Show = Callable[[Board, bool], None]
"""`show(board, last)`."""


def clock_text(minute: float) -> str:
    """`1230.5` → `20:30`; after midnight it goes on from 00:00."""
    return f"{int(minute) // 60 % 24:02d}:{int(minute) % 60:02d}"


def _count(value: Decimal | None) -> str:
    return "—" if value is None else f"{value:,}"


def _rate(value: Decimal | None) -> str:
    return "—" if value is None else f"{value} %"


def line(board: Board) -> str:
    """The whole in one line, for logs and pipes."""
    if not board.rows:
        return f"{clock_text(board.clock)} 試験 TEST — waiting for the first return"
    top = board.rows[0]
    return (
        f"{clock_text(board.clock)} 試験 TEST {board.slot}: {top.name} 投票者 voters {_count(top.voters)} "
        f"投票率 turnout {_rate(top.turnout)} "
        f"({top.reported:,}/{top.units:,}), 開票 counted {top.counted:,}/{top.units:,}; "
        f"{told(board.counts)}, position {board.position:,}"
    )


def table(board: Board, height: int) -> Group:
    """The board as a table of at most `height` lines."""
    grid = Table(title=f"【試験 TEST】{board.title}　{clock_text(board.clock)}　{board.slot}", expand=True)
    grid.add_column("区域 area", no_wrap=True)
    for heading in ("有権者 electors", "投票者 voters", "投票率 turnout", "報告 reported", "開票 counted"):
        grid.add_column(heading, justify="right", no_wrap=True)
    grid.add_column("先頭 leading", no_wrap=True, overflow="ellipsis")
    room = max(3, height - 8)
    for number, row in enumerate(board.rows[:room]):
        grid.add_row(
            row.name,
            _count(row.electors),
            _count(row.voters),
            _rate(row.turnout),
            f"{row.reported:,}/{row.units:,}",
            f"{row.counted:,}/{row.units:,}",
            row.leader,
            style="bold" if number == 0 else "green" if row.reported == row.units else "",
            end_section=number == 0,
        )
    hidden = len(board.rows) - room
    more = f"他 {hidden} 区域 / {hidden} more areas　" if hidden > 0 else ""
    foot = Text(f"{more}{told_ja(board.counts)}　位置 position {board.position:,}")
    return Group(grid, foot)
