"""`/approvals-file/{election}/{form}/{slot}?make=…`: a document for approval of many returns, to take along."""

from __future__ import annotations

import base64
from pathlib import Path

from api.console.page import Answer, Asked, Page, Taken, Variables
from api.console.pages.printing.page import PDF, SHEETS

PLACE = ("election", "form", "slot")
KINDS = {
    "office": {"release": False, "format": "PDF"},
    "officeBook": {"release": False, "format": "XLSX"},
    "release": {"release": True, "format": "PDF"},
    "releaseBook": {"release": True, "format": "XLSX"},
}
"""What `make` asks for; anything else is the first."""


def kind(asked: Asked) -> Variables:
    return KINDS.get(asked.query.get("make", ""), KINDS["office"])


def serves(asked: Asked, answer: Answer) -> Taken:
    media = SHEETS if kind(asked)["format"] == "XLSX" else PDF
    return Taken(answer["drawn"]["name"], base64.b64decode(answer["drawn"]["content"]), media)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/approvals-file/{election}/{form}/{slot}",
    title=lambda asked, answer: "",
    variables=lambda asked: {**{name: asked.path[name] for name in PLACE}, **kind(asked)},
    needs_login=True,
    serves=serves,
)
