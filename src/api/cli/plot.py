"""Series as a picture: lines that stop where the series breaks, with a mark and a word at the break."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from projections.series.rows import SeriesRow
from reporting.errors import InvalidInput, ReportingError
from reporting.series.breaks import Break

JAPANESE = (
    "Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans JP", "IPAexGothic", "IPAGothic", "Hiragino Sans", "Yu Gothic",
    "Meiryo", "MS Gothic", "TakaoGothic", "VL Gothic",
)  # fmt: skip
ENDINGS = (".svg", ".png")
NAMED = 12
"""More lines than this are not named one by one."""
LABELS = 12
"""Breaks beyond this many in one picture are marked but not described."""


class PlotUnavailable(ReportingError):
    """facts: `detail`."""

    code = "plot_unavailable"
    template_ja = "図を描くには matplotlib が必要です。pip install 'open-election-reporting[plot]' を実行してください。（{detail}）"
    template_en = "Plotting needs matplotlib ({detail}). Run: pip install 'open-election-reporting[plot]'."


class NothingToPlot(ReportingError):
    """facts: none."""

    code = "nothing_to_plot"
    template_ja = "図にする数値がありません。項目・地域・選挙の種類を確認してください（reporting series … --csv で確かめられます）。"
    template_en = "There are no figures to plot. Check item, area and kind of election (`reporting series … --csv` lists them)."


class PlottedLine(NamedTuple):
    """One series of one area."""

    area: str
    name: str
    rows: Sequence[SeriesRow]


def draw(rows: Iterable[SeriesRow], breaks: Iterable[Break], path: Path) -> None:
    """Write an SVG or PNG, one panel for each item. PlotUnavailable, NothingToPlot, InvalidInput."""
    if path.suffix.lower() not in ENDINGS:
        raise InvalidInput(field="--plot", found=path.name, expected=" ".join(ENDINGS))
    try:
        import matplotlib
        from matplotlib import font_manager
        from matplotlib.figure import Figure
    except ImportError as missing:
        raise PlotUnavailable(detail=str(missing.name)) from None
    fonts = {font.name for font in font_manager.fontManager.ttflist}
    japanese = next((name for name in JAPANESE if name in fonts), None)
    panels = _panels(rows)
    if not panels:
        raise NothingToPlot()
    all_breaks = list(breaks)
    longest = max(len(line.rows) for lines in panels.values() for line in lines)
    look: Any = {
        "font.family": [name for name in (japanese, "DejaVu Sans") if name],
        "svg.hashsalt": "reporting",
        "svg.fonttype": "none",  # words, not outlines: small, and any reader's fonts will do
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with matplotlib.rc_context(look):
        figure = Figure(
            figsize=(max(8.0, min(24.0, 4 + 0.35 * longest)), 4.2 * len(panels)), layout="constrained"
        )
        grid: Any = figure.subplots(len(panels), 1, squeeze=False)
        for axes, (item, lines) in zip(grid[:, 0], panels.items(), strict=True):
            _panel(
                axes,
                item,
                lines,
                [break_ for break_ in all_breaks if break_.key.item == item],
                japanese is not None,
            )
        plain = {"Date": None} if path.suffix.lower() == ".svg" else {"Software": None}
        figure.savefig(path, metadata=plain, dpi=150)


def _panels(rows: Iterable[SeriesRow]) -> dict[str, list[PlottedLine]]:
    lines: dict[str, list[PlottedLine]] = defaultdict(list)
    ordered = sorted(rows, key=lambda row: (row.item, row.series, row.area, row.date))
    for (item, _series, area), members in groupby(ordered, key=lambda row: (row.item, row.series, row.area)):
        line = list(members)
        lines[item].append(PlottedLine(area, line[-1].name_en or line[-1].name, line))
    return dict(lines)


def pieces(rows: Sequence[SeriesRow]) -> list[list[SeriesRow]]:
    """Runs of numbers that may be joined: a break begins a new one, a missing number ends one."""
    runs: list[list[SeriesRow]] = [[]]
    for row in rows:
        if row.value is None or "B" in row.obs_status:
            runs.append([])
        if row.value is not None:
            runs[-1].append(row)
    return [piece for piece in runs if piece]


def _panel(
    axes: Any, item: str, lines: Sequence[PlottedLine], breaks: Sequence[Break], japanese: bool
) -> None:
    from matplotlib.ticker import FuncFormatter

    for place, line in enumerate(lines):
        colour = f"C{place % 10}" if len(lines) <= NAMED else "0.6"
        for number, piece in enumerate(pieces(line.rows)):
            days, values = [row.date for row in piece], [float(str(row.value)) for row in piece]
            label = _label(line, japanese) if number == 0 and len(lines) <= NAMED else None
            axes.plot(
                days,
                values,
                color=colour,
                linewidth=1.4 if len(lines) <= NAMED else 0.7,
                marker="o",
                markersize=3.5 if len(lines) <= NAMED else 2,
                label=label,
            )
            hollow = [(row.date, float(str(row.value))) for row in piece if {"E", "P"} & set(row.obs_status)]
            if hollow:
                axes.plot(
                    *zip(*hollow, strict=True), "o", color=colour, markersize=5, markerfacecolor="white"
                )
            if "B" in piece[0].obs_status:
                axes.plot(days[:1], values[:1], "D", color=colour, markersize=6, markerfacecolor="white")
    _mark(axes, lines, breaks, japanese)
    axes.set_title(item, loc="left")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:,.10g}"))
    axes.grid(axis="y", color="0.9")
    axes.margins(x=0.03, y=0.12)
    if 1 < len(lines) <= NAMED:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
    axes.annotate(
        "○ E, P   ◇ B" + (f"   {len(lines)} series" if len(lines) > NAMED else ""),
        (0, -0.16), xycoords="axes fraction", fontsize="x-small", color="0.35",
    )  # fmt: skip


def _mark(axes: Any, lines: Sequence[PlottedLine], breaks: Sequence[Break], japanese: bool) -> None:
    """A dotted line at each break, halfway between the elections where its day is not known."""
    days = {row.election: row.date for line in lines for row in line.rows}
    told: dict[Any, list[str]] = defaultdict(list)
    for break_ in breaks:
        if break_.after in days and break_.before in days:
            day = break_.date or days[break_.before] + (days[break_.after] - days[break_.before]) / 2
            english = break_.en if break_.en.isascii() else f"{break_.cause.value}: {break_.change}"
            told[day].append(break_.ja if japanese else english)
    for place, (day, every) in enumerate(sorted(told.items())):
        words = list(dict.fromkeys(every))
        axes.axvline(day, color="0.45", linestyle=(0, (1, 2)), linewidth=1)
        if place < LABELS:
            text = words[0][:60] + (f" (+{len(words) - 1})" if len(words) > 1 else "")
            axes.annotate(
                text, (day, 1.0), xycoords=("data", "axes fraction"), xytext=(2, -2), textcoords="offset points",
                rotation=90, va="top", ha="left", fontsize=6, color="0.25",
            )  # fmt: skip


def _label(line: PlottedLine, japanese: bool) -> str:
    """Area and what tells its series apart; codes only, where no font has the name."""
    name = line.name if japanese or line.name.isascii() else ""
    _kind, contest, _item, breakdown, choice = line.rows[0].series.split("|")
    return " ".join(part for part in (line.area, name, contest, breakdown, choice) if part)
