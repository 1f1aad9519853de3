#!/usr/bin/env python3
"""Make the console's own outlines of Japan's areas from TopoJSON files of 国土数値情報 N03.

Example:
  python deploy/areas/outlines.py FOLDER

FOLDER holds `prefectures.topo.json` and `municipalities/NN.topo.json`, with the properties N03_001 (prefecture) and N03_007
(code). Written: one SVG a sheet into `src/api/console/static/maps/japan`, and `src/api/console/outlines/japan.json`, which
says where each code is drawn. The same input gives the same bytes. Exit code 2: the files are not understood.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path

from topology import Dot, Shape, Sheet, Topology, core, path, read

from reporting.definitions.load import shipped_registry
from reporting.domain.areas import AreaRecord

CONSOLE = Path(__file__).resolve().parents[2] / "src" / "api" / "console"
REGISTRY = "japan"
DRAWN = date(2021, 1, 1)
CREDIT = {
    "ja": "「国土数値情報（行政区域データ）」（国土交通省）を加工して作成",
    "en": "Made by processing “National Land Numerical Information (Administrative Areas)”, Ministry of Land, Infrastructure, Transport and Tourism of Japan",
}
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Outline:
    """Where an area is drawn: its sheet and the shapes of it."""

    sheet: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Inset:
    """What lies too far away to be drawn in its place, and the corner of the sheet where it stands instead, in dots."""

    prefecture: str
    left: int
    top: int
    side: int


INSETS = {"all": Inset("沖縄県", 60, 120, 200)}


@dataclass
class Drawing:
    """One sheet: its topology, its frame, and what stands on it by id."""

    topology: Topology
    sheet: Sheet
    inset: Inset | None
    drawn: dict[str, list[list[Dot]]] = field(default_factory=dict)

    @staticmethod
    def of(topology: Topology, inset: Inset | None) -> Drawing:
        made = Drawing(topology, Sheet(core(topology.rings(topology.shapes))), inset)
        made.drawn["land"] = made.rings(topology.shapes)
        return made

    def rings(self, shapes: Iterable[Shape]) -> list[list[Dot]]:
        aside = [
            shape for shape in shapes if self.inset and shape.properties["N03_001"] == self.inset.prefecture
        ]
        here = self.sheet.drawn(self.topology.rings([shape for shape in shapes if shape not in aside]))
        if self.inset is None or not aside:
            return here
        rings = self.topology.rings(aside)
        there = Sheet(core(rings), self.inset.side).drawn(rings)
        return here + [[(x + self.inset.left, y + self.inset.top) for x, y in ring] for ring in there]

    def svg(self) -> str:
        paths = "\n".join(
            f'<path id="a{name}" d="{path(rings)}"/>' for name, rings in sorted(self.drawn.items())
        )
        return f'<svg xmlns="http://www.w3.org/2000/svg">\n<desc>{CREDIT["ja"]}</desc>\n{paths}\n</svg>\n'


def own_outlines(drawings: Mapping[str, Drawing], prefectures: Mapping[str, str]) -> dict[str, Outline]:
    """Code → outline that the files themselves hold. `prefectures`: name → code."""
    shapes: dict[tuple[str, str], list[Shape]] = defaultdict(list)
    for sheet, drawing in drawings.items():
        for shape in drawing.topology.shapes:
            told = shape.properties
            code = told.get("N03_007") or ("" if sheet != "all" else prefectures[told["N03_001"]])
            if code:
                shapes[sheet, code].append(shape)
    return {code: Outline(sheet, tuple(of_it)) for (sheet, code), of_it in shapes.items()}


def with_parts(areas: Iterable[AreaRecord], own: Mapping[str, Outline]) -> Iterator[tuple[str, str, Outline]]:
    """Geography, code and outline of every area that has one: its own, or that of its parts where each of them has."""
    parts: dict[tuple[str, str], list[AreaRecord]] = defaultdict(list)
    tops: dict[tuple[str, str], AreaRecord] = {}
    for area in areas:
        tops[area.geography, area.code] = area
        if area.parent is not None:
            parts[area.geography, area.parent].append(area)

    def outline(area: AreaRecord) -> Outline | None:
        if area.code in own:
            return own[area.code]
        day = max(DRAWN, area.valid_from)
        below = [
            one
            for one in parts[area.geography, area.code]
            if one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
        ]
        drawn = [outline(one) for one in below]
        sheets = {one.sheet for one in drawn if one is not None}
        if None in drawn or len(sheets) != 1 or area.parent is None:
            return None
        return Outline(
            sheets.pop(), tuple(chain.from_iterable(one.shapes for one in drawn if one is not None))
        )

    for (geography, code), area in sorted(tops.items()):
        if (drawn := outline(area)) is not None:
            yield geography, code, drawn


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    areas = [area for area in shipped_registry(REGISTRY).areas]
    prefectures = {area.name: area.code for area in areas if area.level == "prefecture"}
    files = {"all": folder / "prefectures.topo.json"}
    files |= {file.name[:2]: file for file in sorted((folder / "municipalities").glob("??.topo.json"))}
    try:
        drawings = {sheet: Drawing.of(read(file), INSETS.get(sheet)) for sheet, file in files.items()}
        own = own_outlines(drawings, prefectures)
    except (OSError, KeyError, ValueError) as wrong:
        print(f"{folder}: {wrong!r}", file=sys.stderr)
        return 2
    names = {
        area.code: {"ja": area.name, "en": area.name_en or area.name}
        for area in areas
        if area.code in drawings
    }
    write(drawings, placed(drawings, list(with_parts(areas, own))), names)
    return 0


Where = dict[str, dict[str, tuple[str, str]]]  # geography → code → sheet, id


def placed(drawings: Mapping[str, Drawing], outlines: list[tuple[str, str, Outline]]) -> Where:
    """Draws them; what is drawn alike in every geography that has it stands once, under EVERYWHERE."""
    by_code: dict[str, dict[str, Outline]] = defaultdict(dict)
    for geography, code, outline in outlines:
        by_code[code][geography] = outline
    where: Where = defaultdict(dict)
    for code, alike in by_code.items():
        same = len({frozenset(map(id, one.shapes)) for one in alike.values()}) == 1
        for geography, outline in alike.items():
            stands = EVERYWHERE if same else geography
            name = code if same else f"{geography}.{code}"
            drawing = drawings[outline.sheet]
            if name not in drawing.drawn and (rings := drawing.rings(outline.shapes)):
                drawing.drawn[name] = rings
            if name in drawing.drawn:
                where[stands][code] = (outline.sheet, name)
    return where


def write(drawings: Mapping[str, Drawing], where: Where, names: Mapping[str, dict[str, str]]) -> None:
    folder = CONSOLE / "static" / "maps" / REGISTRY
    folder.mkdir(parents=True, exist_ok=True)
    for sheet, drawing in drawings.items():
        (folder / f"{sheet}.svg").write_text(drawing.svg(), encoding="utf-8")
    told = {
        "registry": REGISTRY,
        "credit": CREDIT,
        "drawn": DRAWN.isoformat(),
        "sheets": {
            sheet: {"size": drawing.sheet.size, "label": names.get(sheet)}
            for sheet, drawing in drawings.items()
        },
        "outlines": {
            geography: {
                code: [sheet, name, *box_of(drawings[sheet].drawn[name])]
                for code, (sheet, name) in sorted(codes.items())
            }
            for geography, codes in sorted(where.items())
        },
    }
    text = (
        json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        .replace('],"', '],\n"')
        .replace('},"', '},\n"')
    )
    (CONSOLE / "outlines" / f"{REGISTRY}.json").write_text(text + "\n", encoding="utf-8")


def box_of(rings: list[list[Dot]]) -> list[int]:
    """x, y, width, height."""
    xs, ys = zip(*chain.from_iterable(rings), strict=True)
    return [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
