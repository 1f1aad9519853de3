"""`/open-data`: what can be taken as files, and by which terms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.render import further


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`elections`: those that release anything for good; practice does not."""
    listed = answer["elections"]
    return {
        "elections": listed["nodes"],
        "further": further(listed["pageInfo"], "/open-data"),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/open-data",
    title=lambda asked, answer: asked.words.of("オープンデータ"),
    variables=lambda asked: {"after": asked.query.get("after")},
    show=show,
    public=True,
    as_file=True,
)
