"""`/entry/{election}/{form}/{slot}/{unit}`: type a return, see what the rules say, see what will be sent, send it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.grid import GridCell, amount, asked_cells, cell_input, changed, choices_of, tables
from api.console.names import Levels, told_apart
from api.console.outcome import cell_problem, problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.render import address_of, link
from api.console.states import REASONS

PLACE = ("election", "form", "slot", "unit")
PAPER = ("paper", "filled", "total")
"""Code of a form on paper and its two control totals, as they were told before typing."""
ANEW = {"refresh", "review"}
"""Of a page that was taken along when it was opened, or that is not typed into."""
SETTLED = ("submitted", "approved", "certified")


def here(asked: Asked, **query: object) -> str:
    return link(address_of("entry", *(asked.path[name] for name in PLACE)), **from_paper(asked), **query)


def from_paper(asked: Asked) -> dict[str, str | None]:
    """The paper that is typed, with its control totals; None of each where none is."""
    return {name: asked.query.get(name, asked.form.get(name)) for name in PAPER}


def of_return(asked: Asked) -> Variables:
    return {**{name: asked.path[name] for name in PLACE}, "commandId": str(asked.command_id)}


def save(asked: Asked) -> Variables:
    cells = [cell_input(key, text) for key, text in changed(asked.form).items()]
    seen = {"draftVersion": asked.whole("draft-version"), "seenAt": asked.whole("seen-at")}
    return {"input": {**of_return(asked), "cells": cells, **seen}}


def saved(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return problems_of(answer["saveDraft"], asked.words), after_saving(asked)


def undivide(asked: Asked) -> Variables:
    """The draft without its division of a contest, whose votes stay."""
    seen = {"draftVersion": asked.whole("draft-version"), "seenAt": asked.whole("seen-at")}
    none = {"contest": asked.form.get("contest", ""), "own": [], "common": []}
    return {"input": {**of_return(asked), "cells": [], "divisions": [none], **seen}}


def undivided(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    return problems_of(answer["saveDraft"], asked.words), here(asked, review=1)


def after_saving(asked: Asked) -> str:
    return here(asked, review=1 if asked.form.get("then") == "review" else None, saved=1)


CARRIED = re.compile("offer:.*|draft-version|version|seen-at")


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def submit(asked: Asked) -> Variables:
    """What the draft holds as it was shown, the values of other forms that were shown with it (and not what those hold by
    now), and the words given beside each finding."""
    told = {name: part(asked, name) for name in ("explain", "declare")}
    fills = asked.form.get("fill") == "yes"
    reason = asked.form.get("reason", "").strip()
    return {
        "input": {
            **of_return(asked),
            "channel": "API",
            "draftVersion": asked.whole("draft-version"),
            "expectedVersion": asked.whole("version"),
            "seenAt": asked.whole("seen-at"),
            "fill": fills,
            **(
                {"filled": [cell_input(key, text) for key, text in part(asked, "offer").items()]}
                if fills
                else {}
            ),
            **({"method": "full"} if asked.form.get("whole") == "yes" else {}),
            "explanations": [{"key": key, "text": text} for key, text in told["explain"].items()],
            "declarations": [{"key": key, "reasonClass": text} for key, text in told["declare"].items()],
            **({"reason": reason, "reasonClass": asked.form.get("reason-class", "other")} if reason else {}),
        }
    }


def submitted(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["submitReturn"]
    return problems_of(outcome, asked.words), here(asked, done=outcome.get("position"))


def part(asked: Asked, name: str) -> dict[str, str]:
    """Finding key → text, of the fields `<name>:<key>` that were filled."""
    return {
        field.removeprefix(f"{name}:"): text.strip()
        for field, text in asked.form.items()
        if field.startswith(f"{name}:") and text.strip()
    }


def takes(cell: GridCell, desk: Answer) -> bool:
    """Whether the cell holds nothing that another form's value would replace."""
    drafted = any(one_cell["key"] == cell.key and one_cell["text"] for one_cell in desk["draft"])
    return not cell.was or (desk["status"] == "withdrawn" and cell.was == "!not_reported" and not drafted)


def compared(asked: Asked, controls: Answer) -> dict[str, Any] | None:
    """The paper's control totals beside those of what was typed; None where nothing is typed from paper."""
    told = {name: (text or "").strip() for name, text in from_paper(asked).items()}
    if not told["paper"]:
        return None
    sides = [
        (asked.words.of("検算1：書いた欄の数"), told["filled"], str(controls["filled"])),
        (asked.words.of("検算2：書いた数の総計"), told["total"], controls["total"]),
    ]
    rows = [(words, paper, screen, amount(paper) == amount(screen)) for words, paper, screen in sides]
    return {**told, "rows": rows, "agrees": all(agrees for *_, agrees in rows)}


def choices_of_contests(asks: Answer) -> dict[str, dict[str, str]]:
    """Contest → code and name of everybody whom the form asks there: another contest may have the same codes."""
    return {contest["code"]: told_apart(choices_of(contest["cells"])) for contest in asks["contests"]}


def asks_all_of(asks: Answer, division: Answer) -> bool:
    """Whether the form has the contest that a division was made in, and everybody whom that names."""
    named = {each["choice"] for each in division["own"]}
    named |= {choice for group in division["common"] for choice in group["choices"]}
    return named <= choices_of_contests(asks).get(division["contest"], {}).keys()


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`will_send`: (name, before, after) of every cell the draft changes, and of every one taken from another form."""
    desk = answer["desk"]
    problems = [cell_problem(problem, asked.words) for problem in desk["draftProblems"]]
    grid = tables(desk, asked.words, asked.form, problems, unasked=True)
    asked_for = asked_cells(desk)
    shown = [cell for table in grid for _, _, row in table.rows for cell in row if cell is not None]
    cells = [cell for cell in shown if cell.key in asked_for]
    will_send = [
        (cell.name, cell.stands, cell.was)
        for cell in cells
        if cell.was and cell.was != cell.stands and not cell.otherwise
    ]
    offered = [cell for cell in cells if cell.offered and takes(cell, desk)]
    return {
        "desk": desk,
        "called": Levels(answer["election"]["namedGeographies"], asked.words),
        "asks": desk["asks"],
        "settled": not will_send and not offered and desk["status"] in SETTLED and desk["method"] == "full",
        "tables": grid,
        "names": {cell.key: cell.name for cell in cells},
        "findings": desk["draftFindings"] if desk["draft"] else desk["findings"],
        "will_send": will_send,
        "unasked": [cell.name for cell in shown if cell.key not in asked_for],
        "offered": offered,
        "divisions": desk["draftDivisions"],
        "beyond": {each["contest"] for each in desk["draftDivisions"] if not asks_all_of(desk["asks"], each)},
        "divides": sorted({cell.key.split("|")[0] for cell in cells if cell.key.split("|")[3]}),
        "contest_names": {
            each["code"]: asked.words.label(each["label"]) for each in desk["asks"]["contests"]
        },
        "choice_names": choices_of_contests(desk["asks"]),
        "confirmation": Confirmation(
            here(asked),
            {f"offer:{cell.key}": cell.offered["value"] for cell in offered if cell.offered}
            | {
                "draft-version": str(desk["draftVersion"]),
                "version": str(desk["version"]),
                "seen-at": str(answer["position"]),
            },
        ),
        "back": here(asked),
        "paper": compared(asked, desk["controls"]),
        "review": "review" in asked.query or asked.form.get("deed") in ("submit", "undivide"),
        "done": asked.query.get("done"),
        "reasons": REASONS,
        "reading": address_of("reading", *(asked.path[name] for name in PLACE)),
        "second": address_of("second", *(asked.path[name] for name in PLACE)),
        "behalf": address_of("behalf", *(asked.path[name] for name in PLACE)),
        "answering": address_of("approval", *(asked.path[name] for name in PLACE)),
        "next": address_of("work", asked.path["election"]),
    }


def title(asked: Asked, answer: Answer) -> str:
    asks = answer["desk"]["asks"]
    said_ = asked.words.label
    return f"{asks['unitName']} · {said_(asks['label'])} · {said_(asks['slotLabel'])}"


SAVE = Deed("save", save, saved, unless=lambda asked: None if changed(asked.form) else after_saving(asked))
UNDIVIDE = Deed("undivide", undivide, undivided, document="save")
PAGE = Page(
    folder=Path(__file__).parent,
    address="/entry/{election}/{form}/{slot}/{unit}",
    title=title,
    variables=lambda asked: (
        {name: asked.path[name] for name in PLACE} | {"keep": not asked.query.keys() & ANEW}
    ),
    show=show,
    deeds=(SAVE, UNDIVIDE, Deed("submit", submit, submitted, confirms=confirms)),
    needs_login=True,
    islands=("entry.js",),
)
