"""The guides to the pages name each of them, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.console import static
from api.console.guides import paths, shown
from api.console.menu import MENU_OF_OFFICES, MENU_OF_PEOPLE
from api.console.pages import PAGES
from api.console.pages.slot_board.page import AGAIN_S

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = [DOCS / "console.md", DOCS / "ja" / "画面の手引き.md"]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_page_stands_in_the_guide(guide: Path) -> None:
    rows = re.findall(r"^\| `(/[^`]*)` \|", guide.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(page.address for page in PAGES)


def test_numbers_in_the_guides_are_those_of_the_pages() -> None:
    english, japanese = (guide.read_text(encoding="utf-8") for guide in GUIDES)
    assert f"every {AGAIN_S} seconds" in english
    assert f"{AGAIN_S} 秒ごと" in japanese
    lines = (static.FOLDER / "proof.js").read_text(encoding="utf-8").count("\n")
    told = re.search(r"proof\.js`, (\d+) lines", english)
    assert told
    assert abs(int(told[1]) - lines) <= 5


@pytest.mark.parametrize("page", [page for page in PAGES if page.needs_login], ids=lambda page: page.name)
def test_a_page_of_offices_is_said_to_be_one(page: object) -> None:
    address = next(one.address for one in PAGES if one is page)
    row = next(
        line
        for line in GUIDES[0].read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| `{address}` |")
    )
    assert "everybody" not in row


def test_a_page_is_called_what_its_entry_in_the_menu_says() -> None:
    """Whoever reads 「…」の画面 looks for that word at the head of the page."""
    entries = dict((*MENU_OF_OFFICES, *MENU_OF_PEOPLE))
    called = [
        (guide.name, address, name)
        for guide in sorted((DOCS / "ja").glob("*.md"))
        for name, address in re.findall(r"「([^」]+)」（`(/[\w-]+)`", guide.read_text(encoding="utf-8"))
        if address in entries
    ]
    assert len(called) >= 4
    assert [told for told in called if entries[told[1]] != told[2]] == []


def test_no_guide_shows_what_is_said_to_who_writes_it() -> None:
    for path in paths():
        assert "&lt;!--" not in shown(path), path
