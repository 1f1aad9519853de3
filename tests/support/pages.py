"""Looks at a PDF as it is printed: its text, its code, and whether anything runs out of its cell or off the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as raw
import zxingcpp

MARGIN = 20.0
"""Points of every edge in which nothing is printed."""


@dataclass(frozen=True)
class Box:
    left: float
    bottom: float
    right: float
    top: float
    character: str = ""


def opened(data: bytes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(data)


def texts_of(data: bytes) -> list[str]:
    """Of each page, without blanks and line ends: where those fall is the layout's business."""
    with opened(data) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def text_of(data: bytes) -> str:
    return "".join(texts_of(data))


def codes_of(data: bytes) -> list[str]:
    """Of each page, what a scanner reads."""
    with opened(data) as document:
        pictures = [page.render(scale=2).to_pil() for page in document]
    found = [code for picture in pictures for code in zxingcpp.read_barcodes(picture)]
    return [code.text for code in found if code.format == zxingcpp.BarcodeFormat.QRCode]


def _letters(page: pypdfium2.PdfPage) -> Iterator[Box]:
    text = page.get_textpage()
    for n in range(text.count_chars()):
        character = text.get_text_range(n, 1)
        if character.strip():
            left, bottom, right, top = text.get_charbox(n)
            yield Box(left, bottom, right, top, character)


def _rules(page: pypdfium2.PdfPage) -> Iterator[Box]:
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = item.get_bounds()
        if right - left < 2 and top - bottom > 8:
            yield Box(left, bottom, right, top)


def run_over(data: bytes) -> list[str]:
    """Characters that stand on a vertical rule of a table, in the margin or on each other."""
    wrong = []
    with opened(data) as document:
        for number, page in enumerate(document, 1):
            width, height = page.get_size()
            rules = list(_rules(page))
            seen: set[tuple[int, int]] = set()
            for letter in _letters(page):
                at = (round(letter.left + letter.right), round(letter.bottom + letter.top))
                if (
                    at in seen
                    and letter.character not in "fil"
                    and not unicodedata.category(letter.character).startswith("M")
                ):
                    wrong.append(f"{number}: on another {letter}")
                seen.add(at)
                middle = (letter.bottom + letter.top) / 2
                if min(letter.left, letter.bottom, width - letter.right, height - letter.top) < MARGIN or any(
                    letter.left + 0.5 < rule.left < letter.right - 0.5 and rule.bottom < middle < rule.top
                    for rule in rules
                ):
                    wrong.append(f"{number}: {letter}")
    return wrong


def rules_of(data: bytes) -> int:
    """Vertical rules on all pages, so that a test knows that it has seen tables."""
    with opened(data) as document:
        return sum(len(list(_rules(page))) for page in document)
