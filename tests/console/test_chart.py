"""Lines stay inside their frame, keep their order, and stop where a break is."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from api.console.chart import BOTTOM, HEIGHT, LEFT, LINES, RIGHT, TOP, WIDTH, Point, chart

DAY = date(1947, 4, 5)
VALUES = st.decimals(-(10**12), 10**12, places=3)
POINTS = st.lists(st.tuples(st.integers(0, 40_000), VALUES, st.booleans()), min_size=1, max_size=12)


def line(points: list[tuple[int, Decimal, bool]]) -> list[Point]:
    return [Point(DAY + timedelta(days), value, "", broken) for days, value, broken in sorted(points)]


@given(st.dictionaries(st.text(max_size=3), POINTS, min_size=1, max_size=LINES + 2))
def test_every_point_is_in_the_frame_and_higher_is_higher(
    given_lines: dict[str, list[tuple[int, Decimal, bool]]],
) -> None:
    series = {name: line(points) for name, points in given_lines.items()}
    drawn = chart(series)
    assert drawn is not None
    assert drawn.left_out == max(len(series) - LINES, 0)
    heights = []
    for shown in drawn.lines:
        points = series[shown.name]
        assert len(shown.marks) == len(points)
        assert [mark.x for mark in shown.marks] == sorted(mark.x for mark in shown.marks)
        for mark, point in zip(shown.marks, points, strict=True):
            assert LEFT <= mark.x <= WIDTH - RIGHT
            assert TOP <= mark.y <= HEIGHT - BOTTOM
            heights.append((point.value, -mark.y))
        joined = sum(path.count(",") - 1 for path in shown.paths)
        assert joined == sum(not point.broken for point in points[1:])
    heights.sort()
    assert [height for _, height in heights] == sorted(height for _, height in heights)
    ticks = [tick.at for tick in drawn.values]
    assert ticks == sorted(ticks, reverse=True)
    assert len(ticks) == len(set(ticks))


def test_nothing_to_draw_is_no_chart() -> None:
    assert chart({}) is None
    assert chart({"a": []}) is None
