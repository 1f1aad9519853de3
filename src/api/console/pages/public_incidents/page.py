"""`/results/{election}/incidents`: the public extract of the register: cases that were released, without persons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.names import Names
from api.console.page import Answer, Asked, Page
from api.console.render import address_of, further


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    election, listed = answer["election"], answer["publicIncidents"]
    here = address_of("results", election["code"], "incidents")
    return {
        "election": election,
        "names": Names(election, asked.words),
        "cases": listed["nodes"],
        "total": listed["total"],
        "further": further(listed["pageInfo"], here),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/results/{election}/incidents",
    title=lambda asked, answer: asked.words.of(
        "管理執行上問題となった事項：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"], "after": asked.query.get("after")},
    show=show,
    public=True,
    as_file=True,
)
