"""`/places/{election}/{form}/{slot}/{unit}`: which polling places of a unit have arrived, which are missing, and the sums of how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from api.console.names import form_and_slot
from api.console.page import Answer, Asked, Page
from api.console.render import address_of
from api.console.words import Words, said

PLACE = ("election", "form", "slot", "unit")
KINDS = {
    "POLLING": said("投票所"),
    "SHARED": said("共通投票所"),
    "EARLY": said("期日前投票所"),
    "MOBILE": said("移動期日前投票所"),
}
Told = Mapping[str, Any]


def names_of(cells: Sequence[Told], words: Words) -> dict[str, str]:
    """Cell key → what it is called; the contest only where there are several."""
    contests = {words.label(cell["contest"]) for cell in cells}
    return {
        cell["key"]: " ".join(
            [
                *([words.label(cell["contest"])] if len(contests) > 1 else []),
                words.label(cell["item"]),
                *([words.label(cell["breakdown"])] if cell["breakdown"] else []),
            ]
        )
        for cell in cells
    }


def of_slot(asked: Asked, answer: Answer) -> str:
    """Unit, form and slot in words."""
    form, slot = form_and_slot(answer["election"], asked.path)
    label = asked.words.label
    return f"{answer['unitPlaces']['name']} · {label(form['label'])} · {label(slot['label'])}"


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`listed`: (place, address of its capture), the missing ones first."""
    polling, place = answer["unitPlaces"], [asked.path[name] for name in PLACE]
    listed = [(each, address_of("places", *place, each["number"])) for each in polling["places"]]
    return {
        "election": answer["election"],
        "polling": polling,
        "names": names_of(polling["cells"], asked.words),
        "kinds": KINDS,
        "missing": [pair for pair in listed if pair[0]["expected"] and not pair[0]["arrived"]],
        "arrived": [pair for pair in listed if pair[0]["arrived"]],
        "others": [pair for pair in listed if not pair[0]["expected"]],
        "board": address_of("places", *place[:3]),
        "entry": address_of("entry", *place),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/places/{election}/{form}/{slot}/{unit}",
    title=lambda asked, answer: asked.words.of("投票所：{what}", what=of_slot(asked, answer)),
    variables=lambda asked: {name: asked.path[name] for name in PLACE},
    show=show,
    needs_login=True,
)
