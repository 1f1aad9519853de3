"""`/board/{election}`: the slots of an election, each leading to where its returns stand."""

from __future__ import annotations

from pathlib import Path

from api.console.names import Levels
from api.console.page import Page

PAGE = Page(
    folder=Path(__file__).parent,
    address="/board/{election}",
    title=lambda asked, answer: asked.words.of(
        "報告の状況：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"]},
    show=lambda asked, answer: {
        "election": answer["election"],
        "levels": answer["election"]["workflow"]["levels"],
        "called": Levels(answer["election"]["namedGeographies"], asked.words),
    },
    needs_login=True,
)
