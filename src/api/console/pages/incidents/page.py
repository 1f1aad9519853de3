"""`/incidents/{election}`: the register of 管理執行上問題となった事項: every case in reach, where it stands, and telling another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.incidents import STATES
from api.console.names import Levels, Names
from api.console.page import Answer, Asked, Page
from api.console.render import address_of, further


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`cases`: (case, its address); `further`: the next page's."""
    election, listed = answer["election"], answer["incidents"]
    here = address_of("incidents", election["code"])
    return {
        "election": election,
        "names": Names(election, asked.words),
        "levels": Levels(election["namedGeographies"], asked.words),
        "cases": [
            (case, address_of("incidents", election["code"], case["unit"], str(case["number"])))
            for case in listed["nodes"]
        ],
        "total": listed["total"],
        "states": STATES,
        "unit": asked.query.get("unit", ""),
        "further": further(listed["pageInfo"], here, unit=asked.query.get("unit")),
        "extract": address_of("results", election["code"], "incidents"),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/incidents/{election}",
    title=lambda asked, answer: asked.words.of(
        "問題事項：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {
        "election": asked.path["election"],
        "unit": asked.query.get("unit") or None,
        "after": asked.query.get("after"),
    },
    show=show,
    needs_login=True,
)
