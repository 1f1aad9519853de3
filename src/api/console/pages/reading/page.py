"""`/reading/{election}/{form}/{slot}/{unit}`: values read out against the paper (読み合わせ), a tick each; both names are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.console.confirmation import SEEN_AT, Confirmation, carried
from api.console.grid import cell_input, tables
from api.console.outcome import problems_of
from api.console.page import Answer, Asked, Deed, Page, Problem, Variables
from api.console.pages.entry.page import PLACE, of_return, title
from api.console.render import address_of, link


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A value to be read. `table`: heading above it where a new one begins, else empty."""

    number: int
    key: str
    table: str
    name: str
    text: str


def here(asked: Asked, **query: object) -> str:
    return link(address_of("reading", *(asked.path[name] for name in PLACE)), **query)


CARRIED = re.compile("read:.*|of:.*|reading|seen-at")


def confirms(asked: Asked) -> Confirmation:
    return carried(here(asked), asked.form, CARRIED)


def ticked(asked: Asked) -> list[dict[str, str]]:
    """The rows with a tick, as they were shown."""
    return [
        cell_input(key.removeprefix("read:"), text)
        for key, text in asked.form.items()
        if key.startswith("read:") and f"tick:{key.removeprefix('read:')}" in asked.form
    ]


def read(asked: Asked) -> Variables:
    return {"input": of_return(asked) | {"figures": ticked(asked), "seenAt": asked.whole(SEEN_AT)}}


def there(asked: Asked) -> Variables:
    """Whoever was there stands behind the reading as it was shown."""
    figures = [
        cell_input(key.removeprefix("of:"), text) for key, text in asked.form.items() if key.startswith("of:")
    ]
    seen = {"confirms": asked.whole("reading"), "seenAt": asked.whole(SEEN_AT)}
    return {"input": of_return(asked) | {"figures": figures, **seen}}


def judged(answer: Answer, asked: Asked) -> tuple[list[Problem], str]:
    outcome = answer["readTogether"]
    return problems_of(outcome, asked.words), here(asked, done=outcome.get("position"))


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`rows`: every value typed or submitted; `waiting`: the newest reading of another person that still holds and at which
    nobody has said to have been."""
    desk = answer["desk"]
    grid = tables(desk, asked.words, {})
    rows: list[ReadRow] = []
    for table in grid:
        heading = table.heading
        for _, _, cells in table.rows:
            for cell in cells:
                if cell is not None and cell.was:
                    rows.append(ReadRow(len(rows) + 1, cell.key, heading, cell.name, cell.was))
                    heading = ""
    person = asked.person.actor.person if asked.person else ""
    open_readings = [
        reading
        for reading in desk["readings"]
        if reading["holds"] and reading["confirmedBy"] is None and reading["by"]["person"] != person
    ]
    waiting = open_readings[-1] if open_readings else None
    fields = {f"read:{row.key}": row.text for row in rows} | {SEEN_AT: str(answer["position"])}
    if waiting:
        fields |= {f"of:{cell['key']}": cell["text"] for cell in waiting["cells"]}
        fields |= {"reading": str(waiting["position"])}
    return {
        "desk": desk,
        "asks": desk["asks"],
        "rows": rows,
        "names": {cell.key: cell.name for table in grid for _, _, row in table.rows for cell in row if cell},
        "waiting": waiting,
        "confirmation": Confirmation(here(asked), fields),
        "ticked": {name.removeprefix("tick:") for name in asked.form if name.startswith("tick:")},
        "done": asked.query.get("done"),
        "entry": address_of("entry", *(asked.path[name] for name in PLACE)),
        "next": address_of("work", asked.path["election"]),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/reading/{election}/{form}/{slot}/{unit}",
    title=lambda asked, answer: asked.words.of("読み合わせ：{what}", what=title(asked, answer)),
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    deeds=(
        Deed(
            "read",
            read,
            judged,
            unless=lambda asked: None if ticked(asked) else here(asked),
            confirms=confirms,
        ),
        Deed("confirm", there, judged, confirms=confirms, document="read"),
    ),
    needs_login=True,
    islands=("reading.js",),
)
