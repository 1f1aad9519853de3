"""Pictures of the guides: what a guide shows is taken by the command, in the guide's language, and nothing lies about unshown."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from api.console.pages import PAGES

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
PAPERS = {"form", "sheet"}
"""What a kit holds is Japanese, whatever language a guide is in."""
SHOWN = re.compile(r"!\[([^\]]+)\]\(([^)\s]*pictures/(ja|en)/(\w+)\.png)\)")


@pytest.fixture(scope="module")
def taking() -> ModuleType:
    spec = importlib.util.spec_from_file_location("take", PICTURES / "take.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["take"] = module
    spec.loader.exec_module(module)
    return module


def shown() -> dict[Path, list[tuple[str, Path, str, str]]]:
    """Guide → (words, file, language, name) of every picture in it."""
    guides = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {
        guide: [
            (words, (guide.parent / path).resolve(), language, name)
            for words, path, language, name in SHOWN.findall(guide.read_text(encoding="utf-8"))
        ]
        for guide in guides
    }


def test_every_picture_a_guide_shows_is_there_with_words_in_its_language() -> None:
    for guide, pictures in shown().items():
        for words, file, language, _ in pictures:
            assert file.is_file(), (guide, file)
            assert language == ("ja" if guide.parent.name == "ja" else "en"), (guide, file)
            assert bool(re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", words)) == (language == "ja"), (
                guide,
                words,
            )


def test_the_command_takes_each_and_each_is_shown_in_both_languages(taking: ModuleType) -> None:
    names = {shot.name for shot in taking.SHOTS}
    for language in taking.LANGUAGES:
        taken = names | (PAPERS if language == "ja" else set())
        assert {file.stem for file in (PICTURES / language).glob("*")} == taken
        assert {
            name for pictures in shown().values() for _, _, said, name in pictures if said == language
        } == taken
    assert {path.name for path in PICTURES.iterdir() if path.is_file()} == {"take.py", "of_kit.py"}


def test_pictures_are_of_pages_that_there_are(taking: ModuleType) -> None:
    patterns = [re.compile(re.sub(r"\{\w+\}", "[^/]+", page.address) + "$") for page in PAGES]
    for shot in taking.SHOTS:
        address = shot.address.format(election="e", unit="u")
        assert any(pattern.match(address) for pattern in patterns), address


def test_pictures_are_small() -> None:
    assert all(file.stat().st_size < 300_000 for file in PICTURES.rglob("*.png"))
