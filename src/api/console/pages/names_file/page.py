"""`/names-file/{election}`: the proof sheet of an election's names, to print."""

from __future__ import annotations

import base64
from pathlib import Path

from api.console.page import Answer, Asked, Page, Taken
from api.console.pages.printing.page import PDF


def serves(asked: Asked, answer: Answer) -> Taken:
    return Taken(answer["sheet"]["name"], base64.b64decode(answer["sheet"]["content"]), PDF)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/names-file/{election}",
    title=lambda asked, answer: "",
    variables=lambda asked: {"election": asked.path["election"]},
    needs_login=True,
    serves=serves,
)
