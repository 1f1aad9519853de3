"""`/register/{election}`: differences declared openly, with age and owner; the public sees those of slots that are public."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    names = {
        (form["code"], slot["code"]): (form["label"], slot["label"])
        for form in answer["election"]["forms"]
        for slot in form["slots"]
    }
    return {
        "election": answer["election"],
        "entries": answer["discrepancies"],
        "names": names,
        "only_open": asked.query.get("open") == "1",
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/register/{election}",
    title=lambda asked, answer: asked.words.of(
        "不突合の一覧：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"], "onlyOpen": asked.query.get("open") == "1"},
    show=show,
    public=True,
    as_file=True,
)
