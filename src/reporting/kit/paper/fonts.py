"""Fonts that forms are printed in, and what of a name none of them has.

A name stands as it was typed: no normalisation, no look-alike. What no font holds (a character, or a variation sequence of
which a font has the character alone) is 〓 in print, and is told with the name it belongs to.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reporting.errors import ReportingError

GETA = chr(0x3013)
UNBROKEN = 12
"""So many characters without a place to break a line are let break anywhere: a name never runs out of its cell."""
INVISIBLE = frozenset(("Cc", "Cf", "Zl", "Zp", "Co", "Cs", "Cn"))


class PaperMissing(ReportingError):
    """facts: `detail`. The extra `paper` is not installed, or holds no font."""

    code = "paper_missing"
    template_ja = "印刷の部品がありません。運用担当者に、印刷用の追加部品を入れるよう頼んでください。{detail}"
    template_en = (
        "The parts for printing are missing. Ask the operator to install the extra for printing. {detail}"
    )
    operator_ja = "印刷の部品がありません。印刷用の追加部品を入れてください：{detail}"
    operator_en = "The parts for printing are missing. Install the extra for printing: {detail}"


HOW = "pip install 'open-election-reporting[paper]'"


@dataclass(frozen=True, slots=True)
class FontFace:
    """`characters`: code points it has; `sequences`: (character, selector) it has a glyph for."""

    family: str
    characters: frozenset[int]
    sequences: frozenset[tuple[int, int]]

    def has(self, cluster: str) -> bool:
        points = [ord(character) for character in cluster]
        for n, point in enumerate(points):
            if is_selector(point):
                if n == 0 or (points[n - 1], point) not in self.sequences:
                    return False
            elif point not in self.characters:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Run:
    """Part of a text, in one family."""

    text: str
    family: str


@dataclass(frozen=True, slots=True)
class SetText:
    """A text as it is printed. `missing`: what of it is 〓, as typed."""

    runs: tuple[Run, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fonts:
    """`faces`: in order of preference; `body`: family of what is no name; `loaded`: the typesetter's own handle."""

    faces: tuple[FontFace, ...]
    body: str
    loaded: Any

    def set(self, text: str) -> SetText:
        """Each cluster in the first family that has it."""
        runs: list[Run] = []
        missing: list[str] = []
        for cluster in clusters(text):
            face = None if hidden(cluster) else next((face for face in self.faces if face.has(cluster)), None)
            shown, family = (GETA, self.body) if face is None else (cluster, face.family)
            if face is None:
                missing.append(cluster)
            if runs and runs[-1].family == family:
                runs[-1] = Run(runs[-1].text + shown, family)
            else:
                runs.append(Run(shown, family))
        return SetText(tuple(runs), tuple(missing))


def is_selector(point: int) -> bool:
    """A variation selector: of the ideographic variation database, or one of the standard's sixteen."""
    return 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF


def clusters(text: str) -> Iterator[str]:
    """What is one character to a reader: with its variation selector and the marks that stand on it."""
    held = ""
    for character in text:
        if held and (is_selector(ord(character)) or unicodedata.category(character) in ("Mn", "Mc", "Me")):
            held += character
        else:
            if held:
                yield held
            held = character
    if held:
        yield held


def hidden(cluster: str) -> bool:
    """Whether nobody would see it, or see something else for it (marks of direction, controls)."""
    return unicodedata.category(cluster[0]) in INVISIBLE or is_selector(ord(cluster[0]))


@lru_cache(maxsize=4)
def fonts_of(folder: Path | None) -> Fonts:
    """The operator's fonts (`REPORTING_FONTS`) first, by file name; then the packaged one. Read once. PaperMissing."""
    try:
        import noto_cjk_sans_jp_regular
        import typst
    except ImportError:
        raise PaperMissing(detail=HOW) from None
    if folder is not None and not folder.is_dir():
        raise PaperMissing(detail=f"REPORTING_FONTS={folder}")
    packaged = Path(str(noto_cjk_sans_jp_regular.__file__)).parent
    folders = [packaged] if folder is None else [folder, packaged]
    loaded = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(path) for path in folders]
    )
    files = [
        _FontFile(font.family, Path(font.path), font.index, font.weight)
        for font in loaded.fonts()
        if font.style == "normal" and font.path is not None
    ]
    files.sort(key=lambda font: (packaged in font.file.parents, font.file.name, abs(font.weight - 400)))
    faces: dict[str, FontFace] = {}
    for font in files:
        if font.family not in faces:
            faces[font.family] = _face(font)
    body = next((font.family for font in files if packaged in font.file.parents), None)
    if body is None:
        raise PaperMissing(detail=str(packaged))
    return Fonts(tuple(faces.values()), body, loaded)


@dataclass(frozen=True, slots=True)
class _FontFile:
    """A font's file; `number`: its place in a collection."""

    family: str
    file: Path
    number: int
    weight: int


def _face(source: _FontFile) -> FontFace:
    from fontTools.ttLib import TTFont

    with TTFont(source.file, fontNumber=source.number, lazy=True) as font:
        tables = font["cmap"].tables
        characters = {
            point for table in tables if table.isUnicode() and table.format != 14 for point in table.cmap
        }
        sequences = {
            (character, selector)
            for table in tables
            if table.format == 14
            for selector, pairs in table.uvsDict.items()
            for character, _ in pairs
        }
    return FontFace(source.family, frozenset(characters), frozenset(sequences))
