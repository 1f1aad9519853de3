"""`/`: what this is, elections, results, login."""

from __future__ import annotations

from pathlib import Path

from api.console.page import Page

PAGE = Page(
    folder=Path(__file__).parent,
    address="/",
    title=lambda asked, answer: asked.words.of("選挙結果の報告と公表"),
    public=True,
    as_file=True,
)
