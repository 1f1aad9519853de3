"""`/workbook/{election}/{form}/{slot}/{unit}`: take a return along as a workbook, bring it back, see what would change, hand it in."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.names import Levels
from api.console.outcome import cell_problem, said_by
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.pages.entry.page import PLACE, part, title
from api.console.render import address_of, link
from api.console.states import REASONS
from api.console.words import Words, said
from reporting.files.sheets import MAX_BYTES

CARRIED = re.compile(r"content|sent|name|seen-at|(conflict|explain|declare):.*")
"""Of the form, what must come back as it was shown: the file, and everything that was said of its cells and findings."""
STATES = {
    "nothing": said("取り込むものはありません"),
    "ready": said("提出できます"),
    "conflict": said("どちらが正しいか選んでください"),
    "refused": said("確認が必要です"),
}

NOT_YET = ("conflict", "refused")
"""States of sheets that somebody has to look at first."""
OPEN = ("conflict", "renamed", "outdated", "emptied")
"""Outcomes of cells of which somebody has to say what is right."""


def here(asked: Asked, **query: object) -> str:
    return link(address_of("workbook", *(asked.path[name] for name in PLACE)), **query)


def of_units(asked: Asked, name: str) -> list[tuple[str, str, str]]:
    """(unit, key, text) of the fields `<name>:<unit>/<key>` that were filled."""
    filled = ((field.partition("/"), text) for field, text in part(asked, name).items())
    return [(unit, key, text) for (unit, _, key), text in filled]


def given(asked: Asked) -> Variables:
    """The file and what is said of it, as the API takes it."""
    return {
        "name": asked.form.get("name", "") or "workbook.xlsx",
        "content": asked.form.get("content", ""),
        "sent": asked.form.get("sent") or None,
        "reason": asked.form.get("reason", "").strip() or None,
        "explanations": [
            {"unit": unit, "key": key, "text": text} for unit, key, text in of_units(asked, "explain")
        ],
        "declarations": [
            {"unit": unit, "key": key, "reasonClass": why} for unit, key, why in of_units(asked, "declare")
        ],
        "conflicts": [
            {"unit": unit, "cell": key, "takeSheet": side == "sheet"}
            for unit, key, side in of_units(asked, "conflict")
        ],
    }


def brought(asked: Asked) -> bool:
    """In the form, or, where it is too large for one, sent before; an empty file has a name, too."""
    return any(asked.form.get(field) for field in ("content", "sent", "name"))


def refused(outcome: Answer, asked: Asked) -> list[Problem]:
    """Why nothing of the file is taken: each cause with its sheet and row."""
    if "code" not in outcome:
        return []
    words = asked.words
    causes = [
        Problem("FILE_REFUSED", problem["said"]["en" if words.language == "en" else "ja"])
        for problem in outcome.get("problems", ())
    ]
    return causes or [Problem(outcome["code"].upper(), said_by(outcome, words))]


def previewed(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return refused(answer["previewWorkbook"], asked), ""


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def by_name(shown: Confirmation, position: int) -> Confirmation:
    """The same by the names that the page tells, as they stand at this position."""
    return replace(shown, fields={**shown.fields, SEEN_AT: str(position)})


def hand_in(asked: Asked) -> Variables:
    seen = {"commandId": str(asked.command_id), "seenAt": asked.whole(SEEN_AT)}
    return {"input": {**given(asked), **seen}}


def handed_in(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["handInWorkbook"]
    if problems := refused(outcome, asked):
        return problems, ""
    if any(sheet["state"] in NOT_YET for sheet in outcome["sheets"]):
        return [moved(asked)], ""
    if any(sheet["state"] == "typed" for sheet in outcome["sheets"]):
        return [], here(asked, typed=1)
    return [], here(asked, done=max((sheet["position"] or 0) for sheet in outcome["sheets"]))


def moved(asked: Asked) -> Problem:
    text = asked.words.of("確かめたあとに値が動きました。もう一度確かめてから提出してください。")
    return Problem("VERSION_CONFLICT", text)


def told(sheet: Answer, words: Words) -> dict[str, Any]:
    """A sheet as the page shows it: `open`: findings that nothing has been said of yet."""
    english = words.language == "en"
    return {
        **sheet,
        "words": words.of(STATES[sheet["state"]]),
        "cells": [
            {**cell, "named": words.label(cell["named"]), "said": words.label(cell["outcomeLabel"])}
            for cell in sheet["cells"]
        ],
        "problems": [cell_problem(problem, words) for problem in sheet["problems"]],
        "notes": [words.label(note) for note in sheet["notes"]],
        "refusal": sheet["refusalEn" if english else "refusalJa"],
    }


def brought_back(asked: Asked) -> dict[str, Any]:
    """`sheets`: what a file that was brought would change, none before one was; `ready`: it can be handed in as it stands."""
    seen = asked.before.get("previewWorkbook", {}).get("sheets", [])
    states = {sheet["state"] for sheet in seen}
    return {
        "sheets": [told(sheet, asked.words) for sheet in seen],
        "ready": "ready" in states and states <= {"ready", "nothing"},
        "reasons": REASONS,
        "open_outcomes": OPEN,
        "most": MAX_BYTES,
        "done": asked.query.get("done"),
        "typed": asked.query.get("typed"),
    }


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    carried_back, desk = brought_back(asked), answer["desk"]
    return {
        **carried_back,
        "confirmation": by_name(confirms(asked), answer["position"]) if carried_back["ready"] else None,
        "desk": desk,
        "called": Levels(answer["election"]["namedGeographies"], asked.words),
        "asks": desk["asks"],
        "workbook": answer["workbook"],
        "unit_names": {desk["unit"]: desk["asks"]["unitName"]},
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/workbook/{election}/{form}/{slot}/{unit}",
    title=lambda asked, answer: asked.words.of("ブック：{what}", what=title(asked, answer)),
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    deeds=(
        Deed(
            "preview",
            lambda asked: {"input": given(asked)},
            previewed,
            unless=lambda asked: None if brought(asked) else here(asked),
            shows=True,
        ),
        Deed("hand_in", hand_in, handed_in, confirms=confirms, anew="preview"),
        # Confirmed where the server was away: done where nothing stands in its way, else nothing is done and it is looked at.
        Deed("queued", hand_in, handed_in, document="hand_in"),
    ),
    needs_login=True,
    islands=("workbook.js",),
)
