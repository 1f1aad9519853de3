"""`/workbook-file/{election}/{form}/{slot}`: all units of one's office as one workbook, to take along."""

from __future__ import annotations

import base64
from pathlib import Path

from api.console.page import Answer, Asked, Page, Taken, Variables, whole_number

PLACE = ("election", "form", "slot")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def variables(asked: Asked) -> Variables:
    """`?part=2`: of an office with more units than one workbook holds."""
    part = whole_number(asked.query.get("part", ""))
    return {**{name: asked.path[name] for name in PLACE}, "part": 1 if part is None else part}


def serves(asked: Asked, answer: Answer) -> Taken:
    return Taken(answer["workbook"]["name"], base64.b64decode(answer["workbook"]["content"]), XLSX)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/workbook-file/{election}/{form}/{slot}",
    title=lambda asked, answer: "",
    variables=variables,
    needs_login=True,
    serves=serves,
)
