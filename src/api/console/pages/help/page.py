"""`/help/{page}`: what helps at a page of the console: for what it is, its sections of the guides, its keys, the sheet of rules.
`/help/terms`: the words of the field and what they mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException

from api.console import helping, terms
from api.console.page import Answer, Asked, Page

TERMS = "terms"


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`election`: whose rules the sheet leads to, where the page that was left is of one."""
    name, language = asked.path["page"], asked.words.language
    helped = helping.helps().get(name)
    if helped is None and name != TERMS:
        raise HTTPException(404)
    return {
        "name": name,
        "excerpts": [] if helped is None else helping.excerpts(helped, language),
        "keys": [] if helped is None else helping.keys(helped.keys, language),
        "rules": helping.sheet_of_rules(language) if helped is not None and helped.rules else None,
        "purpose": lambda address: helping.purpose(address, language),
        "every_term": terms.terms(),
        "election": asked.query.get("election"),
        "guides": helping.every_guide(language),
    }


def title(asked: Asked, answer: Answer) -> str:
    helped = helping.helps().get(asked.path["page"])
    if helped is None:
        return asked.words.of("用語")
    return asked.words.of("手引き：{what}", what=helping.excerpts(helped, asked.words.language)[0].heading)


PAGE = Page(folder=Path(__file__).parent, address="/help/{page}", title=title, show=show, public=True)
