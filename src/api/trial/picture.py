"""A load drill as a picture: half and 99 of 100 answers of each second, from when they were due. SVG, black on white, for paper too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log10

from api.trial.accounts import ACKNOWLEDGED, percentile
from api.trial.messages import message
from api.trial.sender import Reply

WIDTH, HEIGHT = 760, 320
LEFT, TOP, RIGHT, BOTTOM = 64, 24, 740, 272
RULES = 5
DASHES = {"p50": "", "p99": ' stroke-dasharray="6 4"'}
COLOURS = {"returns": "#1b3a6b", "totals": "#8a4b00"}
"""Of kinds, and dashes of shares: what colour tells, the word at the line's end tells too."""


@dataclass(frozen=True, slots=True)
class OneSecond:
    """Of what was due in the second `at`, counted from the first: milliseconds to the answer."""

    at: int
    p50: float
    p99: float


def by_second(answers: Iterable[Reply], kind: str) -> list[OneSecond]:
    """Seconds in which nothing of the kind was done are not there."""
    done = [answer for answer in answers if answer.kind == kind and answer.outcome in ACKNOWLEDGED]
    if not done:
        return []
    began, waits = min(answer.due for answer in done), dict[int, list[float]]()
    for answer in done:
        waits.setdefault(int(answer.due - began), []).append(1_000 * (answer.answered - answer.due))
    return [
        OneSecond(at, percentile(sorted(each), 50), percentile(sorted(each), 99))
        for at, each in sorted(waits.items())
    ]


def svg(curves: Mapping[str, Sequence[OneSecond]]) -> str:
    """`curves`: by kind. Both languages in one picture."""
    points = [point for curve in curves.values() for point in curve]
    last = max((point.at for point in points), default=0) or 1
    most = _round_up(max((point.p99 for point in points), default=1.0))
    title = str(message.words("picture_title"))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" role="img"'
        f' aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="16">{escape(title)}</text>',
    ]
    for rule in range(RULES + 1):
        value = most * rule / RULES
        y = _y(value, most)
        parts.append(f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ccc"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>')
    for at in sorted({0, last // 2, last}):
        parts.append(f'<text x="{_x(at, last):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{at} s</text>')
    for number, (kind, curve) in enumerate(curves.items()):
        for share, dash in DASHES.items():
            line = " ".join(
                f"{_x(point.at, last):.1f},{_y(getattr(point, share), most):.1f}" for point in curve
            )
            colour = COLOURS.get(kind, "#333")
            parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        named = f"{message.table('kind')[kind]}: p50 ―, p99 ┄"
        parts.append(
            f'<text x="{LEFT + 300 * number}" y="{BOTTOM + 40}" fill="{colour}">{escape(named)}</text>'
        )
    return "\n".join((*parts, "</svg>", ""))


def _x(at: float, last: int) -> float:
    return LEFT + (RIGHT - LEFT) * at / last


def _y(value: float, most: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / most


def _round_up(value: float) -> float:
    """To one figure: 437 becomes 500."""
    step = 10.0 ** int(log10(max(value, 1.0)))
    return ceil(value / step) * step
