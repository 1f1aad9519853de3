"""Outlines of areas, as data: one file a registry beside this module, its sheets under `static/maps`.

Takes a registry's code, a geography and codes of areas, gives where each is drawn; an area that stands in no file is a tile.
Nothing here knows a country. Where the files come from: PROVENANCE.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Box:
    """In dots of a sheet, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    def joined(self, other: Box) -> Box:
        x, y = min(self.x, other.x), min(self.y, other.y)
        right = max(self.x + self.width, other.x + other.width)
        bottom = max(self.y + self.height, other.y + other.height)
        return Box(x, y, right - x, bottom - y)


@dataclass(frozen=True, slots=True)
class Outline:
    """`name`: the id of its path in the sheet's file."""

    sheet: str
    name: str
    box: Box


@dataclass(frozen=True, slots=True)
class Outlines:
    """Of one registry. `credit` must stand wherever one is shown; `drawn`: the day whose borders they are; `labels`: of sheets
    that are one area's."""

    registry: str
    credit: Mapping[str, str]
    drawn: str
    labels: Mapping[str, Mapping[str, str]]
    by_geography: Mapping[str, Mapping[str, Outline]]

    def of(self, geography: str, code: str) -> Outline | None:
        own = self.by_geography.get(geography, {})
        return own.get(code) or self.by_geography.get(EVERYWHERE, {}).get(code)

    def file(self, sheet: str) -> str:
        """Name of the static file."""
        return f"maps/{self.registry}/{sheet}.svg"


@cache
def outlines(registry: str) -> Outlines | None:
    """None: nobody has drawn this registry's areas."""
    files = {path.stem: path for path in HERE.glob("*.json")}
    if registry not in files:
        return None
    told = json.loads(files[registry].read_text(encoding="utf-8"))
    return Outlines(
        told["registry"],
        told["credit"],
        told["drawn"],
        {sheet: facts["label"] for sheet, facts in told["sheets"].items() if facts["label"]},
        {
            geography: {code: Outline(sheet, name, Box(*box)) for code, (sheet, name, *box) in codes.items()}
            for geography, codes in told["outlines"].items()
        },
    )
