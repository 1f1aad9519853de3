"""Areas over time as a picture: a line for each area's life, a stroke across them where one change touched several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

LEFT, RIGHT, TOP, ROW, WIDTH = 200, 16, 24, 24, 960
MOST_ROWS = 40
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LifeSpan:
    """One life, from `x1` to `x2`; `open_`: it goes on."""

    x1: int
    x2: int
    y: int
    told: str
    open_: bool


@dataclass(frozen=True, slots=True)
class AreaRow:
    y: int
    name: str
    own: bool


@dataclass(frozen=True, slots=True)
class Stroke:
    """A change at a day, across the rows of the areas it names."""

    x: int
    y1: int
    y2: int
    told: str


@dataclass(frozen=True, slots=True)
class Picture:
    rows: tuple[AreaRow, ...]
    spans: tuple[LifeSpan, ...]
    strokes: tuple[Stroke, ...]
    years: tuple[tuple[int, str], ...]
    height: int


def picture(
    code: str, lives: Sequence[Told], changes: Sequence[Told], first: date, last: date
) -> Picture | None:
    """`lives`: of the area and its relatives; None where that would be more rows than one can follow."""
    members: dict[str, list[Told]] = {}
    for life in lives:
        members.setdefault(life["code"], []).append(life)
    if len(members) > MOST_ROWS:
        return None
    order = sorted(members, key=lambda member: _order(member, code, members[member], last))
    rows = {member: TOP + number * ROW + ROW // 2 for number, member in enumerate(order)}
    days = max((last - first).days, 1)

    def x(day: date) -> int:
        return LEFT + (min(max(day, first), last) - first).days * (WIDTH - LEFT - RIGHT) // days

    spans = [
        LifeSpan(
            x(_day(life["begins"])), x(_day(life["ends"]) if life["ends"] else last), rows[life["code"]],
            f"{life['name']} {life['begins']}～{life['ends'] or ''}", life["ends"] is None,
        )
        for life in lives
    ]  # fmt: skip
    strokes = []
    for change in changes:
        touched = [
            rows[area["code"]] for area in (*change["fromAreas"], *change["toAreas"]) if area["code"] in rows
        ]
        if touched:
            strokes.append(
                Stroke(
                    x(_day(change["date"])), min(touched), max(touched), f"{change['date']} {change['told']}"
                )
            )
    every = max((last.year - first.year) // 6, 1)
    years = tuple(
        (x(date(year, 1, 1)), str(year)) for year in range(first.year + 1, last.year + 1) if year % every == 0
    )
    named = tuple(AreaRow(rows[member], members[member][-1]["name"], member == code) for member in order)
    return Picture(named, tuple(spans), tuple(strokes), years, TOP + len(order) * ROW + 8)


def _order(member: str, own: str, lives: Sequence[Told], last: date) -> tuple[int, date, str]:
    """What it came from above, by the day that ended; itself; what came of it below, by the day that began."""
    if member == own:
        return 1, last, member
    ended = lives[-1]["ends"]
    return (2, _day(lives[0]["begins"]), member) if ended is None else (0, _day(ended), member)


def _day(text: str) -> date:
    return date.fromisoformat(text)
