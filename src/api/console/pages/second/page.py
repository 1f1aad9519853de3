"""`/second/{election}/{form}/{slot}/{unit}`: a second person types the form without seeing the first's values; then what differs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.grid import asked_cells, cell_input, changed, tables
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.pages.entry.page import PLACE, of_return, title
from api.console.render import address_of, link
from reporting.domain.typed import BLANKS

FIRST, SECOND, OTHER = "first", "second", "other"
"""What somebody picks of a cell that differs: either entry, or what they type beside it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell not typed alike. `field`: its place on the page; texts as they were typed, empty for nothing."""

    key: str
    name: str
    field: str
    first: str
    second: str


def here(asked: Asked, **query: object) -> str:
    return link(address_of("second", *(asked.path[name] for name in PLACE)), **query)


def save(asked: Asked) -> Variables:
    cells = [cell_input(key, text) for key, text in changed(asked.form).items()]
    done = asked.form.get("then") == "done"
    return {"input": {**of_return(asked), "cells": cells, "done": done, "seenAt": asked.whole(SEEN_AT)}}


def saved(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return problems_of(answer["saveSecondEntry"], asked.words), here(asked, kept=1)


CARRIED = re.compile("(first|second|key):.*|draft-version|seen-at")


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def picked(form: Mapping[str, str]) -> dict[str, str]:
    """Cell key → text, of the cells for which something was picked."""
    texts: dict[str, str] = {}
    for name, choice in form.items():
        if name.startswith("pick:"):
            number = name.removeprefix("pick:")
            source = f"{choice}:{number}" if choice in (FIRST, SECOND) else f"typed:{number}"
            if text := form.get(source, "").strip(BLANKS):
                texts[form.get(f"key:{number}", "")] = text
    return texts


def settle(asked: Asked) -> Variables:
    cells = [cell_input(key, text) for key, text in picked(asked.form).items()]
    seen = {"draftVersion": asked.whole("draft-version"), "seenAt": asked.whole(SEEN_AT)}
    return {"input": {**of_return(asked), "cells": cells, **seen}}


def settled(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return problems_of(answer["settleEntry"], asked.words), here(asked, kept=1)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`turn`: blind (types now), first (typed the first entry: waits), compare, alike, or single: a form that one person types."""
    desk = answer["desk"]
    entry = desk["secondEntry"]
    # The grid is the second entry's: what stands, other forms' values and the draft are not for its eyes.
    blank = {**desk, "cells": [], "prefill": [], "draft": entry["cells"] if entry else []}
    grid = tables(blank, asked.words, asked.form, unasked=True)
    names = {cell.key: cell.name for table in grid for _, _, row in table.rows for cell in row if cell}
    differing = differences_asked(desk)
    differences = [
        Difference(told["key"], names.get(told["key"]) or told["key"], str(number), told["first"] or "", told["second"] or "")
        for number, told in enumerate(differing, 1)
    ]  # fmt: skip
    return {
        "desk": desk,
        "asks": desk["asks"],
        "entry": entry,
        "turn": turn(asked, entry, differing),
        "tables": grid,
        "differences": differences,
        "confirmation": to_settle(asked, differences, desk["draftVersion"], answer["position"]),
        "kept": asked.query.get("kept"),
        "review": address_of("entry", *(asked.path[name] for name in PLACE)) + "?review=1",
        "next": address_of("work", asked.path["election"]),
    }


def differences_asked(desk: Answer) -> list[Answer]:
    """Of cells that the form asks: nobody can type another alike, and what of it is drafted is taken out on the page of the entry."""
    entry = desk["secondEntry"]
    asked = asked_cells(desk)
    return [told for told in entry["differences"] if told["key"] in asked] if entry else []


def turn(asked: Asked, entry: Answer | None, differing: list[Answer]) -> str:
    if entry is None:
        return "single"
    if entry["compared"]:
        return "compare" if differing else "alike"
    person = asked.person.actor.person if asked.person else ""
    return "first" if any(typist["person"] == person for typist in entry["firstBy"]) else "blind"


def to_settle(asked: Asked, differences: list[Difference], version: int, position: int) -> Confirmation:
    """Both texts of every cell that differs, as they are shown."""
    fields = {"draft-version": str(version), SEEN_AT: str(position)}
    for told in differences:
        fields |= {f"key:{told.field}": told.key}
        fields |= {f"first:{told.field}": told.first, f"second:{told.field}": told.second}
    return Confirmation(here(asked), fields)


PAGE = Page(
    folder=Path(__file__).parent,
    address="/second/{election}/{form}/{slot}/{unit}",
    title=lambda asked, answer: asked.words.of("二度目の入力：{what}", what=title(asked, answer)),
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    deeds=(
        Deed("save", save, saved),
        Deed(
            "settle",
            settle,
            settled,
            unless=lambda asked: None if picked(asked.form) else here(asked),
            confirms=confirms,
        ),
    ),
    needs_login=True,
)
