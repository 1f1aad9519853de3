"""A map of areas: outlines where there are some, tiles where there are none. Each area is a link that says its name and figure.

Shapes come from the sheets of `api.console.outlines`, which browsers keep; a page holds only which area looks how. How it
looks is a tone: a pattern and a colour of the style sheet, the same in map, tile and legend.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.console import static
from api.console.outlines import Box, outlines
from api.console.words import Words

NOTHING = "none"
"""The tone of an area that has nothing to show: hatched, never the colour of a value."""
TILES = 400
"""More areas without an outline than these are no map: the table beside it is read faster, and the page stays light."""
MARGIN = 12  # dots around what is shown


@dataclass(frozen=True, slots=True)
class Spot:
    """One area. `told`: its figure in words, with coverage; `address`: what it leads to; `partial`: not all of it has
    reported."""

    code: str
    name: str
    told: str
    tone: str
    address: str
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    spot: Spot
    href: str


@dataclass(frozen=True, slots=True)
class Tone:
    """One line of the legend."""

    tone: str
    told: str


@dataclass(frozen=True, slots=True)
class Map:
    """`drawn`: in order, each with the address of its shape; `land`: the shape under them; `tiles`: areas without outline;
    `credit`: empty where nothing is drawn."""

    title: str
    legend: tuple[Tone, ...]
    drawn: tuple[Drawn, ...]
    tiles: tuple[Spot, ...]
    land: str
    box: Box
    credit: str
    day: str
    partial: bool


def sheet_of(registry: str, geography: str, codes: Sequence[str]) -> str | None:
    """The sheet that holds most of these areas, "" where none has an outline: tiles. None: there is nothing to show, or too much of it
    has no outline, so that no picture of them is made."""
    drawings = outlines(registry)
    placed = (drawings.of(geography, code) for code in codes) if drawings else ()
    sheets = Counter(outline.sheet for outline in placed if outline)
    sheet, held = sheets.most_common(1)[0] if sheets else ("", 0)
    return sheet if codes and len(codes) - held <= TILES else None


def picture(
    title: str, registry: str, geography: str, spots: Sequence[Spot], legend: Sequence[Tone], words: Words
) -> Map | None:
    """None: see `sheet_of`. Of the sheets that hold them the one with most of them is drawn; the rest are tiles."""
    sheet = sheet_of(registry, geography, [spot.code for spot in spots])
    if sheet is None:
        return None
    drawings = outlines(registry)
    placed = {spot.code: drawings.of(geography, spot.code) for spot in spots} if drawings else {}
    here = [
        (spot, outline) for spot in spots if (outline := placed.get(spot.code)) and outline.sheet == sheet
    ]
    file = static.address(drawings.file(sheet)) if drawings and here else ""
    tones = {spot.tone for spot in spots}
    return Map(
        title,
        tuple(line for line in legend if line.tone in tones),
        tuple(Drawn(spot, f"{file}#a{outline.name}") for spot, outline in here),
        tuple(spot for spot in spots if not ((outline := placed.get(spot.code)) and outline.sheet == sheet)),
        f"{file}#aland" if here else "",
        _around([outline.box for _, outline in here]),
        words.label(drawings.credit) if drawings and here else "",
        drawings.drawn if drawings and here else "",
        any(spot.partial for spot in spots),
    )


@dataclass(frozen=True, slots=True)
class SheetAreas:
    """Areas that are drawn on one sheet, which is `code`'s."""

    code: str
    name: str
    areas: frozenset[str]


def groups(registry: str, geography: str, codes: Iterable[str], words: Words) -> tuple[SheetAreas, ...]:
    """Where the areas stand on several sheets: which of them on which. Empty: one map shows them all."""
    drawings = outlines(registry)
    if drawings is None:
        return ()
    together: dict[str, set[str]] = defaultdict(set)
    for code in codes:
        if outline := drawings.of(geography, code):
            together[outline.sheet].add(code)
    if len(together) < 2 or not together.keys() <= drawings.labels.keys():
        return ()
    return tuple(
        SheetAreas(sheet, words.label(drawings.labels[sheet]), frozenset(areas))
        for sheet, areas in sorted(together.items())
    )


def _around(boxes: Sequence[Box]) -> Box:
    if not boxes:
        return Box(0, 0, 0, 0)
    whole = boxes[0]
    for box in boxes:
        whole = whole.joined(box)
    return Box(whole.x - MARGIN, whole.y - MARGIN, whole.width + 2 * MARGIN, whole.height + 2 * MARGIN)
