"""`/places/{election}/{form}/{slot}`: how many polling places of each unit in reach have arrived in one slot, and which are missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.console.names import title_of_slot
from api.console.page import Answer, Asked, Page, Variables
from api.console.render import address_of, link
from api.console.words import said

SLOT = ("election", "form", "slot")


def variables(asked: Asked) -> Variables:
    after = asked.query.get("after")
    return {
        **{name: asked.path[name] for name in SLOT},
        "onlyMissing": asked.query.get("all") != "yes",
        **({"after": after} if after else {}),
    }


def show(asked: Asked, answer: Answer) -> dict[str, Any]:
    """`more`: address of the next page; None: this is the last."""
    board, here = answer["placeBoard"], address_of("places", *(asked.path[name] for name in SLOT))
    every = asked.query.get("all") == "yes"
    page = board["pageInfo"]
    return {
        "election": answer["election"],
        "board": board,
        "every": every,
        "other": here if every else link(here, all="yes"),
        "more": link(here, all="yes" if every else None, after=page["endCursor"])
        if page["hasNextPage"]
        else None,
        "of_unit": lambda unit: address_of("places", *(asked.path[name] for name in SLOT), unit),
    }


PAGE = Page(
    folder=Path(__file__).parent,
    address="/places/{election}/{form}/{slot}",
    title=lambda asked, answer: title_of_slot(
        answer["election"], asked.path, asked.words, said("投票所の到着：{form} · {slot}")
    ),
    variables=variables,
    show=show,
    needs_login=True,
)
