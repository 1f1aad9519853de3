"""Lines over time, drawn on the server as SVG coordinates. Numbers become whole pixels here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 88, 32, 12, 28
LINES = 8
"""Lines that can be told apart in black and white, by dash and mark."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value. `broken`: not comparable with the one before it; `open_`: estimated or not whole."""

    day: date
    value: Decimal
    told: str
    broken: bool = False
    open_: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    x: int
    y: int
    told: str
    broken: bool
    open_: bool


@dataclass(frozen=True, slots=True)
class Line:
    """`paths`: one for each stretch without a break, as `points` of a polyline."""

    name: str
    number: int
    paths: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    lines: tuple[Line, ...]
    days: tuple[Tick, ...]
    values: tuple[Tick, ...]
    left_out: int
    """Lines beyond `LINES`: the table has them all."""


def chart(series: Mapping[str, Sequence[Point]], names: Mapping[date, str] | None = None) -> Chart | None:
    """None where there is no value at all. A series is one line, in the order of its days. `names`: what each day is called,
    none: its month."""
    shown = dict(list(series.items())[:LINES])
    points = [point for line in shown.values() for point in line]
    if not points:
        return None
    days = sorted({point.day for point in points})
    low, high = _bounds([point.value for point in points])

    def x(day: date) -> int:
        long = max((days[-1] - days[0]).days, 1)
        return LEFT + round(Fraction((day - days[0]).days * (WIDTH - LEFT - RIGHT), long))

    def y(value: Decimal) -> int:
        return HEIGHT - BOTTOM - round(Fraction(value - low) * (HEIGHT - TOP - BOTTOM) / Fraction(high - low))

    lines = [
        Line(name, number, _paths([(x(p.day), y(p.value), p.broken) for p in line]),
             tuple(Mark(x(p.day), y(p.value), p.told, p.broken, p.open_) for p in line))
        for number, (name, line) in enumerate(shown.items())
    ]  # fmt: skip
    apart = max(len(days) // 8, 1)
    return Chart(
        tuple(lines),
        tuple(Tick(x(day), names[day] if names else f"{day:%Y-%m}") for day in days[::apart]),
        tuple(Tick(y(value), f"{value:,f}") for value in _steps(low, high)),
        len(series) - len(shown),
    )


def _paths(points: Sequence[tuple[int, int, bool]]) -> tuple[str, ...]:
    stretches: list[list[str]] = []
    for x, y, broken in points:
        if broken or not stretches:
            stretches.append([])
        stretches[-1].append(f"{x},{y}")
    return tuple(" ".join(stretch) for stretch in stretches if len(stretch) > 1)


def _bounds(values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """A little more than the values take, on round numbers."""
    low, high = min(values), max(values)
    step = _step(high - low if high > low else max(abs(high), Decimal(1)))
    return (low // step - (low % step < 0)) * step, (high // step + 1) * step


def _step(span: Decimal) -> Decimal:
    power = Decimal(1).scaleb((span / 4).adjusted())
    return next(power * times for times in (1, 2, 5, 10) if power * times * 4 >= span)


def _steps(low: Decimal, high: Decimal) -> list[Decimal]:
    step = _step(high - low)
    return [low + step * number for number in range(int((high - low) / step) + 1)]
