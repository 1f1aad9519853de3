"""`/work`: the elections an office has work in; the first page after a login."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.render import further

MANY = 12
"""Elections of which one is found by its name more quickly than by looking down the list."""


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    listed, wanted = answer["elections"], asked.query.get("q")
    return {
        "elections": listed["nodes"],
        "further": further(listed["pageInfo"], "/work", q=wanted),
        "narrowed": wanted,
        "narrowable": wanted is not None or listed["pageInfo"]["hasNextPage"] or len(listed["nodes"]) > MANY,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/work",
    title=lambda asked, answer: asked.words.of("仕事のある選挙"),
    variables=lambda asked: {
        "containing": asked.query.get("q") or None,
        "after": asked.query.get("after"),
    },
    show=show,
    needs_login=True,
)
