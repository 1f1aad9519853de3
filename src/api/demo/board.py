"""What the audience sees: totals of one election at its top area and one level below, with coverage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from rich.console import Group
from rich.table import Table
from rich.text import Text

from api.demo.messages import message
from api.demo.tally import told, told_ja

HEADINGS = message.table("heading")


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
        return (
            f"{clock_text(board.clock)} {HEADINGS['test'].beside} — {message('waiting_for_the_first_return')}"
        )
    top = board.rows[0]
    return (
        f"{clock_text(board.clock)} {HEADINGS['test'].beside} {board.slot}: {top.name} "
        f"{HEADINGS['voters'].beside} {_count(top.voters)} {HEADINGS['turnout'].beside} {_rate(top.turnout)} "
        f"({top.reported:,}/{top.units:,}), {HEADINGS['counted'].beside} {top.counted:,}/{top.units:,}; "
        f"{told(board.counts)}, position {board.position:,}"
    )


def table(board: Board, height: int) -> Group:
    """The board as a table of at most `height` lines."""
    grid = Table(
        title=f"【{HEADINGS['test'].beside}】{board.title}　{clock_text(board.clock)}　{board.slot}",
        expand=True,
    )
    grid.add_column(HEADINGS["area"].beside, no_wrap=True)
    for heading in ("electors", "voters", "turnout", "reported", "counted"):
        grid.add_column(HEADINGS[heading].beside, justify="right", no_wrap=True)
    grid.add_column(HEADINGS["leading"].beside, no_wrap=True, overflow="ellipsis")
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
    more = message("more_areas", hidden=hidden) + "　" if hidden > 0 else ""
    foot = Text(f"{more}{told_ja(board.counts)}　{HEADINGS['position'].beside} {board.position:,}")
    return Group(grid, foot)
