"""`/lots/{election}`: counts with equal votes at the last seat, and every lot that was recorded, each leading to its own page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.names import told_apart
from api.console.page import Answer, Asked, Page
from api.console.render import address_of
from api.console.states import LOT_STATES


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`equal`: counts with equal votes for which nobody has recorded a lot; `drawn`: (contest, its lot), latest first."""
    election, label = answer["election"], asked.words.label
    contests = {contest["code"]: contest for contest in election["contests"]}
    drawn = [(contest, lot) for contest in contests.values() for lot in contest["lots"]]
    standing = {
        (lot["form"], lot["slot"], contest["code"], lot["item"])
        for contest, lot in drawn
        if lot["state"] != "OVERTAKEN"
    }
    return {
        "election": election,
        "contests": contests,
        "choices": {
            (contest["code"], code): name
            for contest in contests.values()
            for code, name in told_apart(contest["choices"]).items()
        },
        "slots": {
            (form["code"], slot["code"]): f"{label(form['label'])} · {label(slot['label'])}"
            for form in election["forms"]
            for slot in form["slots"]
        },
        "equal": [
            equal
            for equal in answer["equalVotes"]
            if (equal["form"], equal["slot"], equal["contest"], equal["item"]) not in standing
        ],
        "drawn": sorted(drawn, key=lambda pair: -pair[1]["position"]),
        "states": LOT_STATES,
        "page_of": lambda form, slot, contest: address_of("lot", asked.path["election"], form, slot, contest),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/lots/{election}",
    title=lambda asked, answer: asked.words.of(
        "同数の得票とくじ：{election}", election=asked.words.label(answer["election"]["label"])
    ),
    variables=lambda asked: {"election": asked.path["election"]},
    show=show,
    needs_login=True,
)
