"""`/guides/{guide}`: a guide as a whole, as it ships with the product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException

from api.console import guides
from api.console.page import Answer, Asked, Page


def asked_for(asked: Asked) -> guides.Guide:
    path = guides.by_name().get(asked.path["guide"])
    if path is None:
        raise HTTPException(404)
    return guides.guide(path)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    guide = asked_for(asked)
    return {
        "text": guides.rendered(guide.path, guide.text),
        "contents": [
            (section.name, guides.anchor(section.name)) for section in guide.sections if section.level == 2
        ],
        "japanese": guide.path.startswith("ja/"),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/guides/{guide}",
    title=lambda asked, answer: asked_for(asked).title,
    show=show,
    public=True,
)
