"""`/board/{election}/{form}/{slot}/{geography}/{level}`: where the returns of one slot stand, and what waits for this office:
exceptions by hand, everything green at once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from api.console.confirmation import Confirmation, carried
from api.console.maps import NOTHING, Map, SheetAreas, Spot, Tone, groups, picture
from api.console.names import form_and_slot, title_of_slot
from api.console.outcome import problems_of, said_by
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.pages.entry.page import whole
from api.console.render import address_of, link
from api.console.states import STATES as MARKS
from api.console.words import said

PLACE = ("election", "form", "slot", "geography", "level")
COLUMNS = ("missing", "entered", "submitted", "sentBack", "approved", "certified", "withdrawn")
STATES = ("missing", "entered", "submitted", "sent_back", "approved", "certified", "withdrawn")

TONES = {
    "sentBack": "2",
    "missing": NOTHING,
    "entered": "1",
    "submitted": "5",
    "approved": "3",
    "certified": "4",
    "withdrawn": "6",
}
"""How an area looks, by the least advanced of its returns: the first of these that it has."""
Row = Mapping[str, Any]


def here(asked: Asked, **query: object) -> str:
    return link(address_of("board", *(asked.path[name] for name in PLACE)), **query)


def green(asked: Asked) -> Variables:
    place = {name: asked.path[name] for name in ("election", "form", "slot")}
    seen = {"units": json.loads(asked.form["units"]), "seenAt": whole(asked, "position")}
    return {"input": {**place, "commandId": str(asked.command_id), **seen}}


CARRIED = re.compile("units|position")


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def listed(asked: Asked, answer: Answer) -> Confirmation:
    """The returns that the list names, as they stood when it was made."""
    units = [node["unit"] for node in answer["waiting"]["nodes"]]
    position = str(answer["election"]["asOfPosition"])
    return Confirmation(here(asked), {"units": json.dumps(units, ensure_ascii=False), "position": position})


def judged(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    """Exceptions stay on the page, one line each; without any, on to the board with how many were approved."""
    outcome = answer["approveGreen"]
    if problems := problems_of(outcome, asked.words):
        return problems, ""
    exceptions = [
        Problem(one["reason"]["code"].upper(), f"{one['unit']}: {said_by(one['reason'], asked.words)}")
        for one in outcome["exceptions"]
    ]
    done = asked.words.of("{n} 件を承認しました", n=len(outcome["approved"]))
    return ([Problem("GREEN_DONE", done), *exceptions] if exceptions else []), here(
        asked, done=len(outcome["approved"])
    )


def summed(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """One row of several."""
    return {"name": name, "units": sum(row["units"] for row in rows)} | {
        column: sum(row[column] for row in rows) for column in COLUMNS
    }


def spot(asked: Asked, code: str, row: Row, address: str) -> Spot:
    told = [
        f"{asked.words.of(MARKS[state][1])} {row[column]:,}"
        for column, state in zip(COLUMNS, STATES, strict=True)
        if row[column]
    ]
    between = "、" if asked.words.language == "ja" else ", "
    units = asked.words.of("{n} 単位：{told}", n=format(row["units"], ","), told=between.join(told))
    return Spot(code, row["name"], units, tone_of(row), address, partial=len(told) > 1)


def tone_of(row: Row) -> str:
    return next((tone for column, tone in TONES.items() if row[column]), NOTHING)


def map_of(asked: Asked, election: Answer, rows: Sequence[Row], sheets: Sequence[SheetAreas]) -> Map | None:
    """Of the rows; where they stand on several sheets, of those, each leading to its own map."""
    place, taken = asked.path, {code for sheet in sheets for code in sheet.areas}
    approved_at = (election["workflow"] or {"levels": ()})["levels"]
    spots = [
        spot(
            asked,
            sheet.code,
            summed(sheet.name, [row for row in rows if row["area"] in sheet.areas]),
            here(asked, within=sheet.code),
        )
        for sheet in sheets
    ]
    for row in rows:
        if row["area"] not in taken:
            unit = place["level"] not in approved_at and row["units"] == 1
            leads = address_of("approval", place["election"], place["form"], place["slot"], row["area"])
            spots.append(spot(asked, row["area"], row, leads if unit else f"#area-{row['area']}"))
    legend = [
        Tone(TONES[column], " ".join((MARKS[state][0], asked.words.of(MARKS[state][1]))))
        for column, state in zip(COLUMNS, STATES, strict=True)
    ]
    title = asked.words.of("区域の地図（最も進んでいない報告による）")
    return picture(title, election["registry"], place["geography"], spots, legend, asked.words)


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`sums`: of every column, for the line above the table; `within`: the sheet whose areas alone are shown."""
    rows, election = answer["statusBoard"], answer["election"]
    sheets = groups(election["registry"], asked.path["geography"], [row["area"] for row in rows], asked.words)
    within = next((sheet for sheet in sheets if sheet.code == asked.query.get("within")), None)
    if within is not None:
        rows, sheets = [row for row in rows if row["area"] in within.areas], ()
    form, slot = form_and_slot(election, asked.path)
    return {
        "election": election,
        "form": form,
        "slot": slot,
        "rows": rows,
        "within": within,
        "map": map_of(asked, election, rows, sheets),
        "columns": list(zip(COLUMNS, STATES, strict=True)),
        "sums": {name: sum(row[name] for row in rows) for name in COLUMNS},
        "waiting": answer["waiting"]["nodes"],
        "confirmation": listed(asked, answer),
        "done": asked.query.get("done"),
        "wall": address_of("wall", *(asked.path[name] for name in PLACE)),
    }


def title(asked: Asked, answer: Answer) -> str:
    return title_of_slot(answer["election"], asked.path, asked.words, said("{form} · {slot} の状況"))


PAGE = Page(
    folder=Path(__file__).parent,
    address="/board/{election}/{form}/{slot}/{geography}/{level}",
    title=title,
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    deeds=(Deed("green", green, judged, confirms=confirms),),
    needs_login=True,
)
