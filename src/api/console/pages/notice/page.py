"""`/notice/{election}/{form}/{slot}/{number}`: what one release changed of what was public: the notice of a correction, to read, print
and send; with the way to its proof and to the release before and after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.names import Names, title_of_slot, units_told
from api.console.page import Answer, Asked, Page
from api.console.render import address_of

PLACE = ("election", "form", "slot")


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`release`: None where the slot has none of this number; `others`: (number, address) of those beside it; `first`: nothing was
    public before it, so that nothing of it is a change."""
    election, wanted = answer["election"], asked.path["number"]
    by_number = {str(release["number"]): release for release in answer["releases"]}
    release = by_number.get(wanted)
    beside = (release["number"] - 1, release["number"] + 1) if release else ()
    return {
        "election": election,
        "release": release,
        "first": release is not None and release["number"] == 1,
        "lots": [lot for lot in release["lots"] if lot["kind"] is not None] if release else [],
        "remarks": answer["publicRemarks"],
        "cells": Names(election, asked.words, units_told(answer["releases"])),
        "others": [
            (number, address_of("notice", *(asked.path[name] for name in PLACE), str(number)))
            for number in beside
            if str(number) in by_number
        ],
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/notice/{election}/{form}/{slot}/{number}",
    title=lambda asked, answer: asked.words.of(
        "公表 第 {n} 回：{slot}",
        n=asked.path["number"],
        slot=title_of_slot(answer["election"], asked.path, asked.words),
    ),
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    public=True,
)
