"""`/workbook/{election}/{form}/{slot}`: every return of one's office in one workbook, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.names import form_and_slot, title_of_slot
from api.console.page import Answer, Asked, Deed, Page, Problem
from api.console.pages.office_workbook_file.page import PLACE
from api.console.pages.workbook import page as workbook
from api.console.render import address_of, link
from api.console.words import said


def here(asked: Asked, **query: object) -> str:
    return link(address_of("workbook", *(asked.path[name] for name in PLACE)), **query)


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, workbook.CARRIED)


def handed_in(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    """What was ready is handed in; sheets that were not stay to be mended."""
    outcome = answer["handInWorkbook"]
    if problems := workbook.refused(outcome, asked):
        return problems, ""
    done = [sheet for sheet in outcome["sheets"] if sheet["state"] == "submitted"]
    left = [sheet for sheet in outcome["sheets"] if sheet["state"] in workbook.NOT_YET]
    typed = [sheet for sheet in outcome["sheets"] if sheet["state"] == "typed"]
    if not done and not typed:
        return [workbook.moved(asked)], ""
    return [], here(asked, n=len(done) or None, typed=len(typed) or None, left=len(left) or None)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`files`: (address, first unit, last unit, how many) of each workbook to take along; `ready`: some sheet can be handed
    in as it stands, unless the clerk chose to mend the `waiting` ones first."""
    election, parts = answer["election"], answer["workbookParts"]
    units = [unit for part in parts for unit in part]
    form, slot = form_and_slot(election, asked.path)
    file = address_of("workbook-file", *(asked.path[name] for name in PLACE))
    back = workbook.brought_back(asked)
    ready = any(sheet["state"] == "ready" for sheet in back["sheets"]) and "mend" not in asked.form
    return {
        **back,
        "ready": ready,
        "ready_sheets": sum(sheet["state"] == "ready" for sheet in back["sheets"]),
        "waiting": sum(sheet["state"] in workbook.NOT_YET for sheet in back["sheets"]),
        "confirmation": workbook.by_name(confirms(asked), election["asOfPosition"]) if ready else None,
        "election": election,
        "form": form,
        "slot": slot,
        "units": units,
        "unit_names": {unit["code"]: unit["name"] for unit in units},
        "files": [
            (
                link(file, part=number if len(parts) > 1 else None),
                part[0]["name"],
                part[-1]["name"],
                len(part),
            )
            for number, part in enumerate(parts, 1)
        ],
        "handed_in": asked.query.get("n"),
        "left": asked.query.get("left"),
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    like=workbook.PAGE,
    address="/workbook/{election}/{form}/{slot}",
    title=lambda asked, answer: title_of_slot(
        answer["election"], asked.path, asked.words, said("ブック：{form} · {slot}（すべての単位）")
    ),
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    deeds=(
        Deed(
            "preview",
            lambda asked: {"input": workbook.given(asked)},
            workbook.previewed,
            unless=lambda asked: None if workbook.brought(asked) else here(asked),
            shows=True,
        ),
        Deed("hand_in", workbook.hand_in, handed_in, confirms=confirms, anew="preview"),
    ),
    needs_login=True,
    islands=("workbook.js",),
)
