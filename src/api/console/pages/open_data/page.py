"""`/open-data`: what can be taken as files, and by which terms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`elections`: those that release anything for good; practice does not."""
    return {
        "elections": [
            election
            for election in answer["elections"]["nodes"]
            if not election["isTest"] and election["workflow"] is not None
        ]
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/open-data",
    title=lambda asked, answer: asked.words.of("オープンデータ"),
    show=show,
    public=True,
    as_file=True,
)
