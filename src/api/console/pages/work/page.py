"""`/work/{election}`: everything that waits for one's office, the most urgent first, one click to each return."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from api.console.page import Answer, Asked, Page
from api.console.words import said

KINDS = (
    ("back", said("差し戻し（直すか、正しければそう答える）"), "entry"),
    ("above", said("上位で直された・代わりに入力された（見て答える）"), "entry"),
    ("objected", said("報告元が異議を述べている"), "approval"),
    ("waiting", said("承認を待っている"), "approval"),
    ("missing", said("まだ提出されていない"), "entry"),
)
"""Alias in the document, words, page that an entry leads to; in the order in which a clerk should look."""


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    now = datetime.fromisoformat(answer["serverTime"])
    names = {
        (form["code"], slot["code"]): (form["label"], slot["label"])
        for form in answer["election"]["forms"]
        for slot in form["slots"]
    }
    groups = [
        {
            "words": words,
            "page": page,
            "more": answer[alias]["pageInfo"]["hasNextPage"],
            "entries": sorted(
                ({**one, "names": names[one["form"], one["slot"]], "left": minutes_left(one, now)} for one in answer[alias]["nodes"]),
                key=lambda one: (one["left"] is None, one["left"], one["unit"]),
            ),
        }
        for alias, words, page in KINDS
    ]  # fmt: skip
    return {"groups": groups, "names": names, "election": answer["election"]}


def minutes_left(entry: Mapping[str, Any], now: datetime) -> int | None:
    """Minutes until the cut-off (below zero: it has passed); None where there is none."""
    if entry["cutOff"] is None:
        return None
    return int((datetime.fromisoformat(entry["cutOff"]) - now).total_seconds() // 60)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/work/{election}",
    title=lambda asked, answer: asked.words.of(
        "仕事の一覧：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"]},
    show=show,
    needs_login=True,
)
