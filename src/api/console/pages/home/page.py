"""`/`: what this is, elections, results, login."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.render import further


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    return {"further": further(answer["elections"]["pageInfo"], "/")}


PAGE = Page(
    folder=Path(__file__).parent,
    address="/",
    title=lambda asked, answer: asked.words.of("選挙結果の報告と公表"),
    variables=lambda asked: {"after": asked.query.get("after")},
    show=show,
    public=True,
    as_file=True,
)
