"""`/correction/{election}/{form}/{slot}/{unit}`: change cells that stand, see everything that moves with them, then confirm."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.grid import cell_input, changed, tables
from api.console.names import Levels, Names, slots_in_words
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.pages.entry.page import PLACE, of_return, part, title
from api.console.render import address_of, link
from api.console.render import typed as as_figure
from api.console.states import REASONS


def here(asked: Asked, **query: object) -> str:
    return link(address_of("correction", *(asked.path[name] for name in PLACE)), **query)


def figures(asked: Asked) -> list[dict[str, str]]:
    return [cell_input(key, text) for key, text in changed(asked.form).items()]


def preview(asked: Asked) -> Variables:
    place = {name: asked.path[name] for name in PLACE}
    return {**place, "figures": figures(asked), "seenAt": asked.whole(SEEN_AT)}


def previewed(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return [], ""


WORDS = re.compile(r"(\d\.)?((explain|declare|own-class|own-reason):.*)|reason(-class)?")
CARRIED = re.compile("(cell|was):.*|version|untouched|seen-at")


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def shown_to_confirm(asked: Asked, seen: Answer, position: int) -> Confirmation:
    """The cells that were previewed and no other; the version and the fingerprint of the rest that the preview was made of, and the
    position at which it told their names."""
    cells = {
        f"{part}:{key}": asked.form.get(f"{part}:{key}", "")
        for key in changed(asked.form)
        for part in ("cell", "was")
    }
    return Confirmation(
        here(asked),
        {**cells, "version": str(seen["version"]), "untouched": seen["untouched"], SEEN_AT: str(position)},
    )


def correct(asked: Asked) -> Variables:
    """The cells that were previewed, and none that the draft holds; with the fingerprint of every cell that must stay."""
    return {
        "input": {
            **of_return(asked),
            "channel": "API",
            "figures": figures(asked),
            "reason": asked.form.get("reason", "").strip(),
            "reasonClass": asked.form.get("reason-class", "other"),
            "takeDraft": False,
            "expectedVersion": asked.whole("version"),
            "untouched": asked.form.get("untouched") or None,
            "seenAt": asked.whole(SEEN_AT),
            "explanations": [{"key": key, "text": text} for key, text in part(asked, "explain").items()],
            "declarations": [
                {"key": key, "reasonClass": text} for key, text in part(asked, "declare").items()
            ],
        }
    }


def corrected(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["submitReturn"]
    return problems_of(outcome, asked.words), here(asked, done=outcome.get("position"))


def words_typed(asked: Asked) -> dict[str, str]:
    """Reasons, explanations and declarations that stay while the values are changed once more."""
    return {name: text for name, text in asked.form.items() if WORDS.fullmatch(name)}


def moved(totals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each area's figure once, whatever number of geographies it stands in."""
    return list(
        {
            (total["area"], total["item"], total["breakdown"], total["choice"]): total for total in totals
        }.values()
    )


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`preview`: what moves, None before it was asked for; `moved`: by area, the top last, as the cascade runs upward."""
    desk = answer["desk"]
    grid = tables(desk, asked.words, asked.form)
    cells = {cell.key: cell for table in grid for _, _, row in table.rows for cell in row if cell is not None}
    typed, told = changed(asked.form), asked.before.get("previewCorrection")
    return {
        "desk": desk,
        "called": Levels(answer["election"]["namedGeographies"], asked.words),
        "asks": desk["asks"],
        "tables": grid,
        "names": {key: cell.name for key, cell in cells.items()},
        "changed": [(cells[key], text) for key, text in typed.items() if key in cells],
        "after": {key: as_figure(text, asked.words) for key, text in typed.items()},
        "typed": typed,
        "preview": told,
        "confirmation": shown_to_confirm(asked, told, answer["position"]) if told else None,
        "words_typed": words_typed(asked),
        "moved": moved(told["totals"]) if told else [],
        "labels": slots_in_words(answer["election"], asked.words),
        "cells": Names(answer["election"], asked.words),
        "untouched_cells": len([cell for cell in cells.values() if cell.stands is not None]) - len(typed),
        "reasons": REASONS,
        "done": asked.query.get("done"),
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/correction/{election}/{form}/{slot}/{unit}",
    title=lambda asked, answer: asked.words.of("訂正：{what}", what=title(asked, answer)),
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    deeds=(
        Deed(
            "preview",
            preview,
            previewed,
            unless=lambda asked: None if figures(asked) else here(asked),
            shows=True,
        ),
        Deed("correct", correct, corrected, confirms=confirms, anew="preview", document="entry/submit"),
    ),
    needs_login=True,
)
