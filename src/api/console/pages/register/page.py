"""`/register/{election}`: differences declared openly, with age and owner; the public sees those of slots that are public."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.render import address_of, link

MOST = 200
"""Differences on a page; page.graphql asks for one more, which says that there are others."""


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    names = {
        (form["code"], slot["code"]): (form["label"], slot["label"])
        for form in answer["election"]["forms"]
        for slot in form["slots"]
    }
    entries, only_open = answer["discrepancies"], asked.query.get("open") == "1"
    here = address_of("register", answer["election"]["code"])
    return {
        "election": answer["election"],
        "entries": entries[:MOST],
        "further": link(here, open=1 if only_open else None, after=entries[MOST - 1]["cursor"])
        if len(entries) > MOST
        else None,
        "names": names,
        "only_open": only_open,
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/register/{election}",
    title=lambda asked, answer: asked.words.of(
        "不突合の一覧：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {
        "election": asked.path["election"],
        "onlyOpen": asked.query.get("open") == "1",
        "after": asked.query.get("after"),
    },
    show=show,
    public=True,
    as_file=True,
)
