"""`/work`: the elections an office has work in; the first page after a login."""

from __future__ import annotations

from pathlib import Path

from api.console.page import Page

PAGE = Page(
    folder=Path(__file__).parent,
    address="/work",
    title=lambda asked, answer: asked.words.of("仕事のある選挙"),
    show=lambda asked, answer: {
        "elections": [
            election for election in answer["elections"]["nodes"] if election["workflow"] is not None
        ]
    },
    needs_login=True,
)
